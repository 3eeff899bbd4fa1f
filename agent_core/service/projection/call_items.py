"""Tool calls as items: one card from the model's wish over policy and person to the one result (R-A7, R-M1)."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from agent_core.authority import card
from agent_core.contract.bodies import BodyRef
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import (
    AnswerArrived,
    CallAnswered,
    CallJudged,
    EffectFinished,
    EffectStarted,
    ModelSpoke,
    ProposalSettled,
    Proposed,
    Recorded,
)
from agent_core.contract.ids import RunId, ToolName
from agent_core.contract.views import LabelledText, MarkTone, ToolCallItem
from agent_core.service.projection.result_rows import rows_of
from agent_core.service.projection.story import bounded
from agent_core.service.projection.telling import Telling, mark, put

_MOST_ROWS = 16
_MOST_RAW = 20_000


def spoke(telling: Telling, event: ModelSpoke, record: Recorded) -> None:
    """The calls of an assistant message."""
    for call in event.calls:
        _put(telling, record, event.run, call.tool_use_id, call.tool, call.arguments)


def _put(telling: Telling, record: Recorded, run: RunId, tool_use_id: str, name: str, given: BodyRef) -> None:
    arguments = _object(telling.story.json(given))
    tool = telling.brand.gate.policy.tools.get(ToolName(name))
    put(
        telling,
        ToolCallItem(
            id=_name(run, tool_use_id),
            seq=record.seq,
            version=record.seq,
            at=record.at,
            tool=bounded(name, 128),
            title=tool.title if tool is not None else bounded(name, 128),
            workflow=telling.workflows.get(run, ""),
            run=run,
            writes=tool.writes if tool is not None else False,
            arguments=_argument_rows(telling, name, arguments),
            outcome="judging",
            result=(),
            sentence="",
            raw=_raw(arguments, None),
        ),
    )


def judged(telling: Telling, event: CallJudged, record: Recorded) -> None:
    """What policy said."""
    outcome = {"forbid": "refused", "propose": "pending", "execute": "running"}[event.verdict]
    _change(
        telling, _name(event.run, event.tool_use_id), record, outcome=outcome, sentence=event.sentence, rules=event.rules,
        writes=event.writes,
    )  # fmt: skip


def started(telling: Telling, event: EffectStarted, record: Recorded) -> None:
    """An attempt."""
    if event.run is not None and event.tool_use_id is not None:
        _change(telling, _name(event.run, event.tool_use_id), record, outcome="running", attempts=event.attempt)


def finished(telling: Telling, start: EffectStarted, event: EffectFinished, record: Recorded) -> None:
    """The end of an attempt."""
    if start.run is None or start.tool_use_id is None:
        return
    name = _name(start.run, start.tool_use_id)
    known = telling.items.get(name)
    if not isinstance(known, ToolCallItem):
        return
    result = _object(telling.story.json(event.result))
    outcome = {"interrupted": "running", "superseded": "running", "accepted": "pending"}.get(event.outcome, event.outcome)
    _change(
        telling, name, record, outcome=outcome, duration_ms=event.duration_ms, sentence=_ended_with(known, event),
        result=rows_of(result, _arguments(known.raw)) or known.result, raw=_with_result(known.raw, result),
    )  # fmt: skip


def answered(telling: Telling, event: CallAnswered, record: Recorded) -> None:
    """The one result, as the model reads it."""
    name = _name(event.run, event.tool_use_id)
    known = telling.items.get(name)
    told = _object(telling.story.json(event.result))
    sentence = _for_people(str(told.get("reason") or "")) or (known.sentence if isinstance(known, ToolCallItem) else "")
    _change(telling, name, record, outcome=event.outcome, sentence=bounded(sentence, 600), proposal=event.proposal)
    if event.proposal is not None:
        telling.calls[event.proposal] = name


_TO_THE_AGENT: Final = ("You will be told", "Do not call it again")
"""How sentences begin that only mean something to the model that reads them as its result."""
_OUTCOMES: Final[Mapping[str, str]] = {"succeeded": "it was done", "refused": "it refused", "failed": "it did not work"}


def _for_people(reason: str) -> str:
    """What a result says of itself, up to what the model should do about it."""
    for begins in _TO_THE_AGENT:
        reason = reason.partition(begins)[0]
    return reason.strip()


def _ended_with(known: ToolCallItem, event: EffectFinished) -> str:
    """The sentence of an end: a success after another try has nothing of what went wrong before."""
    if event.sentence or event.outcome != "succeeded" or known.attempts < 2:
        return event.sentence or known.sentence
    return known.rules[0].why if known.rules else ""


def arrived(telling: Telling, event: AnswerArrived, record: Recorded) -> None:
    """Another system answered what it had taken before."""
    known = telling.story.state.awaited.get(event.effect)
    if event.late:
        words = "Another system answered late; it was settled before, and nothing was done because of this."
        mark(telling, record, "notice", "warn", words, detail=event.sentence or _OUTCOMES[event.outcome])
        return
    if known is None or known.effect.tool_use_id is None:
        return
    name = _name(event.run, known.effect.tool_use_id)
    item = telling.items.get(name)
    if isinstance(item, ToolCallItem):
        result = _object(telling.story.json(event.result))
        _change(
            telling, name, record, outcome=event.outcome, sentence=event.sentence or "",
            result=rows_of(result, _arguments(item.raw)) or item.result, raw=_with_result(item.raw, result),
        )  # fmt: skip
    how = {"callback": "has answered", "look_up": "was asked, and has answered", "deadline": "never answered"}[event.by]
    tone = "ok" if event.outcome == "succeeded" else "warn"
    mark(telling, record, "notice", tone, f"Another system {how}: {_OUTCOMES[event.outcome]}.")


def proposed(telling: Telling, event: Proposed, record: Recorded) -> None:
    """It waits for people."""
    proposal = event.proposal
    name = _name(proposal.run, proposal.tool_use_id)
    telling.calls[proposal.id] = name
    if name not in telling.items and proposal.supersedes is None:
        _put(telling, record, proposal.run, proposal.tool_use_id, proposal.tool, proposal.arguments)  # a person's own
    _change(telling, name, record, outcome="pending", proposal=proposal.id, ask=proposal.ask)


_ENDS: Final[Mapping[str, tuple[str, MarkTone]]] = {
    "executed": ("succeeded", "ok"), "failed": ("failed", "danger"), "unknown": ("unknown", "danger"),
    "denied": ("denied", "warn"), "expired": ("timed_out", "warn"), "lapsed": ("not_run", "warn"),
    "withdrawn": ("not_run", "plain"), "not_executed": ("not_run", "warn"),
    "edited": ("not_run", "plain"),
}  # fmt: skip


def settled(telling: Telling, event: ProposalSettled, record: Recorded) -> None:
    """The end of a proposal."""
    outcome, tone = _ENDS[event.outcome]
    name = telling.calls.get(event.proposal)
    if name is not None and event.superseded_by is None:
        _change(telling, name, record, outcome=outcome, sentence=event.sentence)
    mark(telling, record, "decision", tone, event.sentence)


def _argument_rows(telling: Telling, tool: str, arguments: Mapping[str, Any]) -> tuple[LabelledText, ...]:
    declared = telling.brand.gate.policy.tools.get(ToolName(tool))
    if declared is None:
        return rows_of(arguments)
    try:
        money = declared.money_of(arguments)
        rows = card.rows(declared, arguments, money)
    except CountersignError:
        return rows_of(arguments)
    return tuple(LabelledText(label=bounded(r["label"], 80), value=bounded(r["value"], 800)) for r in rows[:_MOST_ROWS])


def _change(telling: Telling, name: str, record: Recorded, **changes: Any) -> None:
    known = telling.items.get(name)
    if isinstance(known, ToolCallItem):
        put(telling, known.model_copy(update={**changes, "version": record.seq}))


def _name(run: RunId, tool_use_id: str) -> str:
    return f"call:{run}:{tool_use_id}"


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _raw(arguments: Mapping[str, Any], result: Mapping[str, Any] | None) -> str:
    return bounded(json.dumps({"arguments": arguments, "result": result}, ensure_ascii=False, indent=1), _MOST_RAW)


def _arguments(raw: str) -> Mapping[str, Any]:
    """The arguments of a call, from its raw text; empty when that was cut."""
    try:
        return _object(json.loads(raw)["arguments"])
    except (ValueError, KeyError):
        return {}


def _with_result(raw: str, result: Mapping[str, Any]) -> str:
    try:
        arguments = json.loads(raw)["arguments"]
    except (ValueError, KeyError):
        return raw
    return _raw(arguments, result) if result else raw
