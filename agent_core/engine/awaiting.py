"""A call that another system took and will answer later: what goes into the log, and nothing that waits (R-A5).

Written once for calls of the agent alone and for approved actions. Until the answer is there it is under way, not done: no
claim, no fact and no reply may say otherwise.
"""

from datetime import timedelta
from typing import Final

from agent_core.boundary import marking
from agent_core.contract.bodies import Body, BodyRef, new_body
from agent_core.contract.events import AnswerAwaited, AnyEvent, CallAnswered
from agent_core.contract.ids import BrandId, EffectId, StreamId, ToolName, keyed
from agent_core.contract.outcomes import SettledBy
from agent_core.conversation.state import OpenEffect
from agent_core.engine import effects
from agent_core.engine.common import Context
from agent_core.engine.flagging import seen_answer
from agent_core.engine.session import Pending
from agent_core.systems.late import LateTools
from agent_core.systems.port import ToolResult

UNDER_WAY: Final = (
    "The other system has taken this and answers later. It is under way, not done. You will be told what became of it."
)
ANSWERS_WITHIN: Final = timedelta(days=2)
"""For a system that answers later although its tool does not say so."""

MOST_REF: Final = 300


def answer_key(secret: bytes, brand: BrandId, system: str, ref: str) -> str:
    """By which an answer finds its call: the other system's name for it, keyed."""
    return keyed(secret, "x", brand, system, ref)


def key_prefix(key: str) -> str:
    """What the unique keys of every call begin with that waits for this answer; two conversations may wait for one."""
    return f"external:{key}:"


def unique_key(key: str, stream: StreamId, effect: EffectId) -> str:
    """The key that one call takes while it waits."""
    return f"{key_prefix(key)}{stream}:{effect}"


def taken(
    context: Context, opened: OpenEffect, arguments: BodyRef, result: ToolResult, *, settled_by: SettledBy = "performed"
) -> Pending:
    """The end of an attempt that was accepted: it is awaited, and its call is answered `pending`.

    Args:
        context: The conversation.
        opened: The effect, still open.
        arguments: What it was sent with.
        result: `accepted`, with the other system's name for it.
        settled_by: Who knew.
    """
    session, tools = context.session, context.brand.tools
    assert opened.run is not None
    assert opened.tool is not None
    assert opened.tool_use_id is not None
    assert result.external_ref
    assert isinstance(tools, LateTools)
    ref = new_body("external_ref", result.external_ref[:MOST_REF])
    key = answer_key(session.store.secret, session.state.brand, tools.system_of(opened.tool), result.external_ref)
    declared = context.brand.release.tools.get(ToolName(opened.tool))
    seconds = None if declared is None else declared.answers_within_s
    within = ANSWERS_WITHIN if seconds is None else timedelta(seconds=seconds)
    awaited = AnswerAwaited(
        run=opened.run,
        effect=opened.effect,
        tool=opened.tool,
        tool_use_id=opened.tool_use_id,
        proposal=opened.proposal,
        ref=ref.ref,
        key=key,
        arguments=arguments,
        answers_by=session.now + within,
    )
    result, seen = seen_answer(context.brand.release, opened.effect, result)
    stored = effects.result_body(result)
    bodies: list[Body] = [ref, stored, *(body for flag in seen for body in flag.bodies)]
    then: list[tuple[AnyEvent, None]] = [(flag.event, None) for flag in seen]
    if opened.proposal is None:
        run = session.state.runs[opened.run]
        text = marking.result_text(run.suffix, outcome="pending", result=result.result, reason=UNDER_WAY, executed=False)
        told = new_body("result", text)
        bodies.append(told)
        answered = CallAnswered(
            run=opened.run, tool_use_id=opened.tool_use_id, outcome="pending", result=told.ref, effect=opened.effect
        )
        then.append((answered, None))
    first = Pending((session.draft(awaited),), keys=(unique_key(key, session.stream, opened.effect),))
    return first + effects.finish(
        session, opened.effect, "accepted", settled_by=settled_by, result=stored.ref, then=then, bodies=tuple(bodies)
    )
