"""What a person's own action rests on, read before it is shown (R-C3, R-C5): each read on record, none of another customer.

A read is made, then recorded as one event pair; a crash in between loses a read that changed nothing. It must never let a
fact of somebody else's thing into the conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pydantic import JsonValue

from agent_core.contract.actors import Person
from agent_core.contract.events import EffectFinished, EffectStarted
from agent_core.contract.ids import OperatorId, ToolName
from agent_core.engine import effects
from agent_core.engine.common import Context
from agent_core.engine.declared import system_on_record, time_out
from agent_core.engine.flagging import seen_answer
from agent_core.engine.identity import customer_of
from agent_core.engine.own_actions import Offer, belongs, reads
from agent_core.engine.session import json_body
from agent_core.engine.work import finish_key, start_key
from agent_core.service.commands.common import Means
from agent_core.service.settled_append import Moved, Read, append_on_newest
from agent_core.store import Append, Draft, Fence, Stale
from agent_core.systems.port import ToolResult
from agent_core.workflows.templates import filled

FRESH: Final = timedelta(seconds=60)
"""What was read a moment ago is not read again for every letter of a form; right before the action all of it is."""


@dataclass(frozen=True, slots=True)
class _Done:
    tool: str
    arguments: dict[str, JsonValue]
    result: ToolResult


async def read_first(
    means: Means, context: Context, offer: Offer, arguments: Mapping[str, JsonValue], operator: OperatorId
) -> tuple[str, ...]:
    """Reads what is not known or not fresh.

    Returns:
        The tools that were asked.

    Raises:
        Conflict: `moved`: somebody acted here meanwhile.
    """
    if await _fresh(context, offer, arguments):
        return ()
    release = context.brand.release
    declared = {str(name): tool for w in release.workflows for name, tool in release.tools_of(w).items()}
    customer = await customer_of(context.session)
    done: list[_Done] = []
    for name, given in reads(offer, release, arguments):
        tool = declared[name]
        if context.brand.integrations.held(tool.system, "read") is not None:
            continue
        deadline = context.session.clock() + time_out(tool, context.deadlines.read)
        result = await context.brand.tools.perform(name, given, idempotency_key=None, deadline=deadline, customer=customer)
        if result.outcome == "succeeded" and not belongs(tool, given, customer, dict(result.facts)):
            words = "Nothing of this customer's was found under that name."
            result = ToolResult("refused", code="not_this_customers", sentence=words)
        done.append(_Done(name, given, result))

    async def build(read: Read) -> Append:
        return _recorded(context, read, done, {name: system_on_record(tool) for name, tool in declared.items()}, operator)

    if done:
        try:
            await append_on_newest(means.store, context.session.stream, build)
        except Stale as stale:
            raise Moved(context.session.stream) from stale
    return tuple(each.tool for each in done)


async def _fresh(context: Context, offer: Offer, arguments: Mapping[str, JsonValue]) -> bool:
    """Whether everything it rests on was read a moment ago."""
    session = context.session
    keys = [key for need in offer.declared.facts if (key := filled(need.key, arguments)) is not None]
    wanted = {key for key in (*keys, *offer.declared.evidence_of(arguments)) if not key.startswith("customer.")}
    known = await session.facts(wanted)
    return all(key in known and session.clock() - known[key].read_at <= FRESH for key in wanted)


def _recorded(
    context: Context, read: Read, done: list[_Done], systems: Mapping[str, str | None], operator: OperatorId
) -> Append:
    """The reads as events, numbered behind the newest effect there is."""
    session, state, who = context.session, read.state, Person(operator=operator)
    drafts: list[Draft] = []
    bodies: list[Any] = []
    keys: list[str] = []
    for number, one in enumerate(done, state.effects + 1):
        effect = effects.numbered(number)
        given = json_body("arguments", one.arguments)
        refs, facts = effects.tool_facts(effect, one.result)
        shown, _ = seen_answer(context.brand.release, effect, one.result)
        stored = effects.result_body(shown)
        started = EffectStarted(
            effect=effect,
            kind="read",
            purpose="reread",
            turn=state.turn.turn,
            attempt=1,
            tool=ToolName(one.tool),
            deadline=session.clock() + context.deadlines.read,
            arguments=given.ref,
            system=systems.get(one.tool),
        )
        ended = EffectFinished(
            effect=effect,
            outcome="failed" if one.result.outcome in ("accepted", "unknown") else one.result.outcome,
            settled_by="performed",
            code=one.result.code,
            sentence=one.result.sentence,
            result=stored.ref,
            facts=refs,
            facts_body=None if facts is None else facts.ref,
        )
        drafts += [Draft(started, who), Draft(ended, who)]
        bodies += [given, stored, *([] if facts is None else [facts])]
        keys += [start_key(session.stream, effect), finish_key(session.stream, effect)]
    fence = Fence(epoch=state.epoch, run_heads={}, scopes={})  # nothing else may have moved either: `append_on_newest`
    return Append(read.stream, drafts, bodies=bodies, keys=tuple(keys), fence=fence)
