"""What the console shows: versioned views that the core folded. Only the core folds; a view is replaced, never patched.

Every text that came from outside has passed the boundary and is to be shown as plain text. Times are moments; the console
computes ages. `version` only grows, per view.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, Value
from agent_core.contract.checkpoints import AlarmShown
from agent_core.contract.correcting import CorrectionShown
from agent_core.contract.ids import (
    AskId,
    BrandId,
    ConversationId,
    KeyFingerprint,
    OperatorId,
    ProposalId,
    ReleaseDigest,
    RunId,
)  # fmt: skip
from agent_core.contract.integrations import IntegrationShown
from agent_core.contract.missed import Missed
from agent_core.contract.money import Money
from agent_core.contract.outcomes import AskKind, AskVerb, Clock, ConversationLabel, DecidedBy, RunPhase
from agent_core.contract.presence import PresentShown
from agent_core.contract.proposals import EvidenceRef, RuleCited
from agent_core.contract.risk import Risk
from agent_core.contract.statements import LogHead, Role
from agent_core.contract.stopping import PausedWorkflow, Stopped


class ConversationRow(Value):
    """One row of the list of conversations.

    Attributes:
        owner: Who has it: the agent, nobody yet (a person is wanted), or a person by name.
        waiting_since: Since when the customer, or the ask, waits; none when nobody does.
        needs_person: An ask is open: approval, escalation, quarantine, unknown outcome.
        next_breach: When the first clock of its asks runs out; none when none runs.
        breached: A clock of an open ask ran out: nobody looked, or decided, in time.
    """

    conversation: ConversationId
    version: int
    brand: BrandId
    channel: str
    customer_name: str
    snippet: str
    snippet_by: Literal["customer", "agent", "person", "system"]
    label: ConversationLabel
    owner: Literal["agent", "nobody", "person"]
    owner_name: str | None
    intents: tuple[str, ...]
    needs_person: bool
    asks: tuple[AskKind, ...]
    urgency: Literal["low", "normal", "high", "critical"]
    sentiment: Literal["negative", "neutral", "positive"]
    language: str
    money: Money | None
    tool_failing: bool
    verified: bool
    messages: int
    last_at: Instant
    waiting_since: Instant | None
    due_at: Instant | None
    next_breach: Instant | None = None
    breached: bool = False
    workflows: tuple[str, ...] = ()
    """Workflows at work in it, or that were."""
    flagged: bool = False
    """A detector saw something in a text of it."""
    owner_by: OperatorId | None = None
    """Which person has it, by id: two people may have one name."""


class LabelledText(Value):
    """A row of a card: what it is, and its value as plain text."""

    label: str
    value: str
    tone: Literal["plain", "ok", "warn", "danger"] = "plain"


class EvidenceShown(Value):
    """Evidence as a person sees it: what, its value, where it was read, when.

    Attributes:
        this_customer: The value is the id of the customer one talks with: who reads it may be told their name beside it.
    """

    key: str
    label: str
    value: str
    source: str
    source_seq: int
    read_at: Instant
    changed_from: str | None = None
    this_customer: bool = False


class ApprovalGiven(Value):
    """A countersignature that counts so far."""

    operator: OperatorId
    name: str
    at: Instant
    simulated: bool = False


class Binding(Value):
    """Everything of a proposal that a decision statement must repeat. The console signs this and nothing it made up."""

    conversation: ConversationId
    proposal: ProposalId
    brand: BrandId
    customer_digest: Digest
    run: RunId
    workflow: str
    workflow_version: int
    workflow_step: str | None = None
    release: ReleaseDigest
    tool: str
    resource: str
    arguments_digest: Digest
    evidence: tuple[EvidenceRef, ...]
    evidence_digest: Digest
    card_digest: Digest
    policy_digest: Digest
    money: Money | None
    proposed_by: OperatorId | None = None
    edited_from: Digest | None = None
    nonce: str
    seen_through: int
    required_approvals: int
    previous_approvals: tuple[Digest, ...]
    log_head: LogHead


class QuestionShown(Value):
    """What a person asked the agent about its proposal. `answer` is the agent's own words, resting on so many facts."""

    operator: OperatorId
    name: str
    at: Instant
    text: str
    state: Literal["waiting", "answered", "not_answered"]
    answer: str = ""
    grounded_on: int = 0


class AskCard(Value):
    """Something a person must do, with all that is needed to decide it.

    Attributes:
        state: `waiting` · `claimed` · `deciding` (signed, may be recalled until `not_before`) · `executing` · `closed`.
        look_again: The customer wrote after the card was first shown.
        second_person_wanted: Approved once; another person with another key must approve too.
    """

    ask: AskId
    version: int
    kind: AskKind
    brand: BrandId
    conversation: ConversationId
    customer_name: str
    state: Literal["waiting", "claimed", "deciding", "executing", "closed"]
    title: str
    subtitle: str
    sentence: str
    code: Code
    money: Money | None
    reversible: bool
    why: str
    """The agent's own words for why; shown as such."""
    rows: tuple[LabelledText, ...]
    evidence: tuple[EvidenceShown, ...]
    rules: tuple[RuleCited, ...]
    verbs: tuple[AskVerb, ...]
    roles: tuple[str, ...]
    required_people: int
    approvals: tuple[ApprovalGiven, ...]
    second_person_wanted: bool
    look_again: bool
    changes: tuple[LabelledText, ...]
    priority: int
    raised_at: Instant
    expires_at: Instant | None
    not_before: Instant | None
    statement: Digest | None
    claimed_by: OperatorId | None
    claimed_name: str | None
    claimed_until: Instant | None
    binding: Binding | None
    closed_by: DecidedBy | None = None
    closed_name: str | None = None
    closed_operator: OperatorId | None = None
    """The same person by id: two people may have one name."""
    closed_at: Instant | None = None
    closed_sentence: str | None = None
    latest_words: str = ""
    """What the customer last wrote, while the ask is open."""
    queue: str | None = None
    """Where it waits, by the name the brand gives it."""
    language: str = ""
    """The customer's, as far as it is known: which people it is for."""
    assigned_to: OperatorId | None = None
    """Whose it is meant to be, whoever is on it now."""
    assigned_name: str | None = None
    first_looked_at: Instant | None = None
    """When somebody claimed it for the first time."""
    look_by: Instant | None = None
    answer_by: Instant | None = None
    next_breach: Instant | None = None
    breached: tuple[Clock, ...] = ()
    """Clocks that ran out in its present queue."""
    missed: tuple[Missed, ...] = ()
    """Every clock that ran out since it was raised, the first first, whichever queue it waited in."""
    proposed_by: OperatorId | None = None
    """The person whose own proposal it is: somebody else must approve it. None when it is the agent's."""
    proposed_name: str | None = None
    claim_taken_from: OperatorId | None = None
    """Who was on it before the one who is on it now took it from them, and why."""
    claim_taken_from_name: str | None = None
    claim_reason: str = ""
    escalated_by_name: str | None = None
    escalation_note: str = ""
    questions: tuple[QuestionShown, ...] = ()
    """What people asked the agent about it, oldest first."""
    risk: Risk | None = None
    """How much care a yes needs; none where nothing is approved."""


class _Item(Value):
    id: str
    """Stable within the conversation; an item with a known id replaces the older one."""
    seq: int
    """Where it stands in order."""
    version: int
    at: Instant


class FileShown(Value):
    """A file that came with a message, by name; it is never opened."""

    name: str
    type: str
    size: int
    inline: bool = False


class MessageItem(_Item):
    """Somebody spoke. `by` is the type of who it was; accounting rests on it."""

    kind: Literal["message"] = "message"
    by: Literal["customer", "agent", "person", "person_for_agent", "system"]
    name: str
    text: str
    subject: str | None = None
    stripped: tuple[tuple[str, int], ...] = ()
    flags: tuple[str, ...] = ()
    truncated: bool = False
    delivery: Literal["", "sending", "sent", "not_sent", "unknown"] = ""
    grounded_on: int = 0
    """Facts that the text rests on."""
    occurred_at: Instant | None = None
    """When the channel says it was written; messages that arrived late stand where they belong."""
    findings: tuple[str, ...] = ()
    files: tuple[FileShown, ...] = ()
    quoted: str = ""
    """History, signature and the other body, as they were split off; plain text, shown when asked for."""
    quoted_lines: int = 0
    hidden: tuple[LabelledText, ...] = ()
    """What a person would not have seen in the message, and why."""
    automatic: bool = False
    """A program wrote it: nobody answers it."""


class RoutingItem(_Item):
    """What triage found and where code sent it."""

    kind: Literal["routing"] = "routing"
    intents: tuple[str, ...]
    workflows: tuple[str, ...]
    to_people: tuple[str, ...]
    rule: str


class ToolCallItem(_Item):
    """A tool call, from the model's wish to its one result."""

    kind: Literal["tool_call"] = "tool_call"
    tool: str
    title: str
    workflow: str
    run: RunId
    writes: bool
    arguments: tuple[LabelledText, ...]
    outcome: Literal[
        "judging", "running", "succeeded", "refused", "failed", "timed_out", "unknown", "denied", "pending", "not_run"
    ]
    result: tuple[LabelledText, ...]
    sentence: str
    rules: tuple[RuleCited, ...] = ()
    attempts: int = 0
    duration_ms: int | None = None
    proposal: ProposalId | None = None
    ask: AskId | None = None
    raw: str = ""
    """Arguments and result as JSON, for those who ask for it."""


MarkKind = Literal[
    "control", "notice", "decision", "guardrail", "run", "failure", "superseded", "recovered", "ask", "look_again"
]
MarkTone = Literal["plain", "ok", "warn", "danger"]


class MarkItem(_Item):
    """A line between messages: control changed, a notice, a refusal, a reply that was not allowed out."""

    kind: Literal["mark"] = "mark"
    what: MarkKind
    tone: MarkTone
    text: str
    detail: str = ""


TranscriptItem = Annotated[MessageItem | RoutingItem | ToolCallItem | MarkItem, Field(discriminator="kind")]


class FactShown(Value):
    """A fact with source and time.

    Attributes:
        now: What was read since, where that is something else.
        item: The item of the transcript whose result it is; empty where none shows it.
    """

    id: str
    key: str
    label: str
    value: str
    source: str
    source_seq: int
    read_at: Instant
    now: str | None = None
    item: str = ""


class BeliefShown(Value):
    """A belief, and the facts it cites as it read them; without facts it is an opinion and is shown as one.

    Stale when one of them was read anew since and says something else, or cannot be read any more.
    """

    statement: str
    about: str
    confidence_percent: int
    facts: tuple[FactShown, ...]
    stale: bool
    at: Instant
    at_seq: int = 0
    """The answer that holds it, and its place there: how a correction names it."""
    index: int = 0


class StepShown(Value):
    """A step of a workflow and how far it is."""

    id: str
    text: str
    state: Literal["done", "waiting", "failed", "skipped", "open", "running"]
    detail: str = ""


class RunShown(Value):
    """A run with its steps."""

    run: RunId
    workflow: str
    title: str
    version: int
    release: ReleaseDigest
    phase: RunPhase
    steps: tuple[StepShown, ...]
    sentence: str


class SteeringShown(Value):
    """A private instruction to the agent. `text` is a colleague's words, or says that they were erased."""

    steering: str
    operator: OperatorId
    name: str
    text: str
    run: RunId | None
    until: Instant
    over: bool


class ConversationDetail(Value):
    """Everything beside the transcript: believes, tried, waits for, why it stopped."""

    row: ConversationRow
    seq: int
    external_id: str
    opened_at: Instant
    release: ReleaseDigest | None
    items: tuple[TranscriptItem, ...]
    beliefs: tuple[BeliefShown, ...]
    facts: tuple[FactShown, ...]
    runs: tuple[RunShown, ...]
    waits_for: tuple[LabelledText, ...]
    why_stopped: str
    asks: tuple[AskCard, ...]
    log_head: LogHead
    steering: tuple[SteeringShown, ...] = ()
    """Private instructions to the agent, in the order in which they were given; those that are over included."""
    corrections: tuple[CorrectionShown, ...] = ()
    """What people put right about beliefs, in the order in which they did; those taken back included."""


class Numbers(Value):
    """Numbers of the present moment."""

    needs_person: int = 0
    agent: int = 0
    human: int = 0
    all: int = 0
    approvals: int = 0
    escalations: int = 0
    quarantined: int = 0
    asks: int = 0
    """Everything a person is asked for, of whatever kind."""


class BrandNumbers(Numbers):
    """Those of one brand."""

    brand: BrandId


class Counts(Numbers):
    """Those of the brands this session sees, together, and of each brand that has any."""

    by_brand: tuple[BrandNumbers, ...] = ()


class BrandShown(Value):
    """A brand this session sees."""

    brand: BrandId
    title: str
    release: ReleaseDigest
    paused: bool
    languages: tuple[str, ...]
    sandbox: bool
    paused_workflows: tuple[PausedWorkflow, ...] = ()
    """Those that are stopped by themselves, whether or not the brand is."""
    stopped: Stopped | None = None
    """How the brand was stopped by itself; none where it was not."""


class OperatorShown(Value):
    """A colleague."""

    operator: OperatorId
    name: str
    role: Role
    key: KeyFingerprint
    revoked: bool
    simulated: bool


class CoreShown(Value):
    """What the core is and how it fares; the status bar."""

    core: str
    version: str
    paused: bool
    brands: tuple[BrandShown, ...]
    operators: tuple[OperatorShown, ...]
    model: str
    """What answers: a model's name, or that the offline stand-in does."""
    stand_in: bool
    working: int
    queued: int
    integrations: tuple[tuple[str, Literal["healthy", "failing", "unknown"]], ...]
    undo_seconds: int
    now: Instant
    integration_states: tuple[IntegrationShown, ...] = ()
    """Systems whose state ever changed; those that need somebody first."""
    alarm: AlarmShown | None = None
    """The log is not the one the core had signed for: sensitive actions are stopped until an admin acknowledges it."""
    stopped: Stopped | None = None
    """How everything was stopped; none where it was not."""


class FeedAnswer(Value):
    """What changed since the token. `reset`: forget everything first, the cursor was lost or is new."""

    token: str
    reset: bool
    rows: tuple[ConversationRow, ...] = ()
    asks: tuple[AskCard, ...] = ()
    counts: Counts
    core: CoreShown | None = None
    present: tuple[PresentShown, ...] = ()
    """Colleagues who look at conversations of this session's brands at this moment: all of them, each time."""
    present_mark: str = ""
    """Names them; a console that asks with it is told when it is another."""
    changed: tuple[tuple[ConversationId, int], ...] = ()
    """Conversations with new events, and their newest seq."""
    more: bool = False
    begun: Literal["all", "here"] = "all"
    """Where the first look began. `here`: what stood there before is not told, it is read in pages (R-M1)."""


class RowPage(Value):
    """A page of rows in the order of `listing.place_of`; `next` continues it.

    Attributes:
        reached: The place up to which everything was looked at; none after the last page, where there is nothing more.
    """

    rows: tuple[ConversationRow, ...]
    next: str | None
    counts: Counts
    reached: tuple[str, str] | None = None


class AskPage(Value):
    """A page of open asks in the order of `listing.ask_place_of`; `next` and `reached` as of a page of rows."""

    asks: tuple[AskCard, ...]
    next: str | None
    counts: Counts
    reached: tuple[str, str] | None = None
