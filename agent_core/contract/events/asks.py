"""What people do about an ask besides deciding: send it up, ask the agent back, change what was proposed (R-C3).

None of these executes anything. What a person wrote is a body; signatures stand beside what they are about.
"""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Event, Sentence
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import AskId, OperatorId, ProposalId, RunId

MOST_FIELDS = 40


class AskEscalated(Event):
    """A person sent it to those above them. Only they may answer from here on; its clocks and its expiry run on.

    Attributes:
        roles: Who may answer now.
        queue: Where it waits now.
        comment: What they should know.
    """

    type: Literal["ask_escalated"] = "ask_escalated"
    ask: AskId
    operator: OperatorId
    roles: tuple[str, ...]
    queue: str | None = Field(default=None, max_length=64)
    priority: int = Field(ge=0, le=9)
    comment: BodyRef


class AskedBack(Event):
    """A person asks the agent about what it proposed. The ask stays open, and nothing is done because of it."""

    type: Literal["asked_back"] = "asked_back"
    ask: AskId
    proposal: ProposalId
    operator: OperatorId
    question: BodyRef


class AskAnswered(Event):
    """What the agent answered the person, or that it gave no answer. The customer is told nothing of it.

    Attributes:
        run: Whose model answered.
        answer: JSON `{"text", "fact_ids"}`; none when there was no answer.
        notice: What the run's transcript holds of it from here on.
    """

    type: Literal["ask_answered"] = "ask_answered"
    ask: AskId
    proposal: ProposalId
    run: RunId
    outcome: Literal["answered", "not_answered"]
    code: Code
    sentence: Sentence
    answer: BodyRef | None = None
    notice: BodyRef | None = None


class ProposalEdited(Event):
    """A person changed the arguments of a proposal; another one takes its place, and no signature moves over.

    Attributes:
        ask: The ask of the old one.
        successor: The proposal with the new arguments.
        narrows: It only makes smaller what was proposed (`Narrowing`). Else it is the person's own proposal.
        fields: Names of the arguments that differ.
        statement: What the person signed: an approval of the new one, or that it is theirs.
    """

    type: Literal["proposal_edited"] = "proposal_edited"
    ask: AskId
    proposal: ProposalId
    successor: ProposalId
    operator: OperatorId
    narrows: bool
    fields: tuple[Code, ...] = Field(max_length=MOST_FIELDS)
    statement: Digest
    envelope: BodyRef
    comment: BodyRef | None = None
