"""What a person's change of a proposal would come to (R-C3): everything is asked before anything is signed. Only reads.

Schema, policy, proofs, equal actions, the person's own limits: each says what it has against it. What passes is kept on the
desk under a name, and only that can be signed.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import JsonValue

from agent_core.authority.decisions import DayLimits, Standing, check_person
from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import Caps, OperatorFacts
from agent_core.boundary.sources import read_json
from agent_core.contract.canonical import canonical
from agent_core.contract.editing import EditableField, EditPreview, FieldFault
from agent_core.contract.errors import CountersignError, Invalid, NotFound, Unavailable
from agent_core.contract.ids import AskId, ConversationId, random_id
from agent_core.contract.overriding import Obstacle
from agent_core.contract.statements import LogHead
from agent_core.engine.common import Context
from agent_core.engine.editing import Change, Changed, changed
from agent_core.engine.identity import authenticated, customer_of
from agent_core.engine.judging import judged_call
from agent_core.service.commands.common import Means, Order
from agent_core.service.commands.editing import editable
from agent_core.service.commands.overriding import context_of
from agent_core.service.commands.unmoved import day_of
from agent_core.service.edit_desk import Prepared
from agent_core.service.in_view import in_view
from agent_core.service.projection import cards
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import Read, read_log
from agent_core.service.shown_desk import LIFE
from agent_core.workflows.editing import changed_fields, field_faults
from agent_core.workflows.tools import ToolDeclaration

MOST_BYTES: Final = 16_000


async def preview(
    means: Means, seat: Seat, conversation: ConversationId, ask: AskId, arguments: Mapping[str, JsonValue] | None
) -> EditPreview:
    """What this change would be, and what stands against it.

    Raises:
        NotFound: `not_found`: no such conversation for this session; `no_such_ask`.
        Forbidden: `read_only_session`.
        Conflict: The ask is over, somebody else's, or nothing that can be changed.
    """
    person = seat.person()
    await in_view(means.store, seat, conversation)
    read = await read_log(means.store, conversation)
    if read.state.conversation is None or not seat.sees(read.state.brand):
        raise NotFound("not_found", "There is no such thing here.", detail=conversation)
    asked, known = await editable(Order(means, seat, ()), read, ask)
    context = await context_of(means, read)
    old = known.proposal
    tool, declared = context.brand.gate.policy.tools.get(old.tool), context.brand.release.tools.get(old.tool)
    if tool is None or declared is None:
        raise CheckFailed("tool_withdrawn", detail=old.id)
    before: dict[str, Any] = await context.session.json(old.arguments)
    labels = {argument.name: argument.label for argument in tool.arguments}
    blank = EditPreview(
        ask=ask,
        proposal=old.id,
        conversation=conversation,
        brand=read.state.brand,
        fields=_fields(declared, before, labels),
        limit=person.limit,
    )
    if arguments is None:
        return blank
    after = dict(arguments)
    faults = _faults(declared, before, after)
    if faults:
        return blank.model_copy(update={"faults": faults})
    change = Change(known, asked, declared, tool, before, after, person.id, narrows=declared.narrows(before, after))
    try:
        made = await changed(context, change)
    except Unavailable:
        raise
    except CountersignError as error:
        return blank.model_copy(update={"faults": (FieldFault(field="", code=error.code, sentence=error.message),)})
    return await _shown(means, context, read, change, made, person, blank)


async def _shown(
    means: Means, context: Context, read: Read, change: Change, made: Changed, person: OperatorFacts, blank: EditPreview
) -> EditPreview:
    now = means.clock()
    built, names = made.built, changed_fields(change.before, change.after)
    draft = random_id("d")
    means.edits.keep(
        Prepared(draft, person.id, read.stream, change, made, names, now + LIFE),
        now,
    )
    obstacles = await _obstacles(context, read, change, made, person)
    alone = change.narrows and not obstacles
    body: dict[str, Any] = json.loads(built.card.text)
    own = await customer_of(context.session) if await authenticated(context.session) else None
    return blank.model_copy(
        update={
            "changes": cards.shown_changes(body),
            "narrows": change.narrows,
            "may_approve": alone,
            "obstacles": obstacles if change.narrows else (),
            "required_people": built.proposal.required_people,
            "people_besides": built.proposal.required_people - (1 if alone else 0),
            "draft": draft,
            "title": str(body.get("what", ""))[: cards.MOST],
            "rows": cards.shown_rows(body),
            "evidence": cards.shown_evidence(body, own),
            "rules": built.proposal.rules,
            "new_ask": built.ask.id,
            "binding": cards.binding_of(
                built.proposal,
                nonce=built.proposal.nonce,
                seen_through=built.proposal.seen_through,
                proposed_by=change.proposer,
                previous=(),
                log_head=LogHead(seq=read.state.seq, hash=read.state.head),
            ),
        }
    )


async def _obstacles(
    context: Context, read: Read, change: Change, made: Changed, person: OperatorFacts
) -> tuple[Obstacle, ...]:
    """Why this person's own signature would be no approval."""
    built, session = made.built, context.session
    standing = Standing(
        proposal=built.proposal,
        ask=built.ask,
        seen_through=built.proposal.seen_through,
        newest_message=read.state.last_customer_seq,
        nonce=built.proposal.nonce,
        proposed_by=change.proposer,
        sandbox_brand=context.brand.sandbox,
    )
    money = built.proposal.money
    try:
        day, _ = await day_of(context, built.proposal, person.id)
        check_person(person, standing, money, day, DayLimits())
        run = session.state.runs[built.proposal.run]
        facts = await session.facts()
        asked = await judged_call(context, run, change.tool, change.after, facts, Caps(), ignore_pending=True)
        verdict = context.brand.gate.may_approve(person, asked, money=money, proposed_by=change.proposer)
        if not verdict.allowed:
            raise CheckFailed("approver_not_allowed", detail=verdict.code)
    except CheckFailed as failed:
        return (Obstacle(code=failed.code, sentence=failed.message),)
    return ()


def _fields(
    declared: ToolDeclaration, before: Mapping[str, JsonValue], labels: Mapping[str, str]
) -> tuple[EditableField, ...]:
    required = declared.input_schema.get("required")
    needed = [str(name) for name in required] if isinstance(required, list) else []
    narrowing: dict[str, Literal["smaller", "any_text"]] = {each.field: each.direction for each in declared.narrowing}
    return tuple(
        EditableField(
            name=name,
            label=labels.get(name, name),
            form=form if isinstance(form := declared.arguments.get(name), dict) else {},
            value=before.get(name),
            required=name in needed,
            narrowing=narrowing.get(name),
        )
        for name in dict.fromkeys((*needed, *sorted(declared.arguments)))
        if name in declared.arguments
    )


def _faults(
    declared: ToolDeclaration, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> tuple[FieldFault, ...]:
    try:
        if len(canonical(dict(after))) > MOST_BYTES:
            return (FieldFault(field="", code="too_large", sentence="This is too large."),)
    except Invalid as error:
        return (FieldFault(field="", code=error.code, sentence=error.message),)
    faults = [FieldFault(field=each.field, code=each.code, sentence=each.sentence) for each in field_faults(declared, after)]
    for name, value in after.items():
        if name in declared.arguments and read_json("person", {name: value}).value != {name: value}:
            words = "It holds characters that cannot be kept as they are, such as invisible ones."
            faults.append(FieldFault(field=name, code="unclean", sentence=words))
    if not faults and not changed_fields(before, after):
        faults.append(FieldFault(field="", code="nothing_changed", sentence="Nothing is different."))
    return tuple(faults)
