"""From the customer's words to the runs that work on them: triage by a model, routing by code (R-B1, R-B2, R-B6)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent_core.boundary import marking
from agent_core.boundary.language import LanguageGuess, decided, languages_of
from agent_core.boundary.match import fold
from agent_core.contract.answers import TriageResult
from agent_core.contract.bodies import new_body
from agent_core.contract.clock import iso
from agent_core.contract.events import (
    IntentNamed,
    Routed,
    RunRouted,
    TopicsFound,
    Triaged,
    TurnOpened,
)  # fmt: skip
from agent_core.contract.ids import RunId
from agent_core.conversation.plan import (
    AskPeople,
    GiveUpTriage,
    OpenTurn,
    Route,
    Supersede,
    Triage,
)  # fmt: skip
from agent_core.conversation.transcript import beside, heard
from agent_core.engine import effects, escalating
from agent_core.engine.asking import Asked, Asking, Problem, ask_model, correction
from agent_core.engine.common import SENTENCES, Context, hand_off_key, raise_ask
from agent_core.engine.identity import authenticated
from agent_core.engine.opening import inputs, next_run, run_opened, turn_messages
from agent_core.engine.reply_context import findings_of, flagged_reply, secrets_of
from agent_core.engine.requests import LARGER, faults
from agent_core.engine.session import Pending, json_body
from agent_core.engine.sight import SIGHT
from agent_core.engine.steps import proving
from agent_core.engine.steps.healing import TOO_LARGE, blocked
from agent_core.engine.work import Launch, Work
from agent_core.guardrails.reading import ReplyContext
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.models.reading import AnswerProblem, parse_triage
from agent_core.routing.alarms import alarms
from agent_core.routing.route import OpenRun, route, to_people
from agent_core.routing.shortlist import index_of, too_many
from agent_core.routing.triage import CheckedIntent, CheckedTriage, check_triage
from agent_core.routing.words import normal
from agent_core.workflows import prompt
from agent_core.workflows.release import Release

MOST_TRIAGE_TOKENS = 2000
MOST_TOPICS = 12
_SHORTER_MESSAGES = 5
_SHORTER_CHARACTERS = 1_000
"""What triage reads of words that were too many for it: the beginnings of the newest messages."""


async def open_turn(context: Context, step: OpenTurn) -> Work:
    """Takes the waiting messages as a turn, and asks what they want."""
    session = context.session
    opened = Pending(
        (session.draft(TurnOpened(turn=step.turn, through=step.through, release=context.brand.release.digest)),)
    )
    session.plan(opened)
    return await _triage(context, Triage(step.turn, 1))


async def triage_again(context: Context, step: Triage) -> Work:
    """Another attempt."""
    return await _triage(context, step)


async def _triage(context: Context, step: Triage) -> Work:
    session, brand = context.session, context.brand
    messages = turn_messages(context)
    texts = await session.texts((*(m.text for m in messages), *beside(messages)))
    if step.shorter:
        messages = messages[-_SHORTER_MESSAGES:]
        texts |= {m.text.id: texts[m.text.id][:_SHORTER_CHARACTERS] for m in messages}
    shown = _shown(context, [texts[m.text.id] for m in messages])
    suffix = marking.new_suffix(secrets.token_bytes(marking.SUFFIX_BYTES))
    open_runs = [{"run": run.run, "workflow": run.workflow, "phase": run.phase} for run in session.state.runs.values()]
    blocks = [marking.context_block(suffix, {"now": iso(session.now), "open_runs": open_runs})]
    blocks.extend(marking.outside_block(suffix, "customer", m.message, m.arrived_at, heard(m, texts)) for m in messages)
    if step.told is not None:
        blocks.append(marking.notice_block(suffix, correction(step.told)))
    request = ModelRequest(
        purpose="triage",
        model=brand.model_name("small", fallback=step.fallback),
        system=shown.system,
        tools=(),
        messages=({"role": "user", "content": [{"type": "text", "text": block} for block in blocks]},),
        output_schema=prompt.triage_schema(),
        max_tokens=LARGER * MOST_TRIAGE_TOKENS if step.larger else MOST_TRIAGE_TOKENS,
    )
    findings = faults(request)
    if findings:
        too_large = not step.shorter and all(each.head in TOO_LARGE for each in findings)
        return await _triage(context, replace(step, shorter=True)) if too_large else blocked(context, "triage", findings)
    asking = await Asking.of(session, request, run=None)
    effect, pending = effects.start(
        session,
        kind="model",
        purpose="triage",
        timeout=context.deadlines.model,
        attempt=step.attempt,
        manifest=asking.manifest,
    )
    pending += asking.pending
    written = [texts[m.text.id] for m in messages]
    turn = session.state.turn.turn
    earlier = session.state.turn.language or None

    async def perform() -> Pending:
        guess = await languages_of(brand.release.brand.languages).detect_aside("\n".join(written))
        facts = await session.facts(["customer.channel_language"])
        claim = facts.get("customer.channel_language")
        spoken = _Spoken(guess, earlier, str(claim.value) if claim is not None and claim.value else None)
        return await ask_model(
            context,
            effect,
            request,
            lambda answer: _read(context, turn, written, spoken, answer, shown.topics),
            attempt=step.attempt,
        )

    return Work(pending, (Launch(effect, perform),))


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What is known of the customer's language besides the model's word."""

    guess: LanguageGuess
    earlier: str | None
    channel: str | None


@dataclass(frozen=True, slots=True)
class _Shown:
    """What triage is asked: intents, or first of all topics."""

    system: str
    topics: frozenset[str] = frozenset()


def _shown(context: Context, written: Sequence[str]) -> _Shown:
    """All intents of a brand; of a large one those the words point at, or topics first (R-B1, R-B4)."""
    state, release = context.session.state, context.brand.release
    if not too_many(release):
        return _Shown(prompt.triage_system(release))
    index, asked = index_of(release), state.turn.topics
    at_work = [run.workflow for run in state.runs.values() if run.phase not in ("failed", "withdrawn")]
    short = index.shortlist(written, open_workflows=at_work, topics=asked)
    if asked is None and not short.covered:
        topics = tuple(sorted(index.ranked_topics(written)))
        return _Shown(prompt.topics_system(release, topics), frozenset(topics))
    return _Shown(prompt.triage_system(release, short.intents))


def _read(
    context: Context, turn: int, written: list[str], spoken: _Spoken, answer: ModelAnswer, topics: frozenset[str]
) -> Problem | Asked:
    """What an answer of triage comes to. `topics`: those it could name, where it was asked for topics."""
    result = parse_triage(answer)
    if isinstance(result, AnswerProblem):
        return Problem(result.code)
    named = tuple(dict.fromkeys(found.id for found in result.intents if found.id in topics))
    if named and not (result.legal or result.safety):
        return Asked(((TopicsFound(turn=turn, topics=named[:MOST_TOPICS]), None),))
    language, by = decided(
        spoken.guess,
        claimed=result.language,
        ours=context.brand.release.brand.languages,
        earlier=spoken.earlier,
        channel=spoken.channel,
    )
    heard_words = alarms([*written, *map(fold, written)])
    checked = check_triage(
        result.model_copy(update={"language": language}), written, context.brand.release, alarmed=heard_words
    )
    found = checked.result
    told = {"by": by, "claimed": result.language, "read": spoken.guess.language, "percent": spoken.guess.confidence_percent}
    detail = json_body(
        "triage",
        {
            "result": found.model_dump(mode="json"),
            "messages": written,
            "language": told,
            "alarms": {alarm: list(words)[:20] for alarm, words in heard_words.items()},
            "concerns": escalating.concerned(written, context.brand.release),
            "findings": list(checked.findings),
        },
    )
    event = Triaged(
        turn=turn,
        intents=tuple(IntentNamed(id=i.id, confidence_percent=i.confidence_percent) for i in found.intents),
        category=found.category,
        urgency=found.urgency,
        sentiment=found.sentiment,
        complexity=found.complexity,
        language=found.language,
        legal=found.legal,
        safety=found.safety,
        clear=found.clear,
        detail=detail.ref,
    )
    return Asked(((event, None),), (detail,))


async def route_turn(context: Context, step: Route) -> Work:
    """Code decides which runs work on the turn, from what triage found and nothing else."""
    session, release = context.session, context.brand.release
    triaged = session.state.turn.triaged
    assert triaged is not None
    detail = await session.json(triaged.detail)
    written: list[str] = detail["messages"]
    checked = check_triage(TriageResult.model_validate(detail["result"]), written, release)
    proven = await authenticated(session)
    claim = await proving.claimed(context)
    stands = await proving.standing(context, claim)
    if claim is not None and stands == "none" and (session.state.unproven or _needs_proof(checked, release)):
        return await proving.prove(context, claim)
    earlier, since = await _waiting_for_proof(context) if proven else ((), None)
    checked = checked.model_copy(update={"intents": _once((*earlier, *checked.intents))})
    asked = await session.texts(session.state.questions)
    plan = route(
        checked,
        [OpenRun(run.run, run.workflow, run.phase) for run in session.state.runs.values()],
        proven,
        release,
        questions_asked=session.state.unclear,
        barred=session.state.barred,
        channel=session.state.channel,
        asked={normal(text) for text in asked.values()},
        proof=stands,
        waiting_for_proof=bool(session.state.unproven),
    )
    fired = () if plan.rule == "closing" else await escalating.at_triage(context, detail, [r.workflow for r in plan.runs])
    if fired:
        plan = to_people(plan, fired[0].code, release)
    key = hand_off_key(context) if plan.reply_text == "handoff" else plan.reply_text
    text = release.text(key, plan.language) if key else None  # pyright: ignore[reportArgumentType] - keys are the brand's
    refused = Pending()
    if plan.question is not None:
        text = plan.question
    if text is not None and text == checked.result.question:
        text, refused = _question(context, text, plan.language, written)
    says_by = None if text is None else "model" if text == checked.result.question else "brand"
    says = None if text is None else new_body("reply", text)
    bodies = [] if says is None else [says]
    routed: list[RunRouted] = []
    opened: list[Any] = []
    number = next_run(context)
    for wanted in plan.runs:
        run = wanted.continue_run or RunId(f"r{number}")
        routed.append(RunRouted(run=run, workflow=wanted.workflow, new=wanted.continue_run is None))
        if wanted.continue_run is None:
            number += 1
            new_run, body = await run_opened(
                context,
                run,
                wanted.workflow,
                release,
                turn=step.turn,
                language=plan.language,
                entities=wanted.entities,
                words=wanted.words,
            )
            bodies.append(body)
            opened.append(new_run)
        opened.extend(inputs(context, run, step.turn, since=since))
    event = Routed(
        turn=step.turn,
        runs=tuple(routed),
        to_people=plan.to_people,
        rule=plan.rule,
        language=plan.language,
        asks=plan.question is not None,
        says_by=says_by,
        says=None if says is None else says.ref,
    )
    asks = [raise_ask(context, "escalation", code, code) for code in plan.to_people]
    why = (escalating.recorded(context, fired, "triage"),) if fired else ()
    drafts = [session.draft(each) for each in (event, *why, *opened, *asks)]
    return Work(refused + Pending(tuple(drafts), tuple(bodies)))


def _needs_proof(checked: CheckedTriage, release: Release) -> bool:
    least = release.behaviour.thresholds.intent_percent
    sure = (intent for intent in checked.intents if intent.confidence_percent >= least)
    return any(release.workflows[intent.workflow].authenticated for intent in sure)


async def _waiting_for_proof(context: Context) -> tuple[tuple[CheckedIntent, ...], int | None]:
    """What the customer wanted before they proved who they are, and behind which message it begins: said once is enough."""
    session, release = context.session, context.brand.release
    found: list[CheckedIntent] = []
    for waiting in session.state.unproven:
        detail = await session.json(waiting.detail)
        checked = check_triage(TriageResult.model_validate(detail["result"]), detail["messages"], release)
        found.extend(intent for intent in checked.intents if release.workflows[intent.workflow].authenticated)
    return tuple(found), session.state.unproven[0].after if session.state.unproven else None


def _once(intents: Sequence[CheckedIntent]) -> tuple[CheckedIntent, ...]:
    """Each intent once: what was said last counts, unless it was said less surely."""
    kept: dict[str, CheckedIntent] = {}
    for intent in intents:
        before = kept.get(intent.id)
        if before is None or before.confidence_percent <= intent.confidence_percent:
            kept[intent.id] = intent
    return tuple(kept.values())


def _question(context: Context, question: str, language: str, written: Sequence[str]) -> tuple[str, Pending]:
    """A model's question leaves only when it passes the checks of every reply (R-F2); otherwise the brand's own does."""
    session, release = context.session, context.brand.release
    checked = ReplyContext(
        sight=SIGHT,
        release=release,
        language=language,
        customer_words=written,
        workflows=release.workflows,
        now=session.now,
        secrets=secrets_of(session.state),
    )
    findings = findings_of(question, checked, without=("disclosures",))
    if not findings:
        return question, Pending()
    turn = session.state.turn.turn
    flagged, evidence = flagged_reply(findings, question, turn=turn, by="triage", became="brand_text")
    return release.text("clarify", language), Pending((session.draft(flagged),), (evidence,))


async def ask_people(context: Context, step: AskPeople) -> Work:
    """The customer wrote while nobody works on it: people are told, once for each such message."""
    code = context.session.state.control_code or "customer_waits"
    ask = raise_ask(context, "escalation", f"unheard:{step.through}", code if code in SENTENCES else "customer_waits")
    return Work(Pending((context.session.draft(ask),)))


async def give_up(context: Context, step: GiveUpTriage) -> Work:
    """Nobody could say what the customer wants: people take it, and the customer is told so."""
    session, brand = context.session, context.brand
    language = brand.release.brand.default_language
    says = new_body("reply", brand.release.text("handoff", language))
    code = step.code
    routed = Routed(turn=step.turn, runs=(), to_people=(code,), rule=code, language=language, says=says.ref)
    ask = raise_ask(context, "escalation", code, code)
    return Work(Pending((session.draft(routed), session.draft(ask)), (says,)))


async def supersede(context: Context, step: Supersede) -> Work:
    """Ends model calls for a question that has changed. The runner has cancelled them already, so this is an outcome."""
    session = context.session
    pending = Pending()
    for effect in step.effects:
        pending += effects.finish(session, effect, "superseded", code="superseded")
    return Work(outcome=pending)
