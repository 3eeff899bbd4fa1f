"""What every command may use, and the few lines that all of them share."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from agent_core.audit.sequencer import Sequencer
from agent_core.authority.errors import CheckFailed
from agent_core.authority.verify import Verified
from agent_core.boundary.sources import read
from agent_core.contract.actors import Actor, Person
from agent_core.contract.bodies import SALT_BYTES, Body, body_id
from agent_core.contract.clock import Clock
from agent_core.contract.commands import Challenge, CommandDone
from agent_core.contract.errors import Conflict, Invalid, NotFound
from agent_core.contract.events import Recorded
from agent_core.contract.ids import AskId, ConversationId, OperatorId
from agent_core.conversation.state import AskState
from agent_core.engine.runner import Runner
from agent_core.service.action_desk import ActionDesk
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.brands import BrandShelf
from agent_core.service.edit_desk import EditDesk
from agent_core.service.in_view import in_view
from agent_core.service.level_book import LevelBook
from agent_core.service.operators import OperatorBook
from agent_core.service.sessions import Desk, Seat
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, Priority, Store, WakeRequest

NOW = WakeRequest(priority=Priority.COMMAND)
"""A person's command goes first."""


@dataclass(frozen=True, slots=True)
class Means:
    """What commands work with; made once by the composition."""

    store: Store
    people: OperatorBook
    desk: Desk
    shelf: BrandShelf
    runner: Runner
    anchors: AnchorFile
    clock: Clock
    core: str
    sandbox: bool
    audit: Sequencer
    levels: LevelBook
    edits: EditDesk = field(default_factory=EditDesk)
    actions: ActionDesk = field(default_factory=ActionDesk)


@dataclass(frozen=True, slots=True)
class Order:
    """One command on its way: who gave it, the keys that make it happen once, and the challenges it has used up."""

    means: Means
    seat: Seat
    keys: tuple[str, ...]
    used: list[Challenge] = field(default_factory=list[Challenge])

    @property
    def operator(self) -> OperatorId:
        """Who gives it; refuses a session without one."""
        return self.seat.person().id

    @property
    def actor(self) -> Actor:
        """The operator as actor."""
        return Person(operator=self.operator)

    async def name(self, operator: OperatorId | None) -> str:
        """How people call an operator."""
        return (await self.means.people.people()).name(operator)

    def take_nonce(self, nonce: str) -> None:
        """Uses a challenge up for this command.

        Raises:
            CheckFailed: `nonce_not_issued`.
        """
        self.used.append(self.means.desk.take_nonce(nonce))


async def in_conversation(
    order: Order, conversation: ConversationId, build: Callable[[Read], Awaitable[Append]]
) -> tuple[Recorded, ...]:
    """Appends to a conversation that this session may see, on its newest state.

    Raises:
        NotFound: `not_found` when there is none, or not for this session.
        CountersignError: What `build` raises.
    """
    await in_view(order.means.store, order.seat, conversation)

    async def seen(read: Read) -> Append:
        if read.state.conversation is None:
            raise NotFound("not_found", "There is no such thing here.", detail=conversation)
        order.seat.check_brand(read.state.brand)
        return await build(read)

    _, appended = await append_on_newest(order.means.store, conversation, seen)
    return appended.records


def done(records: tuple[Recorded, ...]) -> CommandDone:
    """The answer: where it stands in the log."""
    return CommandDone(seq=records[0].seq)


def ask_in(read: Read, ask: AskId) -> AskState:
    """An ask that is still open.

    Raises:
        NotFound: `no_such_ask`.
        Conflict: `ask_over`.
    """
    found = read.state.asks.get(ask)
    if found is None:
        raise NotFound("no_such_ask", "There is no such ask in this conversation.", detail=ask)
    if found.resolved:
        raise Conflict("ask_over", "Somebody has already dealt with this.", detail=ask)
    return found


def comment_body(text: str | None, salt: str | None = None) -> Body | None:
    """A person's words as a body, exactly as they were signed and sent.

    Args:
        text: The words.
        salt: Hexadecimal; the one under which a statement may name them. A random one when there is none.

    Raises:
        Invalid: `unclean_comment` when the boundary would change them: what was signed must be what is kept.
    """
    if text is None:
        return None
    if read("person", text).text != text or not text.strip():
        raise Invalid(
            "unclean_comment",
            "These words hold characters that cannot be kept as they are, such as invisible ones. Write them again without.",
        )
    chosen = secrets.token_bytes(SALT_BYTES) if salt is None else bytes.fromhex(salt)
    return Body(id=body_id(), kind="comment", salt=chosen, text=text)


async def check_holder(order: Order, known: AskState) -> None:
    """Whether nobody else is on it. Whoever wants it all the same takes it first, with a reason.

    Raises:
        Conflict: `claimed`; the sentence says who.
    """
    held = known.until is not None and known.until > order.means.clock()
    if held and known.holder is not None and known.holder != order.operator:
        who = await order.name(known.holder)
        raise Conflict("claimed", f"{who} is on it. Take it over with a reason first.", detail=known.ask.id)


def check_role(order: Order, known: AskState) -> None:
    """Whether this person's role may answer the ask.

    Raises:
        Conflict: `role_not_allowed`.
    """
    if order.seat.person().role not in known.ask.roles:
        raise Conflict("role_not_allowed", "Somebody with another role must answer this.", detail=known.ask.id)


def check_signer(order: Order, verified: Verified) -> None:
    """Whether the one who signed is the one who sends it, with the very key of their session.

    Raises:
        CheckFailed: `foreign_operator`.
    """
    if verified.operator.id != order.operator or verified.key.fingerprint != order.seat.key:
        raise CheckFailed("foreign_operator", detail=verified.digest)
