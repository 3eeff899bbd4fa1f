"""A stretch of work that makes thousands of values, none of them garbage, is not looked through for garbage in its midst.

Why: the collector of Python counts what is made. A log of some thousand events makes a hundred thousand values that all
stay, and it walks through them again and again for nothing: a fifth of the time in which a long conversation opens. It is on
again behind each stretch, so what was made meanwhile is looked through then, once. It must never span anything that waits.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def at_one_go() -> Generator[None]:
    """Without the collector until the block ends.

    Stretches of several threads that overlap end with it on, whatever their order: who found it on puts it on again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
