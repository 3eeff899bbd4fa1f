"""Who is on an ask, and its end (DESIGN §1.7). A claim is a lease: shown to everybody, renewed by sending it again."""

from datetime import timedelta
from typing import Final

from agent_core.authority.errors import CheckFailed
from agent_core.authority.verify import Verified, verify_envelope
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical, digest
from agent_core.contract.commands import Claim, CommandDone, ReleaseClaim, ResolveAsk, SettleUnknown
from agent_core.contract.errors import Conflict
from agent_core.contract.events import AnyEvent, AskClaimed, AskReleased, AskResolved, EffectStarted, ProposalSettled
from agent_core.contract.outcomes import AskVerb
from agent_core.contract.statements import Envelope, WideningStatement
from agent_core.conversation.state import AskState
from agent_core.service.commands.common import NOW, Order, ask_in, check_role, comment_body, done, in_conversation
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft, IntentEnd

LEASE: Final = timedelta(minutes=2)


async def claim(order: Order, command: Claim) -> CommandDone:
    """Takes or renews the lease. Somebody else's is taken only with a reason, which is kept.

    Raises:
        Conflict: `claimed`: somebody else is on it; the sentence says who.
    """
    why = comment_body(command.steal)

    async def build(read: Read) -> Append:
        known = ask_in(read, command.ask)
        check_role(order, known)
        now = order.means.clock()
        held = known.holder is not None and known.until is not None and known.until > now
        drafts: list[Draft] = []
        if held and known.holder != order.operator:
            assert known.holder is not None
            if why is None:
                raise Conflict("claimed", f"{await order.name(known.holder)} is on it.", detail=known.ask.id)
            drafts.append(Draft(AskReleased(ask=command.ask, operator=known.holder), order.actor))
        stolen = why if drafts else None
        event = AskClaimed(
            ask=command.ask, operator=order.operator, until=now + LEASE, comment=None if stolen is None else stolen.ref
        )
        drafts.append(Draft(event, order.actor))
        return Append(read.stream, drafts, bodies=[stolen] if stolen else [], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def release(order: Order, command: ReleaseClaim) -> CommandDone:
    """Gives the lease back.

    Raises:
        Conflict: `not_yours`.
    """

    async def build(read: Read) -> Append:
        known = ask_in(read, command.ask)
        if known.holder != order.operator:
            raise Conflict("not_yours", "You do not hold this.", detail=known.ask.id)
        event = AskReleased(ask=command.ask, operator=order.operator)
        return Append(read.stream, [Draft(event, order.actor)], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def resolve(order: Order, command: ResolveAsk) -> CommandDone:
    """An escalation, a quarantine's question or a review is dealt with. Proposals are never ended this way.

    Raises:
        Conflict: `verb_not_allowed`, `claimed`.
    """
    said = comment_body(command.comment)

    async def build(read: Read) -> Append:
        known = ask_in(read, command.ask)
        check_role(order, known)
        if "resolve" not in known.ask.verbs:
            raise Conflict("verb_not_allowed", "This cannot be answered in this way.", detail=known.ask.id)
        words = "A person dealt with it." if said is None else f"A person dealt with it: {said.text}"[:400]
        event = resolved(order, known, "resolve", "resolved", words)
        return Append(read.stream, [Draft(event, order.actor)], keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def settle_unknown(order: Order, command: SettleUnknown) -> CommandDone:
    """A person found out whether a write of unknown outcome happened, and signs it (`repair`).

    The statement's subject is the ask, its value the digest of `{"ask", "happened"}`.

    Raises:
        CheckFailed: The statement does not hold, or says something else.
        Conflict: `verb_not_allowed`.
    """
    verified = await widening(
        order,
        command.envelope,
        change="repair",
        subject=command.ask,
        value=digest({"ask": command.ask, "happened": command.happened}),
    )
    verb: AskVerb = "confirm_executed" if command.happened else "confirm_not_executed"
    words = "A person found out: it happened." if command.happened else "A person found out: it did not happen."
    kept = envelope_body(command.envelope)

    async def build(read: Read) -> Append:
        known = ask_in(read, command.ask)
        check_role(order, known)
        if verb not in known.ask.verbs:
            raise Conflict("verb_not_allowed", "This cannot be answered in this way.", detail=known.ask.id)
        events: list[AnyEvent] = []
        ends: tuple[IntentEnd, ...] = ()
        if known.ask.proposal is not None:
            events.append(
                ProposalSettled(
                    run=known.ask.run,
                    proposal=known.ask.proposal,
                    outcome="executed" if command.happened else "not_executed",
                    by="person",
                    code="settled_by_person",
                    sentence=words,
                    operator=order.operator,
                )
            )
        else:
            ends = _autonomous(read, known, happened=command.happened)
        about = [a for a in read.state.asks.values() if not a.resolved and _same_matter(a, known)]
        events.extend(resolved(order, each, verb, "settled_by_person", words) for each in about)
        return Append(
            read.stream,
            [Draft(event, order.actor) for event in events],
            bodies=[kept],
            keys=(*order.keys, f"statement:{verified.digest}"),
            intent_ends=ends,
            wake=NOW,
        )

    return done(await in_conversation(order, command.conversation, build))


async def widening(order: Order, envelope: Envelope, *, change: str, subject: str, value: str) -> Verified:
    """Verifies a signed change that widens, made by the operator of this session for exactly this.

    Raises:
        CheckFailed: It does not hold.
    """
    means = order.means
    verified = verify_envelope(envelope, keys=await means.people.keyring(), now=means.clock(), audience=means.core)
    statement = verified.statement
    if not isinstance(statement, WideningStatement) or (statement.change, statement.subject) != (change, subject):
        raise CheckFailed("bad_statement", detail=verified.digest)
    if statement.value_digest != value:
        raise CheckFailed("other_arguments", detail=verified.digest)
    if verified.operator.id != order.operator or verified.key.fingerprint != order.seat.key:
        raise CheckFailed("foreign_operator", detail=verified.digest)
    means.desk.take_nonce(statement.nonce)
    return verified


def envelope_body(envelope: Envelope) -> Body:
    """An envelope as it is stored: whoever reads the log can verify it."""
    return new_body("envelope", canonical(envelope.model_dump(mode="json")).decode())


def resolved(order: Order, known: AskState, verb: AskVerb, code: str, words: str) -> AskResolved:
    """The end of an ask, by this person."""
    return AskResolved(ask=known.ask.id, verb=verb, by="person", operator=order.operator, code=code, sentence=words)


def _same_matter(one: AskState, other: AskState) -> bool:
    return one.ask.id == other.ask.id or (one.ask.proposal is not None and one.ask.proposal == other.ask.proposal)


def _autonomous(read: Read, known: AskState, *, happened: bool) -> tuple[IntentEnd, ...]:
    """The intent of an autonomous write is held by its call (`engine.steps.calls`)."""
    for record in read.records:
        event = record.event
        if isinstance(event, EffectStarted) and event.effect == known.ask.effect and event.kind == "write":
            holder = f"{read.stream}/{event.run}/{event.tool_use_id}"
            return (IntentEnd(holder, "executed" if happened else "ended"),)
    return ()
