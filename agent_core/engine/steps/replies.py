"""One reply of everything that is settled and unsaid: composed, checked, sent once (DESIGN §3, R-B2, R-F2).

A reply states only what the runs' points state. What does not pass the checks never leaves: a composed text falls back to
the points themselves, and what still fails goes to a person, with a fixed text to the customer.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import structlog

from agent_core.boundary import marking
from agent_core.contract.actors import Actor, Agent, Person, System
from agent_core.contract.answers import Point
from agent_core.contract.bodies import new_body
from agent_core.contract.events import ControlChanged, ReplyDrafted, ReplyDropped, ReplySent
from agent_core.contract.ids import EffectId, RunId
from agent_core.conversation.model_paths import NOT_ALLOWED
from agent_core.conversation.paused import WITH_PEOPLE
from agent_core.conversation.plan import DraftReply, GiveUpReply, HandOver, SendReply
from agent_core.conversation.state import Draft
from agent_core.engine import effects, escalating
from agent_core.engine.asking import Asked, Asking, Problem, ask_model
from agent_core.engine.common import Context, escalate, hand_off_key, raise_ask, sentence, short_key
from agent_core.engine.reply_context import Material, context_of, flagged_reply, gather
from agent_core.engine.requests import faults
from agent_core.engine.session import Pending
from agent_core.engine.waiting import again_at
from agent_core.engine.work import Launch, Work
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import ReplyContext
from agent_core.guardrails.render import fixed_text, render_single, with_disclosures
from agent_core.guardrails.reply import check_reply, codes
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.models.reading import AnswerProblem, parse_draft
from agent_core.systems.port import NotSent, Sent, SpokenBy, Still, Stopped
from agent_core.workflows import prompt
from agent_core.workflows.brand import TextKey

log = structlog.get_logger(__name__)

MOST_COMPOSE_TOKENS = 2000

MadeBy = Literal["one_run", "composer", "question", "fixed_text"]


async def draft_reply(context: Context, step: DraftReply) -> Work:
    """Drafts the reply, by code where one run or a fixed text speaks, by a tool-less model where several runs do."""
    called = None if step.partial else await escalating.before_reply(context)
    if called is not None:
        return Work(called)
    material = await gather(context.session, context.session.state, step.covers)
    if step.says and not material.points and not material.questions:
        return await _fixed(context, step, material)
    if step.says:
        material = replace(material, asks=await _says(context))
    if not material.points and not material.questions:
        text = hand_off_key(context) if step.hand_off or not step.partial else "still_working"
        return _brand_text(context, step, material, text)
    several = len([1 for _, _, answer in material.answers if answer.points or answer.question]) > 1
    if several and step.compose:
        return await _compose(context, step, material)
    return _by_code(context, step, material)


def _context(context: Context, material: Material) -> ReplyContext:
    return context_of(
        material,
        context.session.state,
        context.brand.release,
        language=context.language,
        now=context.session.now,
        sources=_examples(context, material),
        kept=context.session.read,
    )


def _examples(context: Context, material: Material) -> list[str]:
    """A question may show what an order number looks like, with the brand's own example."""
    return [entity.example for entity in context.brand.release.entities.values()] if material.questions else []


def _drafted(context: Context, step: DraftReply, text: str, made_by: MadeBy) -> tuple[ReplyDrafted, Pending]:
    session = context.session
    body = new_body("reply", text)
    event = ReplyDrafted(
        reply=session.state.replies + 1,
        turn=session.state.turn.turn,
        epoch=session.state.epoch,
        text=body.ref,
        covers=step.covers,
        made_by=made_by,
        release=context.brand.release.digest,
        partial=step.partial,
    )
    return event, Pending((session.draft(event),), (body,))


async def _fixed(context: Context, step: DraftReply, material: Material) -> Work:
    """A fixed text or a question of code's: actor system."""
    session = context.session
    text = render_single((), await _says(context), context.brand.release, context.language, material.customer_name)
    made_by = "question" if session.state.turn.says_by == "model" else "fixed_text"
    return Work(_drafted(context, step, with_disclosures(text, _context(context, material)), made_by)[1])


async def _says(context: Context) -> str:
    """The turn's fixed text or question."""
    says = context.session.state.turn.says
    assert says is not None
    return await context.session.text(says)


def _brand_text(context: Context, step: DraftReply, material: Material, key: TextKey) -> Work:
    """Nothing to say but that a person has it, or that somebody is on it at the deadline: the customer is always told."""
    text = fixed_text(key, context.brand.release, context.language)
    return Work(_drafted(context, step, with_disclosures(text, _context(context, material)), "fixed_text")[1])


def _plain(context: Context, step: DraftReply, material: Material) -> str:
    """The points themselves, in order, and what went to a person."""
    release = context.brand.release
    points = material.points
    if step.hand_off:
        points = [*points, Point(text=release.text("handoff_part", context.language), fact_ids=())]
    if step.partial:
        points = [*points, Point(text=release.text("still_working", context.language), fact_ids=())]
    question = " ".join(material.questions) or None
    return render_single(points, question, release, context.language, material.customer_name)


def _by_code(context: Context, step: DraftReply, material: Material) -> Work:
    checked = _context(context, material)
    text = with_disclosures(_plain(context, step, material), checked)
    findings = check_reply(text, checked)
    if findings:
        return _blocked(context, step, text, findings)
    return Work(_drafted(context, step, text, "one_run")[1])


def _blocked(context: Context, step: DraftReply, text: str, findings: Sequence[Finding]) -> Work:
    """It may not leave: a person takes these parts, and a fixed text is drafted next."""
    session = context.session
    log.warning("reply_blocked", conversation=session.stream, findings=list(codes(findings)))
    flagged, evidence = flagged_reply(findings, text, turn=session.state.turn.turn, by="code", became="to_people")
    pending = Pending((session.draft(flagged),), (evidence,))
    for run in step.covers:
        if session.state.runs[run].phase != "failed":
            pending += escalate(context, run, "reply_not_allowed")
    return Work(pending)


async def _compose(context: Context, step: DraftReply, material: Material) -> Work:
    session, brand = context.session, context.brand
    suffix = marking.new_suffix(secrets.token_bytes(marking.SUFFIX_BYTES))
    number = 0
    named: dict[str, Point] = {}
    parts: list[dict[str, Any]] = []
    for run, workflow, answer in material.answers:
        points: list[dict[str, Any]] = []
        for point in answer.points:
            number += 1
            named[f"p{number}"] = point
            points.append({"id": f"p{number}", "text": point.text, "fact_ids": list(point.fact_ids)})
        parts.append({"run": run, "workflow": workflow, "points": points, "question": answer.question})
    if step.hand_off:
        text = brand.release.text("handoff_part", context.language)
        parts.append({"run": "people", "workflow": "people", "points": [{"id": "p0", "text": text, "fact_ids": []}],
                      "question": None})  # fmt: skip
    if material.asks is not None:
        parts.append({"run": "people", "workflow": "people", "points": [], "question": material.asks})
    told: dict[str, Any] = {"customer_name": material.customer_name, "parts": parts}
    rewrite = session.state.turn.rewrite
    if rewrite is not None:
        told["rewrite"] = [str(each["reason"]) for each in (await session.json(rewrite))["findings"]]
    request = ModelRequest(
        purpose="compose",
        model=brand.model_name("small", fallback=step.fallback),
        system=prompt.compose_system(brand.release, context.language),
        tools=(),
        messages=({"role": "user", "content": [{"type": "text", "text": marking.context_block(suffix, told)}]},),
        output_schema=prompt.compose_schema(),
        max_tokens=MOST_COMPOSE_TOKENS,
    )
    if faults(request):
        log.warning("compose_not_valid", conversation=session.stream)
        return _by_code(context, step, material)  # nothing of it is needed to say what the runs say
    checked = _context(context, material)
    asking = await Asking.of(session, request, run=None)
    effect, pending = effects.start(
        session,
        kind="model",
        purpose="compose",
        timeout=context.deadlines.model,
        attempt=session.state.compose_failures + 1,
        manifest=asking.manifest,
    )
    pending += asking.pending

    def read(answer: ModelAnswer) -> Problem | Asked:
        draft = parse_draft(answer)
        if isinstance(draft, AnswerProblem):
            return Problem(draft.code)
        stated = set(draft.point_ids) - {"p0"}
        if not set(named) <= stated or stated - named.keys():
            return Problem("points_left_out")
        text = with_disclosures(draft.text, checked)
        findings = check_reply(text, checked)
        if findings:
            log.warning("composed_reply_blocked", conversation=session.stream, findings=list(codes(findings)))
            became = "by_code" if rewrite is not None else "rewritten"
            turn = session.state.turn.turn
            flagged, evidence = flagged_reply(findings, text, turn=turn, by="composer", became=became)
            return Problem(NOT_ALLOWED, then=((flagged, None),), bodies=(evidence,))
        event, drafted = _drafted(context, step, text, "composer")
        return Asked(((event, None),), drafted.bodies)

    attempt = session.state.compose_failures + 1

    async def perform() -> Pending:
        return await ask_model(context, effect, request, read, attempt=attempt)

    return Work(pending, (Launch(effect, perform),))


async def send_reply(context: Context, step: SendReply) -> Work:
    """Gives the draft to the channel, under an id that the channel takes only once."""
    session = context.session
    draft = session.state.draft
    assert draft is not None
    text = await session.text(draft.text)
    delivery = short_key(session.stream, "reply", str(draft.reply))
    effect, pending = effects.start(
        session,
        kind="reply",
        purpose="reply",
        timeout=context.deadlines.reply,
        attempt=step.attempt,
        reply=draft.reply,
        idempotency_key=delivery,
    )
    deadline = session.now + context.deadlines.reply
    channel = context.brand.channels[session.state.channel]
    external = (await session.thread()).external_id
    actor = speaker(context, draft)
    by: SpokenBy = actor.kind if actor.kind in ("person", "system") else "agent"  # pyright: ignore[reportAssignmentType] - the three words

    async def perform() -> Pending | None:
        still = None if draft.made_by == "person" else _still_wanted(context, effect, draft.covers)
        found = await channel.send(external, text, delivery_id=delivery, by=by, deadline=deadline, still=still)
        if isinstance(found, Sent):
            sent = ReplySent(reply=draft.reply, effect=effect, text=draft.text, provider_message=found.provider_message)
            return effects.finish(session, effect, "succeeded", then=((sent, actor),))
        if isinstance(found, Stopped):
            return effects.finish(session, effect, "superseded", code="stopped", sentence=_STOPPED)
        if isinstance(found, NotSent):
            again = again_at(context.chance, session.clock(), step.attempt, found.retry_after)
            return effects.finish(
                session,
                effect,
                "failed",
                code=found.code,
                sentence=found.sentence,
                transient=found.transient,
                retry_at=again if found.transient else None,
            )
        return None

    return Work(pending, (Launch(effect, perform),))


_STOPPED = "Something came first: the reply was not handed over."


def _still_wanted(context: Context, effect: EffectId, covers: Sequence[RunId]) -> Still:
    """Asks the log, last thing before an agent's reply leaves: who has come in between stops it (R-A3).

    A person's own words leave whatever happens. Behind this, a reply may be on its way, and what is seen of it says so.
    """
    session = context.session
    brand, runs = session.true_state.brand, [session.state.runs[run] for run in covers]
    spoken_for = {run.workflow for run in runs if run.phase not in WITH_PEOPLE}

    async def still() -> bool:
        head, stops = await session.store.read(lambda tx: (tx.head(session.stream), tx.stops(brand)), brief=True)
        opened = session.true_state.open.get(effect)
        if head is None or opened is None or head.epoch != opened.epoch:
            return False
        return not (stops.everything or spoken_for & stops.workflows)

    return still


def speaker(context: Context, draft: Draft) -> Actor:
    """Who speaks with this draft: accounting rests on it (R-J1)."""
    if draft.made_by == "person":
        return Person(operator=context.session.state.operator)
    if draft.made_by == "fixed_text":
        return System(part="fixed_text")
    return Agent(run=draft.covers[0] if len(draft.covers) == 1 else None)


async def give_up(context: Context, step: GiveUpReply) -> Work:
    """The reply cannot be delivered, or nobody knows: a person looks. Never sent again by itself."""
    session = context.session
    code = "reply_unknown" if session.state.reply_unknown else "reply_not_delivered"
    dropped = ReplyDropped(reply=step.reply, code=code, sentence=sentence(code))
    ask = raise_ask(context, "escalation", f"reply:{step.reply}", code, priority=1)
    events: list[Any] = [dropped, ask]
    if session.state.control == "agent":
        events.append(ControlChanged(to="awaiting_human", code=code, sentence=sentence(code)))
    return Work(Pending(tuple(session.draft(event) for event in events)))


async def hand_over(context: Context, step: HandOver) -> Work:
    """No run can go on: the conversation waits for a person."""
    event = ControlChanged(to="awaiting_human", code=step.code[:64], sentence=sentence(step.code))
    return Work(Pending((context.session.draft(event),)))
