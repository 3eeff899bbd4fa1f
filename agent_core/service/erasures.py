"""What an erasure would take: every conversation by name, what stays and why, and what stands in the way (R-N5).

It changes nothing. Whoever looks must be somebody who may erase, because the list says which conversations are one person's.
"""

from collections.abc import Mapping
from typing import Final

from agent_core.contract.erasing import (
    KEPT_KINDS,
    MOST_CONVERSATIONS,
    ErasurePreview,
    ErasureRow,
    ErasureWanted,
    FoundBy,
    KeptPart,
    Obstacle,
)
from agent_core.contract.errors import Forbidden, Invalid, NotFound
from agent_core.contract.ids import ConversationId, StreamId
from agent_core.contract.statements import Role
from agent_core.conversation.erasing import obstacles
from agent_core.conversation.evolve import fold
from agent_core.service.commands.common import Means
from agent_core.service.customer_search import Identity, conversations_of, identity_of
from agent_core.service.sessions import Seat
from agent_core.store import ReadTx

ERASERS: Final[tuple[Role, ...]] = ("lead", "admin")

KEPT: Final[tuple[KeptPart, ...]] = (
    KeptPart(
        what="The log: what happened when, with ids, codes, amounts of money and digests.",
        why="It holds no words of anybody, and every later event proves it. Its digests are salted, and the salts go.",
    ),
    KeptPart(
        what="Signed statements of people about actions, and what was executed.",
        why="Bookkeeping and proof of who decided. They hold ids, amounts and salted digests, never personal values.",
    ),
    KeptPart(
        what="Keyed marks of messages and of executed actions.",
        why="So that a repeated webhook brings nothing back and nobody is paid twice. Nobody can be found from them.",
    ),
    KeptPart(
        what="What other systems know: the shop, the channel, the model's provider, copies that were exported.",
        why="They are not in this data folder. Erase there as well.",
    ),
)


def check_eraser(seat: Seat) -> None:
    """Whether this person may look for a customer and erase them.

    Raises:
        Forbidden: `role_not_allowed`, or that nobody is signed in with a key.
    """
    if seat.person().role not in ERASERS:
        raise Forbidden("role_not_allowed", "Only a lead or an admin erases what is stored about a customer.")


async def preview(means: Means, seat: Seat, wanted: ErasureWanted) -> ErasurePreview:
    """What would go, what stays, and whether it may be ordered now.

    Raises:
        Forbidden: Not somebody who may erase.
        NotFound: `not_found`: no such conversation or brand for this session.
        Invalid: `nobody_named`.
    """
    check_eraser(seat)
    seat.check_brand(wanted.brand)
    means.shelf.active(wanted.brand)
    if (wanted.conversation is None) == (wanted.customer is None):
        raise Invalid("nobody_named", "Name one conversation, or what the customer is called.")

    def look(tx: ReadTx) -> list[ErasureRow]:
        found = _found(tx, wanted)
        names = sorted(found)[: MOST_CONVERSATIONS + 1]
        return [row_of(tx, name, tuple(sorted(found[name]))) for name in names]

    rows = await means.store.read(look)
    standing = tuple(row for row in rows if not row.erased)[:MOST_CONVERSATIONS]
    return ErasurePreview(
        brand=wanted.brand,
        conversations=standing,
        complete=len(rows) <= MOST_CONVERSATIONS,
        bodies=sum(row.bodies for row in standing),
        bytes=sum(row.bytes for row in standing),
        kept=KEPT,
        allowed=bool(standing) and not any(row.obstacles for row in standing),
    )


def _found(tx: ReadTx, wanted: ErasureWanted) -> Mapping[StreamId, set[FoundBy]]:
    if wanted.conversation is None:
        assert wanted.customer is not None
        return conversations_of(tx, wanted.brand, Identity.typed(wanted.customer))
    head = tx.head(wanted.conversation)
    if head is None or head.kind != "conversation" or head.brand != wanted.brand:
        raise NotFound("not_found", "There is no such thing here.")
    found: dict[StreamId, set[FoundBy]] = {}
    if wanted.whole_customer:
        found = conversations_of(tx, wanted.brand, identity_of(tx, wanted.conversation))
    found.setdefault(wanted.conversation, set()).add("named")
    return found


def row_of(tx: ReadTx, stream: StreamId, found_by: tuple[FoundBy, ...]) -> ErasureRow:
    """One conversation, as it stands."""
    state = fold(tx.events(stream))
    bodies = tx.standing_bodies(stream)
    going = [each for each in bodies if each.kind not in KEPT_KINDS]
    ways = obstacles(state)
    if state.ordered is not None and not state.erased:
        ways = (Obstacle(code="ordered_already", sentence="Its erasure is ordered already and goes on by itself."),)
    return ErasureRow(
        conversation=ConversationId(stream),
        found_by=found_by,
        channel=state.channel,
        opened_at=state.opened_at,
        control=state.control,
        erased=state.erased,
        bodies=sum(each.count for each in going),
        bytes=sum(each.bytes for each in going),
        kinds=tuple(each.kind for each in going),  # pyright: ignore[reportArgumentType] - kinds as stored
        kept=sum(each.count for each in bodies if each.kind in KEPT_KINDS),
        obstacles=ways,
    )
