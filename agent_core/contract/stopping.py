"""What is stopped, who stopped it, how far stopping a workflow would reach, and how a signed resume names it (R-M3).

A stop needs no signature, a resume does: its statement is about a brand, about `brand/workflow`, or `*` for everything.
"""

from typing import Final

from agent_core.contract.base import Instant, Value
from agent_core.contract.canonical import digest
from agent_core.contract.ids import BrandId, OperatorId, WorkflowName

RESUMED: Final = digest({"paused": False})
"""What a resume statement's `value_digest` says."""

MOST_COUNTED: Final = 10_000
"""Conversations that a preview counts at most."""


def resume_subject(brand: BrandId | None, workflow: WorkflowName | None = None) -> str:
    """How a statement names what is resumed. No brand's name holds a stroke, so none of these is another."""
    if brand is None:
        return "*"
    return brand if workflow is None else f"{brand}/{workflow}"


class Stopped(Value):
    """When something was stopped, and by whom; by none where the core's own console did without a key.

    Attributes:
        by_name: Empty for somebody whom this session does not know.
    """

    since: Instant
    by: OperatorId | None = None
    by_name: str | None = None


class PausedWorkflow(Stopped):
    """A workflow that starts nothing at the moment.

    Attributes:
        title: As its release calls it; its name, where no release has it any more.
    """

    workflow: WorkflowName
    title: str


class WorkflowReach(Value):
    """A workflow of a brand, and what stopping it would hold back now.

    Attributes:
        paused: How it is stopped already; none where it works.
        conversations: Open conversations that it works in, or has worked in; at most `MOST_COUNTED` are counted.
        asks: Open approvals of what it proposed.
    """

    workflow: WorkflowName
    title: str
    conversations: int
    asks: int
    paused: PausedWorkflow | None = None


class WorkflowReachAnswer(Value):
    """Every workflow of a brand's release, and any other of it that is stopped, by title."""

    brand: BrandId
    workflows: tuple[WorkflowReach, ...]
