"""The signed statement that a workflow of a brand may do more or less by itself (R-C8, DESIGN §4).

It is frozen like every statement (`contract.statements`). A level only narrows what the workflow's own file declares, or
takes such a narrowing back: more than the file declares is another release, never a signature.
"""

from typing import Final, Literal

from pydantic import Field

from agent_core.contract.base import Digest
from agent_core.contract.ids import BrandId, ReleaseDigest, WorkflowName
from agent_core.contract.signed import SignedV1

AuthorityLevel = Literal["read_only", "low_risk", "approval_gated", "autonomous"]
"""How far a workflow may go by itself."""

LADDER: Final[tuple[AuthorityLevel, ...]] = ("read_only", "low_risk", "approval_gated", "autonomous")


def lower(one: AuthorityLevel, other: AuthorityLevel | None) -> AuthorityLevel:
    """The narrower of two levels."""
    return one if other is None or LADDER.index(one) <= LADDER.index(other) else other


def is_above(one: AuthorityLevel, other: AuthorityLevel) -> bool:
    """Whether the first level allows more than the second."""
    return LADDER.index(one) > LADDER.index(other)


class LevelStatement(SignedV1):
    """From now on this workflow works at this level, whatever more its file declares.

    Attributes:
        was: The level that held when this was signed.
        level: The level that is to hold.
        declared: What the workflow's file declares in `release`: the most there can be.
        follows: The digest of the statement that made `was` hold; none where it is the file's own.
        approval_number: Its place: where the level goes up, two people sign.
        previous_approvals: The digest of the first person's statement, in the second's.
    """

    type: Literal["level"] = "level"
    brand: BrandId
    workflow: WorkflowName
    was: AuthorityLevel
    level: AuthorityLevel
    declared: AuthorityLevel
    release: ReleaseDigest
    follows: Digest | None = None
    comment_digest: Digest | None = None
    approval_number: int = Field(ge=1, le=2, default=1)
    required_approvals: int = Field(ge=1, le=2, default=1)
    previous_approvals: tuple[Digest, ...] = Field(max_length=1, default=())
