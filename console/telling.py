"""What the headless client raises, said in the console's own errors: the one translation for every line to a core.

It must never say more than the client's own sentence, which is safe to show.
"""

import contextlib
from collections.abc import Generator

from console.headless import errors
from console.state import sentences
from console.state.ports import ConsoleError, NoKey, RefusedByCore, SessionEnded, Unreachable


@contextlib.contextmanager
def told() -> Generator[None]:
    """The client's errors as the console's own."""
    try:
        yield
    except errors.CoreUnreachable as error:
        raise Unreachable(error.code, error.message, detail=error.detail) from error
    except errors.NotSignedIn as error:
        raise SessionEnded(error.code, error.message) from error
    except errors.CoreRefused as error:
        raise RefusedByCore(error.code, error.message) from error
    except errors.NoKey as error:
        raise NoKey(error.code, error.message) from error
    except RuntimeError as error:
        if "closed" not in str(error):
            raise
        # httpx says so when the core went away, and its client with it, between two requests of one question.
        raise Unreachable("core_starting", sentences.CORE_STARTING) from error
    except errors.ClientError as error:
        raise ConsoleError(error.code, error.message) from error
