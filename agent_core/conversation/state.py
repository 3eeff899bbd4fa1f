"""What is folded from a conversation's log. Plain frozen values; bodies are only ever named, never read.

Those of many fields, which each event changes, have no slots: `changing.replace` copies their dictionary.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from agent_core.contract.answers import Sentiment
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import DamageCause, ErasureReason, Triaged
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
from agent_core.conversation.ask_state import NO_FAILURE, AskState, Failing
from agent_core.conversation.tallied import Tallied

EMPTY: Mapping[Any, Any] = MappingProxyType({})


def _empty() -> Mapping[Any, Any]:
    return EMPTY


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """A message of the customer, of a person writing in the channel, or of a program in the customer's name.

    What a program wrote is on record and nothing comes of it: answering it could go on for ever.
    """

    seq: int
    message: MessageId
    author: Literal["customer", "person", "program"]
    text: BodyRef
    arrived_at: datetime
    attachments: BodyRef | None = None
    quoted_lines: int = 0
    name_in_channel: MessageId | None = None
    gone: bool = False
    """Edited since, or deleted: what was said is on record, and nobody answers it any more."""
    changed: int = 0
    """`seq` of the event that took it back."""


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
    arguments: BodyRef | None = None
    about: EffectId | None = None
    """For a look-up: the effect whose answer is owed."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A call that another system has taken and will answer later (R-A5).

    Attributes:
        looked_up: How often it was looked up since its answer was due.
        look_at: When to look it up again; None after a look-up that told nothing new. After `asked`: when a person who could
            not tell put it off to.
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
class Doubt:
    """A write of which nobody knows whether it happened.

    Attributes:
        look_at: When the other side is asked again; none when it cannot say and only a person can.
        looks: Look-ups so far.
    """

    effect: OpenEffect
    since: datetime
    look_at: datetime | None = None
    looks: int = 0
    found: bool | None = None
    """What a look-up found out: it happened, or it did not."""
    detail: BodyRef | None = None
    """What it answered, and the facts read from that."""


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
    failures: int = 0
    """Attempts that failed; one that a crash cut is none."""
    epoch: int = 0
    """The conversation's when it was last attempted: whoever spoke since may have changed what is wanted."""
    retry_at: datetime | None = None
    outcome: ToolOutcome | None = None
    idempotency_key: str | None = None
    code: str = ""
    """Why it failed last."""
    tallied: Tallied | None = None
    """What the other side said about the customer's day, where that had to be known."""


@dataclass(frozen=True)
class Run:
    """One workflow at work.

    Attributes:
        due: Something new stands in its transcript that its model has not seen.
        answer: The newest outcome that no reply has covered yet.
        failing: How asking its model fails at the moment.
        spent: Tool and resource of calls that failed for good in this turn: they are not tried again (R-A7).
        stubborn: How often the model asked for one of those all the same.
        successor: The run that goes on in its place, with a transcript of its own.
        generation: How many runs it continues, and `shrunk` how many of those had grown too long in this turn.
        mended: How often its transcript was made anew since its model last gave a usable answer.
        later: What was sent to the customer while its model was thinking: it stands after what the model says.
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
    failing: Failing = NO_FAILURE
    model_calls: int = 0
    escalation: str | None = None
    spent: frozenset[tuple[str, str]] = frozenset()
    stubborn: int = 0
    asked: BodyRef | None = None
    """Its newest answer, where that was a question: it is not asked in the same words once more (R-B9)."""
    successor: RunId | None = None
    generation: int = 0
    shrunk: int = 0
    mended: int = 0
    fallback: bool = False
    later: tuple[Entry, ...] = ()
    woken_at: datetime | None = None
    """When it was last given something to work on: a reply is due some time after."""
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
    proposed_by: OperatorId | None = None
    """The person whose own proposal it is; none when the agent's. A narrower or renewed one stays theirs."""
    edited_by: OperatorId | None = None
    """The person who changed it last by making it smaller: their yes counts with that change, never as a second one."""
    withdrawn_by: OperatorId | None = None
    """Who took off the workflow that proposed it, after it had been sent: it ends, and never leaves again."""
    own: bool = False
    """No model ever called it: a person proposed it who had the conversation. It is judged as that person's."""

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
    partial: bool = False
    held: bool = False
    """It says that a person will come back to the customer of a quarantined conversation."""


@dataclass(frozen=True, slots=True)
class Held:
    """Why a conversation is in quarantine.

    Attributes:
        since: `seq` of the event that says so.
        run: Whose work showed the damage, where that is known.
        asked_again: On-call was asked again because the customer wrote on.
    """

    since: int
    cause: DamageCause
    diagnosis: str
    sentence: str
    run: RunId | None = None
    evidence: BodyRef | None = None
    manifest: BodyRef | None = None
    asked_again: bool = False


@dataclass(frozen=True, slots=True)
class Unproven:
    """A turn whose work waits for a proof: what triage found, and behind which message the turn begins."""

    detail: BodyRef
    after: int


@dataclass(frozen=True, slots=True)
class Correction:
    """Something the agent believed that a person put right.

    Attributes:
        epoch: The conversation's behind the event that made or ended it.
        since: `seq` of the event that made it.
        keys: Facts that it rested on.
        lapsing: Proposals that rested on it when it was made.
        over: It was taken back.
    """

    name: str
    epoch: int
    operator: OperatorId
    since: int
    keys: tuple[FactKey, ...]
    lapsing: frozenset[ProposalId]
    over: bool = False


@dataclass(frozen=True, slots=True)
class Steering:
    """A private instruction of a person to the agent.

    Attributes:
        since: `seq` of the event that gave it, and `epoch` the conversation's behind it.
        run: Only this run was told; none: all of them.
        over: It holds no longer.
    """

    name: str
    note: BodyRef
    since: int
    epoch: int
    operator: OperatorId
    run: RunId | None
    until: datetime
    over: bool = False


@dataclass(frozen=True)
class TurnState:
    """The present turn: which messages it took, what triage found, where it was routed."""

    turn: int = 0
    after: int = 0
    """The last message that the turn before had taken."""
    through: int = 0
    triaged: Triaged | None = None
    opened_at: datetime | None = None
    failing: Failing = NO_FAILURE
    """How asking what the customer wants fails at the moment."""
    replied: bool = False
    """Something was said to the customer in this turn, if only what was settled at the deadline."""
    routed: bool = False
    topics: tuple[str, ...] | None = None
    """What triage found the message to be about, where it was asked for topics before intents."""
    proof: Literal["proven", "failed", "unavailable"] | None = None
    """What asking whether the customer is who they say came to, in this turn."""
    language: str = ""
    says: BodyRef | None = None
    says_by: Literal["brand", "model"] | None = None
    to_people: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    """Reason codes that turns before this one gave to people, and of which the customer was not told yet."""
    runs: tuple[RunId, ...] = ()
    answered: bool = True
    """The fixed text, question or hand-off of this turn was sent (true where there is none)."""
    escalated: tuple[str, ...] = ()
    """Triggers of the escalation table that fired on this turn."""
    whole: bool = False
    """The whole conversation goes to people, once the customer was told."""
    rewrite: BodyRef | None = None
    """Why what the composer wrote may not leave: it is asked once more with that (R-F2)."""


@dataclass(frozen=True, slots=True)
class InHand:
    """A person has the conversation.

    Attributes:
        since: When they last did something here.
        seq: Where that stands in the log.
        said: They have spoken to the customer since they took it over.
        reminded: The team was asked since then.
    """

    since: datetime
    seq: int
    said: bool = False
    reminded: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """Somebody ordered and signed that everything personal here is erased."""

    operator: OperatorId
    reason: ErasureReason
    statement: str
    scope: Literal["conversation", "customer"]


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
    in_hand: InHand | None = None
    """While a person has it: when they last did something here."""
    messages: tuple[MessageSeen, ...] = ()
    turn: TurnState = field(default_factory=TurnState)
    runs: Mapping[RunId, Run] = field(default_factory=_empty)
    open: Mapping[EffectId, OpenEffect] = field(default_factory=_empty)
    finished: frozenset[EffectId] = frozenset()
    unknown: Mapping[EffectId, OpenEffect] = field(default_factory=_empty)
    """Writes of the agent alone of which nobody knows whether they happened, until a person says so."""
    awaited: Mapping[EffectId, Awaited] = field(default_factory=_empty)
    """Calls that other systems have taken, answered or not."""
    doubts: Mapping[EffectId, Doubt] = field(default_factory=_empty)
    """Writes, alone or approved, of which nobody knows whether they happened."""
    contradicted: Mapping[EffectId, bool] = field(default_factory=_empty)
    """What a look-up said about a write after somebody else had settled it: not on record yet."""
    settled_doubts: Mapping[EffectId, bool] = field(default_factory=_empty)
    """What was found out about those that were in doubt: the first answer."""
    looked_up: frozenset[EffectId] = frozenset()
    """Those that a look-up found out before a person did."""
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
    failed_at: datetime | None = None
    """When something failed last: whoever tries it again looks whether the clock was set back since (`set_back`)."""
    compose_failures: int = 0
    compose_interrupted: int = 0
    compose_down: bool = False
    """The composer's usual model did not answer: the brand's other one is asked, if there is one."""
    compose_stale: bool = False
    """A run has spoken since the composer was asked, so what it composes is not used."""
    quarantine: Held | None = None
    """Why on-call is wanted; stays known while a person has taken the conversation over."""
    told_held: bool = False
    """The customer was told that a person will come back, and nobody has said anything to them since."""
    damaged: bool = False
    """An event in the log is not allowed where it stands: it was passed over, and on-call must look."""
    unclear: int = 0
    """Turns in a row that ended in a question of triage's or routing's, not of a run's."""
    questions: tuple[BodyRef, ...] = ()
    """Questions of triage's or routing's that the customer was asked here, newest last (R-B9)."""
    unproven: tuple[Unproven, ...] = ()
    """What the customer asked for and is waiting for a proof of who they are."""
    proofs_failed: int = 0
    """How often a proof did not hold in this conversation."""
    moods: tuple[Sentiment, ...] = ()
    """Sentiment of the turns since the agent began or was handed the conversation back, newest last (R-E1)."""
    matters: Mapping[WorkflowName, int] = field(default_factory=_empty)
    """How many of those turns each workflow worked on."""
    escalated: frozenset[str] = frozenset()
    """Triggers of the escalation table that have fired since the conversation was opened, or opened again."""
    steering: Mapping[str, Steering] = field(default_factory=_empty)
    """Private instructions of people, those that are over included (R-E3)."""
    corrections: Mapping[str, Correction] = field(default_factory=_empty)
    """What people put right about beliefs, those that were taken back included (R-M1)."""
    handed_back_with: BodyRef | None = None
    """The note with which a person handed the conversation back, for as long as the agent has it."""
    barred: frozenset[WorkflowName] = frozenset()
    """Workflows that a person took off this conversation: the router opens none of them again."""
    deleted: frozenset[MessageId] = frozenset()
    """Messages that were deleted, by their ids in the channel: one that arrives late is not answered."""
    touched_at: datetime | None = None
    """When something was last said, decided or handed over here: silence counts from then."""
    ordered: Ordered | None = None
    """Its erasure was ordered: nothing enters any more."""
    erased: bool = False
    """Everything personal is gone, and the conversation is over for ever."""
    faded: Mapping[str, datetime] = field(default_factory=_empty)
    """Kinds of bodies that the brand's rule erased, and when last."""
    follow_ups: int = 0
    """How often the customer was asked again since they last wrote."""
    declined: bool = False
    """What the customer wanted was taken back or declined since they last wrote."""

    @property
    def last_customer_seq(self) -> int:
        """`seq` of the newest thing the customer wrote or took back; 0 before the first."""
        return max((max(m.seq, m.changed) for m in self.messages if m.author == "customer"), default=0)

    @property
    def waiting(self) -> tuple[MessageSeen, ...]:
        """Customer messages that no turn has taken yet."""
        if not self.messages or self.messages[-1].seq <= self.turn.through:
            return ()  # they stand in the order of the log
        return tuple(m for m in self.messages if m.author == "customer" and m.seq > self.turn.through and not m.gone)

    def owed(self) -> tuple[Awaited, ...]:
        """Answers that other systems owe us."""
        return tuple(known for known in self.awaited.values() if known.outcome is None)

    def heir(self, run: RunId) -> RunId:
        """The run that goes on for this one: itself, or the last of those that continue it."""
        seen: set[RunId] = set()
        while (known := self.runs.get(run)) is not None and known.successor is not None and run not in seen:
            seen.add(run)
            run = known.successor
        return run

    def open_proposals(self) -> tuple[ProposalState, ...]:
        """Proposals that have not come to an end, oldest first."""
        return tuple(p for p in self.proposals.values() if p.open)
