"""How a workflow's actions fared, over any period: the evidence on which people widen or narrow its authority (R-C8).

Numbers only. Each action is counted once, in the period in which it was wanted (proposed, refused, or started by itself),
by what had become of it until now.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Instant, Value
from agent_core.contract.ids import BrandId, OperatorId

ActionKind = Literal["proposed", "autonomous", "refused"]
"""A person was asked; policy let it act alone; code refused it."""

ActionEnd = Literal[
    "open", "executed", "failed", "unknown", "denied", "expired", "lapsed", "withdrawn", "not_executed", "edited", "refused"
]
"""What became of it; `open`: nothing yet. `edited`: a person's change of it took its place, and is counted by itself."""


class ActionTaken(Value):
    """One action that was wanted.

    Attributes:
        by_person: A person proposed it, not the agent.
        edited: A person had changed the arguments that were approved.
        decided_s: Seconds from the card's first appearance to the decision that settled it.
        opened: Whether every person who approved had opened its evidence or conversation; none where nobody approved.
        recalled: An approval was taken back before it acted.
        looked_again: Something changed while it waited, so that people had to look again.
        called_wrong: A person said afterwards that the assessment of the conversation was wrong.
        undone: It was executed and undone later, as a system told or a person said.
        code: Why it was refused or how it ended.
        refused_yes: How often an approval did not count because of how it was given: too quickly, or not with its like.
        approved_by, approved_at: The last approval that counted.
        min_shown_s: How long its card had to be looked at.
        in_batch: It was approved on a sheet of like cases.
    """

    brand: BrandId
    workflow: str
    tool: str
    kind: ActionKind
    at: Instant
    end: ActionEnd
    code: str = ""
    by_person: bool = False
    edited: bool = False
    decided_s: Annotated[int, Field(ge=0)] | None = None
    opened: bool | None = None
    recalled: bool = False
    looked_again: bool = False
    called_wrong: bool = False
    undone: bool = False
    refused_yes: Annotated[int, Field(ge=0)] = 0
    approved_by: OperatorId | None = None
    approved_at: Instant | None = None
    min_shown_s: Annotated[int, Field(ge=0)] = 0
    in_batch: bool = False


class AuthorityEvidence(Value):
    """What a workflow wanted of a tool in a period, and what became of it. Every action is in exactly one of the ends.

    Attributes:
        approved_unedited: Executed on a person's yes to what the agent proposed.
        approved_edited: Executed as a person had changed it; the agent's own proposal is among `edited`.
        refused_codes: Why code refused, and how often.
        decided_p50_s: Median seconds from the card to the decision; `decided_p95_s`: the slowest twentieth. None: none.
        unopened: Approved by somebody who had opened neither evidence nor conversation.
        undone: Executed, and reversed later: what was changed is again as it was before, or a person said so.
        called_wrong: Executed, and a person said afterwards that the assessment was wrong.
        refused_yes: Approvals that did not count because they were given too quickly, or not with their like.
        hurried: Approved by somebody who had approved something else less than its minimum display, or a second, before,
            not on one sheet with it.
        in_batch: Approved on a sheet of like cases.
    """

    brand: BrandId
    workflow: str
    tool: str
    proposed: int = 0
    autonomous: int = 0
    refused: int = 0
    open: int = 0
    approved_unedited: int = 0
    approved_edited: int = 0
    autonomous_executed: int = 0
    denied: int = 0
    edited: int = 0
    expired: int = 0
    lapsed: int = 0
    withdrawn: int = 0
    failed: int = 0
    unknown: int = 0
    recalled: int = 0
    looked_again: int = 0
    called_wrong: int = 0
    undone: int = 0
    unopened: int = 0
    refused_yes: int = 0
    hurried: int = 0
    in_batch: int = 0
    decided_p50_s: int | None = None
    decided_p95_s: int | None = None
    refused_codes: tuple[tuple[str, int], ...] = ()


class AuthorityEvidenceAnswer(Value):
    """Evidence by brand, workflow and tool. `complete`: nothing was cut off."""

    since: Instant
    until: Instant
    evidence: tuple[AuthorityEvidence, ...]
    complete: bool
