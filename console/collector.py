"""The garbage collector of a window never looks at what the window was built of (R-M1).

Why: modules, classes, texts and widgets live as long as the process. To look for garbage among them stops the window for a
tenth of a second, in the middle of a flood of news. What comes later is looked through often and in small parts. It must
never be off: what a window makes in a long day is collected as everywhere.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

YOUNG: Final = 1_000
"""Objects made before the youngest are looked through: one look takes about a millisecond."""
_MIDDLE: Final = 4
"""Looks at the youngest before those that stayed are looked through: after Python's ten, thousands of rows take a frame."""
_OLD: Final = 50
"""Looks at these before all are: as many objects in all as two thousand and Python's ten times ten."""


def set_aside() -> None:
    """What there is now stays and is not looked at again; garbage is looked for from here on, if `quickly` stopped that."""
    gc.collect()
    gc.freeze()
    gc.enable()


@contextmanager
def in_small_parts() -> Generator[None]:
    """Collect for as long as the block lasts as suits a window."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, _MIDDLE, _OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
