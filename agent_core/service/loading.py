"""What a core needs for its work and not to listen: loaded once it does, on another thread.

Why: each of these takes as long to load as several requests take to answer, and is imported where it is used, so that no
start waits for it. The first customer should not wait for it either, and a check that cannot be loaded ends the core before
anything is checked without it. It must never name what nobody will need.
"""

from importlib import import_module
from typing import Final

FOR_WORK: Final = (
    "agent_core.boundary.detectors.registry", "agent_core.boundary.national_ids", "agent_core.guardrails.registry",
    "jsonschema", "phonenumbers",
)  # fmt: skip
"""`tests/service/test_what_a_start_loads.py` says which others must not be loaded by a start."""


def load_for_work() -> None:
    """Loads all of it; for a thread."""
    for name in FOR_WORK:
        import_module(name)
