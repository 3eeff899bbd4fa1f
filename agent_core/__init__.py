"""The agent core: runs headless, imports no Qt, and is the only place where a conversation's log is folded."""
