"""A routing override as a console asks for it, sees it before and lists it afterwards (R-B7; DESIGN §1.8).

Letting the agent do more needs a signature, letting it do less needs a session. What is signed is `override_value`.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, Value
from agent_core.contract.canonical import digest
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, ProposalId, RunId
from agent_core.contract.outcomes import Control, RunPhase
from agent_core.contract.statements import LogHead


def override_value(workflows: Sequence[str], queue: str | None) -> Digest:
    """The value a person signs: digest of `{"queue", "workflows"}`, the names sorted; the subject is the conversation."""
    return digest({"queue": queue, "workflows": sorted(set(workflows))})


class ToolReach(Value):
    """A tool that becomes reachable or unreachable, and through which workflows."""

    tool: str
    title: str
    writes: bool
    workflows: tuple[str, ...]


class WorkflowEntering(Value):
    """A workflow that would begin: its instructions enter the context of a run of its own."""

    workflow: str
    title: str
    version: int
    authority: str
    authenticated: bool
    instructions: str
    tools: tuple[str, ...]


class RunDone(Value):
    """Something a run has done: a call or an approved action that succeeded."""

    tool: str
    title: str
    writes: bool
    at: Instant


class RunAffected(Value):
    """A run that stays or leaves, and what it has done: that stays in any case.

    Attributes:
        proposals: What waits for people and would be withdrawn, if the run leaves.
        under_way: Something of it is being carried out right now, so that it cannot leave in this moment.
    """

    run: RunId
    workflow: str
    title: str
    phase: RunPhase
    done: tuple[RunDone, ...]
    proposals: tuple[ProposalId, ...]
    under_way: bool


class Obstacle(Value):
    """Why an override is not possible, or what to know before one."""

    code: Code
    sentence: str


class WorkflowOffered(Value):
    """A workflow of the brand that could work here."""

    workflow: str
    title: str
    authority: str


class QueueOffered(Value):
    """A queue of people that could be asked."""

    name: str
    title: str


MOST_OFFERED = 200


class OverridePreview(Value):
    """What an override would change, as of `log_head`. Nothing has happened yet.

    Attributes:
        now: Workflows that work at present; `then`: those that would.
        obstacles: It would be refused because of these.
        warnings: It would be carried out all the same.
        needs_signature: It lets the agent do more.
        value_digest: What the statement must hold as its value.
        offered: Every workflow and, in `queues`, every queue that can be chosen; at most 200, by title.
    """

    conversation: ConversationId
    brand: BrandId
    control: Control
    now: tuple[str, ...]
    then: tuple[str, ...]
    queue: str | None
    staying: tuple[RunAffected, ...]
    entering: tuple[WorkflowEntering, ...]
    leaving: tuple[RunAffected, ...]
    gained: tuple[ToolReach, ...]
    lost: tuple[ToolReach, ...]
    obstacles: tuple[Obstacle, ...]
    warnings: tuple[Obstacle, ...]
    needs_signature: bool
    value_digest: Digest
    log_head: LogHead
    offered: tuple[WorkflowOffered, ...] = ()
    queues: tuple[QueueOffered, ...] = ()


class OverrideShown(Value):
    """An override beside the router's own choice: evaluation data."""

    conversation: ConversationId
    brand: BrandId
    seq: int
    at: Instant
    operator: OperatorId
    operator_name: str
    turn: int
    intents: tuple[str, ...]
    rule: Code | None
    router_workflows: tuple[str, ...]
    router_to_people: tuple[str, ...]
    workflows: tuple[str, ...]
    queue: str | None
    signed: bool
    comment: str


class OverridesAnswer(Value):
    """The newest overrides of the brands this session sees, newest first; `next` continues the list."""

    ok: Literal[True] = True
    overrides: tuple[OverrideShown, ...]
    next: Annotated[str, Field(max_length=200)] | None = None
