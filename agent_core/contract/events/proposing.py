"""A person's own action: what they signed when they proposed it (R-C3, R-E3). It executes nothing and approves nothing."""

from typing import Literal

from agent_core.contract.base import Digest, Event
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import AskId, OperatorId, ProposalId, RunId, ToolName


class ActionProposed(Event):
    """A person who had the conversation proposed an action; `Proposed` and `AskRaised` stand right behind.

    Attributes:
        run: The run that is told what becomes of it.
        statement: Names what the person signed: that it is theirs.
        comment: What those who decide should know.
    """

    type: Literal["action_proposed"] = "action_proposed"
    run: RunId
    ask: AskId
    proposal: ProposalId
    operator: OperatorId
    tool: ToolName
    statement: Digest
    envelope: BodyRef
    comment: BodyRef | None = None
