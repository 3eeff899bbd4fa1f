"""What a person's own action would come to (R-C3, R-E3): everything is asked before anything is signed.

Schema, reads, policy with this person as principal, proofs, equal actions, and who there is to approve it: each says what it
has against it. Only reads are made, and they are on record. What passes is kept on the desk under a name.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import JsonValue

from agent_core.authority.decisions import DayLimits, DayTotals, Standing, check_person
from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import OperatorFacts
from agent_core.boundary.sources import read_json
from agent_core.contract.canonical import canonical
from agent_core.contract.editing import FieldFault
from agent_core.contract.errors import CountersignError, Invalid, NotFound, Unavailable
from agent_core.contract.ids import ConversationId, random_id
from agent_core.contract.overriding import Obstacle
from agent_core.contract.proposing import (
    MOST_KNOWN,
    MOST_OFFERED,
    ActionAsked,
    ActionField,
    ActionOffered,
    ActionPreview,
    Countersigners,
)
from agent_core.contract.statements import LogHead
from agent_core.conversation.state import State
from agent_core.engine.common import Context
from agent_core.engine.identity import authenticated, customer_of
from agent_core.engine.own_actions import Offer, OwnAction, known_values, offers, own_action
from agent_core.service.action_desk import ShownAction
from agent_core.service.action_reads import read_first
from agent_core.service.commands.common import Means
from agent_core.service.commands.overriding import context_of
from agent_core.service.in_view import in_view
from agent_core.service.projection import cards
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import read_log
from agent_core.service.shown_desk import LIFE
from agent_core.workflows.editing import field_faults

MOST_BYTES: Final = 16_000


async def preview(means: Means, seat: Seat, conversation: ConversationId, asked: ActionAsked) -> ActionPreview:
    """What this person may propose here, and what it would be.

    Raises:
        NotFound: `not_found`: no such conversation for this session; `no_such_action`.
        Forbidden: `read_only_session`.
    """
    person = seat.person()
    await in_view(means.store, seat, conversation)
    context, state = await _looked(means, seat, conversation)
    known = offers(context)
    shown = tuple(_offered(offer) for offer in known.values())[:MOST_OFFERED]
    blank = ActionPreview(
        conversation=conversation,
        brand=state.brand,
        offered=shown,
        obstacles=obstacles(state, person, context.brand.sandbox),
    )
    if asked.tool is None:
        return blank
    offer = known.get(asked.tool)
    if offer is None:
        raise NotFound("no_such_action", "This brand has no such action for people.", detail=asked.tool[:64])
    facts = await context.session.facts()
    fields = _fields(offer, known_values(offer, context.brand.release, facts))
    blank = blank.model_copy(update={"offered": (), "chosen": _offered(offer), "fields": fields})
    if asked.arguments is None or blank.obstacles:
        return blank
    faults = _faults(offer, asked.arguments)
    if faults:
        return blank.model_copy(update={"faults": faults})
    return await _built(means, seat, context, offer, asked.arguments, blank)


async def _built(
    means: Means, seat: Seat, context: Context, offer: Offer, arguments: Mapping[str, JsonValue], blank: ActionPreview
) -> ActionPreview:
    person = seat.person()
    asked = await read_first(means, context, offer, arguments, person.id)
    context, state = await _looked(means, seat, blank.conversation)
    blank = blank.model_copy(update={"read": asked})
    try:
        action = await own_action(context, offer, dict(arguments), person)
    except Unavailable:
        raise
    except CountersignError as error:
        return blank.model_copy(update={"faults": (FieldFault(field="", code=error.code, sentence=error.message),)})
    return await _shown(means, context, state, action, person, blank)


async def _looked(means: Means, seat: Seat, conversation: ConversationId) -> tuple[Context, State]:
    read = await read_log(means.store, conversation)
    if read.state.conversation is None or not seat.sees(read.state.brand):
        raise NotFound("not_found", "There is no such thing here.", detail=conversation)
    return await context_of(means, read), read.state


def obstacles(state: State, person: OperatorFacts, sandbox_brand: bool) -> tuple[Obstacle, ...]:
    """Why this person may propose nothing here now: only who has the conversation proposes in it."""
    if state.control != "human" or state.operator != person.id:
        return (Obstacle(code="not_in_control", sentence="Take the conversation over before you propose something in it."),)
    if person.simulated and not sandbox_brand:
        return (Obstacle(code="simulated_person", sentence="A simulated person proposes only in the demonstration brand."),)
    return ()


async def _shown(
    means: Means, context: Context, state: State, action: OwnAction, person: OperatorFacts, blank: ActionPreview
) -> ActionPreview:
    now, built = means.clock(), action.made.built
    draft = random_id("d")
    means.actions.keep(ShownAction(draft, person.id, blank.conversation, action, now + LIFE), now)
    able = await _able(context, action)
    needed = built.proposal.required_people
    who: Countersigners = "nobody" if able < needed else "one" if needed == 1 else "several"
    body: dict[str, Any] = json.loads(built.card.text)
    own = await customer_of(context.session) if await authenticated(context.session) else None
    return blank.model_copy(
        update={
            "countersigners": who,
            "required_people": needed,
            "able": able,
            "money": built.proposal.money,
            "draft": draft,
            "title": str(body.get("what", ""))[: cards.MOST],
            "rows": cards.shown_rows(body),
            "evidence": cards.shown_evidence(body, own),
            "rules": built.proposal.rules,
            "proposal": built.proposal.id,
            "ask": built.ask.id,
            "binding": cards.binding_of(
                built.proposal,
                nonce=built.proposal.nonce,
                seen_through=built.proposal.seen_through,
                proposed_by=person.id,
                previous=(),
                log_head=LogHead(seq=state.seq, hash=state.head),
            ),
        }
    )


async def _able(context: Context, action: OwnAction) -> int:
    """How many people there are who could approve it: by role, brand, limit and policy, today's totals aside."""
    built = action.made.built
    standing = Standing(
        proposal=built.proposal,
        ask=built.ask,
        seen_through=built.proposal.seen_through,
        newest_message=context.session.state.last_customer_seq,
        nonce=built.proposal.nonce,
        proposed_by=action.operator,
        sandbox_brand=context.brand.sandbox,
    )
    ring = await context.operators.keyring()
    people = {key.operator.id: key.operator for key in ring.active if key.stopped_at is None}
    return sum(1 for one in people.values() if _may(context, action, one, standing))


def _may(context: Context, action: OwnAction, one: OperatorFacts, standing: Standing) -> bool:
    money = action.made.built.proposal.money
    try:
        check_person(one, standing, money, DayTotals(), DayLimits())
    except CheckFailed:
        return False
    call = replace(action.asked, operator=None)
    return context.brand.gate.may_approve(one, call, money=money, proposed_by=action.operator).allowed


def _offered(offer: Offer) -> ActionOffered:
    tool = offer.tool
    return ActionOffered(
        tool=tool.name, title=tool.title, sentence=tool.sentence, workflow=offer.workflow, reversible=tool.reversible
    )


def _fields(offer: Offer, known: Mapping[str, tuple[str, ...]]) -> tuple[ActionField, ...]:
    declared = offer.declared
    labels = {argument.name: argument.label for argument in offer.tool.arguments}
    required = declared.input_schema.get("required")
    needed = [str(name) for name in required] if isinstance(required, list) else []
    money = declared.money
    return tuple(
        ActionField(
            name=name,
            label=labels.get(name, name),
            form=form if isinstance(form := declared.arguments.get(name), dict) else {},
            required=name in needed,
            known=known.get(name, ())[:MOST_KNOWN],
            money=money.currency if money is not None and money.amount == name else None,
        )
        for name in dict.fromkeys((*needed, *sorted(declared.arguments)))
        if name in declared.arguments
    )


def _faults(offer: Offer, arguments: Mapping[str, JsonValue]) -> tuple[FieldFault, ...]:
    try:
        if len(canonical(dict(arguments))) > MOST_BYTES:
            return (FieldFault(field="", code="too_large", sentence="This is too large."),)
    except Invalid as error:
        return (FieldFault(field="", code=error.code, sentence=error.message),)
    found = field_faults(offer.declared, arguments)
    faults = [FieldFault(field=each.field, code=each.code, sentence=each.sentence) for each in found]
    for name, value in arguments.items():
        if name in offer.declared.arguments and read_json("person", {name: value}).value != {name: value}:
            words = "It holds characters that cannot be kept as they are, such as invisible ones."
            faults.append(FieldFault(field=name, code="unclean", sentence=words))
    return tuple(faults)
