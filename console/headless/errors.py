"""What can go wrong between a console and its core, as types a console can act on.

ClientError
├── CoreRefused      the core said no: `.status`, `.code`, and a sentence safe to show
│   ├── NotSignedIn  the session ended: sign in again (401)
│   └── Conflict     the world moved on; the sentence says who was faster (409)
├── CoreUnreachable  no answer; trying again may help
├── CoreEnded        the core this console started has ended, or did not start; the sentence says why
└── NoKey            there is no key to sign with; the sentence says what to do
"""

from agent_core.contract.errors import ErrorAnswer
from console import texts_headless


class ClientError(Exception):
    """Base: a code and a sentence safe to show."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class CoreRefused(ClientError):
    """The core answered with an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status


class NotSignedIn(CoreRefused):
    """There is no session, or it has ended."""


class Conflict(CoreRefused):
    """The world moved on since the question was asked."""


class CoreUnreachable(ClientError):
    """The core did not answer."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("core_unreachable", texts_headless.NO_ANSWER)
        self.detail = detail


class CoreEnded(ClientError):
    """The core that this console started is not there."""

    def __init__(self, message: str) -> None:
        super().__init__("core_ended", message)


class NoKey(ClientError):
    """Nothing can be signed here."""


def refusal(status: int, body: bytes) -> CoreRefused:
    """The error of an answer that is none of success."""
    try:
        error = ErrorAnswer.model_validate_json(body).error
        code, message = error.code, error.message
    except ValueError:
        code, message = "unreadable_answer", texts_headless.UNREADABLE
    kind = {401: NotSignedIn, 409: Conflict}.get(status, CoreRefused)
    return kind(status, code, message)
