"""Measured oversight: how people decide, per person and per workflow, over any period (R-C4, R-C8, R-M5).

Numbers only, taken from what people signed. They say how oversight works, not who is good: small numbers say nothing, and
each row says whether it is large enough to compare.

    GET /v1/oversight?brand=&workflow=&operator=&days=30 | since=&until=   -> OversightAnswer
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from agent_core.contract.base import Instant, Value
from agent_core.contract.ids import BrandId, OperatorId
from agent_core.contract.outcomes import ProposalOutcome

ENOUGH: Final = 20
"""Decisions below which a share or a median says little."""

BUCKETS_S: Final = (2, 5, 10, 20, 30, 60, 120, 300, 900, 3_600)
"""Upper ends, in seconds, of the ranges decision times are counted in; above the last there is one more."""


class DecisionTaken(Value):
    """One decision of one person, as it is counted.

    Attributes:
        at: When it came into the log.
        decided_s: Seconds from when the card was first shown to this person until they decided; None where nobody knows.
        opened: Whether they had opened its evidence or conversation; none where nobody knows.
        edited: The arguments were changed by a person before.
        end: What became of the proposal; none while it is open.
        recalled: This person took it back before it acted.
        called_wrong: It was executed, and somebody said afterwards that the assessment of the conversation was wrong.
    """

    brand: BrandId
    workflow: str
    tool: str
    operator: OperatorId
    decision: Literal["approve", "deny", "edit"]
    at: Instant
    decided_s: Annotated[int, Field(ge=0)] | None = None
    opened: bool | None = None
    edited: bool = False
    end: ProposalOutcome | None = None
    recalled: bool = False
    called_wrong: bool = False


class TimeBucket(Value):
    """Decisions that took at most so many seconds and longer than the bucket before; `upto_s` none: longer than all."""

    upto_s: int | None
    count: int


class OversightRow(Value):
    """How somebody, or everybody, decided about a workflow's actions.

    Attributes:
        operator: None: everybody together. `workflow` empty: all of them together.
        approved_unopened: Approvals by somebody who had opened neither evidence nor conversation.
        reversed: Approvals that were taken back before they acted.
        called_wrong: Approvals that were executed and called wrong afterwards.
        p50_s: Median seconds from the card to the decision; `p90_s`: the slowest tenth; `p10_s`: the fastest.
        times: Distribution of decision times, in the ranges of `BUCKETS_S`.
        enough: At least `ENOUGH` decisions: below, compare nothing.
    """

    brand: BrandId
    workflow: str
    operator: OperatorId | None
    name: str
    decisions: int
    approved: int
    denied: int
    edited: int
    approved_edited: int
    approved_unopened: int
    opened_unknown: int
    reversed: int
    called_wrong: int
    p10_s: int | None
    p50_s: int | None
    p90_s: int | None
    times: tuple[TimeBucket, ...]
    enough: bool


class OversightAnswer(Value):
    """Rows by brand: everybody and everything first, then each workflow, each person, each person's workflow.

    Attributes:
        by_workflow: `operator` none; `by_person`: `workflow` empty; `by_both`: both named.
        complete: Nothing was cut off.
    """

    ok: Literal[True] = True
    since: Instant
    until: Instant
    total: tuple[OversightRow, ...]
    by_workflow: tuple[OversightRow, ...]
    by_person: tuple[OversightRow, ...]
    by_both: tuple[OversightRow, ...]
    complete: bool
