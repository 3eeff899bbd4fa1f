"""On-call repairs a conversation in quarantine: signed, on exactly what was shown, once (R-A8, DESIGN §1.8).

The answers about open calls are a person's word about money, so they stand in the statement. It must never start anything:
the engine looks again under the new epoch, and what it asks for then is asked of policy like everything else.
"""

from typing import Final

from agent_core.contract.commands import CommandDone, Repair
from agent_core.contract.errors import Conflict, Forbidden
from agent_core.contract.repairing import repair_value
from agent_core.contract.statements import Role
from agent_core.engine.examining import examine
from agent_core.engine.repairing import Signature, checked_answers, repaired
from agent_core.service.commands.asks import check_about, envelope_body, widening
from agent_core.service.commands.common import NOW, Order, comment_body, in_conversation
from agent_core.service.commands.overriding import context_of
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import Read
from agent_core.store import Append

REPAIRERS: Final[tuple[Role, ...]] = ("on_call", "lead", "admin")

MOVED: Final = "Something newer happened in this conversation. Look at the repair again."
UNDER_WAY: Final = "Something was sent a moment ago and may still be answered. Try again in a moment."


def check_repairer(seat: Seat) -> None:
    """Whether this person may look into a damaged conversation and repair it.

    Raises:
        Forbidden: `role_not_allowed`, or that nobody is signed in with a key.
    """
    if seat.person().role not in REPAIRERS:
        raise Forbidden("role_not_allowed", "Only on-call, a lead or an admin repairs a conversation.")


async def repair(order: Order, command: Repair) -> CommandDone:
    """Lifts the quarantine, in one transaction with everything that makes the next turn work.

    Raises:
        Forbidden: `role_not_allowed`.
        CheckFailed: The statement does not hold, or says something else.
        Conflict: `not_quarantined`, `moved` since it was shown, `still_under_way`, `still_damaged`.
        Invalid: `answers_do_not_fit`, `unclean_comment`.
    """
    check_repairer(order.seat)
    said = comment_body(command.comment, command.comment_salt)
    verified = await widening(
        order,
        command.envelope,
        change="repair",
        subject=command.conversation,
        value=repair_value(command.plan, command.answers),
        comment=None if said is None else said.ref.digest,
    )
    kept = envelope_body(command.envelope)
    signed = Signature(order.operator, command.plan, verified.digest, kept.ref, None if said is None else said.ref)

    async def build(read: Read) -> Append:
        check_about(verified, read)
        if read.state.control != "quarantined":
            raise Conflict("not_quarantined", "This conversation is not in quarantine.", detail=read.stream)
        context = await context_of(order.means, read)
        examined = await examine(context)
        if examined.digest != command.plan:
            raise Conflict("moved", MOVED, detail=read.stream)
        answers = checked_answers(examined, command.answers)
        if examined.under_way:
            raise Conflict("still_under_way", UNDER_WAY, detail=read.stream)
        pending = await repaired(context, examined, answers, signed)
        return Append(
            read.stream,
            pending.drafts,
            bodies=(kept, *([said] if said else []), *pending.bodies),
            keys=(*order.keys, f"statement:{verified.digest}", *pending.keys),
            intent_ends=pending.intent_ends,
            wake=NOW,
        )

    first = (await in_conversation(order, command.conversation, build))[0]
    return CommandDone(seq=first.seq, statement=verified.digest)
