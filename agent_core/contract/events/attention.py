"""A yes that was given without the care its tier asks for: it counted for nothing, and it is counted (R-C3, R-C8)."""

from typing import Literal

from agent_core.contract.base import Code, Event
from agent_core.contract.ids import AskId, OperatorId, ProposalId


class DecisionRefused(Event):
    """A signed approval did not count because of how it was given. The proposal goes on waiting.

    `code`: the check that failed: shown too short, or together with what it may not go with.
    """

    type: Literal["decision_refused"] = "decision_refused"
    ask: AskId
    proposal: ProposalId
    operator: OperatorId
    code: Code
