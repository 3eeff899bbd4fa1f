"""Why a model call gave no usable answer, as types (R-A7).

The engine decides what follows: wait and ask again, shrink, quarantine, hand to a person. Nothing here retries, and no
failure ever becomes text in a transcript: an API error stored as an assistant turn poisons every later call.
"""

from typing import Literal

from agent_core.boundary.sources import read
from agent_core.contract.errors import CountersignError
from agent_core.contract.events.effects import Usage

FailureKind = Literal[
    "rate_limited", "overloaded", "server_error", "timeout", "connection", "refusal", "truncated", "invalid_request",
    "too_long", "bad_answer", "unauthorised", "paused", "down",
]  # fmt: skip

_LONGEST_NAME = 80

_TRANSIENT: frozenset[FailureKind] = frozenset(
    {"rate_limited", "overloaded", "server_error", "timeout", "connection", "paused", "down"}
)

_SENTENCES: dict[FailureKind, str] = {
    "rate_limited": "The model provider limits the rate at the moment.",
    "overloaded": "The model provider is overloaded at the moment.",
    "server_error": "The model provider had an error of its own.",
    "timeout": "The model did not answer in time.",
    "connection": "The connection to the model provider was lost.",
    "refusal": "The model refused to answer.",
    "truncated": "The model's answer was cut off before it was complete.",
    "invalid_request": "The model provider refused the request as malformed.",
    "too_long": "The conversation is too long for this model.",
    "bad_answer": "The model's answer was not in the agreed form.",
    "paused": "The model paused in the middle of its answer.",
    "down": "The model provider is not working at the moment. It was not asked.",
    "unauthorised": "The model provider did not accept the API key, or the account may not use this model.",
}


def provider_name(told: str | None) -> str | None:
    """An id or a name that the provider chose, as it may stand in a log or an event: one line, at most 80 characters."""
    return None if told is None else read("line", told).text[:_LONGEST_NAME]


class ModelFailure(CountersignError):
    """A model call failed. `code` is `model_` and the kind.

    Args:
        kind: What happened.
        retry_after: Seconds the provider asked to wait, when it did.
        message: The provider's words, cleaned and bounded here; for the log and a person's diagnosis, never for a model
            or a customer.
        request_id: The provider's id of the request.
        category: For a refusal, the provider's category.
        usage: Tokens the provider counted before it failed; a cut or refused answer costs too (R-H3).
    """

    status = 503

    def __init__(
        self,
        kind: FailureKind,
        *,
        retry_after: float | None = None,
        message: str = "",
        request_id: str | None = None,
        category: str | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(f"model_{kind}", _SENTENCES[kind], detail=read("provider_error", message).text)
        self.kind: FailureKind = kind
        self.retry_after = retry_after
        self.request_id = provider_name(request_id)
        self.category = provider_name(category)
        self.usage = usage

    @property
    def transient(self) -> bool:
        """Whether the same request may well succeed later."""
        return self.kind in _TRANSIENT


BACKOFF_FIRST_SECONDS = 1.0
BACKOFF_LAST_SECONDS = 60.0


def backoff(attempt: int, retry_after: float | None = None) -> float:
    """Seconds to wait before the attempt after number `attempt` (from 1).

    Doubles from one second to a minute; what the provider asks for is obeyed when it is longer, up to ten minutes.
    Deterministic: a decider that is folded twice must plan the same wake. Spreading is the scheduler's work.
    """
    own = min(BACKOFF_FIRST_SECONDS * 2.0 ** min(max(attempt, 1) - 1, 16), BACKOFF_LAST_SECONDS)
    return max(own, min(retry_after or 0.0, 600.0))
