"""What is folded from a conversation's log. Plain frozen values; bodies are only ever named, never read.

Those of many fields, which each event changes, have no slots: `changing.replace` copies their dictionary.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from agent_core.contract.asks import Ask
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import Triaged
from agent_core.contract.facts import FactKey
from agent_core.contract.ids import (
    AskId,
    BodyId,
    BrandId,
    ConversationId,
    EffectId,
    FactId,
    KeyFingerprint,
    MessageId,
    OperatorId,
    ProposalId,
    ReleaseDigest,
    RunId,
    ToolName,
    WorkflowName,
)  # fmt: skip
from agent_core.contract.outcomes import (
    Clock,
    Control,
    DecidedBy,
    EffectKind,
    EffectPurpose,
    ProposalOutcome,
    RunPhase,
    ToolOutcome,
    Verdict,
)  # fmt: skip
from agent_core.contract.proposals import Proposal

EMPTY: Mapping[Any, Any] = MappingProxyType({})


def _empty() -> Mapping[Any, Any]:
    return EMPTY


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """A message of the customer, or of a person writing in the channel."""

    seq: int
    message: MessageId
    author: Literal["customer", "person"]
    text: BodyRef
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class OpenEffect:
    """Started, not finished: either somebody is performing it now, or a crash left it behind."""

    effect: EffectId
    kind: EffectKind
    purpose: EffectPurpose
    turn: int
    attempt: int
    epoch: int
    started_at: datetime
    deadline: datetime
    run: RunId | None
    tool: ToolName | None
    tool_use_id: str | None
    proposal: ProposalId | None
    reply: int | None
    idempotency_key: str | None
    about: EffectId | None = None
    """For a look-up: the effect whose answer is owed."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A call that another system has taken and will answer later (R-A5).

    Attributes:
        looked_up: How often it was looked up since its answer was due.
        look_at: When to look it up again; None after a look-up that told nothing new.
        asked: People were asked what became of it.
        outcome: How it ended; the first end counts.
        noticed: Its run was told.
    """

    effect: OpenEffect
    key: str
    ref: BodyRef
    arguments: BodyRef
    answers_by: datetime
    looked_up: int = 0
    look_at: datetime | None = None
    asked: bool = False
    outcome: Literal["succeeded", "refused", "failed"] | None = None
    reason: str = ""
    result: BodyRef | None = None
    facts: BodyRef | None = None
    noticed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of a run's transcript, in order. `assistant` entries are the model's own content, unchanged."""

    kind: Literal["context", "input", "assistant", "result", "notice", "sent", "steer"]
    body: BodyRef
    seq: int
    tool_use_id: str | None = None
    by: str | None = None
    """Who spoke, for `sent`."""


@dataclass(frozen=True)
class Call:
    """A tool call of the run's newest assistant message."""

    tool_use_id: str
    tool: str
    arguments: BodyRef
    verdict: Verdict | None = None
    writes: bool = False
    resource: str | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    outcome: ToolOutcome | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Run:
    """One workflow at work.

    Attributes:
        due: Something new stands in its transcript that its model has not seen.
        answer: The newest outcome that no reply has covered yet.
    """

    run: RunId
    workflow: WorkflowName
    version: int
    release: ReleaseDigest
    suffix: str
    turn: int
    phase: RunPhase = "working"
    transcript: tuple[Entry, ...] = ()
    calls: tuple[Call, ...] = ()
    due: bool = False
    answer: BodyRef | None = None
    answer_phase: Literal["answered", "asking", "escalated", "failed"] | None = None
    model_failures: int = 0
    model_calls: int = 0
    retry_at: datetime | None = None
    escalation: str | None = None
    manifest: BodyRef | None = None
    """The record of its newest model call: which bodies are stored already."""

    @property
    def open_calls(self) -> tuple[Call, ...]:
        """Calls of the newest assistant message that have no result yet."""
        return tuple(call for call in self.calls if call.outcome is None)


@dataclass(frozen=True, slots=True)
class Approval:
    """One countersignature that counts so far."""

    operator: OperatorId
    key: KeyFingerprint
    statement: str
    envelope: BodyRef
    not_before: datetime
    expires_at: datetime
    seen_through: int


@dataclass(frozen=True)
class ProposalState:
    """A proposal and what became of it. `seen_through` and `nonce` move on when the card must be looked at again."""

    proposal: Proposal
    seen_through: int
    nonce: str
    approvals: tuple[Approval, ...] = ()
    denied_by: OperatorId | None = None
    comment: BodyRef | None = None
    effect: EffectId | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    outcome: ProposalOutcome | None = None
    by: DecidedBy | None = None
    code: str = ""
    result: BodyRef | None = None
    noticed: bool = False
    asked_unknown: bool = False
    unread: int = 0
    """How often what it rests on could not be read again before acting."""
    wait_until: datetime | None = None

    @property
    def open(self) -> bool:
        """Not at its end."""
        return self.outcome is None

    @property
    def complete(self) -> bool:
        """Enough different people with different keys have approved."""
        people = {a.operator for a in self.approvals}
        keys = {a.key for a in self.approvals}
        return min(len(people), len(keys)) >= self.proposal.required_people


@dataclass(frozen=True, slots=True)
class AskState:
    """An ask, who holds it, and whether anything is left to do."""

    ask: Ask
    holder: OperatorId | None = None
    until: datetime | None = None
    resolved: bool = False
    looked: bool = False
    """Somebody has claimed it since it came into its queue."""
    breached: tuple[Clock, ...] = ()
    """Clocks of its present queue that ran out."""
    told: bool = False
    """The customer was told that it takes longer."""


@dataclass(frozen=True, slots=True)
class FactKnown:
    """Where the newest value of a fact stands."""

    fact: FactId
    body: BodyId
    seq: int
    read_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply that was drafted under an epoch and has not left."""

    reply: int
    turn: int
    text: BodyRef
    covers: tuple[RunId, ...]
    answers: tuple[BodyRef | None, ...]
    """What each covered run had answered when this was drafted: only that is said by it."""
    made_by: str
    epoch: int
    seq: int
    """Where it stands in the log: it answers nothing that came later."""


@dataclass(frozen=True)
class TurnState:
    """The present turn: which messages it took, what triage found, where it was routed."""

    turn: int = 0
    after: int = 0
    """The last message that the turn before had taken."""
    through: int = 0
    triaged: Triaged | None = None
    triage_failures: int = 0
    retry_at: datetime | None = None
    routed: bool = False
    language: str = ""
    says: BodyRef | None = None
    says_by: Literal["brand", "model"] | None = None
    to_people: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    """Reason codes that turns before this one gave to people, and of which the customer was not told yet."""
    runs: tuple[RunId, ...] = ()
    answered: bool = True
    """The fixed text, question or hand-off of this turn was sent (true where there is none)."""


@dataclass(frozen=True)
class State:
    """A whole conversation. `State()` is the empty log."""

    conversation: ConversationId | None = None
    brand: BrandId = BrandId("")
    channel: str = ""
    thread: BodyRef | None = None
    """Names the channel's own ids of thread and customer."""
    opened_at: datetime | None = None
    seq: int = 0
    epoch: int = 0
    head: str = "0" * 64
    control: Control = "agent"
    control_code: str = ""
    operator: OperatorId | None = None
    messages: tuple[MessageSeen, ...] = ()
    turn: TurnState = field(default_factory=TurnState)
    runs: Mapping[RunId, Run] = field(default_factory=_empty)
    open: Mapping[EffectId, OpenEffect] = field(default_factory=_empty)
    finished: frozenset[EffectId] = frozenset()
    unknown: Mapping[EffectId, OpenEffect] = field(default_factory=_empty)
    """Writes of the agent alone of which nobody knows whether they happened, until a person says so."""
    awaited: Mapping[EffectId, Awaited] = field(default_factory=_empty)
    """Calls that other systems have taken, answered or not."""
    effects: int = 0
    facts: Mapping[FactKey, FactKnown] = field(default_factory=_empty)
    fact_places: Mapping[FactId, tuple[FactKey, BodyId]] = field(default_factory=_empty)
    """Every fact ever learned, so that what a point cites can be read however old it is."""
    actions: frozenset[str] = frozenset()
    """Tools whose writes really happened in this conversation."""
    proposals: Mapping[ProposalId, ProposalState] = field(default_factory=_empty)
    asks: Mapping[AskId, AskState] = field(default_factory=_empty)
    draft: Draft | None = None
    sending: Draft | None = None
    """The draft that was given to the channel: what it says may arrive, also when the draft was dropped meanwhile."""
    replies: int = 0
    sent: int = 0
    reply_attempts: int = 0
    reply_retry_at: datetime | None = None
    reply_unknown: bool = False
    compose_failures: int = 0
    compose_stale: bool = False
    """A run has spoken since the composer was asked, so what it composes is not used."""
    damaged: bool = False
    """An event in the log is not allowed where it stands: it was passed over, and on-call must look."""
    unclear: int = 0
    """Turns in a row that ended in a question of triage's or routing's, not of a run's."""
    touched_at: datetime | None = None
    """When something was last said, decided or handed over here: silence counts from then."""
    follow_ups: int = 0
    """How often the customer was asked again since they last wrote."""
    declined: bool = False
    """What the customer wanted was taken back or declined since they last wrote."""

    @property
    def last_customer_seq(self) -> int:
        """`seq` of the newest customer message; 0 before the first."""
        return next((m.seq for m in reversed(self.messages) if m.author == "customer"), 0)

    @property
    def waiting(self) -> tuple[MessageSeen, ...]:
        """Customer messages that no turn has taken yet."""
        return tuple(m for m in self.messages if m.author == "customer" and m.seq > self.turn.through)

    def owed(self) -> tuple[Awaited, ...]:
        """Answers that other systems owe us."""
        return tuple(known for known in self.awaited.values() if known.outcome is None)

    def open_proposals(self) -> tuple[ProposalState, ...]:
        """Proposals that have not come to an end, oldest first."""
        return tuple(p for p in self.proposals.values() if p.open)
