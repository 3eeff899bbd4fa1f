"""What makes loading a console quick: Python's own import, and no search for garbage while everything that is made stays.

Why: PySide6 puts an import of its own in the place of Python's. It reads the source of every module that is imported after
it, and keeps it, to find out whether the module may ask for `from __feature__ import ...`; nothing here does. Together with
the collector that was a third of what a start costs, and 19 MB. It must name nothing that takes time to load.
"""

import builtins
import gc
import sys
from importlib import import_module
from typing import Final, cast

_FOR_SHOW: Final = ("click", "rich", "pygments")
"""What httpx loads for a command line of its own, where it is installed, and does without where it is not."""


def quickly() -> None:
    """Call it first: what is loaded from now on is loaded as quickly as it can be, until `collector.set_aside`."""
    gc.disable()
    import_module("PySide6.QtCore")  # with this the import of its own is in place
    own = getattr(builtins, "__orig_import__", None)
    if own is not None:
        builtins.__import__ = own
    absent = [name for name in _FOR_SHOW if name not in sys.modules]
    hidden = cast("dict[str, object]", sys.modules)
    hidden.update(dict.fromkeys(absent))  # importing what is None here fails as if it were not installed
    try:
        import_module("httpx")
    finally:
        for name in absent:
            del hidden[name]
