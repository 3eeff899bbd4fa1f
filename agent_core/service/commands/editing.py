"""A person changes what was proposed: exactly what the preview showed, under their signature, in one transaction (R-C3).

A change that only narrows may be approved by whoever makes it, within their own limit. Any other is that person's own
proposal, and another person must approve it. What has moved since the preview is looked at again.
"""

from agent_core.authority.decisions import (
    Arrival,
    check_control,
    check_decision,
    nonce_key,
    sizes_named,
)
from agent_core.authority.dispatch import changed_evidence
from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import Caps
from agent_core.authority.own_proposals import check_own_proposal
from agent_core.authority.verify import Verified, verify_envelope
from agent_core.contract.actors import Actor, Person, PersonForAgent
from agent_core.contract.commands import CommandDone, Edit
from agent_core.contract.errors import Conflict, NotFound
from agent_core.contract.events import (
    AnyEvent,
    AskRaised,
    AskResolved,
    ProposalEdited,
    ProposalSettled,
    Proposed,
)  # fmt: skip
from agent_core.contract.ids import AskId
from agent_core.contract.statements import DecisionStatement
from agent_core.conversation.own_actions import may_act
from agent_core.conversation.state import AskState, ProposalState
from agent_core.engine.common import Context
from agent_core.engine.judging import judged_call
from agent_core.service.commands.approvals import countersigned
from agent_core.service.commands.asks import envelope_body
from agent_core.service.commands.common import (
    NOW,
    Order,
    ask_in,
    check_holder,
    check_role,
    check_signer,
    comment_body,
    in_conversation,
)
from agent_core.service.commands.overriding import context_of
from agent_core.service.commands.own_statements import standing_of, statement_in
from agent_core.service.commands.unmoved import Check, day_of, same_keys
from agent_core.service.edit_desk import Prepared
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft

WORDS = "A person changed this; another proposal takes its place."


async def edit(order: Order, command: Edit) -> CommandDone:
    """Puts a changed proposal in the place of the one that was shown.

    Raises:
        CheckFailed: The statement does not hold, or says something else than what was shown.
        Conflict: `preview_gone`, `preview_stale`, `claimed`, or somebody decided meanwhile.
        Invalid: `unclean_comment`.
    """
    means = order.means
    prepared = means.edits.find(command.draft, order.operator, means.clock())
    if prepared.conversation != command.conversation:
        raise NotFound("not_found", "There is no such thing here.", detail=command.draft)
    said = comment_body(command.comment, command.comment_salt)
    kept = envelope_body(command.envelope)

    async def build(read: Read) -> Append:
        known = await _still(order, prepared, read)
        unmoved = await same_keys(order, read)
        context = await context_of(means, read)
        await _check_unchanged(context, prepared, known, read)
        comment = None if said is None else said.ref.digest
        verified, same_day = await _verified(order, command, prepared, context, read, comment)
        statement = verified.statement
        built, change = prepared.changed.built, prepared.change
        actor: Actor = PersonForAgent(operator=order.operator) if change.narrows else Person(operator=order.operator)
        events: list[tuple[AnyEvent, Actor]] = [
            (
                ProposalEdited(
                    ask=known.proposal.ask,
                    proposal=known.proposal.id,
                    successor=built.proposal.id,
                    operator=order.operator,
                    narrows=change.narrows,
                    fields=prepared.fields,
                    statement=verified.digest,
                    envelope=kept.ref,
                    comment=None if said is None else said.ref,
                ),
                order.actor,
            ),
            (_settled(known, order, built.proposal.id), order.actor),
            (_resolved(known, order), order.actor),
            (Proposed(proposal=built.proposal), actor),
            (AskRaised(ask=built.ask), order.actor),
        ]
        keys = [*order.keys, f"statement:{verified.digest}", f"edit:{prepared.draft}"]
        if isinstance(statement, DecisionStatement):
            undo = context.brand.release.brand.timing.undo_s
            events.append((countersigned(statement, verified, means.clock(), kept, said, undo=undo), order.actor))
            keys.append(f"nonce:{nonce_key(statement.nonce, statement.approval_number)}")
        return Append(
            read.stream,
            [Draft(event, by) for event, by in events],
            bodies=[kept, *([] if said is None else [said]), *built.bodies],
            keys=tuple(keys),
            repeats=prepared.changed.repeats,
            wake=NOW,
            checks=(unmoved, same_day),
        )

    first = (await in_conversation(order, command.conversation, build))[0]
    means.edits.drop(command.draft)
    return CommandDone(seq=first.seq, statement=getattr(first.event, "statement", None))  # as a repetition answers


async def editable(order: Order, read: Read, ask: AskId) -> tuple[AskState, ProposalState]:
    """An ask whose proposal may still be changed by this person.

    Raises:
        NotFound: `no_such_ask`.
        Conflict: `ask_over`, `role_not_allowed`, `claimed`, `verb_not_allowed`, `already_approved`.
    """
    asked = ask_in(read, ask)
    check_role(order, asked)
    known = None if asked.ask.proposal is None else read.state.proposals.get(asked.ask.proposal)
    if known is None or "edit" not in asked.ask.verbs or asked.ask.kind != "approval":
        raise Conflict("verb_not_allowed", "This cannot be answered in this way.", detail=ask)
    await check_holder(order, asked)
    begun = known.effect is not None or known.attempts or known.asked_unknown
    if begun or not known.open or known.complete or known.denied_by is not None:
        raise Conflict("already_approved", "This is decided already. Take the decision back first.", detail=ask)
    check_control(read.state.control, proposed_by_person=may_act(read.state, known))
    return asked, known


async def _still(order: Order, prepared: Prepared, read: Read) -> ProposalState:
    """The proposal, if it is where it was when the change was shown."""
    shown = prepared.change.known
    _, known = await editable(order, read, shown.proposal.ask)
    if (known.nonce, known.seen_through, known.approvals) != (shown.nonce, shown.seen_through, shown.approvals):
        raise _stale(read)
    return known


async def _check_unchanged(context: Context, prepared: Prepared, known: ProposalState, read: Read) -> None:
    """Whether everything the change rests on is as it was shown."""
    built = prepared.changed.built
    facts = await context.session.facts(item.key for item in built.proposal.evidence)
    values = {key: fact.value for key, fact in facts.items()}
    moved = changed_evidence(built.proposal.evidence, built.evidence.salt, values)
    declared = context.brand.release.tools.get(built.proposal.tool)
    same = (
        not moved
        and read.state.last_customer_seq == built.proposal.seen_through
        and context.brand.gate.policy_digest == built.proposal.policy_digest
        and declared == prepared.change.declared
        and context.session.now < known.proposal.expires_at
    )
    if not same:
        raise _stale(read)


def _stale(read: Read) -> Conflict:
    words = "Something changed since this was shown. Look at the change once more."
    return Conflict("preview_stale", words, detail=read.stream)


async def _verified(
    order: Order, command: Edit, prepared: Prepared, context: Context, read: Read, comment: str | None
) -> tuple[Verified, Check]:
    """The signature, which is an approval of what was shown or says whose proposal it is."""
    means, change, built = order.means, prepared.change, prepared.changed.built
    statement = statement_in(command.envelope)
    standing = standing_of(
        context,
        read,
        built,
        command.envelope,
        statement,
        proposed_by=change.proposer,
        edited_by=order.operator if change.narrows else None,
        checkpoints=await means.audit.roots(sizes_named([command.envelope])),
    )
    ring = await means.people.keyring()
    day, same_day = await day_of(context, built.proposal, order.operator)
    if isinstance(statement, DecisionStatement):
        run, session = read.state.runs[built.proposal.run], context.session
        facts = await session.facts()
        verified = check_decision(
            Arrival(
                envelope=command.envelope,
                standing=standing,
                keys=ring,
                gate=context.brand.gate,
                call=await judged_call(context, run, change.tool, change.after, facts, Caps(), ignore_pending=True),
                now=means.clock(),
                core=means.core,
                days={order.operator: day},
                comment_digest=comment,
            )
        )
        if statement.decision != "approve":
            raise CheckFailed("not_an_approval", detail=verified.digest)
    else:
        verified = verify_envelope(command.envelope, keys=ring, now=means.clock(), audience=means.core)
        check_own_proposal(verified, standing, narrows=change.narrows, comment=comment)
    check_signer(order, verified)
    return verified, same_day


def _settled(known: ProposalState, order: Order, successor: str) -> ProposalSettled:
    return ProposalSettled(
        run=known.proposal.run,
        proposal=known.proposal.id,
        outcome="edited",
        by="person",
        code="edited",
        sentence=WORDS,
        operator=order.operator,
        superseded_by=successor,  # pyright: ignore[reportArgumentType] - ids are strings
    )


def _resolved(known: ProposalState, order: Order) -> AskResolved:
    return AskResolved(
        ask=known.proposal.ask, verb="edit", by="person", operator=order.operator, code="edited", sentence=WORDS
    )
