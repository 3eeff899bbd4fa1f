"""*Started without finished* and nobody performs it: settled by kind before anything else is decided (DESIGN §1.3).

A crash leaves such effects behind, and so does an answer that was lost.

A model call or a read is made again. A write is looked up at the other side; only where read-your-writes is promised and the
attempt's deadline has passed does *not found* mean that it did not happen. A reply is looked up by its delivery id.
"""

import json
from datetime import datetime
from typing import Any, cast

from agent_core.contract.errors import CountersignError
from agent_core.contract.events import ReplySent
from agent_core.contract.ids import EffectId, ToolName
from agent_core.conversation.state import OpenEffect
from agent_core.engine import effects
from agent_core.engine.common import Context
from agent_core.engine.session import Pending
from agent_core.engine.steps import calls, dispatch, replies, verdicts
from agent_core.systems.port import DidNotHappen, Happened, SendUnknown, Sent, ToolResult

_PATIENCE = 3
"""A side that cannot say now what became of a write is asked again for so many times its deadline; then people are."""


class NotSettled(CountersignError):
    """An open effect is about something that the folded log does not hold: on-call must look."""

    def __init__(self, effect: EffectId) -> None:
        super().__init__("not_settled", "What was under way here does not fit the rest of its record.", detail=effect)


async def settle(context: Context, effect: OpenEffect) -> Pending | datetime:
    """What became of an effect that nobody performs any more, or when to ask again."""
    if effect.kind in ("model", "read"):
        return effects.finish(
            context.session,
            effect.effect,
            "interrupted",
            settled_by="recovered",
            code="interrupted",
            sentence="Work was interrupted and is done again.",
            transient=True,
        )
    if effect.kind == "reply":
        return await _reply(context, effect)
    return await _write(context, effect)


async def _reply(context: Context, effect: OpenEffect) -> Pending | datetime:
    session = context.session
    assert effect.idempotency_key is not None
    channel = context.brand.channels[session.state.channel]
    found = await channel.look_up(effect.idempotency_key, deadline=session.now + context.deadlines.reply)
    if isinstance(found, Sent):
        draft = session.state.sending
        if draft is None or draft.reply != effect.reply:
            raise NotSettled(effect.effect)
        sent = ReplySent(reply=draft.reply, effect=effect.effect, text=draft.text, provider_message=found.provider_message)
        actor = replies.speaker(context, draft)
        return effects.finish(session, effect.effect, "succeeded", settled_by="reconciled", then=((sent, actor),))
    if session.now < (ends := session.ends(effect)):
        return ends
    if isinstance(found, SendUnknown):
        return effects.finish(
            session, effect.effect, "unknown", settled_by="reconciled", code=found.code, sentence=found.sentence
        )
    return effects.finish(
        session,
        effect.effect,
        "interrupted",
        settled_by="reconciled",
        code="did_not_happen",
        sentence="It was looked up: the reply had not left.",
        transient=True,
    )


async def _write(context: Context, effect: OpenEffect) -> Pending | datetime:
    session = context.session
    assert effect.tool is not None
    assert effect.idempotency_key is not None
    arguments = await _arguments(context, effect)
    deadline = session.now + context.deadlines.read
    found = await context.brand.tools.reconcile(effect.tool, arguments, effect.idempotency_key, deadline=deadline)
    ends = session.ends(effect)
    if isinstance(found, Happened):
        result = found.result
    elif session.now < ends:
        return ends
    elif isinstance(found, DidNotHappen):
        sentence = "It was looked up: it did not happen."
        result = ToolResult("failed", code="did_not_happen", sentence=sentence, transient=True)
    else:
        patience = ends + context.deadlines.write * _PATIENCE
        if found.transient and session.now < patience:
            # Twice as long after the deadline each time: needs no counter, so a restart goes on where it was.
            return min(patience, session.now + max(context.deadlines.read, session.now - ends))
        result = ToolResult("unknown", code=found.code, sentence=found.sentence, transient=found.transient)
    if effect.purpose == "approved_tool":
        return await dispatch.ended(context, effect.effect, result, settled_by="reconciled")
    assert effect.run is not None
    run = session.state.runs[effect.run]
    call = next(c for c in run.calls if c.tool_use_id == effect.tool_use_id)
    offered = context.release_of(run).tools_of(run.workflow)
    tool = context.brand.gate.policy.tools[ToolName(effect.tool)]
    named = verdicts.Named(offered[ToolName(effect.tool)], tool, arguments)
    known = await session.facts()
    return await calls.call_ended(context, effect.effect, run, call, named, result, known, settled_by="reconciled")


async def _arguments(context: Context, effect: OpenEffect) -> dict[str, Any]:
    session = context.session
    if effect.proposal is not None:
        return await dispatch.arguments_of(context, session.state.proposals[effect.proposal])
    assert effect.run is not None
    call = next(c for c in session.state.runs[effect.run].calls if c.tool_use_id == effect.tool_use_id)
    return cast("dict[str, Any]", json.loads(await session.text(call.arguments)))
