"""Answers that other systems owe: looked up when they are late, asked about, told to their run exactly once (R-A5)."""

import json
from typing import Any

from agent_core.contract.errors import Invalid
from agent_core.contract.events import NoticeGiven
from agent_core.conversation.plan import AskAboutAnswer, GiveUpAnswer, LookUpAnswer, TellAnswer
from agent_core.conversation.state import Awaited
from agent_core.engine import effects
from agent_core.engine.answering import answer
from agent_core.engine.common import UNKNOWN_VERBS, Context, raise_ask
from agent_core.engine.flagging import seen_values
from agent_core.engine.session import Pending, json_body
from agent_core.engine.work import Launch, Work
from agent_core.systems.late import LateTools
from agent_core.systems.port import ToolResult

NO_ANSWER = "The other system never answered."


async def look_up(context: Context, step: LookUpAnswer) -> Work:
    """Asks the other system. What it says counts like its own callback; what it cannot say leaves everything open."""
    session = context.session
    known = session.state.awaited[step.effect]
    run, tool = known.effect.run, known.effect.tool
    assert run is not None
    assert tool is not None
    effect, pending = effects.start(
        session,
        kind="read",
        purpose="look_up",
        timeout=context.deadlines.read,
        attempt=step.attempt,
        run=run,
        tool=tool,
        proposal=known.effect.proposal,
        arguments=known.arguments,
        about=step.effect,
    )
    deadline = session.now + context.deadlines.read
    ref, arguments = await session.text(known.ref), await session.json(known.arguments)

    async def perform() -> Pending:
        tools = context.brand.tools
        if isinstance(tools, LateTools):
            result = await _asked(tools, tool, arguments, ref, deadline)
        else:
            result = ToolResult("failed", code="look_up_impossible", sentence="This system cannot be asked.")
        still = session.true_state.awaited[step.effect]
        if result.outcome in ("timed_out", "unknown") or (result.code or "").startswith("look_up_"):
            return effects.finish(
                session,
                effect,
                "timed_out" if result.outcome == "timed_out" else "failed",
                code=result.code,
                sentence=result.sentence,
                transient=result.transient,
            )
        ended = effects.finish(session, effect, "succeeded", code=result.code)
        if result.outcome == "accepted" or still.outcome is not None:
            return ended
        found = answer(session.true_state, still, result, by="look_up", release=context.brand.release, now=session.clock())
        return ended + Pending(found.drafts, found.bodies, intent_ends=found.intent_ends)

    return Work(pending, (Launch(effect, perform),))


async def _asked(tools: LateTools, tool: str, arguments: dict[str, Any], ref: str, deadline: Any) -> ToolResult:
    try:
        return await tools.look_up_answer(tool, arguments, ref, deadline=deadline)
    except Invalid as error:
        return ToolResult("failed", code="look_up_bad_answer", sentence=error.message)


async def ask_about(context: Context, step: AskAboutAnswer) -> Work:
    """It was sent, taken, and nobody knows what became of it: people find out. Never sent again by itself."""
    known = context.session.state.awaited[step.effect]
    proposal = None if known.effect.proposal is None else context.session.state.proposals[known.effect.proposal]
    ask = raise_ask(
        context,
        "unknown_outcome",
        f"answer:{step.effect}",
        "no_answer",
        run=known.effect.run,
        proposal=known.effect.proposal,
        effect=step.effect,
        money=None if proposal is None else proposal.proposal.money,
        verbs=UNKNOWN_VERBS,
        priority=1,
    )
    return Work(Pending((context.session.draft(ask),)))


async def give_up(context: Context, step: GiveUpAnswer) -> Work:
    """A read was never answered: its run goes on without it, and chooses another way."""
    session = context.session
    known = session.state.awaited[step.effect]
    result = ToolResult("failed", code="no_answer", sentence=NO_ANSWER)
    ended = answer(session.state, known, result, by="deadline", release=context.brand.release, now=session.now)
    return Work(Pending(ended.drafts, ended.bodies, intent_ends=ended.intent_ends))


async def tell(context: Context, step: TellAnswer) -> Work:
    """One notice to the run, in words written by code, with what the other system answered."""
    session = context.session
    known = session.state.awaited[step.effect]
    run, tool_use_id = known.effect.run, known.effect.tool_use_id
    assert run is not None
    assert tool_use_id is not None
    assert known.outcome is not None
    body = json_body("notice", await notice_of(context, known))
    event = NoticeGiven(run=run, tool_use_id=tool_use_id, outcome=known.outcome, notice=body.ref)
    return Work(Pending((session.draft(event),), (body,)))


async def notice_of(context: Context, known: Awaited) -> dict[str, Any]:
    """The content of the notice."""
    session = context.session
    notice: dict[str, Any] = {
        "tool_use_id": known.effect.tool_use_id,
        "tool": known.effect.tool,
        "outcome": known.outcome,
        "by": "code",
        "reason": known.reason or ("The other system has answered." if known.outcome == "succeeded" else NO_ANSWER),
    }
    if known.result is not None and known.outcome == "succeeded":
        notice["result"] = _exact(await session.json(known.result))
    if known.facts is not None:
        values = [(fact["id"], fact["key"], fact["value"]) for fact in await session.json(known.facts)]
        shown = seen_values(context.brand.release, [(key, value) for _, key, value in values])
        notice["facts"] = [
            {"id": name, "key": key, "value": value} for (name, _, _), (key, value) in zip(values, shown, strict=True)
        ]
    return notice


def _exact(value: Any) -> Any:
    """The value without fractions, which canonical JSON does not have: they are written as text."""
    return json.loads(json.dumps(value), parse_float=str)
