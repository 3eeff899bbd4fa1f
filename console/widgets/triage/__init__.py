"""Widgets of the Triage workspace: a request block by block, and two columns that are compared."""
