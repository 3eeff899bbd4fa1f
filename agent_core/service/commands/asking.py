"""Passing an ask on without deciding it: a question to the agent, or up to those above (R-C3).

Neither executes or widens anything, so both need a session only. They must never move a clock: who passes on wins no time.
"""

from collections.abc import Mapping
from typing import Final

from agent_core.contract.commands import AskBack, CommandDone, Escalate
from agent_core.contract.errors import Conflict, NotFound
from agent_core.contract.events import AskedBack, AskEscalated, LookAgain
from agent_core.contract.ids import random_id
from agent_core.contract.outcomes import AskVerb
from agent_core.contract.statements import Role
from agent_core.conversation.state import AskState
from agent_core.engine.placing import above
from agent_core.service.commands.common import (
    NOW,
    Order,
    ask_in,
    check_holder,
    check_role,
    comment_body,
    done,
    in_conversation,
)
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft

MOST_QUESTIONS: Final = 10
"""Questions about one ask; who needs more takes the conversation over."""

_ABOVE: Final[Mapping[Role, tuple[Role, ...]]] = {
    "supervisor": ("lead", "admin"),
    "on_call": ("lead", "admin"),
    "lead": ("admin",),
    "admin": (),
}


async def ask_back(order: Order, command: AskBack) -> CommandDone:
    """Asks the agent about what it proposed. The ask stays as it is; the answer comes onto its card.

    Raises:
        Conflict: `verb_not_allowed`, `role_not_allowed`, `claimed`, `already_asked` while it owes an answer,
            `asked_too_often`, `agent_stopped` while the agent does nothing here.
        Invalid: `unclean_comment`.
    """
    said = comment_body(command.question, command.comment_salt)
    assert said is not None

    async def build(read: Read) -> Append:
        known = await _answerable(order, command.ask, read, "ask_back")
        state = read.state
        if known.ask.proposal is None or known.ask.proposal not in state.proposals:
            raise Conflict("verb_not_allowed", "This cannot be answered in this way.", detail=known.ask.id)
        if known.question is not None:
            raise Conflict("already_asked", "The agent was asked something here and has not answered yet.")
        if len(known.questions) >= MOST_QUESTIONS:
            raise Conflict("asked_too_often", "The agent was asked often enough. Decide, or take the conversation over.")
        run = state.runs.get(state.heir(state.proposals[known.ask.proposal].proposal.run))
        if state.control != "agent" or run is None or run.phase in ("failed", "withdrawn"):
            raise Conflict("agent_stopped", "The agent does not work on this now, so it cannot be asked.")
        event = AskedBack(ask=command.ask, proposal=known.ask.proposal, operator=order.operator, question=said.ref)
        return Append(read.stream, [Draft(event, order.actor)], bodies=[said], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def escalate(order: Order, command: Escalate) -> CommandDone:
    """Sends an ask to those above whoever may answer it now. Approvals given before are asked for again.

    Raises:
        Conflict: `verb_not_allowed`, `role_not_allowed`, `claimed`, `nobody_above`, `already_approved` once it acts.
        NotFound: `no_queue`.
        Invalid: `unclean_comment`.
    """
    said = comment_body(command.comment, command.comment_salt)
    assert said is not None

    async def build(read: Read) -> Append:
        known = await _answerable(order, command.ask, read, "escalate")
        brand = order.means.shelf.active(read.state.brand)
        roles = await _roles_above(order, known, read, sandbox=brand.sandbox)
        if command.queue is not None and all(queue.name != command.queue for queue in brand.release.brand.queues):
            raise NotFound("no_queue", "This brand has no such queue.", detail=read.stream)
        queue, priority = above(known.ask, brand.release.brand, command.queue)
        event = AskEscalated(
            ask=command.ask, operator=order.operator, roles=roles, queue=queue, priority=priority, comment=said.ref
        )
        drafts = [Draft(event, order.actor), *_asked_anew(order, known, read)]
        return Append(read.stream, drafts, bodies=[said], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def _answerable(order: Order, ask: str, read: Read, verb: AskVerb) -> AskState:
    known = ask_in(read, ask)  # pyright: ignore[reportArgumentType] - ids are strings
    check_role(order, known)
    if verb not in known.ask.verbs:
        raise Conflict("verb_not_allowed", "This cannot be answered in this way.", detail=known.ask.id)
    await check_holder(order, known)
    return known


async def _roles_above(order: Order, known: AskState, read: Read, *, sandbox: bool) -> tuple[Role, ...]:
    """Who stands above everybody who may answer now; at least one such person must work for the brand."""
    roles = next((up for role, up in _ABOVE.items() if role in known.ask.roles), ())
    ring = await order.means.people.keyring()
    now = order.means.clock()
    others = {
        key.operator.id
        for key in ring.active
        if key.counts_at(now)
        and key.operator.role in roles
        and key.operator.works_for(read.state.brand)
        and (sandbox or not key.operator.simulated)
    } - {order.operator}
    if not others:
        raise Conflict("nobody_above", "There is nobody above who works for this brand.", detail=known.ask.id)
    return roles


def _asked_anew(order: Order, known: AskState, read: Read) -> list[Draft]:
    """Nobody's yes from before counts for those above; what is being carried out is theirs no more.

    Raises:
        Conflict: `already_approved`.
    """
    proposal = None if known.ask.proposal is None else read.state.proposals.get(known.ask.proposal)
    if proposal is None:
        return []
    if proposal.effect is not None or proposal.attempts or proposal.complete or proposal.denied_by is not None:
        raise Conflict("already_approved", "This is decided already. Take the decision back first.", detail=known.ask.id)
    if not proposal.approvals:
        return []
    again = LookAgain(
        run=proposal.proposal.run,
        code="escalated",
        proposal=proposal.proposal.id,
        seen_through=proposal.seen_through,
        nonce=random_id("n"),
    )
    return [Draft(again, order.actor)]
