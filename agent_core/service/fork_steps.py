"""A turn as the steps a person can compare: as it was recorded, and as it went when it was run again (R-M4). Pure.

What is drawn anew each time is no difference. It must never show a text of a log otherwise than escaped and bounded.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, cast

from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import (
    AnswerRejected,
    AnyEvent,
    AskRaised,
    CallAnswered,
    CallJudged,
    CallNamed,
    ControlChanged,
    EffectStarted,
    Escalated,
    MessageReceived,
    ModelSpoke,
    Proposed,
    Quarantined,
    Recorded,
    ReplyDrafted,
    ReplyFlagged,
    ReplySent,
    Routed,
    RoutingOverridden,
    RunAnswered,
    RunContinuedAs,
    RunEscalated,
    RunFailed,
    RunOpened,
    TranscriptHealed,
    Triaged,
    TurnOpened,
)
from agent_core.contract.forking import MOST_FORK_STEPS, ForkedFrom, StepsAligned, StepShown, VerdictCompared
from agent_core.contract.ids import BodyId, RunId, ToolName
from agent_core.service.triage_blocks import visible

_MOST_DETAIL: Final = 1_500
_DRAWN: Final = re.compile(r"\b[a-z2-7]{16}\b")

Texts = Mapping[BodyId, str]


@dataclass(frozen=True, slots=True)
class Step:
    """A step, and what it is compared by."""

    shown: StepShown
    key: tuple[str, str, str, str]
    """What kind of step of what it is."""
    content: tuple[str, ...]


def _text(texts: Texts, ref: BodyRef | None) -> str:
    return "" if ref is None else texts.get(ref.id, "(gone)")


def _calls(calls: Sequence[CallNamed], texts: Texts) -> str:
    return "\n".join(f"{call.tool}({_text(texts, call.arguments)})" for call in calls)


def _rules(event: CallJudged) -> str:
    return ", ".join(rule.id for rule in event.rules)


_Told = Callable[[Any, Texts], str]

_STEPS: Final[Mapping[type[AnyEvent], tuple[str, _Told]]] = {
    TurnOpened: ("A turn is opened", lambda e, _: f"turn {e.turn}"),
    Triaged: (
        "What the customer wants",
        lambda e, _: f"{', '.join(i.id for i in e.intents) or 'nothing known'}; {e.urgency}, {e.language}",
    ),
    Routed: (
        "Who works on it",
        lambda e, _: f"{e.rule}: {', '.join((*(run.workflow for run in e.runs), *e.to_people)) or 'nobody'}",
    ),
    RoutingOverridden: ("A person chose who works on it", lambda e, _: ", ".join(e.workflows)),
    RunOpened: ("A workflow begins", lambda e, _: e.workflow),
    RunContinuedAs: ("A run goes on as another one", lambda e, _: f"{e.successor}, {e.code}"),
    TranscriptHealed: ("A transcript was healed", lambda e, _: ", ".join(e.diagnoses)),
    ModelSpoke: ("The model answered", lambda e, t: _calls(e.calls, t) or _text(t, e.content)),
    AnswerRejected: ("The model's answer did not count", lambda e, _: e.code),
    CallJudged: ("Authority", lambda e, _: f"{e.verdict}: {e.code} ({_rules(e)})"),
    CallAnswered: ("What the call came to", lambda e, t: f"{e.outcome}\n{_text(t, e.result)}"),
    Proposed: (
        "A person is asked for a yes",
        lambda e, t: f"{e.proposal.tool}({_text(t, e.proposal.arguments)}), {e.proposal.required_people} people",
    ),
    RunAnswered: ("A run has its answer", lambda e, t: f"{e.phase}\n{_text(t, e.answer)}"),
    RunEscalated: ("A run's part goes to a person", lambda e, _: f"{e.code}: {e.sentence}"),
    RunFailed: ("A run cannot go on", lambda e, _: f"{e.code}: {e.sentence}"),
    Escalated: ("People come in", lambda _, __: ""),
    AskRaised: ("People are asked", lambda e, _: f"{e.ask.kind}: {e.ask.code}"),
    ReplyFlagged: ("Words did not pass the checks", lambda e, _: ", ".join(f.code for f in e.findings)),
    ReplyDrafted: ("A reply", lambda e, t: f"{e.made_by}\n{_text(t, e.text)}"),
    ReplySent: ("The reply is given to the channel", lambda _, __: ""),
    ControlChanged: ("Who has the conversation", lambda e, _: f"{e.to}: {e.code}"),
    Quarantined: ("Held for on-call", lambda e, _: e.diagnosis),
}


def of_turn(records: Sequence[Recorded], after: int) -> list[Recorded]:
    """What was recorded behind a place, until the customer wrote again."""
    found: list[Recorded] = []
    for record in records:
        if record.seq <= after:
            continue
        if isinstance(record.event, MessageReceived) and found:
            break
        found.append(record)
    return found


def steps_of(records: Sequence[Recorded], texts: Texts, live: Callable[[Recorded], ForkedFrom]) -> list[Step]:
    """The steps of one side.

    Args:
        records: Of a turn.
        texts: Bodies that can be read.
        live: Where a step's content came from.
    """
    return [step for record in records if (step := _step(record, texts, live(record))) is not None]


def _step(record: Recorded, texts: Texts, source: ForkedFrom) -> Step | None:
    event = record.event
    told = _STEPS.get(type(event))
    if told is None:
        return None
    title, detail = told
    said = detail(event, texts)
    run = _run(event)
    tool, call = str(getattr(event, "tool", "") or ""), str(getattr(event, "tool_use_id", "") or "")
    shown = StepShown(
        seq=record.seq,
        at=record.at,
        kind=event.type,
        title=title,
        detail=visible(said, _MOST_DETAIL),
        run=run,
        tool=tool,
        tool_use_id=call,
        source=source,
    )
    return Step(shown, (event.type, str(run or ""), tool, call), (event.type, str(run or ""), _DRAWN.sub("", said)))


def _run(event: AnyEvent) -> RunId | None:
    """Whose step it is; the turn's own where no run is named."""
    if isinstance(event, Proposed):
        return event.proposal.run
    return event.ask.run if isinstance(event, AskRaised) else getattr(event, "run", None)


def aligned(before: Sequence[Step], here: Sequence[Step]) -> tuple[tuple[StepsAligned, ...], bool]:
    """Both sides in two columns, and whether they are the same all the way.

    Runs work side by side, so each is compared with itself: which of two was faster is no difference.
    """
    rows: list[tuple[int, int, StepsAligned]] = []
    for run in dict.fromkeys(step.shown.run for step in (*before, *here)):
        place = 0
        for row in _lane([s for s in before if s.shown.run == run], [s for s in here if s.shown.run == run]):
            place = row.recorded.seq if row.recorded is not None else place
            rows.append((place, len(rows), row))
    ordered = [row for _, _, row in sorted(rows, key=lambda each: each[:2])]
    return tuple(ordered[:MOST_FORK_STEPS]), all(row.state == "same" for row in ordered)


def _lane(before: Sequence[Step], here: Sequence[Step]) -> Iterator[StepsAligned]:
    matcher = SequenceMatcher(None, [step.content for step in before], [step.content for step in here], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(before[a:b], here[c:d], strict=True)
            yield from (StepsAligned(state="same", recorded=one.shown, here=other.shown) for one, other in pairs)
        else:
            yield from _different(before[a:b], here[c:d])


def _different(before: Sequence[Step], here: Sequence[Step]) -> Iterator[StepsAligned]:
    """Steps that are not the same: those of one kind about one thing beside each other, in order."""
    left = list(here)
    for step in before:
        place = next((n for n, other in enumerate(left) if other.key == step.key), None)
        place = next((n for n, other in enumerate(left) if other.key[0] == step.key[0]), None) if place is None else place
        if place is None:
            yield StepsAligned(state="only_recorded", recorded=step.shown)
            continue
        for other in left[:place]:
            yield StepsAligned(state="only_here", here=other.shown)
        yield StepsAligned(state="differs", recorded=step.shown, here=left[place].shown)
        del left[: place + 1]
    for other in left:
        yield StepsAligned(state="only_here", here=other.shown)


def verdicts(
    before: Sequence[Recorded], here: Sequence[Recorded], texts: Texts, titles: Mapping[ToolName, str]
) -> tuple[VerdictCompared, ...]:
    """What authority said about each call, on both sides; of a call that was judged twice, what was said first."""
    then, now = _judged(before), _judged(here)
    arguments = _arguments(before, texts) | _arguments(here, texts)
    found: list[VerdictCompared] = []
    for key in dict.fromkeys((*then, *now)):
        one, other = then.get(key), now.get(key)
        some = cast("CallJudged", other or one)
        found.append(
            VerdictCompared(
                run=some.run,
                tool_use_id=some.tool_use_id,
                tool=some.tool,
                title=titles.get(ToolName(some.tool), some.tool),
                arguments=visible(arguments.get(key, ""), _MOST_DETAIL),
                recorded=None if one is None else one.verdict,
                here=None if other is None else other.verdict,
                recorded_rules=() if one is None else one.rules,
                here_rules=() if other is None else other.rules,
            )
        )
    return tuple(found[:64])


_Key = tuple[str, str]


def _judged(records: Sequence[Recorded]) -> dict[_Key, CallJudged]:
    found: dict[_Key, CallJudged] = {}
    for record in records:
        if isinstance(record.event, CallJudged):
            found.setdefault((record.event.run, record.event.tool_use_id), record.event)
    return found


def _arguments(records: Sequence[Recorded], texts: Texts) -> dict[_Key, str]:
    found: dict[_Key, str] = {}
    for record in records:
        event = record.event
        if isinstance(event, ModelSpoke):
            found |= {(event.run, call.tool_use_id): _text(texts, call.arguments) for call in event.calls}
        elif isinstance(event, EffectStarted) and event.run is not None and event.tool_use_id is not None:
            found.setdefault((event.run, event.tool_use_id), _text(texts, event.arguments))
    return found
