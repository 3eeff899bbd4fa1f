"""What stands beside a transcript: believes, tried, waits for, why it stopped (R-M1)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from agent_core.contract.correcting import CorrectionShown
from agent_core.contract.ids import FactId
from agent_core.contract.views import BeliefShown, ConversationDetail, FactShown, RunShown, StepShown, ToolCallItem
from console import strings, texts_beliefs, texts_beside, texts_stopping, texts_time, words
from console.presenting.codes import in_words
from console.presenting.plain import plain_code
from console.presenting.rows import intent_words
from console.presenting.transcript import outcome_of
from console.state.ages import ago, old
from console.theme.tokens import Tone
from console.widgets.beliefs import BeliefRow, BeliefsProps, Cited
from console.widgets.run_panels import StepRow, StepState, WaitsForProps, WorkflowProps
from console.widgets.tried import TriedRow

_STEP_STATES: dict[str, StepState] = {
    "done": "done",
    "waiting": "waiting",
    "failed": "failed",
    "skipped": "open",
    "open": "open",
    "running": "working",
}
_PHASE_TONES: dict[str, Tone] = {
    "working": "accent",
    "answered": "ok",
    "asking": "info",
    "awaiting_approval": "warn",
    "awaiting_external": "info",
    "escalated": "danger",
    "failed": "danger",
    "withdrawn": "neutral",
}
_MOST_TRIED = 6
_ROWS_AT_ONCE = 5
_FACTS_AT_ONCE = 2


def beliefs(detail: ConversationDetail, now: datetime, *, correctable: bool = False) -> BeliefsProps:
    """What the agent believes, newest first, then the facts no belief cites."""
    cited = {fact.id for belief in detail.beliefs for fact in belief.facts}
    held = [one for one in detail.corrections if not one.over]
    by_belief = {(one.believed_at, one.index): one for one in held if one.fact is None}
    by_fact = {one.fact: one for one in held if one.fact is not None}
    rows = [_belief(one, now, by_belief.get((one.at_seq, one.index))) for one in detail.beliefs]
    facts = [one for one in detail.facts if one.id not in cited]
    facts.reverse()  # the newest first
    rows += [_fact(one, now, by_fact.pop(FactId(one.id), None)) for one in facts]
    # What was put right and is no row any more, because it was read anew or is cited by a belief, is still said.
    shown = {row.correction for row in rows}
    rows += [_gone(one, now) for one in held if one.correction not in shown]
    return BeliefsProps(tuple(rows), correctable=correctable, folded=_folded(rows))


def _folded(rows: list[BeliefRow]) -> int:
    """How many of the last rows are shown when asked for: bare facts behind the first few; a correction is never hidden."""
    plain = 0
    for row in reversed(rows):
        if row.percent is not None or row.mark:
            break
        plain += 1
    shown = len(rows) - plain
    return max(0, plain - max(_FACTS_AT_ONCE, _ROWS_AT_ONCE - shown))


def subject_of(detail: ConversationDetail, key: str) -> BeliefShown | FactShown | None:
    """The belief or the fact that a row shows; None when it is not believed any more."""
    _, _, name = key.partition(":")
    if name.startswith("b"):
        at, _, index = name[1:].partition(".")
        return next((one for one in detail.beliefs if (str(one.at_seq), str(one.index)) == (at, index)), None)
    return next((one for one in detail.facts if one.id == name), None)


def source_of(key: str) -> int:
    """The event a statement rests on, from the key of its row; 0 for none."""
    seq, _, _ = key.partition(":")
    return int(seq) if seq.isascii() and seq.isdigit() else 0


def _aged(moment: datetime, now: datetime) -> str:
    # Whole minutes, so that a card is not built anew with every second.
    return texts_time.JUST_NOW if (now - moment).total_seconds() < 60 else old(moment, now)


def _instead(found: CorrectionShown | None, now: datetime) -> str:
    if found is None:
        return ""
    age = _aged(found.at, now)
    return texts_beliefs.NOW_SAID.format(right=found.right, name=found.name, age=age, source=found.source)


def _gone(found: CorrectionShown, now: datetime) -> BeliefRow:
    said = BeliefRow(f"0:{found.correction}", "", found.statement, texts_beliefs.CORRECT_SOURCE, _aged(found.at, now), 0)
    return replace(said, mark="corrected", instead=_instead(found, now), correction=found.correction)


def _belief(belief: BeliefShown, now: datetime, found: CorrectionShown | None) -> BeliefRow:
    sources = list(dict.fromkeys(plain_code(fact.source) for fact in belief.facts))
    source = ", ".join(sources[:3]) if sources else words.OPINION_ONLY
    return BeliefRow(
        key=f"{belief.facts[0].source_seq if belief.facts else 0}:b{belief.at_seq}.{belief.index}",
        topic=intent_words(belief.about),
        statement=belief.statement,
        source=source,
        age=_aged(belief.facts[0].read_at if belief.facts else belief.at, now),
        percent=belief.confidence_percent,
        mark="corrected" if found is not None else "stale" if belief.stale else "",
        cited=tuple(_cited(fact, now) for fact in belief.facts[:4]),
        instead=_instead(found, now),
        correction="" if found is None else found.correction,
    )


def _cited(fact: FactShown, now: datetime) -> Cited:
    said = f"{fact.label}: {fact.value}"
    age, source = _aged(fact.read_at, now), plain_code(fact.source)
    if fact.now is not None:
        words_of = texts_beside.CITED_CHANGED.format(fact=said, now=fact.now, source=source, age=age)
        return Cited(fact.source_seq, words_of)
    return Cited(fact.source_seq, texts_beliefs.CITED.format(fact=said, source=source, age=age))


def _fact(fact: FactShown, now: datetime, found: CorrectionShown | None) -> BeliefRow:
    said = f"{fact.label}: {fact.value}"
    row = BeliefRow(f"{fact.source_seq}:{fact.id}", "", said, plain_code(fact.source), _aged(fact.read_at, now))
    if found is None:
        return row
    return replace(row, mark="corrected", instead=_instead(found, now), correction=found.correction)


def tried(detail: ConversationDetail, now: datetime) -> tuple[TriedRow, ...]:
    """What was called, newest first."""
    calls = [item for item in detail.items if isinstance(item, ToolCallItem)]
    return tuple(_tried(item, now) for item in reversed(calls[-_MOST_TRIED:]))


def calls_in_all(detail: ConversationDetail) -> str:
    """How many calls there were, where not all are listed."""
    count = sum(1 for item in detail.items if isinstance(item, ToolCallItem))
    return texts_beside.CALLS.of(count) if count > _MOST_TRIED else ""


def _tried(item: ToolCallItem, now: datetime) -> TriedRow:
    about = next((row.value for row in item.arguments if any(sign.isdigit() for sign in row.value)), "")
    return TriedRow(item.id, item.title, about, outcome_of(item), _aged(item.at, now))


def waits_for(detail: ConversationDetail, now: datetime) -> WaitsForProps | None:
    """What the conversation waits for; None when it waits for nothing."""
    if not detail.waits_for:
        return None
    first, *others = detail.waits_for
    since = ago(detail.row.waiting_since, now) if detail.row.waiting_since else ""
    rest = "\n".join(f"{one.label}: {one.value}" for one in others)
    danger = first.tone == "danger"
    return WaitsForProps(first.label, first.value, since, rest, tone="danger" if danger else "warn")


def why_stopped(detail: ConversationDetail) -> WaitsForProps | None:
    """Why the agent stopped; None while it goes on, or where what it waits for says it already."""
    bad = detail.row.label in {"quarantined", "awaiting_human"}
    if not detail.why_stopped or (detail.waits_for and not bad):
        return None
    tone: Tone = "danger" if bad else "info"
    state = strings.STATE_WORDS[detail.row.label]
    return WaitsForProps(state, detail.why_stopped, icon="octagon-pause" if bad else "info", tone=tone)


def workflows(detail: ConversationDetail, paused: Collection[str] = ()) -> tuple[WorkflowProps, ...]:
    """The runs as they lie on each other: what is open first, the newest on top; what is over below, without its steps.

    `paused`: workflows that are stopped by themselves.
    """
    over = {"withdrawn", "failed"}
    open_runs = [run for run in reversed(detail.runs) if run.phase not in over]
    lying = (*open_runs, *(run for run in reversed(detail.runs) if run.phase in over))
    return tuple(workflow(run, paused=run.workflow in paused) for run in lying)


def workflow(run: RunShown, *, paused: bool = False, acts: bool = True) -> WorkflowProps:
    """One run with its steps and their proof; one at work can be stopped with its workflow, or resumed.

    Args:
        run: The run.
        paused: Whether its workflow is.
        acts: Whether anything can be done about it where it is shown: not where one looks back.
    """
    name = f"{run.workflow}.v{run.version}"
    steps = () if run.phase == "withdrawn" else tuple(_step(step) for step in run.steps)
    phase, tone = words.PHASE_WORDS[run.phase], _PHASE_TONES[run.phase]
    if not acts or run.phase in {"withdrawn", "failed", "escalated"}:
        return WorkflowProps(name, phase, tone, steps, run.title)
    if paused:
        return WorkflowProps(name, texts_stopping.PHASE, "warn", steps, run.title, run.workflow, texts_stopping.RESUME)
    return WorkflowProps(name, phase, tone, steps, run.title, run.workflow, texts_stopping.PAUSE_THIS)


def _step(step: StepShown) -> StepRow:
    remark = words.STEP_SKIPPED if step.state == "skipped" else ""
    tool, parted, outcome = step.detail.partition(": ")
    proof = f"{plain_code(tool)}{parted}{in_words('outcome', outcome) if parted else ''}"
    return StepRow(step.text, _STEP_STATES[step.state], proof, remark)
