"""What a core needs for its work and not to listen: loaded once it does, on another thread.

Why: each of these takes as long to load as several requests take to answer, and is imported where it is used, so that no
start waits for it. The first customer should not wait for it either. Nothing but speed depends on it.
"""

from importlib import import_module
from typing import Final

FOR_WORK: Final = ("jsonschema", "phonenumbers")
"""`tests/service/test_what_a_start_loads.py` says which others must not be loaded by a start."""


def load_for_work() -> None:
    """Loads all of it; for a thread."""
    for name in FOR_WORK:
        import_module(name)
