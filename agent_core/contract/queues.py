"""Queues of asks as consoles show them: what waits where and in which language, how fast people are, what is due (R-E4)."""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Code, Instant, Value
from agent_core.contract.ids import AskId, BrandId, ConversationId, OperatorId
from agent_core.contract.outcomes import AskKind, Clock

MOST_BREACHES = 500


class QueueLanguage(Value):
    """What waits in one language; an empty one where no message told which."""

    language: Annotated[str, Field(max_length=8)]
    open: int = Field(ge=0)
    next_breach: Instant | None = None


class QueueTimes(Value):
    """How fast people were with what was raised in the last days: whole seconds on the wall, none with nothing to measure.

    Attributes:
        looked: Asks somebody had looked at, and `answered`: those that came to an end.
        in_time_percent: Of those that had a clock: none of their clocks ran out.
    """

    days: int = Field(ge=1, le=90)
    looked: int = Field(ge=0)
    look_median_s: int | None = None
    look_p95_s: int | None = None
    answered: int = Field(ge=0)
    answer_median_s: int | None = None
    answer_p95_s: int | None = None
    in_time_percent: Annotated[int, Field(ge=0, le=100)] | None = None


class QueueShown(Value):
    """A queue of a brand, at one moment.

    Attributes:
        languages: Those its people speak; empty: all of the brand's.
        open_now: People of this queue work at the moment; `opens_at`: when they do next, where they do not.
        waiting: Open asks that nobody is on; `claimed`: those that somebody is on.
        assigned: Open asks that are meant for somebody.
        breached: Open asks of which a clock ran out.
        known: The brand's release still names it; what waits in one that it does not name is shown all the same.
    """

    brand: BrandId
    queue: Annotated[str, Field(max_length=64)]
    title: str
    priority: int
    languages: tuple[str, ...]
    open_now: bool
    opens_at: Instant | None
    waiting: int = Field(ge=0)
    claimed: int = Field(ge=0)
    assigned: int = Field(ge=0)
    breached: int = Field(ge=0)
    oldest: Instant | None
    next_breach: Instant | None
    by_language: tuple[QueueLanguage, ...]
    times: QueueTimes
    known: bool = True


class QueuesAnswer(Value):
    """Every queue of the brands this session sees, the most urgent first. `complete`: nothing was cut off."""

    ok: Literal[True] = True
    queues: tuple[QueueShown, ...]
    now: Instant
    complete: bool


class BreachAhead(Value):
    """A clock of an open ask that runs: whoever reads the list from its beginning does first what is due first."""

    ask: AskId
    conversation: ConversationId
    brand: BrandId
    queue: str | None
    language: str
    kind: AskKind
    code: Code
    priority: int
    clock: Clock
    due: Instant
    customer_name: str
    claimed_by: OperatorId | None
    assigned_to: OperatorId | None


class BreachesAnswer(Value):
    """What breaches next at the brands of this session, the first due first."""

    ok: Literal[True] = True
    breaches: tuple[BreachAhead, ...] = Field(max_length=MOST_BREACHES)
    now: Instant
