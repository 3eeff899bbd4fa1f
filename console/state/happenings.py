"""Everything that can happen to the state of a console, one frozen value each.

What the core said (`FeedArrived`, `PageArrived`, `DetailArrived`, …) is apart from what the person did; nothing of the
second kind ever changes a view of the first.
"""

from dataclasses import dataclass
from datetime import datetime

from agent_core.contract.commands import Session
from agent_core.contract.editing import EditPreview
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import AskId, BrandId, ConversationId
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.overriding import OverridePreview
from agent_core.contract.views import AskPage, ConversationDetail, FeedAnswer, RowPage
from console.state.acting import ActingHappening
from console.state.app_state import (
    Bucket,
    ConnectionPhase,
    Doubted,
    Keyring,
    LogStanding,
    NoticeTone,
    WorkspaceKey,
)
from console.state.audit_happened import AuditHappened
from console.state.finding import FindingHappening
from console.state.levels import LevelsHappening
from console.state.listing import ListingHappening
from console.state.people import PeopleArrived
from console.state.preferences import Preferences
from console.state.stopping import ReachArrived
from console.state.triage import TriageHappening


@dataclass(frozen=True, slots=True)
class FeedArrived:
    """The feed answered. `at` is this machine's time."""

    answer: FeedAnswer
    at: datetime


@dataclass(frozen=True, slots=True)
class PageWanted:
    """A page of rows was asked for."""

    bucket: Bucket


@dataclass(frozen=True, slots=True)
class PageArrived:
    """A page of rows came, of the list narrowed to `wanted` at `brand`, asked for in the story `begun`."""

    bucket: Bucket
    page: RowPage
    wanted: RowFilter = EVERYTHING
    brand: BrandId | None = None
    begun: int | None = None


@dataclass(frozen=True, slots=True)
class PageFailed:
    """A page of rows did not come; it may be asked for again."""

    bucket: Bucket
    wanted: RowFilter = EVERYTHING
    brand: BrandId | None = None


@dataclass(frozen=True, slots=True)
class PageSeenAgain:
    """A page of a list that was read before came once more: rows that time alone has brought into it. `over`: the last."""

    bucket: Bucket
    page: RowPage
    wanted: RowFilter
    brand: BrandId | None
    begun: int
    over: bool


@dataclass(frozen=True, slots=True)
class AsksWanted:
    """A page of open asks was asked for."""


@dataclass(frozen=True, slots=True)
class AsksArrived:
    """A page of open asks came, of the queue at `brand`, asked for in the story `begun`."""

    page: AskPage
    brand: BrandId | None
    begun: int


@dataclass(frozen=True, slots=True)
class AsksFailed:
    """A page of open asks did not come; it may be asked for again."""

    brand: BrandId | None


@dataclass(frozen=True, slots=True)
class DetailArrived:
    """The whole of one conversation came."""

    detail: ConversationDetail


@dataclass(frozen=True, slots=True)
class PacketArrived:
    """What a person must know of a conversation came."""

    packet: HandoffPacket


@dataclass(frozen=True, slots=True)
class RoutingShown:
    """What an override of the routing would change came."""

    preview: OverridePreview


@dataclass(frozen=True, slots=True)
class EditShown:
    """What a change of a proposal would come to came."""

    preview: EditPreview


@dataclass(frozen=True, slots=True)
class SystemsArrived:
    """How the systems of the brands fare came."""

    systems: IntegrationsAnswer


@dataclass(frozen=True, slots=True)
class ReplyDoubted:
    """The checks have something against words that were to be sent; None forgets it."""

    doubted: Doubted | None


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The line to the core changed."""

    phase: ConnectionPhase
    at: datetime
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The core gave a session, read-only or an operator's; None ends it."""

    session: Session | None


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The person left, or is back with `resting` off: nothing that was shown to one is shown to the next."""

    resting: bool = True


@dataclass(frozen=True, slots=True)
class KeyringKnown:
    """What became known about the key of this person."""

    keyring: Keyring


@dataclass(frozen=True, slots=True)
class LogWitnessed:
    """The core's newest checkpoint was compared with the last one this console saw."""

    standing: LogStanding


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time went on. `at` is this machine's time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PersonActed:
    """Somebody pressed or moved something in the window."""


@dataclass(frozen=True, slots=True)
class ConversationChosen:
    """The person stands on a conversation."""

    conversation: ConversationId | None


@dataclass(frozen=True, slots=True)
class AskChosen:
    """The person stands on an ask."""

    ask: AskId | None


@dataclass(frozen=True, slots=True)
class QueueNarrowed:
    """The person wants to see only what is overdue of the queue, or all of it again."""

    only_missed: bool


@dataclass(frozen=True, slots=True)
class AskArmed:
    """The first press of two was made, or taken back."""

    ask: AskId | None


@dataclass(frozen=True, slots=True)
class AskReviewed:
    """The person looked again at what the customer wrote since."""

    ask: AskId


@dataclass(frozen=True, slots=True)
class BucketChosen:
    """Another part of the list is wanted."""

    bucket: Bucket


@dataclass(frozen=True, slots=True)
class SearchTyped:
    """The list is to be narrowed to these words."""

    words: str


@dataclass(frozen=True, slots=True)
class BrandChosen:
    """Only one brand is wanted, or all with None."""

    brand: BrandId | None


@dataclass(frozen=True, slots=True)
class WorkspaceChosen:
    """Another workspace is wanted."""

    workspace: WorkspaceKey


@dataclass(frozen=True, slots=True)
class PreferencesChosen:
    """The person set something for themselves."""

    preferences: Preferences


@dataclass(frozen=True, slots=True)
class CommandSent:
    """A command is on its way. `version`: of the view it is about."""

    subject: str
    verb: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    """The core took a command. `shown`: no view will follow, so the mark goes at once."""

    subject: str
    shown: bool = False


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """The core, or the keyring, refused a command: why, safe to show."""

    subject: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class News:
    """Something the person should know. `quiet`: it is kept under the bell and not shown by itself."""

    key: str
    title: str
    words: str = ""
    tone: NoticeTone = "neutral"
    conversation: ConversationId | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class NoticesSeen:
    """The person opened the bell."""


Happening = (
    FeedArrived
    | PageWanted
    | PageArrived
    | PageFailed
    | PageSeenAgain
    | AsksWanted
    | AsksArrived
    | AsksFailed
    | DetailArrived
    | PacketArrived
    | RoutingShown
    | EditShown
    | SystemsArrived
    | ReplyDoubted
    | ConnectionChanged
    | LogWitnessed
    | SignedIn
    | SignedOut
    | KeyringKnown
    | Ticked
    | PersonActed
    | ConversationChosen
    | AskChosen
    | QueueNarrowed
    | AskArmed
    | AskReviewed
    | BucketChosen
    | SearchTyped
    | BrandChosen
    | WorkspaceChosen
    | PreferencesChosen
    | CommandSent
    | CommandAnswered
    | CommandRefused
    | News
    | NoticesSeen
    | ListingHappening
    | PeopleArrived
    | LevelsHappening
    | ReachArrived
    | TriageHappening
    | FindingHappening
    | ActingHappening
    | AuditHappened
)
