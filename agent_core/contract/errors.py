"""One tree of errors with a code, a sentence for a person, and a detail for the log.

CountersignError
├── Refused            what was asked is not allowed, now or ever (HTTP 403/409/422)
│   ├── Invalid        the input is malformed (422)
│   ├── Forbidden      who asks may not (403)
│   ├── Conflict       the world moved on: stale, already decided, duplicate (409)
│   └── NotFound       there is no such thing, or not for this session (404)
├── Unavailable        try again later: overloaded, stopped, dependency down (503)
└── Unusable           the installation cannot run: data folder in use, disk full, newer version (exit 1)

On the wire: `{"ok": false, "error": {"code", "message", "request_id"}}`; the detail stays in the log.
"""

from agent_core.contract.base import Value


class CountersignError(Exception):
    """Base of every error that our own code raises on purpose.

    Args:
        code: Machine-readable reason, snake_case, for life.
        message: A sentence that says what happened and what to do; safe to show, holds no outside text.
        detail: For the log only; may name ids, never secrets.
    """

    status = 500

    def __init__(self, code: str, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class Refused(CountersignError):
    """What was asked is not allowed."""

    status = 409


class Invalid(Refused):
    """The input is malformed."""

    status = 422


class Forbidden(Refused):
    """Who asks may not do this."""

    status = 403


class Conflict(Refused):
    """The world moved on since the question was asked."""

    status = 409


class NotFound(Refused):
    """There is no such thing, or not for this session."""

    status = 404


class Unavailable(CountersignError):
    """Try again later, not before `retry_after` seconds."""

    status = 503
    retry_after: int = 5


class Unusable(CountersignError):
    """The installation cannot run; the sentence says what to do."""


class ErrorBody(Value):
    """The one error shape of the API."""

    code: str
    message: str
    request_id: str


class ErrorAnswer(Value):
    """What every refused request answers."""

    ok: bool = False
    error: ErrorBody
