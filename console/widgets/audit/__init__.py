"""Widgets of the Audit workspace. Like all widgets they are given props and tell by signals; they know no core."""
