"""Systems that answer later: what was taken over there, and what came of it, minutes or weeks afterwards (R-A5)."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Event, Instant, Sentence
from agent_core.contract.bodies import BodyRef
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import EffectId, ProposalId, RunId, ToolName


class AnswerAwaited(Event):
    """Another system has taken a call and will answer later; until then it is under way, not done.

    Attributes:
        ref: The other system's own name for it, as a body: nothing of the outside stands in the log itself.
        key: Found by the answer: keyed with the installation's secret, made of brand, system and that name.
        arguments: What the call was sent with.
        answers_by: After this moment it is looked up, then people are asked. An answer is taken also later.
    """

    type: Literal["answer_awaited"] = "answer_awaited"
    run: RunId
    effect: EffectId
    tool: ToolName
    tool_use_id: str = Field(max_length=128)
    proposal: ProposalId | None = None
    ref: BodyRef
    key: str = Field(max_length=80)
    arguments: BodyRef
    answers_by: Instant


class AnswerArrived(Event):
    """The other system has answered. Only the first answer counts, whoever gave it.

    `late`: it was settled before, by a person or a look-up; this is on record and nothing is done because of it.
    """

    type: Literal["answer_arrived"] = "answer_arrived"
    run: RunId
    effect: EffectId
    by: Literal["callback", "look_up", "deadline"]
    outcome: Literal["succeeded", "refused", "failed"]
    code: Code | None = None
    sentence: Sentence | None = None
    result: BodyRef | None = None
    facts: tuple[FactRef, ...] = ()
    facts_body: BodyRef | None = None
    raw: BodyRef | None = None
    occurred_at: Instant | None = None
    late: bool = False
