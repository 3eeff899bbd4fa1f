"""The window around the workspaces: bars, rail, palette, questions, news, and what is remembered between starts."""
