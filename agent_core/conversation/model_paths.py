"""What follows when a model gave no usable answer: every kind of failure has its path, and none is a loop (R-A7).

Pure: a table over the codes of the attempts that failed since the last usable answer. Waiting is a stored due time, drawn
when the attempt ended. It must never let anything of a failed answer count.

==================  ==================================================================================================
rate_limited        wait as long as the provider asks; no failure until the budget of waiting is used up
provider is down    back off; then the brand's other model, if it names one; then people, in time for the reply
truncated           once more with room for a longer answer; then people
not usable          once more, with the reason; then people
too_long            the run goes on as a shorter one; triage and composing read less
refusal             the run goes on without the offending turn, and people take it
unauthorised        on-call; nothing is tried again
invalid_request     unknown damage: the conversation is quarantined
cut by a crash      again, a few times: a question that ends the process each time goes to people
==================  ==================================================================================================
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agent_core.conversation.plan import TurnRules
from agent_core.conversation.state import Failing

DOWN: Final = frozenset(
    {
        "model_overloaded",
        "model_server_error",
        "model_timeout",
        "model_connection",
        "model_paused",
        "model_down",
        "internal_error",
    }
)
LIMITED: Final = "model_rate_limited"
TRUNCATED: Final = "model_truncated"
REFUSAL: Final = "model_refusal"
TOO_LONG: Final = "model_too_long"
UNAUTHORISED: Final = "model_unauthorised"
INVALID: Final = "model_invalid_request"
NOT_ALLOWED: Final = "reply_not_allowed"
"""Its words did not pass the checks of replies: not usable, and people are told just that."""
NAMED: Final = DOWN | {LIMITED, TRUNCATED, REFUSAL, TOO_LONG, UNAUTHORISED, INVALID}
"""Codes with a path of their own; every other one means an answer that could not be used."""


@dataclass(frozen=True, slots=True)
class Try:
    """Ask, as attempt `number`.

    Attributes:
        larger: With room for a longer answer.
        told: The code of the answer that did not count: the model is told why.
    """

    number: int = 1
    larger: bool = False
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Not before the stored due time."""


@dataclass(frozen=True, slots=True)
class ToPeople:
    """No further attempt: people take it, for this reason."""

    code: str


@dataclass(frozen=True, slots=True)
class Shrink:
    """It is too long: go on with less."""


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """It will not be answered: go on without what was refused."""


@dataclass(frozen=True, slots=True)
class FailOver:
    """This model does not answer: the other one goes on."""


@dataclass(frozen=True, slots=True)
class Damage:
    """The provider calls the request malformed although our own check passed it."""


Path = Try | Wait | ToPeople | Shrink | LeaveOut | FailOver | Damage


def path(failing: Failing, rules: TurnRules, now: datetime, *, due: datetime | None, fallback: bool = False) -> Path:
    """What to do about a question to a model.

    Args:
        failing: How it fails so far; nothing yet for a first attempt.
        rules: How patient we are.
        now: The present moment.
        due: When a reply is due; a provider that is down is not waited for any longer.
        fallback: Whether another model could still be asked.
    """
    codes = failing.codes
    if failing.interrupted > rules.interruptions:
        return ToPeople("work_was_interrupted")
    if not codes:
        return _when_due(failing, now, Try(1 + failing.interrupted))
    last = codes[-1]
    ended = _ended(last) or _used_up(failing, codes, rules, due)
    if ended is not None:
        return ended
    down = sum(code in DOWN for code in codes)
    if fallback and last in DOWN and down >= rules.failover_after:
        return FailOver()
    unusable = last if last not in NAMED else None
    attempt = Try(len(codes) + failing.interrupted + 1, larger=TRUNCATED in codes, told=unusable)
    return _when_due(failing, now, attempt)


def _when_due(failing: Failing, now: datetime, attempt: Try) -> Path:
    return Wait() if failing.retry_at is not None and failing.retry_at > now else attempt


def _ended(last: str) -> Path | None:
    """Kinds of failure after which the same question is never asked again."""
    match last:
        case "model_unauthorised":
            return ToPeople("model_not_authorised")
        case "model_invalid_request":
            return Damage()
        case "model_refusal":
            return LeaveOut()
        case "model_too_long":
            return Shrink()
        case _:
            return None


def _used_up(failing: Failing, codes: tuple[str, ...], rules: TurnRules, due: datetime | None) -> Path | None:
    """Kinds of failure that were met often enough, or for long enough."""
    if codes.count(TRUNCATED) > 1:
        return ToPeople("answer_too_long")
    if sum(code not in NAMED for code in codes) > 1:
        return ToPeople(NOT_ALLOWED if codes[-1] == NOT_ALLOWED else "model_gave_no_answer")
    limited, waits_until = codes[-1] == LIMITED, failing.retry_at
    patience = timedelta(seconds=rules.rate_limit_wait_s)
    if limited and failing.since is not None and waits_until is not None and waits_until > failing.since + patience:
        return ToPeople("model_busy")
    if sum(code in DOWN for code in codes) >= rules.model_attempts or (codes[-1] in DOWN and waits_until is None):
        return ToPeople("model_unavailable")
    late = due is not None and waits_until is not None and waits_until > due
    return ToPeople("model_unavailable") if codes[-1] in DOWN and late else None


def failed_over(failing: Failing, rules: TurnRules) -> bool:
    """Whether a question without a transcript goes to the brand's other model by now."""
    return sum(code in DOWN for code in failing.codes) >= rules.failover_after


def reply_due(since: datetime | None, rules: TurnRules) -> datetime | None:
    """When a reply is due to what began then; none where the brand sets no deadline."""
    if not rules.reply_deadline_s or since is None:
        return None
    return since + timedelta(seconds=rules.reply_deadline_s)
