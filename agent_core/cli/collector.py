"""The garbage collector of a core that serves never looks at what the core was built of.

Why: modules, classes and schemas are made at the start and live as long as the core. To look for garbage among them stops
every conversation for a tenth of a second at a time. It must never stay off: what a running core makes is collected as
everywhere, and so is what a brand's walk makes before the core listens.
"""

import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def sparing_what_was_built() -> Generator[Callable[[], None]]:
    """What is yielded is to be called once everything is built; it holds until the block ends."""

    def built() -> None:
        gc.collect()
        gc.freeze()

    try:
        yield built
    finally:
        gc.unfreeze()
