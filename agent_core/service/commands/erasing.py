"""Somebody orders that a customer, or one conversation, is erased: signed, all of it or nothing (R-N5).

The order stands in every conversation in one transaction, so that no crash leaves half a customer. The engine carries it
out as soon as nothing is under way there. It must never erase while money is in flight, and never erases by itself.
"""

from collections.abc import Callable

from agent_core.contract.commands import CommandDone, Erase
from agent_core.contract.erasing import ASKED_REASONS, erase_value
from agent_core.contract.errors import Conflict, Invalid, NotFound, Unavailable
from agent_core.contract.events import ErasureOrdered
from agent_core.contract.ids import ConversationId
from agent_core.conversation.erasing import obstacles, over
from agent_core.conversation.standing import refusal
from agent_core.engine.steps.erasing import erased_key
from agent_core.service.commands.asks import check_brand_named, envelope_body, widening
from agent_core.service.commands.common import NOW, Order
from agent_core.service.erasures import check_eraser
from agent_core.service.in_view import in_view
from agent_core.service.settled_append import Read, read_log
from agent_core.store import Append, Draft, ReadTx

_TRIES = 10


class _Moved(Exception):
    """One of the conversations went on meanwhile."""


async def erase(order: Order, command: Erase) -> CommandDone:
    """Orders the erasure of every conversation of the list.

    Raises:
        Forbidden: `role_not_allowed`.
        CheckFailed: The statement does not hold, or says something else.
        Conflict: `money_in_flight`, `erased_already`.
        NotFound: `not_found`: one of them does not exist, or not for this session and brand.
        Invalid: `twice_named`, `not_your_reason`.
    """
    check_eraser(order.seat)
    order.seat.check_brand(command.brand)
    if len(set(command.conversations)) != len(command.conversations):
        raise Invalid("twice_named", "A conversation is named twice.")
    if command.reason not in ASKED_REASONS:
        raise Invalid("not_your_reason", "That reason is the brand's rule, not a person's.")
    verified = await widening(
        order,
        command.envelope,
        change="erase",
        subject=command.brand,
        value=erase_value(command.conversations, command.scope, command.reason),
    )
    check_brand_named(verified, command.brand)
    for _ in range(_TRIES):
        reads = [await _read(order, command, name) for name in command.conversations]
        requests: list[Append] = []
        for number, read in enumerate(reads):
            kept = envelope_body(command.envelope)
            event = ErasureOrdered(
                operator=order.operator,
                scope=command.scope,
                reason=command.reason,
                statement=verified.digest,
                envelope=kept.ref,
            )
            _refuse(read, event, order)
            keys = (*order.keys, f"statement:{verified.digest}") if number == 0 else ()
            requests.append(
                Append(
                    read.stream,
                    [Draft(event, order.actor)],
                    bodies=[kept],
                    keys=(*keys, erased_key(read.stream)),
                    wake=NOW,
                    checks=(_unmoved(read),),
                )
            )
        try:
            appended = await order.means.store.append_all(requests)
        except _Moved:
            continue
        return CommandDone(seq=appended[0].records[0].seq, statement=verified.digest)
    raise Unavailable("too_busy", "Too much happens in these conversations at this moment. Try again.")


async def _read(order: Order, command: Erase, name: ConversationId) -> Read:
    await in_view(order.means.store, order.seat, name)
    read = await read_log(order.means.store, name)
    if read.state.conversation is None or read.state.brand != command.brand:
        raise NotFound("not_found", "There is no such thing here.", detail=name)
    return read


def _refuse(read: Read, event: ErasureOrdered, order: Order) -> None:
    if over(read.state):
        raise Conflict("erased_already", "One of these conversations is erased already. Look at the list again.")
    ways = obstacles(read.state)
    if ways:
        raise Conflict("money_in_flight", f"{ways[0].sentence} Nothing was erased.", detail=f"{read.stream} {ways[0].code}")
    if refusal(read.state, event, order.actor) is not None:
        raise Conflict("not_possible", "That is not possible in the state this conversation is in.", detail=read.stream)


def _unmoved(read: Read) -> Callable[[ReadTx], None]:
    def check(tx: ReadTx) -> None:
        head = tx.head(read.stream)
        if head is None or head.seq != read.seq:
            raise _Moved

    return check
