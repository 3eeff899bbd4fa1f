"""`Ask`: the only record of something a person must do (DESIGN §1.7).

Who may, priority, lease, expiry, allowed verbs and resolution are written once, for approvals, escalations, quarantines,
unknown outcomes, breaches and reviews alike.
"""

from pydantic import Field

from agent_core.contract.base import Code, Instant, Sentence, Value
from agent_core.contract.ids import AskId, BrandId, ConversationId, OperatorId, ProposalId, RunId
from agent_core.contract.money import Money
from agent_core.contract.outcomes import AskKind, AskVerb
from agent_core.contract.risk import Risk


class Ask(Value):
    """Something a person must do.

    Attributes:
        priority: 0 first; equal priorities are ordered by money at stake, then by age.
        verbs: What may be answered; anything else is refused.
        roles: Operators with one of these roles may answer.
        expires_at: After this moment it expires, which escalates and never executes (R-A4).
        queue: Where it waits, by the name the brand gives it; none in logs that had no queues yet.
        look_by: Somebody should have looked by then; later it is a breach.
        answer_by: Somebody should have decided by then; later it is a breach, and it goes to a higher queue.
        language: The customer's, as far as it was known; empty in logs that did not say.
        risk: How much care a yes needs, fixed when it was raised; none where nothing is approved, and in logs of before.
    """

    id: AskId
    kind: AskKind
    brand: BrandId
    conversation: ConversationId
    proposal: ProposalId | None = None
    run: RunId | None = None
    effect: str | None = None
    code: Code
    sentence: Sentence
    priority: int = Field(ge=0, le=9)
    money: Money | None = None
    verbs: tuple[AskVerb, ...]
    roles: tuple[str, ...]
    required_people: int = Field(ge=1, le=5, default=1)
    raised_at: Instant
    expires_at: Instant | None = None
    queue: str | None = Field(default=None, max_length=64)
    look_by: Instant | None = None
    answer_by: Instant | None = None
    language: str = Field(default="", max_length=8)
    risk: Risk | None = None


class Lease(Value):
    """Who is looking at an ask, until when. Taken, renewed by heartbeat, given back, or stolen with a reason."""

    operator: OperatorId
    since: Instant
    until: Instant
