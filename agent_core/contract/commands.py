"""What a console may ask of the core. Narrowing needs a session, widening needs a signed envelope (DESIGN §1.8).

Sent as `POST /v1/commands` with an `Idempotency-Key`; the same key answers the same result and does nothing twice.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from agent_core.contract.base import Digest, Instant, Value
from agent_core.contract.bodies import SaltText
from agent_core.contract.bulk import Batch
from agent_core.contract.checked_replies import ReplyWarning
from agent_core.contract.correcting import CorrectBelief, EndCorrection
from agent_core.contract.erasing import MOST_CONVERSATIONS
from agent_core.contract.events.assessing import AssessedAs, AssessedPart
from agent_core.contract.events.erasing import ErasureReason
from agent_core.contract.events.steering import SteeringName
from agent_core.contract.ids import (
    AskId,
    BrandId,
    ConversationId,
    KeyFingerprint,
    OperatorId,
    ProposalId,
    RunId,
    SessionId,
    WorkflowName,
)
from agent_core.contract.levels import ChangeLevel, RecallLevel
from agent_core.contract.money import Money
from agent_core.contract.operator_commands import AnchorShown, OperatorCommand
from agent_core.contract.proposing import ProposeAction
from agent_core.contract.repairing import MOST_OPEN_CALLS, CallSettled
from agent_core.contract.reviewing import FinishReview, NoteReview, ScoreReview
from agent_core.contract.statements import Envelope, Role

FreeText = Annotated[str, Field(min_length=1, max_length=4000)]


class _Commented(Value):
    """A person's words are stored under `comment_salt`, exactly as they came, or the command is refused.

    A statement that names them (`comment_digest`) names them by this salt; unsigned words may leave it to the core.
    """

    comment: FreeText | None = None
    comment_salt: SaltText | None = None


class Decide(_Commented):
    """Approve or deny a proposal: the envelope says which and binds everything that was shown (R-C4)."""

    type: Literal["decide"] = "decide"
    envelope: Envelope
    batch: Batch | None = None
    """The sheet it was approved on, where the statement names one."""


class Edit(_Commented):
    """Put a changed proposal in the place of one, exactly as an `EditPreview` showed it under `draft` (R-C3).

    `envelope`: a decision that approves what was shown, where the change only narrows; else a `ProposalStatement`: it is
    then this person's proposal, and others approve it.
    """

    type: Literal["edit"] = "edit"
    conversation: ConversationId
    draft: Annotated[str, Field(max_length=64)]
    envelope: Envelope


class Recall(Value):
    """Take one's own approval back before it acts."""

    type: Literal["recall"] = "recall"
    proposal: ProposalId
    statement: Digest


class Claim(Value):
    """Say that one is on it; renewed by sending it again. `steal` needs a reason."""

    type: Literal["claim"] = "claim"
    ask: AskId
    conversation: ConversationId
    steal: FreeText | None = None


class AskBack(Value):
    """Ask the agent about what it proposed. The ask stays open, nothing is executed, the customer is told nothing."""

    type: Literal["ask_back"] = "ask_back"
    ask: AskId
    conversation: ConversationId
    question: Annotated[str, Field(min_length=1, max_length=1000)]
    comment_salt: SaltText | None = None


class Escalate(Value):
    """Send an ask to those above, with a note. Its clocks run on. `queue`: where it waits; else the next higher one."""

    type: Literal["escalate"] = "escalate"
    ask: AskId
    conversation: ConversationId
    comment: FreeText
    comment_salt: SaltText | None = None
    queue: Annotated[str, Field(max_length=64)] | None = None


class ReleaseClaim(Value):
    """Give an ask back."""

    type: Literal["release_claim"] = "release_claim"
    ask: AskId
    conversation: ConversationId


class AssignAsk(_Commented):
    """Give an ask to somebody who may answer it, oneself included; `to` none: to nobody in particular (R-E4)."""

    type: Literal["assign_ask"] = "assign_ask"
    ask: AskId
    conversation: ConversationId
    to: OperatorId | None = None


class ResolveAsk(_Commented):
    """An escalation or review is dealt with."""

    type: Literal["resolve_ask"] = "resolve_ask"
    ask: AskId
    conversation: ConversationId


class SettleUnknown(_Commented):
    """A person found out whether a write of unknown outcome happened. Signed: it decides about money."""

    type: Literal["settle_unknown"] = "settle_unknown"
    ask: AskId
    conversation: ConversationId
    happened: bool
    envelope: Envelope


class StillUnknown(_Commented):
    """A person looked and cannot tell either whether a write happened: it is looked at again after so many seconds."""

    type: Literal["still_unknown"] = "still_unknown"
    ask: AskId
    conversation: ConversationId
    again_s: Annotated[int, Field(ge=60, le=7 * 86_400)] = 3_600


class TakeOver(_Commented):
    """A person has control from now on; nothing the agent decided before may start."""

    type: Literal["take_over"] = "take_over"
    conversation: ConversationId


class HandToTeam(_Commented):
    """Stop the agent here without owning the conversation."""

    type: Literal["hand_to_team"] = "hand_to_team"
    conversation: ConversationId


class HandBack(Value):
    """The agent goes on, with a note to it."""

    type: Literal["hand_back"] = "hand_back"
    conversation: ConversationId
    note: FreeText | None = None


class PersonReply(Value):
    """The person in control writes to the customer."""

    type: Literal["person_reply"] = "person_reply"
    conversation: ConversationId
    text: Annotated[str, Field(min_length=1, max_length=8000)]


class Steer(Value):
    """Tell the agent something in private while it goes on working (R-E3). It changes nothing about what the agent may do.

    Attributes:
        note: Never quoted to the customer. Kept as a body, so that it can be erased.
        run: Only this run is told; none: all that work here, and those that begin while it holds.
        holds_s: For so long it holds.
    """

    type: Literal["steer"] = "steer"
    conversation: ConversationId
    note: FreeText
    run: RunId | None = None
    holds_s: Annotated[int, Field(ge=60, le=90 * 86_400)] = 7 * 86_400


class EndSteering(Value):
    """A private instruction holds no longer."""

    type: Literal["end_steering"] = "end_steering"
    conversation: ConversationId
    steering: SteeringName


class FlagAssessment(Value):
    """Say that the handoff packet, or what the agent made of the request, is wrong, and what would be right (R-E3).

    Attributes:
        seen: `HandoffPacket.seq` of what was read: the correction is kept beside that.
    """

    type: Literal["flag_assessment"] = "flag_assessment"
    conversation: ConversationId
    part: AssessedPart
    wrong: AssessedAs
    correction: FreeText
    seen: Annotated[int, Field(ge=1)]


class OverrideRouting(_Commented):
    """Decide which workflows work on a live conversation, and whether people do (R-B7).

    `workflows` is the whole set from here on, `queue` a queue of people that gets a part of it or, without workflows, all.
    `envelope`: a `widening` statement `override_routing` over the conversation and `override_value`; needed where the agent
    may do more afterwards (`OverridePreview.needs_signature`). `seen`: refused when the conversation has moved since.
    """

    type: Literal["override_routing"] = "override_routing"
    conversation: ConversationId
    workflows: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=12)]
    queue: Annotated[str, Field(max_length=64)] | None = None
    envelope: Envelope | None = None
    seen: int | None = None


class Repair(_Commented):
    """Lift a quarantine: what `RepairShown` showed, and an answer about each open call (R-A8).

    `envelope`: a `widening` statement `repair` over the conversation and `repairing.repair_value`.
    """

    type: Literal["repair"] = "repair"
    conversation: ConversationId
    plan: Digest
    answers: Annotated[tuple[CallSettled, ...], Field(max_length=MOST_OPEN_CALLS)] = ()
    envelope: Envelope


class Erase(Value):
    """Erase everything personal of these conversations: all of them or none (R-N5).

    `envelope`: a `widening` statement `erase` over the brand and `erasing.erase_value`. A preview showed them.
    """

    type: Literal["erase"] = "erase"
    brand: BrandId
    conversations: Annotated[tuple[ConversationId, ...], Field(min_length=1, max_length=MOST_CONVERSATIONS)]
    scope: Literal["conversation", "customer"]
    reason: ErasureReason
    envelope: Envelope


class Pause(Value):
    """The agent starts nothing new for a brand, or anywhere when `brand` is none: the stop switch.

    `workflow`: only this one of that brand stops, and others of the same conversations go on. Needs no signature; from the
    console that started this core it needs no key either (R-M3).
    """

    type: Literal["pause"] = "pause"
    brand: BrandId | None = None
    workflow: WorkflowName | None = Field(max_length=64, default=None)


class Resume(Value):
    """The agent works again in this scope."""

    type: Literal["resume"] = "resume"
    brand: BrandId | None = None
    workflow: WorkflowName | None = Field(max_length=64, default=None)
    envelope: Envelope


class AcknowledgeAudit(_Commented):
    """An admin knows that the log is not the one the core had signed for; sensitive actions go on.

    `envelope`: a `widening` statement `acknowledge_audit` over the core's name and the alarm's digest.
    """

    type: Literal["acknowledge_audit"] = "acknowledge_audit"
    alarm: Digest
    envelope: Envelope


class Enrol(Value):
    """Make a key an operator's. The name is personal, so it travels beside the statement that holds its digest."""

    type: Literal["enrol"] = "enrol"
    envelope: Envelope
    name: Annotated[str, Field(min_length=1, max_length=120)]
    name_salt: SaltText


Command = Annotated[
    Decide | Edit | ProposeAction | Recall | AskBack | Escalate | AssignAsk | Claim | ReleaseClaim | ResolveAsk
    | SettleUnknown | StillUnknown | TakeOver | HandToTeam | HandBack | PersonReply | Steer | EndSteering | FlagAssessment
    | OverrideRouting | Repair | Erase | Pause | Resume | Enrol | NoteReview | ScoreReview | FinishReview
    | CorrectBelief | EndCorrection
    | AcknowledgeAudit | ChangeLevel | RecallLevel | OperatorCommand,
    Field(discriminator="type"),
]  # fmt: skip


class CommandDone(Value):
    """The command took effect; the screen follows when the feed says so.

    Attributes:
        not_before: Until then it can be recalled.
        warnings: What the checks of replies say about words that are on their way all the same (R-F2).
    """

    ok: Literal[True] = True
    seq: int | None = None
    statement: Digest | None = None
    not_before: Instant | None = None
    warnings: tuple[ReplyWarning, ...] = ()


class Challenge(Value):
    """What a sign-in statement must answer, once, before `expires_at`. `core` is the audience of every statement.

    `anchor`: where trust starts here, so that a console compares it with its pin before it signs anything.
    """

    core: str
    challenge: str
    nonce: str
    expires_at: Instant
    anchor: AnchorShown | None = None


class SignIn(Value):
    """A signed `BoundSessionStatement` that answers a challenge. The older `SessionStatement` binds no console."""

    envelope: Envelope


class EmbeddedSignIn(Value):
    """The one-time token that the core gave to the console that started it: read-only, and the first enrolment."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: Annotated[str, Field(repr=False)]
    session_key: Annotated[str, Field(max_length=60)] | None = None
    """The public key with which this console signs each request of the session, base64."""


class Session(Value):
    """A short-lived session. Without an operator it may only read. Neither its `repr` nor an error about it shows the token.

    Attributes:
        brands: What it sees, `*` alone for every brand; empty where nothing is read without a key.
        expires_at: When it ends, unless it is used before.
        renew_within_s: How long the token is good; a newer one is asked for before (`POST /v1/sessions/renew`).
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    session: SessionId
    token: Annotated[str, Field(repr=False)]
    core: str
    expires_at: Instant
    operator: OperatorId | None = None
    name: str | None = None
    role: Role | None = None
    brands: tuple[str, ...] = ()
    key: KeyFingerprint | None = None
    limit: Money | None = None
    may_enrol_first: bool = False
    renew_within_s: int = 900
