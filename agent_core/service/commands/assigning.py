"""An ask is given to somebody (R-E4). It may only be given to who may answer it, and it must never decide anything."""

from agent_core.contract.commands import AssignAsk, CommandDone
from agent_core.contract.errors import Conflict
from agent_core.contract.events import AskAssigned
from agent_core.contract.ids import OperatorId
from agent_core.conversation.state import AskState
from agent_core.service.commands.common import NOW, Order, ask_in, check_role, comment_body, done, in_conversation
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft


async def assign(order: Order, command: AssignAsk) -> CommandDone:
    """Gives an ask to an operator, or back to everybody.

    Raises:
        Conflict: `assignee_not_allowed`: nobody of that name, or they may not answer it; `assigned_already`;
            `role_not_allowed`; `ask_over`.
        NotFound: `no_such_ask`.
        Invalid: `unclean_comment`.
    """
    said = comment_body(command.comment, command.comment_salt)
    operator = order.operator

    async def build(read: Read) -> Append:
        known = ask_in(read, command.ask)
        check_role(order, known)
        if command.to is not None:
            await _may_answer(order, known, command.to)
        if known.assigned == command.to:
            words = "It is meant for nobody in particular already." if command.to is None else "It is theirs already."
            raise Conflict("assigned_already", words, detail=known.ask.id)
        event = AskAssigned(ask=command.ask, to=command.to, by=operator, comment=None if said is None else said.ref)
        return Append(read.stream, [Draft(event, order.actor)], bodies=[said] if said else [], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def _may_answer(order: Order, known: AskState, to: OperatorId) -> None:
    people = await order.means.people.people()
    theirs = [key.operator for key in people.ring.keys.values() if key.operator.id == to and not key.revoked]
    if not any(facts.works_for(known.ask.brand) and facts.role in known.ask.roles for facts in theirs):
        words = "This cannot be given to them: it needs somebody who works for this brand and may answer it."
        raise Conflict("assignee_not_allowed", words, detail=to)
