"""A run's model: what it is sent, and what its answer comes to (R-B3, R-B5, R-A8)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from agent_core.boundary.sources import read_json
from agent_core.contract.answers import RunAnswer
from agent_core.contract.bodies import new_body
from agent_core.contract.events import (
    AskRaised,
    CallNamed,
    ModelSpoke,
    RunAnswered,
    RunEscalated,
)  # fmt: skip
from agent_core.contract.ids import EffectId, RunId
from agent_core.conversation import model_paths
from agent_core.conversation.plan import CallModel
from agent_core.conversation.state import Run
from agent_core.engine import effects, escalating
from agent_core.engine.asking import Asked, Problem, ask_model, asking_of_run
from agent_core.engine.common import SENTENCES, Context, raise_ask, sentence
from agent_core.engine.reply_context import context_of, findings_of, flagged_reply, gather, reasons
from agent_core.engine.session import Pending, json_body, loose_json_body
from agent_core.engine.steps.healing import checked
from agent_core.engine.work import Launch, Work
from agent_core.escalation.table import Fired
from agent_core.guardrails.render import render_single
from agent_core.guardrails.reply import codes
from agent_core.models.manifest import content_text
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.models.reading import AnswerProblem, parse_run_answer
from agent_core.routing.words import normal
from agent_core.workflows.outputs import missing_outputs
from agent_core.workflows.workflow import Workflow

log = structlog.get_logger(__name__)

MOST_CALLS = 16
"""Calls of one assistant message; an event that names more would not fit its bound."""


async def call_model(context: Context, step: CallModel) -> Work:
    """Sends a run's transcript, after checking it against the API's own rules."""
    session = context.session
    run = session.state.runs[step.run]
    request = await checked(context, run, larger=step.larger)
    if isinstance(request, Work):
        return request
    asking = await asking_of_run(session, request, run)
    effect, pending = effects.start(
        session,
        kind="model",
        purpose="run",
        timeout=context.deadlines.model,
        attempt=step.attempt,
        run=run.run,
        manifest=asking.manifest,
    )
    pending += asking.pending
    workflow = context.workflow_of(run)
    seen = _calls_seen(request) | await _calls_before(context, run)

    async def perform() -> Pending:
        return await ask_model(
            context,
            effect,
            request,
            lambda answer: _read(context, effect, run, workflow, seen, answer),
            attempt=step.attempt,
            run=run.run,
        )

    return Work(pending, (Launch(effect, perform),))


async def _calls_before(context: Context, run: Run) -> frozenset[str]:
    """Ids of the calls of the run that this one continues: news about them still come under these."""
    if not run.generation or run.transcript[1:2] == () or run.transcript[1].kind != "notice":
        return frozenset()
    told = await context.session.json(run.transcript[1].body)
    return frozenset(row["tool_use_id"] for row in told.get("earlier", ()))


def _calls_seen(request: ModelRequest) -> frozenset[str]:
    return frozenset(
        block["id"]
        for message in request.messages
        if message["role"] == "assistant"
        for block in message["content"]
        if block["type"] == "tool_use"
    )


async def _read(
    context: Context, effect: EffectId, run: Run, workflow: Workflow, seen: frozenset[str], answer: ModelAnswer
) -> Problem | Asked:
    content = new_body("model_message", content_text(list(answer.content)))
    agent = context.session.agent(run.run)
    if answer.calls:
        ids = [call.id for call in answer.calls]
        if len(set(ids)) != len(ids) or seen & set(ids):
            return Problem("duplicate_tool_use_id")
        if len(ids) > MOST_CALLS:
            return Problem("too_many_calls")
        # What is judged, shown and sent is clean; the assistant's own message goes back to the provider as it came.
        arguments = [
            loose_json_body("arguments", read_json("model_output", dict(call.arguments)).value) for call in answer.calls
        ]
        named = tuple(
            CallNamed(tool_use_id=call.id, tool=call.name[:128], arguments=body.ref)
            for call, body in zip(answer.calls, arguments, strict=True)
        )
        spoke = ModelSpoke(run=run.run, effect=effect, content=content.ref, stop="tool_use", calls=named)
        return Asked(((spoke, agent),), (content, *arguments))
    result = parse_run_answer(answer)
    if isinstance(result, AnswerProblem):
        return Problem(result.code)
    if result.phase == "answered" and missing_outputs(workflow, result):
        return Problem("outputs_missing")
    if await _asked_before(context, run, result):
        result = result.model_copy(update={"phase": "escalated", "question": None, "escalation": "missing_information"})
    problem = await _not_allowed(context, run, result)
    if problem is not None:
        return problem
    spoke = ModelSpoke(run=run.run, effect=effect, content=content.ref, stop="end")
    body = json_body("answer", result.model_dump(mode="json"))
    fired = await escalating.of_outcome(context, result) if result.phase == "answered" else ()
    if fired:
        return Asked(((spoke, agent), *_unsure(context, run.run, fired)), (content, body))
    settled, ask = _settled(context, run.run, result, body.ref)
    then = ((spoke, agent), (settled, agent), *(((ask, None),) if ask else ()))
    return Asked(then, (content, body))


async def _not_allowed(context: Context, run: Run, result: RunAnswer) -> Problem | None:
    """What a run wants said must pass the checks of replies before it counts: it alone can still say it otherwise (R-F2)."""
    session, release = context.session, context.brand.release
    text = render_single(result.points, result.question, release, context.language, None)
    if not text:
        return None
    known = await gather(session, session.state, (run.run,))
    cited = await session.facts_by_id({fact for point in result.points for fact in point.fact_ids})
    material = replace(known, answers=((run.run, run.workflow, result),), facts={**known.facts, **cited})
    examples = [entity.example for entity in release.entities.values()] if result.question else []
    under = context_of(
        material,
        session.state,
        release,
        language=context.language,
        now=session.now,
        sources=examples,
        kept=session.read,
    )
    findings = findings_of(text, under, without=("disclosures",))
    if not findings:
        return None
    log.warning("run_answer_blocked", conversation=session.stream, run=run.run, findings=list(codes(findings)))
    again = all(code in model_paths.NAMED for code in run.failing.codes)
    flagged, evidence = flagged_reply(
        findings,
        text,
        turn=session.state.turn.turn,
        by="run",
        became="rewritten" if again else "to_people",
        run=run.run,
    )
    return Problem(
        model_paths.NOT_ALLOWED,
        why=f"What it said may not be told to the customer. {' '.join(reasons(findings))}"[:MOST_WHY],
        then=((flagged, None),),
        bodies=(evidence,),
    )


async def _asked_before(context: Context, run: Run, result: RunAnswer) -> bool:
    """The same question in the same words, after an answer that held nothing new: a person finds out (R-B9).

    Where the customer asked for something new meanwhile, the question is about that.
    """
    triaged = context.session.state.turn.triaged
    if result.phase != "asking" or run.asked is None or (triaged is not None and triaged.intents):
        return False
    before = (await context.session.json(run.asked)).get("question")
    return bool(before and result.question) and normal(str(before)) == normal(str(result.question))


MOST_WHY = 3000


def _unsure(context: Context, run: RunId, fired: Sequence[Fired]) -> tuple[tuple[Any, None], ...]:
    """A run that is not sure enough: its part goes to a person, and nothing of it is said (R-E1)."""
    code = fired[0].code
    ended = RunEscalated(run=run, code=code, sentence=sentence(code))
    ask = raise_ask(context, "escalation", f"run:{run}", code, run=run)
    return ((ended, None), (escalating.recorded(context, fired, "outcome", run), None), (ask, None))


def _settled(
    context: Context, run: RunId, result: RunAnswer, body: object
) -> tuple[RunAnswered | RunEscalated, AskRaised | None]:
    if result.phase == "escalated":
        code, words = _reason(context.workflow_of(context.session.state.runs[run]), result.escalation)
        event = RunEscalated.model_validate({"run": run, "code": code, "sentence": words, "answer": body})
        return event, raise_ask(context, "escalation", f"run:{run}", code, run=run)
    event = RunAnswered.model_validate(
        {
            "run": run,
            "phase": result.phase,
            "answer": body,
            "points": len(result.points),
            "question": result.question is not None,
        }
    )
    return event, None


def _reason(workflow: Workflow, wanted: str | None) -> tuple[str, str]:
    """A model's reason code with its sentence, when it is ours or its workflow's: free words of a model never become one."""
    named = next((step for step in workflow.steps if step.escalate is not None and step.escalate == wanted), None)
    if named is not None and wanted is not None and wanted not in SENTENCES:
        return wanted, named.text[:300]
    code = wanted if wanted in SENTENCES else "agent_asked_for_a_person"
    return code, sentence(code)
