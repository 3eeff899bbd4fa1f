"""What the console needs of the world, as protocols: a core to ask, and a key to sign with.

The headless client fulfils them over HTTP and the OS keyring; tests and the gallery of states fulfil them in memory. No
implementation may block: keyrings are asked in a thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agent_core.contract.bodies import Comment
from agent_core.contract.checked_replies import CheckedReply
from agent_core.contract.commands import Command, CommandDone, Pause, Session
from agent_core.contract.editing import EditPreview
from agent_core.contract.events import Recorded
from agent_core.contract.handing import HandoffPacket
from agent_core.contract.ids import BrandId, ConversationId, WorkflowName
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.overriding import OverridePreview
from agent_core.contract.statements import Envelope
from agent_core.contract.views import AskCard, AskPage, ConversationDetail, FeedAnswer, RowPage
from console.state.app_state import Bucket, Keyring, LogStanding, Seen


class ConsoleError(Exception):
    """Base of what the console raises on purpose.

    ConsoleError
    ├── Unreachable    the core did not answer; try again
    ├── SessionEnded   the session is over; sign in again
    ├── RefusedByCore  the core said no, with its code and sentence
    └── NoKey          no signature can be made here

    Args:
        code: Machine-readable reason.
        message: A sentence safe to show.
        detail: For the log; never a secret.
    """

    def __init__(self, code: str, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class Unreachable(ConsoleError):
    """The core did not answer."""


class SessionEnded(ConsoleError):
    """The session is over."""


class RefusedByCore(ConsoleError):
    """The core said no."""


class NoKey(ConsoleError):
    """No signature can be made here."""


class Core(Protocol):
    """One core, spoken to with one session.

    Every method raises `Unreachable`, `SessionEnded` or `RefusedByCore`.
    """

    async def sign_in(self) -> Session:
        """Get a session: an operator's when a key is kept here, else one to read with.

        Raises:
            SessionEnded: Nobody is let in; `Signer.look` says why.
        """
        ...

    def seated(self) -> Session | None:
        """The session as it is by now; another one than `sign_in` gave where what this person may do has changed."""
        ...

    async def stop(self, command: Pause) -> None:
        """Stop agents with nobody signed in: only where this console started the core."""
        ...

    async def witness(self) -> LogStanding:
        """What comparing the core's newest checkpoint with the last one seen here came to."""
        ...

    def accept_log(self) -> None:
        """A person here knows why the log is another one: what the core shows counts from now on."""
        ...

    async def feed(self, after: str | None, wait: int) -> FeedAnswer:
        """What changed since `after`; waits up to `wait` seconds for something to change.

        With none it begins: what stands there now is not told, it is read in pages.
        """
        ...

    async def rows(
        self, bucket: Bucket, after: str | None, limit: int, wanted: RowFilter = EVERYTHING, brand: BrandId | None = None
    ) -> RowPage:
        """A page of the list, narrowed; it may be short and still name a next one."""
        ...

    async def asks(self, after: str | None, limit: int, brand: BrandId | None = None) -> AskPage:
        """A page of open asks in the order of the queue."""
        ...

    async def detail(self, conversation: ConversationId) -> ConversationDetail:
        """The whole of one conversation."""
        ...

    async def log(self, conversation: ConversationId) -> tuple[Recorded, ...]:
        """The raw events of one conversation."""
        ...

    async def packet(self, conversation: ConversationId) -> HandoffPacket:
        """What a person must know of a conversation before they write to the customer."""
        ...

    async def check_reply(self, conversation: ConversationId, text: str) -> CheckedReply:
        """What the checks have against words for a customer; nothing is done with them."""
        ...

    async def edit_preview(self, card: AskCard, arguments: Mapping[str, Any] | None) -> EditPreview:
        """What a change of a proposal would come to; with no arguments, what a form needs. Nothing is done."""
        ...

    async def edit(self, preview: EditPreview, comment: str | None, seen: Seen | None) -> CommandDone:
        """Carry out a change exactly as it was shown; signed. Also raises `NoKey`."""
        ...

    async def systems(self) -> IntegrationsAnswer:
        """How the systems of the brands fare, and what of a brand is not used."""
        ...

    async def override_preview(
        self, conversation: ConversationId, workflows: Sequence[str], queue: str | None
    ) -> OverridePreview:
        """What an override of the routing would change; nothing is done."""
        ...

    async def override_routing(self, preview: OverridePreview, comment: str | None) -> CommandDone:
        """Carry out exactly what a preview has shown; signed where it lets the agent do more. Also raises `NoKey`."""
        ...

    async def command(self, command: Command, key: str) -> CommandDone:
        """Ask for something; the same key never does it twice."""
        ...

    async def close(self) -> None:
        """End the line."""
        ...


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A first key to be enrolled: the envelope, the name, and the salt of the name's digest."""

    envelope: Envelope
    name: str
    name_salt: str


class Signer(Protocol):
    """This person's key. Every method may take time and raises `NoKey`."""

    async def look(self) -> Keyring:
        """Where the key is and whether it can be used, in words."""
        ...

    async def make_key(self) -> Keyring:
        """Make a key if there is none, and keep it where this signer keeps keys."""
        ...

    async def decide(
        self,
        session: Session,
        card: AskCard,
        decision: Literal["approve", "deny"],
        comment: Comment | None,
        seen: Seen | None,
    ) -> Envelope:
        """Countersign exactly what a card binds."""
        ...

    async def settle(self, session: Session, card: AskCard, *, happened: bool) -> Envelope:
        """Sign what a person found out about a write of unknown outcome."""
        ...

    async def resume(self, session: Session, brand: BrandId | None, workflow: WorkflowName | None = None) -> Envelope:
        """Sign that the agent may work again in this scope."""
        ...

    async def enrol_first(self, session: Session, name: str) -> Enrolment:
        """Make this person's key the first one, the anchor."""
        ...


Settings = Mapping[str, str]
"""What a console remembers between starts: layout, theme, filters. Never a secret."""
