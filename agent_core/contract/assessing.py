"""Assessments that people flagged as wrong, as consoles list and count them: evaluation data (R-E3)."""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Code, Instant, Value
from agent_core.contract.events.assessing import AssessedAs, AssessedPart
from agent_core.contract.handing import PacketBullet
from agent_core.contract.ids import BrandId, ConversationId, OperatorId


class AssessmentShown(Value):
    """One correction beside what it corrects.

    Attributes:
        seen: `seq` of the newest event that the assessment knew: with the log up to there it can be made again.
        reasons: Codes for which people were wanted then.
        intents: What triage had found; `workflows`: who worked on it.
        correction: What would be right, in the person's words, or that they were erased.
    """

    conversation: ConversationId
    brand: BrandId
    seq: int
    at: Instant
    operator: OperatorId
    operator_name: str
    part: AssessedPart
    wrong: AssessedAs
    seen: int
    reasons: tuple[Code, ...]
    intents: tuple[str, ...]
    workflows: tuple[str, ...]
    bullets: tuple[PacketBullet, ...]
    correction: str


class AssessmentCount(Value):
    """How often one part was called wrong in one way on a day (UTC)."""

    brand: BrandId
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    part: Code
    wrong: Code
    count: int = Field(ge=1)


class AssessmentsAnswer(Value):
    """The newest corrections of the brands this session sees, newest first; `next` continues the list.

    Attributes:
        counts: Of the last 30 days, oldest first; only with the first page.
    """

    ok: Literal[True] = True
    assessments: tuple[AssessmentShown, ...]
    counts: tuple[AssessmentCount, ...] = ()
    next: Annotated[str, Field(max_length=200)] | None = None
