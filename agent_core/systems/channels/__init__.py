"""Channels: replies out, each delivered once (R-I3)."""
