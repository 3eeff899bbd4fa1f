"""Versions on the wire and on disk. A number only ever grows; what it meant is written here."""

LOG_VERSION = 1
"""Version of stored events. 1: the first log."""

STATEMENT_VERSION = 1
"""Version of signed statements. 1: every field of DESIGN §4 from the beginning."""

API_VERSION = 1
"""Version of commands, queries and feed views (`/v1`)."""

CONSOLE_PROTOCOL = 1
"""What the console and the core it starts agree on over standard input and output."""
