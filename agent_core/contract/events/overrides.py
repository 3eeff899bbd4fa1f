"""What people change about a conversation's routing: kept beside the router's own choice, as evaluation data (R-B7)."""

from typing import ClassVar, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Event, Value
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events.turns import IntentNamed, RunRouted
from agent_core.contract.ids import OperatorId, RunId, WorkflowName

MOST_WORKFLOWS = 12
"""Workflows that one conversation may be worked on by at a time."""


class RouterChoice(Value):
    """What triage and code had decided about the turn; empty where a person was faster than both."""

    rule: Code | None = None
    intents: tuple[IntentNamed, ...] = Field(max_length=12, default=())
    workflows: tuple[WorkflowName, ...] = Field(max_length=MOST_WORKFLOWS, default=())
    to_people: tuple[Code, ...] = Field(max_length=20, default=())


class RoutingOverridden(Event):
    """A person decided which workflows work on the conversation. Nothing decided before may start any more (R-A3).

    What was done stays: facts, what was sent, what other systems did. Runs that are opened or woken because of it follow
    in the same transaction.

    Attributes:
        turn: The turn it was about.
        workflows: Who works from here on; empty: nobody but people.
        runs: Their runs, opened now (`new`) or going on.
        withdrawn: Runs that work no more. Their workflows stay closed to the router in this conversation.
        queue: The queue of people that a part of it, or all, goes to.
        language: The language the customer is answered in.
        router: What the router had chosen.
        statement: What the person signed, where it let the agent do more; `envelope` holds it.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["routing_overridden"] = "routing_overridden"
    turn: int = Field(ge=0)
    operator: OperatorId
    workflows: tuple[WorkflowName, ...] = Field(max_length=MOST_WORKFLOWS)
    runs: tuple[RunRouted, ...] = Field(max_length=MOST_WORKFLOWS, default=())
    withdrawn: tuple[RunId, ...] = Field(max_length=40, default=())
    queue: str | None = Field(default=None, max_length=64)
    language: str = Field(max_length=8)
    router: RouterChoice
    comment: BodyRef | None = None
    statement: Digest | None = None
    envelope: BodyRef | None = None
