"""Approve, deny, take back: what arrives is verified and appended; the engine checks all of it again before it acts.

Two people at the same instant: one statement takes the nonce in its transaction, the other person is told who it was.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from agent_core.authority.decisions import (
    Arrival,
    Standing,
    check_decision,
    decision_in,
    given_from,
    heads_named,
    nonce_key,
    sizes_named,
)
from agent_core.authority.errors import CheckFailed, Lapsed
from agent_core.authority.facts import Caps
from agent_core.authority.verify import Verified
from agent_core.contract.actors import System
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.commands import CommandDone, Decide, Recall
from agent_core.contract.errors import Conflict, Invalid, NotFound
from agent_core.contract.events import (
    AskReleased,
    Countersigned,
    DecisionRefused,
    LookAgain,
    ProposalSettled,
    Recalled,
    Recorded,
)
from agent_core.contract.ids import ConversationId, ProposalId, StreamId, random_id
from agent_core.contract.statements import DecisionStatement, read_statement
from agent_core.conversation.state import ProposalState
from agent_core.engine.judging import judged_call
from agent_core.engine.session import Remembered, Session
from agent_core.service.commands.common import NOW, Order, check_holder, comment_body, done, in_conversation
from agent_core.service.commands.unmoved import Check, day_of, same_keys
from agent_core.service.in_view import shows
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft, ReadTx, StreamHead, Taken

_CARELESS = frozenset({"shown_too_short", "shown_implausible", "batch_not_allowed", "batch_not_alike", "batch_too_large"})
_SOMEBODY_WAS_FASTER = frozenset({"nonce_used", "nonce_not_issued", "proposal_over", "ask_over", "out_of_order"})


async def decide(order: Order, command: Decide) -> CommandDone:
    """Stores a signed decision. An approval acts after the brand's undo time; a denial at once.

    Raises:
        CheckFailed: A check failed; nothing was stored.
        Conflict: `decided_already`: somebody was faster; the sentence says who.
    """
    statement = _claimed(command)
    if statement.signed_by.operator != order.operator:
        raise CheckFailed("foreign_operator", detail=order.operator)
    said = comment_body(command.comment, command.comment_salt)

    async def build(read: Read) -> Append:
        try:
            return await _countersigned(order, command, statement, said, read)
        except CheckFailed as failed:
            if failed.code in _SOMEBODY_WAS_FASTER:
                await _tell_who(order, read, statement.proposal)
            raise

    try:
        records = await in_conversation(order, statement.conversation, build)
    except CheckFailed as failed:
        if failed.code == "approval_void":
            await _ask_anew(order, statement)
        if failed.code in _CARELESS:
            await _noted(order, statement, failed.code)
        raise
    except Taken as taken:
        if taken.key in order.keys:
            raise
        read = await order.means.store.records(statement.conversation)
        await _tell_who_of(order, read, statement.proposal)
        raise Conflict("decided_already", "Somebody else decided this a moment ago.", detail=taken.detail) from taken
    event = records[0].event
    assert isinstance(event, Countersigned)
    held = event.not_before if event.decision == "approve" else None
    return CommandDone(seq=records[0].seq, statement=event.statement, not_before=held)


async def _noted(order: Order, statement: DecisionStatement, code: str) -> None:
    """A yes without the care it needs is on record: how often that happens is part of the evidence (R-C8)."""

    async def build(read: Read) -> Append:
        known = _proposal(read, statement.proposal)
        refused = DecisionRefused(ask=known.proposal.ask, proposal=known.proposal.id, operator=order.operator, code=code)
        return Append(read.stream, [Draft(refused, order.actor)])

    with suppress(Conflict):
        await in_conversation(order, statement.conversation, build)


async def _ask_anew(order: Order, statement: DecisionStatement) -> None:
    """An earlier yes counts no more, e.g. because its key was revoked: everybody is asked again, under a new nonce."""

    async def build(read: Read) -> Append:
        known = _proposal(read, statement.proposal)
        if not known.open or known.nonce != statement.nonce:
            raise Conflict("moved", "Something newer happened. Open the card again.", detail=read.stream)
        again = LookAgain(
            run=known.proposal.run,
            code="approval_void",
            proposal=known.proposal.id,
            seen_through=known.seen_through,
            nonce=random_id("n"),
        )
        return Append(read.stream, [Draft(again, System(part="approvals"))], wake=NOW)

    with suppress(Conflict):
        await in_conversation(order, statement.conversation, build)


async def recall(order: Order, command: Recall) -> CommandDone:
    """Takes one's own approval back, until it acts. The card then waits again, under a new nonce.

    Raises:
        NotFound: `no_such_approval`.
        Conflict: `too_late` when it is on its way already.
    """
    stream = await _conversation_of(order, command.statement)

    async def build(read: Read) -> Append:
        known = _proposal(read, command.proposal)
        mine = [a for a in known.approvals if a.statement == command.statement and a.operator == order.operator]
        if not mine:
            raise NotFound("no_such_approval", "There is no such approval of yours that still counts.")
        if known.effect is not None or known.attempts or not known.open:
            raise Conflict("too_late", "This is already being carried out; it cannot be taken back any more.")
        recalled = Recalled(
            run=known.proposal.run,
            ask=known.proposal.ask,
            proposal=known.proposal.id,
            operator=order.operator,
            statement=command.statement,
        )
        again = LookAgain(
            run=known.proposal.run,
            code="recalled",
            proposal=known.proposal.id,
            seen_through=known.seen_through,
            nonce=random_id("n"),
        )
        drafts = [Draft(recalled, order.actor), Draft(again, order.actor)]
        return Append(read.stream, drafts, keys=order.keys, wake=NOW)

    return done(await in_conversation(order, stream, build))


async def _countersigned(
    order: Order, command: Decide, statement: DecisionStatement, said: Body | None, read: Read
) -> Append:
    known = _proposal(read, statement.proposal)
    means = order.means
    brand = means.shelf.active(read.state.brand)
    unmoved = await same_keys(order, read)
    arrival, same_day = await _arrival(order, command, known, read, said)
    if statement.decision == "approve" and known.complete:
        raise CheckFailed("out_of_order", detail=known.proposal.id)
    verified = check_decision(arrival)
    if verified.key.fingerprint != order.seat.key:
        raise CheckFailed("foreign_operator", detail=verified.digest)
    held = read.state.asks[known.proposal.ask]
    await check_holder(order, held)
    decided = decision_in(verified)
    envelope = new_body("envelope", canonical(command.envelope.model_dump(mode="json")).decode())
    event = countersigned(decided, verified, arrival.now, envelope, said, undo=brand.release.brand.timing.undo_s)
    keys = (*order.keys, f"nonce:{nonce_key(decided.nonce, decided.approval_number)}", f"statement:{verified.digest}")
    bodies = [envelope] if said is None else [envelope, said]
    drafts = [Draft(event, order.actor)]
    if held.holder == order.operator:
        drafts.append(Draft(AskReleased(ask=held.ask.id, operator=order.operator), order.actor))
    return Append(read.stream, drafts, bodies=bodies, keys=keys, wake=NOW, checks=(unmoved, same_day))


def countersigned(
    decided: DecisionStatement, verified: Verified, now: datetime, envelope: Body, said: Body | None, *, undo: int
) -> Countersigned:
    """The record of a verified decision. An approval acts after the undo time."""
    wait = timedelta(seconds=undo if decided.decision == "approve" else 0)
    return Countersigned(
        run=decided.run,
        ask=decided.ask,
        proposal=decided.proposal,
        decision=decided.decision,
        operator=verified.operator.id,
        key=verified.key.fingerprint,
        nonce=decided.nonce,
        statement=verified.digest,
        envelope=envelope.ref,
        seen_through=decided.seen_through,
        expires_at=decided.expires_at,
        not_before=now + wait,
        comment=None if said is None else said.ref,
    )


async def _arrival(
    order: Order, command: Decide, known: ProposalState, read: Read, said: Body | None
) -> tuple[Arrival, Check]:
    """Everything the statement is judged by, as of the log that was read; and a check that this person's day still holds."""
    means, proposal, state = order.means, known.proposal, read.state
    session = Session(means.store, read.stream, means.clock, Remembered())
    await session.refresh()
    context = means.runner.context(session, {})
    brand = context.brand
    tool = brand.gate.policy.tools.get(proposal.tool)
    run = state.runs[proposal.run]
    if tool is None:
        raise Lapsed("tool_withdrawn", detail=proposal.id)
    arguments = await session.json(proposal.arguments)
    texts = await session.texts(a.envelope for a in known.approvals)
    given = tuple(given_from(texts[a.envelope.id], nonce=known.nonce, not_before=a.not_before) for a in known.approvals)
    named = heads_named([command.envelope])
    day, same_day = await day_of(context, proposal, order.operator)
    arrival = Arrival(
        envelope=command.envelope,
        standing=Standing(
            proposal=proposal,
            ask=state.asks[proposal.ask].ask,
            seen_through=known.seen_through,
            newest_message=state.last_customer_seq,
            nonce=known.nonce,
            waiting=known.open and known.effect is None and not _unknown(known, read),
            ask_open=not state.asks[proposal.ask].resolved,
            control=state.control,
            used_nonces=_used(known, read),
            log_hashes={record.seq: record.hash for record in read.records if record.seq in named},
            checkpoints=await means.audit.roots(sizes_named([command.envelope])),
            proposed_by=known.proposed_by,
            edited_by=known.edited_by,
            in_control=state.operator,
            sandbox_brand=brand.sandbox,
        ),
        keys=await means.people.keyring(),
        gate=brand.gate,
        call=await judged_call(context, run, tool, arguments, await session.facts(), Caps(), ignore_pending=True),
        now=means.clock(),
        core=means.core,
        given=given,
        days={order.operator: day},
        comment_digest=None if said is None else said.ref.digest,
        batch=command.batch,
    )
    return arrival, same_day


def _claimed(command: Decide) -> DecisionStatement:
    """What the envelope says it is about, before anything is verified: only to find the conversation."""
    try:
        statement = read_statement(command.envelope.payload_bytes())
    except Invalid as error:
        raise CheckFailed(error.code, detail=error.detail) from error
    if not isinstance(statement, DecisionStatement):
        raise CheckFailed("not_a_decision")
    return statement


def _proposal(read: Read, proposal: ProposalId) -> ProposalState:
    known = read.state.proposals.get(proposal)
    if known is None:
        raise NotFound("no_such_proposal", "There is no such proposal in this conversation.", detail=proposal)
    return known


def _unknown(known: ProposalState, read: Read) -> bool:
    """Whether it was sent and nobody knows what became of it: then nobody decides about it, somebody finds out."""
    about = (ask for ask in read.state.asks.values() if ask.ask.proposal == known.proposal.id and not ask.resolved)
    return any(ask.ask.kind == "unknown_outcome" for ask in about)


def _used(known: ProposalState, read: Read) -> frozenset[str]:
    """The places of this nonce that are taken: one by each statement that counted, in order."""
    signed = [
        record.event
        for record in read.records
        if isinstance(record.event, Countersigned)
        and record.event.proposal == known.proposal.id
        and record.event.nonce == known.nonce
    ]
    return frozenset(nonce_key(known.nonce, number) for number, _ in enumerate(signed, 1))


async def _conversation_of(order: Order, statement: str) -> ConversationId:
    """The conversation in which a statement was stored; one of another brand is as none (R-C1)."""

    def look(tx: ReadTx) -> StreamHead | None:
        used = tx.unique_key(f"statement:{statement}")
        return tx.head(StreamId(statement) if used is None else used.stream)  # as much work when there is none

    head = await order.means.store.read(look)
    if head is None or not shows(order.seat, head):
        raise NotFound("no_such_approval", "There is no such approval here.", detail=statement)
    return ConversationId(head.id)


async def _tell_who(order: Order, read: Read, proposal: ProposalId) -> None:
    await _tell_who_of(order, read.records, proposal)


async def _tell_who_of(order: Order, records: tuple[Recorded, ...], proposal: ProposalId) -> None:
    """Raises the conflict that names who was faster, if somebody was.

    Raises:
        Conflict: `decided_already`.
    """
    for record in reversed(records):
        event = record.event
        if isinstance(event, LookAgain) and event.proposal == proposal:
            return  # whatever was decided before does not count any more
        if isinstance(event, Countersigned) and event.proposal == proposal:
            who = "You have" if event.operator == order.operator else f"{await order.name(event.operator)} has"
            word = "approved" if event.decision == "approve" else "denied"
            raise Conflict("decided_already", f"{who} already {word} this.", detail=event.statement)
        if isinstance(event, ProposalSettled) and event.proposal == proposal and event.operator is None:
            raise Conflict("decided_already", f"This is over: {event.sentence}"[:400], detail=event.code)
