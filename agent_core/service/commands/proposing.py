"""A person who has the conversation proposes an action: exactly what the preview showed, in one transaction (R-C3, R-E3).

It goes the way of every proposal: an ask to others, their signatures, all checks again right before it acts, once. The
signature says whose it is and approves nothing. What has moved since it was shown is looked at again.
"""

from agent_core.authority.dispatch import changed_evidence
from agent_core.authority.own_proposals import check_own_proposal
from agent_core.authority.verify import Verified, verify_envelope
from agent_core.contract.actors import Person
from agent_core.contract.commands import CommandDone
from agent_core.contract.errors import Conflict, NotFound
from agent_core.contract.events import ActionProposed, AnyEvent, AskRaised, Proposed
from agent_core.contract.proposing import ProposeAction
from agent_core.engine.common import Context
from agent_core.service.action_desk import ShownAction
from agent_core.service.action_previews import obstacles
from agent_core.service.commands.asks import envelope_body
from agent_core.service.commands.common import NOW, Order, check_signer, comment_body, in_conversation
from agent_core.service.commands.overriding import context_of
from agent_core.service.commands.own_statements import standing_of, statement_in
from agent_core.service.commands.unmoved import same_keys
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft


async def propose_action(order: Order, command: ProposeAction) -> CommandDone:
    """Puts a person's own action before others.

    Raises:
        CheckFailed: The statement does not hold, or says something else than what was shown.
        Conflict: `preview_gone`, `preview_stale`, `not_in_control`, `already_open`, `already_unknown`.
        Invalid: `unclean_comment`.
    """
    means = order.means
    shown = means.actions.find(command.draft, order.operator, means.clock())
    if shown.conversation != command.conversation:
        raise NotFound("not_found", "There is no such thing here.", detail=command.draft)
    said = comment_body(command.comment, command.comment_salt)
    kept = envelope_body(command.envelope)
    comment = None if said is None else said.ref.digest

    async def build(read: Read) -> Append:
        for obstacle in obstacles(read.state, order.seat.person(), means.shelf.active(read.state.brand).sandbox):
            raise Conflict(obstacle.code, obstacle.sentence, detail=read.stream)
        unmoved = await same_keys(order, read)
        context = await context_of(means, read)
        await _check_unchanged(context, shown, read)
        verified = await _verified(order, command, shown, context, read, comment)
        action = shown.action
        built, hung = action.made.built, action.opening
        events: list[AnyEvent] = [
            *([] if hung.opened is None else [hung.opened]),
            ActionProposed(
                run=hung.run.run,
                ask=built.ask.id,
                proposal=built.proposal.id,
                operator=order.operator,
                tool=built.proposal.tool,
                statement=verified.digest,
                envelope=kept.ref,
                comment=None if said is None else said.ref,
            ),
            Proposed(proposal=built.proposal),
            AskRaised(ask=built.ask),
        ]
        who = Person(operator=order.operator)
        bodies = [kept, *([] if said is None else [said]), *([] if hung.body is None else [hung.body]), *built.bodies]
        return Append(
            read.stream,
            [Draft(event, who) for event in events],
            bodies=bodies,
            keys=(*order.keys, f"statement:{verified.digest}", f"own:{shown.draft}"),
            repeats=action.made.repeats,
            wake=NOW,
            checks=(unmoved,),
        )

    records = await in_conversation(order, command.conversation, build)
    means.actions.drop(command.draft)
    return CommandDone(seq=records[0].seq, statement=getattr(records[0].event, "statement", None))  # as a repetition answers


async def _check_unchanged(context: Context, shown: ShownAction, read: Read) -> None:
    """Whether everything it rests on, and everything it is built on, is as it was shown."""
    action, state = shown.action, read.state
    built, run = action.made.built, action.opening.run
    facts = await context.session.facts(item.key for item in built.proposal.evidence)
    values = {key: fact.value for key, fact in facts.items()}
    sources = {key: fact.source_seq for key, fact in facts.items()}
    known = state.runs.get(run.run)
    if action.opening.opened is None:
        there = known is not None and known.phase not in ("escalated", "failed", "withdrawn") and known.successor is None
    else:
        there = known is None and len(state.runs) == int(run.run.removeprefix("r")) - 1
    release, gate = context.brand.release, context.brand.gate
    same = (
        there
        and not changed_evidence(built.proposal.evidence, built.evidence.salt, values)
        and all(sources.get(item.key) == item.source_seq for item in built.proposal.evidence)
        and state.last_customer_seq == built.proposal.seen_through
        and gate.policy_digest == built.proposal.policy_digest
        and release.tools.get(built.proposal.tool) == action.offer.declared
        and context.session.now < built.proposal.expires_at
    )
    if not same:
        words = "Something changed since this was shown. Look at the action once more."
        raise Conflict("preview_stale", words, detail=read.stream)
    for row in await context.session.intent(built.proposal.intent_key):
        if row.state != "executed":
            raise Conflict(f"already_{row.state}", "An equal action is open or under way already.", detail=row.holder)


async def _verified(
    order: Order, command: ProposeAction, shown: ShownAction, context: Context, read: Read, comment: str | None
) -> Verified:
    """The signature, which says whose proposal it is and nothing more."""
    means, built = order.means, shown.action.made.built
    statement = statement_in(command.envelope)
    standing = standing_of(context, read, built, command.envelope, statement, proposed_by=order.operator)
    ring = await means.people.keyring()
    verified = verify_envelope(command.envelope, keys=ring, now=means.clock(), audience=means.core)
    check_own_proposal(verified, standing, narrows=False, comment=comment)
    check_signer(order, verified)
    return verified
