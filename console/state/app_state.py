"""The whole state of a console as one frozen value.

Mappings in it are never changed in place: a reducer makes new ones. It must never hold a secret, and nothing in it is
true because someone clicked: rows, asks and details are what the core said; marks of the console's own (what is being
sent, what is selected) are apart from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from agent_core.contract.checked_replies import ReplyWarning
from agent_core.contract.commands import Session
from agent_core.contract.editing import EditPreview
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import AskId, BrandId, ConversationId
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.listing import Place
from agent_core.contract.overriding import OverridePreview
from agent_core.contract.presence import PresentShown
from agent_core.contract.views import AskCard, ConversationDetail, ConversationRow, CoreShown, Counts
from console.state.acting import Acting
from console.state.audit import Audit
from console.state.buckets import Bucket
from console.state.finding import Finding
from console.state.levels import LevelsKnown
from console.state.listing import Narrowing
from console.state.people import PeopleKnown
from console.state.preferences import Preferences
from console.state.stopping import Reach
from console.state.triage import Triage

WorkspaceKey = Literal["live", "approvals", "triage", "audit", "measures", "releases", "settings"]
WORKSPACES: tuple[WorkspaceKey, ...] = ("live", "approvals", "triage", "audit", "measures", "releases", "settings")
ConnectionPhase = Literal["connecting", "catching_up", "live", "offline"]
NoticeTone = Literal["neutral", "ok", "info", "warn", "danger"]


@dataclass(frozen=True, slots=True)
class Connection:
    """How the console stands with the core.

    Attributes:
        phase: `catching_up` while the feed has more to say than it has said.
        since: When this phase began.
        sentence: Why it is offline, safe to show.
    """

    phase: ConnectionPhase = "connecting"
    since: datetime | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Where this person's key is, in words.

    Attributes:
        usable: Whether a signature can be made now.
        kind: `os`, `memory` (the demo, gone with it), or `none`.
        sentence: What is so, and what to do about it when it is not usable.
        fingerprint: Of the public key; empty without one.
        resting: Its owner has signed out; it is used again when they sign in.
        shut: The core shows nothing to whoever sits here; `sentence` says why.
    """

    usable: bool = False
    kind: Literal["os", "memory", "none"] = "none"
    sentence: str = ""
    fingerprint: str = ""
    resting: bool = False
    shut: bool = False


@dataclass(frozen=True, slots=True)
class LogStanding:
    """What this console knows of the core's log as its witness.

    Attributes:
        sentence: Why it is not the log that was seen before, safe to show; empty while it is.
        size: Events of the newest checkpoint that was checked; 0 before the first.
        mine: This console saw it by itself, and a person here may say that they know why.
    """

    sentence: str = ""
    size: int = 0
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A command on its way: the only thing a click changes at once.

    Attributes:
        verb: What was asked, e.g. `approve`.
        version: The version of the view it was asked about; a newer one means that the core has spoken.
        at: When it was sent, in the core's time.
        answered: The core took it; the feed will show what became of it.
    """

    verb: str
    version: int
    at: datetime
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One piece of news for the person: a toast now, a line under the bell later.

    Attributes:
        number: Counts up; the same key with a new number is news again.
        key: What it is about; a later notice with the same key takes its place.
        conversation: Where to look, or None.
        quiet: Kept under the bell, and not shown by itself.
    """

    number: int
    key: str
    title: str
    words: str = ""
    tone: NoticeTone = "neutral"
    at: datetime | None = None
    conversation: ConversationId | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Doubted:
    """Words for a customer that a check has something against; they are still the person's to send.

    Attributes:
        text: What was checked, as it stands in the field.
        clean: The same as it would be sent; the places of warnings lie in it.
        warnings: What was found, and where.
    """

    conversation: ConversationId
    text: str
    clean: str
    warnings: tuple[ReplyWarning, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """When a card was first shown here, in the core's time, and whether its conversation was opened while it waited."""

    shown_at: datetime
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    """How far the pages of one list have been read.

    Attributes:
        next: Opaque; None after the last page.
        reached: The place up to which everything is known here; None where that is all there is.
        read: How much the pages brought so far.
        at: When it was read last from its beginning, in the core's time.
    """

    next: str | None = None
    started: bool = False
    loading: bool = False
    reached: Place | None = None
    read: int = 0
    at: datetime | None = None

    @property
    def more(self) -> bool:
        """Whether another page could be asked for now."""
        return not self.loading and (not self.started or self.next is not None)


@dataclass(frozen=True, slots=True)
class AppState:
    """Everything a window shows.

    Attributes:
        now: The present moment in the core's time, moved by ticks.
        skew: The core's clock minus this machine's.
        acted: When somebody last pressed or moved something here, in the core's time; None where nobody listens for it.
        present: Colleagues, and where each of them looks at this moment.
        rows: Every conversation row known here, by conversation.
        asks: Every ask card known here, by ask.
        newest: The newest `seq` the feed has named, of conversations somebody here works on.
        begun: How often the core's story began anew; a page asked for before is of another story.
        asking: How far the queue of open asks has been read.
        only_missed: The queue shows only asks that are overdue; nothing else counts or acts differently.
        rows_kept: Rows held when last some were let go (`state.holding`); `asks_kept` the same of asks.
        rows_doubted: How many rows, the first of all, are still to be looked at before it is known which can go.
        wanted: The conversation whose detail is wanted.
        packet: What a person must know of it, where people are wanted or have it.
        routing: What an override of the routing would change; the newest that was asked for.
        triage: What the Triage workspace knows.
        finding: What the palette found, and where this person was lately.
        acting: An action of one's own, and like cases chosen together.
        systems: How the systems of the brands fare, and what of a brand is not used; read when somebody looks.
        editing: What a change of a proposal would come to; the newest that was asked for.
        doubted: Words that were checked before sending and not sent.
        people: Whose keys count; read when somebody looks.
        levels: How far workflows may go; read when somebody looks.
        reach: What stopping a workflow would hold back; read when somebody thinks about it.
        narrowing: The filter of the list, and the views saved of it.
        armed: The ask that got its first press of two.
        seen: When this person was first shown an ask, and whether they opened its conversation; signed with a decision.
        pending: Commands on their way, by ask, conversation, or `pause:…`.
        reviewed: Asks whose look-again this person has seen, with the version seen.
    """

    now: datetime
    skew: timedelta = timedelta()
    acted: datetime | None = None
    connection: Connection = Connection()
    session: Session | None = None
    keyring: Keyring = Keyring()
    log: LogStanding = LogStanding()
    core: CoreShown | None = None
    present: tuple[PresentShown, ...] = ()
    counts: Counts = field(default_factory=Counts)
    rows: Mapping[ConversationId, ConversationRow] = field(default_factory=dict[ConversationId, ConversationRow])
    asks: Mapping[AskId, AskCard] = field(default_factory=dict[AskId, AskCard])
    newest: Mapping[ConversationId, int] = field(default_factory=dict[ConversationId, int])
    detail: ConversationDetail | None = None
    wanted: ConversationId | None = None
    packet: HandoffPacket | None = None
    doubted: Doubted | None = None
    editing: EditPreview | None = None
    systems: IntegrationsAnswer | None = None
    routing: OverridePreview | None = None
    people: PeopleKnown = field(default_factory=PeopleKnown)
    levels: LevelsKnown = field(default_factory=LevelsKnown)
    reach: Reach = field(default_factory=Reach)
    narrowing: Narrowing = field(default_factory=Narrowing)
    triage: Triage = field(default_factory=Triage)
    finding: Finding = field(default_factory=Finding)
    paging: Mapping[Bucket, Paging] = field(default_factory=dict[Bucket, Paging])
    asking: Paging = Paging()
    only_missed: bool = False
    begun: int = 0
    rows_kept: int = 0
    rows_doubted: int = 0
    asks_kept: int = 0
    workspace: WorkspaceKey = "live"
    bucket: Bucket = "needs"
    search: str = ""
    brand: BrandId | None = None
    ask: AskId | None = None
    armed: AskId | None = None
    reviewed: Mapping[AskId, int] = field(default_factory=dict[AskId, int])
    seen: Mapping[AskId, Seen] = field(default_factory=dict[AskId, Seen])
    pending: Mapping[str, Pending] = field(default_factory=dict[str, Pending])
    notices: tuple[Notice, ...] = ()
    unseen: int = 0
    numbered: int = 0
    preferences: Preferences = field(default_factory=Preferences)
    audit: Audit = field(default_factory=Audit)
    acting: Acting = field(default_factory=Acting)
