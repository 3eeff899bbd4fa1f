"""What stands beside a transcript: believes, tried, waits for, why it stopped (R-M1)."""

from datetime import datetime

from agent_core.contract.views import BeliefShown, ConversationDetail, FactShown, RunShown, StepShown
from console import strings, texts_time, words
from console.presenting.plain import plain_code
from console.presenting.rows import intent_words
from console.state.ages import ago, old
from console.theme.tokens import Tone
from console.widgets.beliefs import BeliefRow, BeliefsProps
from console.widgets.run_panels import StepRow, StepState, WaitsForProps, WorkflowProps

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
_MOST_FACTS = 12


def beliefs(detail: ConversationDetail, now: datetime) -> BeliefsProps:
    """What the agent believes, newest first, then the facts no belief cites."""
    cited = {fact.id for belief in detail.beliefs for fact in belief.facts}
    rows = [_belief(at, one, now) for at, one in enumerate(detail.beliefs)]
    facts = [one for one in detail.facts if one.id not in cited][-_MOST_FACTS:]
    return BeliefsProps(tuple(rows + [_fact(one, now) for one in facts]), correctable=False)


def source_of(key: str) -> int:
    """The event a statement rests on, from the key of its row; 0 for none."""
    seq, _, _ = key.partition(":")
    return int(seq) if seq.isascii() and seq.isdigit() else 0


def _aged(moment: datetime, now: datetime) -> str:
    # Whole minutes, so that a card is not built anew with every second.
    return texts_time.JUST_NOW if (now - moment).total_seconds() < 60 else old(moment, now)


def _belief(number: int, belief: BeliefShown, now: datetime) -> BeliefRow:
    sources = list(dict.fromkeys(plain_code(fact.source) for fact in belief.facts))
    source = ", ".join(sources[:3]) if sources else words.OPINION_ONLY
    return BeliefRow(
        key=f"{belief.facts[0].source_seq if belief.facts else 0}:{number}",
        topic=intent_words(belief.about),
        statement=belief.statement,
        source=source,
        age=_aged(belief.facts[0].read_at if belief.facts else belief.at, now),
        percent=belief.confidence_percent,
        mark="stale" if belief.stale else "",
    )


def _fact(fact: FactShown, now: datetime) -> BeliefRow:
    said = f"{fact.label}: {fact.value}"
    return BeliefRow(f"{fact.source_seq}:{fact.id}", "", said, plain_code(fact.source), _aged(fact.read_at, now))


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


def workflow(run: RunShown) -> WorkflowProps:
    """One run with its steps and their proof."""
    name = f"{run.workflow}.v{run.version}"
    steps = tuple(_step(step) for step in run.steps)
    return WorkflowProps(name, words.PHASE_WORDS[run.phase], _PHASE_TONES[run.phase], steps)


def _outcome(word: str) -> str:
    return next((said for known, said in strings.OUTCOME_WORDS.items() if known == word), word).lower()


def _step(step: StepShown) -> StepRow:
    remark = words.STEP_SKIPPED if step.state == "skipped" else ""
    tool, parted, outcome = step.detail.partition(": ")
    proof = f"{plain_code(tool)}{parted}{_outcome(outcome) if parted else ''}"
    return StepRow(step.text, _STEP_STATES[step.state], proof, remark)
