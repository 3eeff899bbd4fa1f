"""The garbage collector of a core that serves never looks at what the core was built of.

Why: modules, classes and schemas are made at the start and live as long as the core. To look for garbage among them stops
every conversation for a tenth of a second at a time. What one question makes, as a long log that is read, is no garbage
either: it is looked through less often than Python does of itself. It must never stay off: what a running core makes is
collected as everywhere, and so is what a brand's walk makes before the core listens.
"""

import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

YOUNG: Final = 20_000
"""Objects made before the youngest are looked through; Python's own 700 is gone through many times for one long log."""


@contextmanager
def sparing_what_was_built() -> Generator[Callable[[], None]]:
    """What is yielded is to be called once everything is built; it holds until the block ends."""
    before = gc.get_threshold()
    gc.freeze()  # what was loaded is not looked through while the core is made

    def built() -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, *before[1:])

    try:
        yield built
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
