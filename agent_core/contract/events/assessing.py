"""What people say was wrong about what they were handed: the corrections that later releases are judged by (R-E3, R-K1)."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Event
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import OperatorId

AssessedPart = Literal[
    "customer", "issue", "reason", "tried", "done", "pending", "knowledge", "next", "tone", "routing", "language", "whole"
]
"""What was wrong: a kind of bullet of the packet, where it was routed, the language, or all of it."""

AssessedAs = Literal["not_true", "missing", "misread", "not_needed", "unclear", "undone"]
"""How: it is not so, something is left out, the customer meant something else, no person was needed, it is hard to read, or
what the agent did was undone afterwards."""


class AssessmentFlagged(Event):
    """A person says that an assessment of this conversation is wrong, and what would be right. Nothing follows from it here.

    Attributes:
        seen: `seq` of the newest event that the assessment knew.
        shown: What they were shown, as it was: JSON with the packet's bullets, its reasons and what triage had found.
        comment: What would be right, in their words.
    """

    type: Literal["assessment_flagged"] = "assessment_flagged"
    operator: OperatorId
    part: AssessedPart
    wrong: AssessedAs
    seen: int = Field(ge=1)
    shown: BodyRef
    comment: BodyRef
