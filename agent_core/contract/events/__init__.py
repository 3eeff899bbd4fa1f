"""Every event there is, one union. Names on the wire are for life; an old event is upcast when read, never rewritten.

Families: `conversation` (what enters, who controls), `changes` (what a channel takes back), `turns` (turn, triage, routing,
runs), `effects` (before and after, calls, replies), `approvals` (proposals, asks, countersignatures), `asks` (what people
do about an ask besides), `waiting` (what nobody did in time), `answers` (of systems that answer later), `overrides` (what
people change about routing), `steering` (what people tell the agent in private), `assessing`, `assigning` and `reviewing`
(what they tell each other), `forking` (turns run again in thought), `damage` (healed, held, repaired), `erasing` (what is
gone, what left the house), `governance` (the logs of brands and of the core), `auditing` (what the core says about its own
log).
"""

from datetime import datetime
from typing import Annotated, Final, Self, get_args

from pydantic import Field, TypeAdapter

from agent_core.contract.actors import Actor
from agent_core.contract.base import Digest, Event, Instant, Value
from agent_core.contract.events.answers import AnswerArrived, AnswerAwaited
from agent_core.contract.events.approvals import (
    AskClaimed,
    AskPutOff,
    AskRaised,
    AskReleased,
    AskResolved,
    Countersigned,
    LookAgain,
    ProposalSettled,
    Proposed,
    Recalled,
)  # fmt: skip
from agent_core.contract.events.asks import AskAnswered, AskedBack, AskEscalated, ProposalEdited
from agent_core.contract.events.assessing import AssessedAs, AssessedPart, AssessmentFlagged
from agent_core.contract.events.assigning import AskAssigned
from agent_core.contract.events.attention import DecisionRefused
from agent_core.contract.events.auditing import AuditAcknowledged, AuditAlarmRaised, CheckpointKeySet
from agent_core.contract.events.brands import ReleaseRefused, ToolStateChanged
from agent_core.contract.events.changes import InboundContradicted, MessageDeleted, MessageEdited
from agent_core.contract.events.checking import ReplyChecksSwitched, ReplyFinding, ReplyFlagged
from agent_core.contract.events.conversation import (
    ControlChanged,
    ConversationOpened,
    Detected,
    FactsLearned,
    MaskedKind,
    MessageReceived,
    Stripped,
    TextFlagged,
    TransitionRefused,
)  # fmt: skip
from agent_core.contract.events.correcting import BeliefCorrected, CorrectionEnded, CorrectionName
from agent_core.contract.events.damage import DamageCause, Quarantined, QuarantineLifted, TranscriptHealed
from agent_core.contract.events.effects import (
    AnswerRejected,
    CallAnswered,
    CallJudged,
    CallNamed,
    EffectFinished,
    EffectStarted,
    ModelSpoke,
    NoticeGiven,
    ReplyDrafted,
    ReplyDropped,
    ReplySent,
    SecondAnswer,
    Usage,
)  # fmt: skip
from agent_core.contract.events.erasing import BodiesErased, ConversationExported, ErasureOrdered, ErasureReason
from agent_core.contract.events.escalating import Escalated, EscalationGround, TriggerFired
from agent_core.contract.events.forking import TurnForked
from agent_core.contract.events.governance import (
    AgentPaused,
    AgentResumed,
    AnchorSet,
    InboundRefused,
    IntegrationStateChanged,
    KeyRevoked,
    OperatorEnrolled,
    ReleaseActivated,
    ReleaseChecked,
)  # fmt: skip
from agent_core.contract.events.levels import LevelChanged, LevelRecalled, LevelSigned
from agent_core.contract.events.operators import (
    AnchorRecovered,
    InvitationAccepted,
    InvitationEnded,
    KeyRotated,
    KeyStopped,
    OperatorInvited,
    RecoveryKeysSet,
)  # fmt: skip
from agent_core.contract.events.overrides import MOST_WORKFLOWS, RouterChoice, RoutingOverridden
from agent_core.contract.events.proposing import ActionProposed
from agent_core.contract.events.reviewing import CriterionScore, PickedFor, ReviewFinished, ReviewNoted, ReviewScored
from agent_core.contract.events.steering import AgentSteered, SteeringEnded, SteeringName
from agent_core.contract.events.turns import (
    IntentNamed,
    Routed,
    RunAnswered,
    RunContinuedAs,
    RunEscalated,
    RunFailed,
    RunInput,
    RunOpened,
    RunRouted,
    Told,
    TopicsFound,
    Triaged,
    TurnOpened,
)  # fmt: skip
from agent_core.contract.events.waiting import AskBreached, CustomerSilent
from agent_core.contract.ids import BrandId, RunId, StreamId

AnyEvent = Annotated[
    ConversationOpened | MessageReceived | FactsLearned | TextFlagged | ControlChanged | TransitionRefused
    | TurnOpened | Triaged | Routed | RunOpened | RunInput | RunAnswered | RunEscalated | RunFailed | RunContinuedAs
    | EffectStarted | EffectFinished | ModelSpoke | AnswerRejected | CallJudged | CallAnswered | NoticeGiven
    | SecondAnswer
    | ReplyDrafted | ReplyDropped | ReplySent | ReplyFlagged
    | Proposed | AskRaised | AskClaimed | AskReleased | AskPutOff | AskResolved | Countersigned | Recalled | LookAgain
    | ProposalSettled | AskEscalated | AskedBack | AskAnswered | ProposalEdited | ActionProposed | DecisionRefused
    | CustomerSilent | AskBreached
    | AnswerAwaited | AnswerArrived
    | MessageEdited | MessageDeleted | InboundContradicted
    | RoutingOverridden | TopicsFound
    | AgentSteered | SteeringEnded | BeliefCorrected | CorrectionEnded
    | AssessmentFlagged | AskAssigned | ReviewNoted | ReviewScored | ReviewFinished
    | Escalated
    | TranscriptHealed | Quarantined | QuarantineLifted
    | ErasureOrdered | BodiesErased | ConversationExported | TurnForked
    | AgentPaused | AgentResumed | ReleaseActivated | ReleaseChecked | ReplyChecksSwitched | ReleaseRefused
    | ToolStateChanged
    | InboundRefused | IntegrationStateChanged | AnchorSet | OperatorEnrolled | KeyRevoked
    | LevelSigned | LevelRecalled | LevelChanged
    | OperatorInvited | InvitationAccepted | InvitationEnded | KeyStopped | KeyRotated | RecoveryKeysSet | AnchorRecovered

    | CheckpointKeySet | AuditAlarmRaised | AuditAcknowledged,
    Field(discriminator="type"),
]  # fmt: skip

EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)

MAX_EVENT_BYTES = 8192


class Recorded(Value):
    """An event as the log holds it.

    Attributes:
        seq: Position in its stream, from 1, without gaps.
        epoch: The stream's epoch after this event.
        position: Place in the store's feed; grows, may have gaps.
        prev: Hash of the event before it in its stream; 64 zeros for the first.
        hash: SHA-256 over `prev` and the canonical JSON of everything else.
    """

    stream: StreamId
    brand: BrandId | None
    seq: int
    epoch: int
    at: Instant
    actor: Actor
    event: AnyEvent
    prev: Digest
    hash: Digest
    position: int = 0

    @classmethod
    def of_checked(
        cls, stream: StreamId, brand: BrandId | None, seq: int, epoch: int, at: datetime, actor: Actor, event: AnyEvent,
        prev: str, hash: str, position: int,
    ) -> Self:  # fmt: skip
        """A record of parts that were checked one by one: what `model_construct` makes, without going through the fields."""
        made = cls.__new__(cls)
        values = {
            "stream": stream, "brand": brand, "seq": seq, "epoch": epoch, "at": at, "actor": actor, "event": event,
            "prev": prev, "hash": hash, "position": position,
        }  # fmt: skip
        _put(made, "__dict__", values)
        _put(made, "__pydantic_fields_set__", _EVERY_FIELD)
        _put(made, "__pydantic_extra__", None)
        _put(made, "__pydantic_private__", None)
        return made


_put: Final = object.__setattr__
_EVERY_FIELD: Final = set(Recorded.model_fields)
"""One for all records: they are frozen, so none adds to it, and a long log has thousands."""


def run_of(event: AnyEvent) -> RunId | None:
    """The run an event belongs to. To ask an event for a field that it has not costs as much as to fold it."""
    return getattr(event, "run") if type(event) in _OF_A_RUN else None  # noqa: B009 - not every member of the union has it


def event_classes() -> tuple[type[Event], ...]:
    """Every class of the union, in its order."""
    return get_args(get_args(AnyEvent)[0])


_OF_A_RUN: Final = frozenset(kind for kind in event_classes() if "run" in kind.model_fields)


__all__ = [
    "ACTOR",
    "EVENT",
    "MAX_EVENT_BYTES",
    "MOST_WORKFLOWS",
    "ActionProposed",
    "AgentPaused",
    "AgentResumed",
    "AgentSteered",
    "AnchorRecovered",
    "AnchorSet",
    "AnswerArrived",
    "AnswerAwaited",
    "AnswerRejected",
    "AnyEvent",
    "AskAnswered",
    "AskAssigned",
    "AskBreached",
    "AskClaimed",
    "AskEscalated",
    "AskPutOff",
    "AskRaised",
    "AskReleased",
    "AskResolved",
    "AskedBack",
    "AssessedAs",
    "AssessedPart",
    "AssessmentFlagged",
    "BeliefCorrected",
    "BodiesErased",
    "CallAnswered",
    "CallJudged",
    "CallNamed",
    "ControlChanged",
    "ConversationExported",
    "ConversationOpened",
    "CorrectionEnded",
    "CorrectionName",
    "Countersigned",
    "CriterionScore",
    "CustomerSilent",
    "DamageCause",
    "DecisionRefused",
    "Detected",
    "EffectFinished",
    "EffectStarted",
    "ErasureOrdered",
    "ErasureReason",
    "Escalated",
    "EscalationGround",
    "Event",
    "FactsLearned",
    "InboundContradicted",
    "InboundRefused",
    "IntegrationStateChanged",
    "IntentNamed",
    "InvitationAccepted",
    "InvitationEnded",
    "KeyRevoked",
    "KeyRotated",
    "KeyStopped",
    "LevelChanged",
    "LevelRecalled",
    "LevelSigned",
    "LookAgain",
    "MaskedKind",
    "MessageDeleted",
    "MessageEdited",
    "MessageReceived",
    "ModelSpoke",
    "NoticeGiven",
    "OperatorEnrolled",
    "OperatorInvited",
    "PickedFor",
    "ProposalEdited",
    "ProposalSettled",
    "Proposed",
    "QuarantineLifted",
    "Quarantined",
    "Recalled",
    "Recorded",
    "RecoveryKeysSet",
    "ReleaseActivated",
    "ReleaseChecked",
    "ReleaseRefused",
    "ReplyChecksSwitched",
    "ReplyDrafted",
    "ReplyDropped",
    "ReplyFinding",
    "ReplyFlagged",
    "ReplySent",
    "ReviewFinished",
    "ReviewNoted",
    "ReviewScored",
    "Routed",
    "RouterChoice",
    "RoutingOverridden",
    "RunAnswered",
    "RunContinuedAs",
    "RunEscalated",
    "RunFailed",
    "RunInput",
    "RunOpened",
    "RunRouted",
    "SecondAnswer",
    "SteeringEnded",
    "SteeringName",
    "Stripped",
    "TextFlagged",
    "Told",
    "ToolStateChanged",
    "TopicsFound",
    "TranscriptHealed",
    "TransitionRefused",
    "Triaged",
    "TriggerFired",
    "TurnForked",
    "TurnOpened",
    "Usage",
    "event_classes",
    "run_of",
]
