"""Versions on the wire and on disk. A number only ever grows; what it meant is written here."""

LOG_VERSION = 1
"""Version of stored events; part of every event's hash. Any change of their fields makes a new one, also a field with a
default: values are closed, so an older core would call such an event damaged, where a version lets it say that newer
software wrote it. `tests/store/log_shapes` has the fields of each version.

1: the first log. Not released yet: until then its shape may still change.
"""

STATEMENT_VERSION = 1
"""Version of signed statements. 1: every field of DESIGN §4 from the beginning."""

API_VERSION = 1
"""Version of commands, queries and feed views (`/v1`)."""

CONSOLE_PROTOCOL = 1
"""What the console and the core it starts agree on over standard input and output."""
