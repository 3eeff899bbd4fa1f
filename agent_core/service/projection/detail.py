"""Everything beside the transcript: what the agent believes and why, what it tried, waits for, and why it stopped (R-M1).

Sentences are our own; values come from facts and cleaned bodies. A belief without facts is an opinion and shown as one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, cast

from agent_core.contract.base import Event
from agent_core.contract.errors import NotFound
from agent_core.contract.events import CallNamed, ModelSpoke, RunAnswered, RunEscalated
from agent_core.contract.facts import Fact, FactKey
from agent_core.contract.ids import RunId, ToolName
from agent_core.contract.statements import LogHead
from agent_core.contract.views import (
    BeliefShown,
    ConversationDetail,
    LabelledText,
    RunShown,
    SteeringShown,
    StepShown,
)
from agent_core.conversation.state import Run
from agent_core.service.brands import BrandShelf
from agent_core.service.operators import People
from agent_core.service.projection.cards import card_of
from agent_core.service.projection.correction_rows import corrections_of
from agent_core.service.projection.fact_rows import fact_shown, facts_of, items_of, read_before
from agent_core.service.projection.items import tell
from agent_core.service.projection.rows import label_of, open_asks, row_of
from agent_core.service.projection.story import ERASED, Story, bounded
from agent_core.service.projection.telling import Telling
from agent_core.store.one_go import at_one_go
from agent_core.workflows.workflow import Step, Workflow


def detail_of(story: Story, people: People, shelf: BrandShelf) -> ConversationDetail:
    """The whole detail of a conversation."""
    with at_one_go():
        return _detail_of(story, people, shelf)


def _detail_of(story: Story, people: People, shelf: BrandShelf) -> ConversationDetail:
    state = story.state
    thread = story.thread()
    telling = Telling(story, people, shelf.active(state.brand))
    tell(telling)
    facts = story.facts()
    called = _called(story)
    items = items_of(telling)
    newest = next(reversed(list(state.runs.values())), None)
    return ConversationDetail(
        row=row_of(story, people),
        seq=state.seq,
        external_id=ERASED if thread is None else thread.external_id,
        opened_at=story.records[0].at,
        release=newest.release if newest is not None else None,
        items=telling.ordered(),
        beliefs=_beliefs(story, facts, telling, items),
        facts=facts_of(facts, items, story.customer()),
        runs=tuple(_run(story, run, shelf, called) for run in state.runs.values()),
        waits_for=_waits_for(story, people),
        why_stopped=_why_stopped(story, people),
        asks=tuple(card_of(story, ask, people) for ask in state.asks),
        log_head=LogHead(seq=state.seq, hash=state.head),
        steering=tuple(
            SteeringShown(
                steering=known.name,
                operator=known.operator,
                name=people.name(known.operator),
                text=story.text(known.note, 4_000),
                run=known.run,
                until=known.until,
                over=known.over,
            )
            for known in state.steering.values()
        ),
        corrections=corrections_of(story, people),
    )


def _beliefs(
    story: Story, facts: Mapping[FactKey, Fact], telling: Telling, items: Mapping[str, str]
) -> tuple[BeliefShown, ...]:
    """The newest beliefs of each run, each with the facts it cites, as they were read then."""
    by_id = {str(fact.id): fact for fact in facts.values()}
    newest: dict[RunId, tuple[Any, Any]] = {}
    for record in story.records:
        if isinstance(record.event, RunAnswered | RunEscalated) and record.event.answer is not None:
            newest[record.event.run] = (record, record.event.answer)
    answers = {run: story.json(stored) for run, (_, stored) in newest.items()}
    gone = {str(each) for answer in answers.values() for each in _cited(answer)} - by_id.keys()
    by_id |= read_before(story, gone) if gone else {}
    own = story.customer()
    shown: list[BeliefShown] = []
    for run, (record, _) in newest.items():
        answer = answers[run]
        beliefs = answer.get("beliefs", []) if isinstance(answer, dict) else []  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - a stored answer
        for place, belief in enumerate(cast("list[dict[str, Any]]", beliefs)[:40]):
            cited: list[str] = [str(each) for each in belief.get("fact_ids", ())]
            known = [fact_shown(by_id[each], facts, items, own) for each in cited if each in by_id]
            shown.append(
                BeliefShown(
                    statement=bounded(str(belief.get("statement", "")), 400),
                    about=telling.workflows.get(run, run),
                    confidence_percent=int(belief.get("confidence_percent", 0)),
                    facts=tuple(known),
                    stale=len(known) < len(cited) or any(fact.now is not None for fact in known),
                    at=record.at,
                    at_seq=record.seq,
                    index=place,
                )
            )
    return tuple(shown)


def _cited(answer: Any) -> Iterator[Any]:
    """Every fact that the beliefs of an answer name."""
    beliefs: Any = answer.get("beliefs", ()) if isinstance(answer, dict) else ()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - a stored answer
    for belief in beliefs:
        yield from belief.get("fact_ids", ())


def _run(story: Story, run: Run, shelf: BrandShelf, called: "_Called") -> RunShown:
    try:
        workflow = shelf.release(run.release).workflow(run.workflow)
    except NotFound:
        workflow = None
    return RunShown(
        run=run.run,
        workflow=run.workflow,
        title=run.workflow if workflow is None else workflow.title,
        version=run.version,
        release=run.release,
        phase=run.phase,
        steps=() if workflow is None else _steps(story, run, workflow, called),
        sentence=_phase(run),
    )


def _phase(run: Run) -> str:
    return {
        "working": "Works on it now.",
        "answered": "Has answered.",
        "asking": "Has asked the customer and waits for the answer.",
        "awaiting_approval": "Waits for a person's approval.",
        "awaiting_external": "Waits for an outside system.",
        "escalated": "A person has this part.",
        "failed": "Could not go on; a person has this part.",
        "withdrawn": "Was withdrawn.",
    }[run.phase]


_STEP: Final[Mapping[str, Any]] = {
    "succeeded": "done", "pending": "waiting", "refused": "failed", "denied": "failed", "failed": "failed",
    "timed_out": "failed", "unknown": "failed", "not_run": "skipped",
}  # fmt: skip


def _steps(story: Story, run: Run, workflow: Workflow, called: "_Called") -> tuple[StepShown, ...]:
    """The steps that call something, each proven by its call. One that only says something has no proof and is left out."""
    made = called.made.get(run.run, [])
    state = dict(called.outcomes.get(run.run, {}))
    for known in story.state.proposals.values():
        if known.proposal.run == run.run and known.outcome is not None:
            state[known.proposal.tool_use_id] = {"executed": "succeeded"}.get(known.outcome, "denied")
    proof: dict[str, CallNamed] = {}
    for call in made:
        step = _step_of(workflow, call, story)
        if step is not None:
            proof[step.id] = call
    over = run.phase not in ("working", "asking")
    shown: list[StepShown] = []
    for step in workflow.steps:
        if step.call is None:
            continue
        call = proof.get(step.id)
        if call is None:
            shown.append(StepShown(id=step.id, text=step.text, state="skipped" if over else "open"))
            continue
        outcome = state.get(call.tool_use_id)
        shown.append(
            StepShown(
                id=step.id,
                text=step.text,
                state="running" if outcome is None else _STEP.get(outcome, "running"),
                detail=f"{call.tool}: {outcome or 'running'}",
            )
        )
    return tuple(shown)


@dataclass(slots=True)
class _Called:
    """What each run called, and what came of it: one walk through the log for all of them."""

    made: dict[RunId, list[CallNamed]] = field(default_factory=dict[RunId, list[CallNamed]])
    outcomes: dict[RunId, dict[str, str]] = field(default_factory=dict[RunId, dict[str, str]])


def _called(story: Story) -> _Called:
    called = _Called()
    for record in story.records:
        event = record.event
        if isinstance(event, ModelSpoke):
            called.made.setdefault(event.run, []).extend(event.calls)
        if _of_a_call(type(event)):
            run, name, outcome = (getattr(event, each) for each in _CALL_ENDS)
            if name and isinstance(outcome, str):
                called.outcomes.setdefault(run, {})[str(name)] = outcome
    return called


_CALL_ENDS: Final = ("run", "tool_use_id", "outcome")


@cache
def _of_a_call(of: type[Event]) -> bool:
    """Whether events of a type say what came of a call."""
    return of.model_fields.keys() >= set(_CALL_ENDS)


def _step_of(workflow: Workflow, call: CallNamed, story: Story) -> Step | None:
    """The step a call proves: same tool, and the arguments that the step writes out literally are the same."""
    arguments = story.json(call.arguments)
    given = cast("dict[str, Any]", arguments) if isinstance(arguments, dict) else {}
    steps = [step for step in workflow.steps if step.call == ToolName(call.tool)]
    for step in steps:
        literal = {k: v for k, v in step.arguments.items() if not (isinstance(v, str) and "{" in v)}
        if all(given.get(name) == value for name, value in literal.items()):
            return step
    return steps[0] if steps else None


_PURPOSES: Final[Mapping[str, str]] = {
    "triage": "what the customer wants", "run": "the next step", "compose": "the wording", "reply": "delivery of the reply",
    "prove": "who the customer is", "tally": "what the customer was given today",
}  # fmt: skip


def _plainly(code: str) -> str:
    return code.replace("_", " ")


def _waits_for(story: Story, people: People) -> tuple[LabelledText, ...]:
    state = story.state
    rows: list[LabelledText] = []
    for known in open_asks(state):
        who = f" {people.name(known.holder)} is on it." if known.holder is not None else ""
        label = {
            "approval": "A person's approval", "escalation": "A person", "quarantine": "On-call",
            "unknown_outcome": "Somebody who finds out", "breach": "A person", "review": "A review",
        }[known.ask.kind]  # fmt: skip
        rows.append(LabelledText(label=label, value=f"{known.ask.sentence}{who}", tone="warn"))
    for effect in state.open.values():
        label = {"model": "The model", "read": "A system", "write": "A system", "reply": "The channel"}[effect.kind]
        about = _PURPOSES.get(effect.purpose) or _plainly(effect.tool or effect.purpose)
        again = f", attempt {effect.attempt}" if effect.attempt > 1 else ""
        rows.append(LabelledText(label=label, value=f"{about}{again}"))
    for known in state.owed():
        rows.append(
            LabelledText(label="Another system", value=f"The answer to {_plainly(known.effect.tool or '')}, under way.")
        )
    if not rows and any(run.phase == "asking" for run in state.runs.values()):
        rows.append(LabelledText(label="The customer", value="An answer to the agent's question."))
    elif not rows and state.control == "agent" and state.turn.turn and not state.waiting:
        rows.append(LabelledText(label="The customer", value="Nothing is open; a new message goes on from here."))
    return tuple(rows)


def _why_stopped(story: Story, people: People) -> str:
    """One plain sentence when the agent does nothing here; empty while it works."""
    state = story.state
    if state.ordered is not None and not state.erased:
        return "Its erasure was ordered: nothing new is begun, and everything personal goes as soon as nothing is under way."
    match label_of(state):
        case "human_control":
            return f"{people.name(state.operator)} has the conversation. The agent does nothing until it is handed back."
        case "quarantined":
            return "The conversation is quarantined: the agent does nothing until on-call has looked."
        case "closed" if state.erased:
            return "Everything personal here was erased. Whoever writes again begins a new conversation."
        case "closed":
            return "The conversation is closed. A new message opens it again."
        case "awaiting_human":
            asks = open_asks(state)
            return asks[0].ask.sentence if asks else "A person is wanted before the agent goes on."
        case "awaiting_approval":
            return "An action waits for a person's approval. Everything else goes on."
        case "awaiting_external":
            return "The agent waits for an outside system."
        case "listening" | "triaging" | "resolving":
            return ""
