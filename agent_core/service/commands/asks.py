"""Who is on an ask, and its end (DESIGN §1.7). A claim is a lease: shown to everybody, renewed by sending it again."""

from datetime import timedelta
from typing import Final

from agent_core.authority.errors import CheckFailed
from agent_core.authority.verify import Verified, verify_envelope
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical, digest
from agent_core.contract.commands import Claim, CommandDone, ReleaseClaim, ResolveAsk, SettleUnknown, StillUnknown
from agent_core.contract.errors import Conflict
from agent_core.contract.events import AskClaimed, AskPutOff, AskReleased, AskResolved
from agent_core.contract.ids import BrandId
from agent_core.contract.outcomes import AskVerb
from agent_core.contract.statements import Change, Envelope, WideningStatement
from agent_core.conversation.state import AskState
from agent_core.engine.settling import Signed, second_answer, settled_by_person
from agent_core.service.commands.common import (
    NOW,
    Order,
    ask_in,
    check_holder,
    check_role,
    check_signer,
    comment_body,
    done,
    in_conversation,
)
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft

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
            ask=command.ask,
            operator=order.operator,
            until=now + LEASE,
            comment=None if stolen is None else stolen.ref,
            taken_from=known.holder if drafts else None,
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
    said = comment_body(command.comment, command.comment_salt)

    async def build(read: Read) -> Append:
        known = ask_in(read, command.ask)
        check_role(order, known)
        if "resolve" not in known.ask.verbs:
            raise Conflict("verb_not_allowed", "This cannot be answered in this way.", detail=known.ask.id)
        await check_holder(order, known)
        event = resolved(order, known, "resolve", "resolved", "A person dealt with it.", said=said)
        bodies = [] if said is None else [said]
        return Append(read.stream, [Draft(event, order.actor)], bodies=bodies, keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def settle_unknown(order: Order, command: SettleUnknown) -> CommandDone:
    """A person found out whether a write of unknown outcome happened, and signs it (`settle_unknown`).

    The statement's subject is the ask, its value the digest of `{"ask", "happened"}`; it names brand and conversation.

    Raises:
        CheckFailed: The statement does not hold, or says something else.
        Conflict: `verb_not_allowed`, `settled_already`.
        Invalid: `unclean_comment`.
    """
    said = comment_body(command.comment, command.comment_salt)
    verified = await widening(
        order,
        command.envelope,
        change="settle_unknown",
        subject=command.ask,
        value=digest({"ask": command.ask, "happened": command.happened}),
        comment=None if said is None else said.ref.digest,
    )
    kept = envelope_body(command.envelope)
    signed = Signed(verified.digest, kept.ref, None if said is None else said.ref)

    async def build(read: Read) -> Append:
        came_second = second_answer(
            read.state,
            command.ask,
            happened=command.happened,
            operator=order.operator,
            signed=signed,
            brand=order.means.shelf.active(read.state.brand).release.brand,
            now=order.means.clock(),
        )
        known = read.state.asks[command.ask] if came_second is not None else ask_in(read, command.ask)
        check_role(order, known)
        if not known.resolved:
            await check_holder(order, known)
        check_about(verified, read)
        settled = came_second or settled_by_person(
            read.state, command.ask, happened=command.happened, operator=order.operator, signed=signed
        )
        return Append(
            read.stream,
            settled.drafts,
            bodies=[kept, *([said] if said else []), *settled.bodies],
            keys=(*order.keys, f"statement:{verified.digest}"),
            intent_ends=settled.intent_ends,
            wake=NOW,
        )

    return done(await in_conversation(order, command.conversation, build))


async def still_unknown(order: Order, command: StillUnknown) -> CommandDone:
    """A person looked and cannot tell either. The ask stays where it is, its clocks run, and it is looked at again later.

    Raises:
        Conflict: `verb_not_allowed`.
        Invalid: `unclean_comment`.
    """
    said = comment_body(command.comment, command.comment_salt)

    async def build(read: Read) -> Append:
        known = ask_in(read, command.ask)
        check_role(order, known)
        if "still_unknown" not in known.ask.verbs:
            raise Conflict("verb_not_allowed", "This cannot be answered in this way.", detail=known.ask.id)
        await check_holder(order, known)
        look_at = order.means.clock() + timedelta(seconds=command.again_s)
        comment = None if said is None else said.ref
        event = AskPutOff(ask=command.ask, operator=order.operator, look_at=look_at, comment=comment)
        bodies = [] if said is None else [said]
        return Append(read.stream, [Draft(event, order.actor)], bodies=bodies, keys=order.keys, wake=NOW)

    return done(await in_conversation(order, command.conversation, build))


async def widening(
    order: Order, envelope: Envelope, *, change: Change, subject: str, value: str, comment: str | None = None
) -> Verified:
    """Verifies a signed change that widens, made by the operator of this session for exactly this.

    Args:
        order: Who asks.
        envelope: As received.
        change: What it must be.
        subject: What it must be about.
        value: The digest of the new value.
        comment: The digest of the words that came along.

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
    if statement.comment_digest != comment:
        raise CheckFailed("other_comment", detail=verified.digest)
    if statement.shown_digest is not None:  # nothing that is kept has such a name
        raise CheckFailed("other_card", detail=verified.digest)
    if (statement.approval_number, statement.required_approvals, statement.previous_approvals) != (1, 1, ()):
        raise CheckFailed("other_people_count", detail=verified.digest)
    check_signer(order, verified)
    order.take_nonce(statement.nonce)
    return verified


def check_brand_named(verified: Verified, brand: BrandId | None) -> None:
    """Whether the statement names this brand, or none where the change concerns all, and no conversation of it.

    Raises:
        CheckFailed: `other_brand`, `other_conversation` or `log_diverged`.
    """
    statement = _about_brand(verified, brand)
    if statement.conversation is not None:
        raise CheckFailed("other_conversation", detail=verified.digest)
    if statement.log_head is not None:
        raise CheckFailed("log_diverged", detail=verified.digest)


def envelope_body(envelope: Envelope) -> Body:
    """An envelope as it is stored: whoever reads the log can verify it."""
    return new_body("envelope", canonical(envelope.model_dump(mode="json")).decode())


def resolved(
    order: Order, known: AskState, verb: AskVerb, code: str, words: str, *, said: Body | None = None
) -> AskResolved:
    """The end of an ask, by this person. `words` are ours; theirs are the comment."""
    return AskResolved(
        ask=known.ask.id,
        verb=verb,
        by="person",
        operator=order.operator,
        code=code,
        sentence=words,
        comment=None if said is None else said.ref,
    )


def check_about(verified: Verified, read: Read) -> None:
    """Whether the statement is about this conversation, and its signer had seen this history of it."""
    statement = _about_brand(verified, read.state.brand)
    if statement.conversation != read.state.conversation:
        raise CheckFailed("other_conversation", detail=verified.digest)
    head = statement.log_head
    if head is not None and not any((record.seq, record.hash) == (head.seq, head.hash) for record in read.records):
        raise CheckFailed("log_diverged", detail=f"seq {head.seq}")


def _about_brand(verified: Verified, brand: BrandId | None) -> WideningStatement:
    statement = verified.statement
    assert isinstance(statement, WideningStatement)
    if statement.brand != brand:
        raise CheckFailed("other_brand", detail=verified.digest)
    return statement
