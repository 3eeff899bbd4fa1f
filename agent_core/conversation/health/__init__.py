"""Is this request one that the Messages API would take? Asked before every send (R-A8)."""
