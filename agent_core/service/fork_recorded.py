"""What a log holds of a turn that was run once: the answers of models and systems, by what they were asked (R-M4).

A question that is asked again in the very same words is answered as it was then; marks that are drawn anew each time and
moments are looked past. It must never answer a question that was not asked, and never make an answer up: what was not kept,
because it did not count, is not there.
"""

import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar, cast, get_args

from agent_core.contract.canonical import canonical
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import (
    EffectFinished,
    EffectStarted,
    ModelSpoke,
    Recorded,
    ReplyDrafted,
    TopicsFound,
    Triaged,
)
from agent_core.contract.events.effects import Usage
from agent_core.contract.ids import BodyId, EffectId
from agent_core.contract.json_writing import json_text
from agent_core.models.failures import FailureKind, ModelFailure
from agent_core.models.manifest import read_manifest, rebuild
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.systems.port import NotChecked, NotProven, PerformedOutcome, Proven, ToolResult
from agent_core.systems.tallying import CannotTell, Told

_DRAWN: Final = re.compile(r"\b[a-z2-7]{16}\b")
"""A run's mark, drawn at random; a word of as many letters is looked past on both sides, and so is no difference."""
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_POINT: Final = re.compile(r'"id":\s*"(p\d+)"')
_KINDS: Final[Mapping[str, FailureKind]] = {f"model_{kind}": kind for kind in get_args(FailureKind)}

_Value = TypeVar("_Value")

Answered = ModelAnswer | ModelFailure
Found = Proven | NotProven | NotChecked


def asked_as(request: bytes) -> str:
    """A request as it is known again: without what is drawn anew each time."""
    return _MOMENT.sub("", _DRAWN.sub("", request.decode("utf-8", "surrogatepass")))


def called_as(tool: str, arguments: object) -> str:
    """A call as it is known again."""
    return f"{tool}\x00{canonical(arguments).decode()}"


@dataclass(frozen=True, slots=True)
class Replaced:
    """Arguments that stand in place of those a model gave."""

    tool_use_id: str
    arguments: Mapping[str, Any]

    def put(self, answer: ModelAnswer) -> ModelAnswer:
        """The answer with them in it; the very same answer where it made no such call."""
        content = tuple(
            {**block, "input": dict(self.arguments)} if block.get("id") == self.tool_use_id else block
            for block in answer.content
        )
        return replace(answer, content=content) if content != answer.content else answer


@dataclass(frozen=True, slots=True)
class Kept(Generic[_Value]):
    """An answer, and when it came among the others: several were awaited side by side."""

    seq: int
    value: _Value


@dataclass(slots=True)
class Record:
    """Answers by question, each used up in the order in which they came.

    Attributes:
        models: By request.
        tools: Of reads and writes, by tool and arguments.
        proofs: By what was compared.
        tallies: What systems said a customer was given, by customer and currency; none where they could not say.
    """

    models: dict[str, deque[Kept[Answered]]] = field(default_factory=dict[str, "deque[Kept[Answered]]"])
    tools: dict[str, deque[Kept[ToolResult]]] = field(default_factory=dict[str, "deque[Kept[ToolResult]]"])
    proofs: dict[str, deque[Kept[Found]]] = field(default_factory=dict[str, "deque[Kept[Found]]"])

    tallies: dict[str, deque[Kept[Told | CannotTell]]] = field(default_factory=dict[str, "deque[Kept[Told | CannotTell]]"])

    def tally(self, customer: str, currency: str) -> Kept[Told | CannotTell] | None:
        """What a system said this customer was given."""
        return _next(self.tallies, called_as("", {"customer": customer, "currency": currency}))

    def model(self, request: ModelRequest) -> Kept[Answered] | None:
        """What the model answered to exactly this; none when it was never asked it (again)."""
        return _next(self.models, asked_as(request.request_bytes()))

    def tool(self, name: str, arguments: object) -> Kept[ToolResult] | None:
        """What a system answered to exactly this call."""
        try:
            return _next(self.tools, called_as(name, arguments))
        except CountersignError:
            return None  # no value that can be written down, so it never was

    def proof(self, email: str, reference: str) -> Kept[Found] | None:
        """What comparing exactly these came to."""
        return _next(self.proofs, called_as("", {"email": email, "reference": reference}))


def _next(answers: dict[str, deque[Any]], key: str) -> Any:
    """The next answer; the last one stays: a thing that is read again without a change since reads the same."""
    waiting = answers.get(key)
    if not waiting:
        return None
    return waiting.popleft() if len(waiting) > 1 else waiting[0]


def recorded(records: Sequence[Recorded], after: int, texts: Mapping[BodyId, str]) -> Record:
    """Everything that was answered after a place of a log.

    Args:
        records: The whole log.
        after: `seq` of the last record that is kept.
        texts: Every body that can be read.
    """
    found = Record()
    started: dict[EffectId, EffectStarted] = {}
    for index, record in enumerate(records):
        event = record.event
        if isinstance(event, EffectStarted):
            started[event.effect] = event
        elif isinstance(event, EffectFinished) and record.seq > after and event.effect in started:
            begun = started.pop(event.effect)
            try:
                _take(found, begun, record.seq, event, records[index + 1 :], texts)
            except (KeyError, ValueError, TypeError, CountersignError):
                continue  # a body is gone, or not what it was: then it is not on record
    return found


def _take(
    found: Record,
    begun: EffectStarted,
    seq: int,
    ended: EffectFinished,
    later: Sequence[Recorded],
    texts: Mapping[BodyId, str],
) -> None:
    if ended.outcome in ("superseded", "interrupted"):
        return
    if begun.kind == "model" and begun.manifest is not None:
        manifest = texts[begun.manifest.id]
        answer = _model_answer(begun, ended, later, texts, manifest)
        if answer is not None:
            question = asked_as(rebuild(manifest, lambda ref: texts[ref.id]))
            found.models.setdefault(question, deque()).append(Kept(seq, answer))
    elif begun.purpose == "prove" and begun.arguments is not None:
        key = called_as("", json.loads(texts[begun.arguments.id]))
        found.proofs.setdefault(key, deque()).append(Kept(seq, _proof(ended, texts)))
    elif begun.purpose == "tally" and begun.arguments is not None:
        asked = json.loads(texts[begun.arguments.id])
        key = called_as("", {"customer": asked["customer"], "currency": asked["currency"]})
        found.tallies.setdefault(key, deque()).append(Kept(seq, _tally(ended, texts)))
    elif begun.kind in ("read", "write") and begun.tool is not None and begun.arguments is not None:
        key = called_as(begun.tool, json.loads(texts[begun.arguments.id]))
        found.tools.setdefault(key, deque()).append(Kept(seq, _result(ended, texts)))


def _model_answer(
    begun: EffectStarted, ended: EffectFinished, later: Sequence[Recorded], texts: Mapping[BodyId, str], manifest: str
) -> Answered | None:
    if ended.outcome in ("failed", "timed_out"):
        kind = _KINDS.get(ended.code or "")
        return None if kind is None or kind == "bad_answer" else ModelFailure(kind)
    content: tuple[Any, ...] | None = None
    for record in later:
        event = record.event
        if begun.purpose == "run" and isinstance(event, ModelSpoke) and event.effect == begun.effect:
            content = tuple(json.loads(texts[event.content.id]))
        elif begun.purpose == "triage" and isinstance(event, Triaged):
            content = _text(json.loads(texts[event.detail.id])["result"])
        elif begun.purpose == "triage" and isinstance(event, TopicsFound):
            content = _text(_topics(event))
        elif begun.purpose == "compose" and isinstance(event, ReplyDrafted):
            points = _POINT.findall(
                "".join(texts[each.content.id] for each in read_manifest(manifest).messages).replace("\\", "")
            )
            content = _text({"text": texts[event.text.id], "point_ids": list(dict.fromkeys(points))})
        if content is not None or isinstance(event, EffectFinished):
            break
    if content is None:
        return None
    stop = "tool_use" if any(block.get("type") == "tool_use" for block in content) else "end_turn"
    return ModelAnswer(content, stop, ended.usage or Usage(), ended.model or "recorded")


def _text(value: object) -> tuple[Any, ...]:
    return ({"type": "text", "text": json_text(value)},)


def _topics(event: TopicsFound) -> dict[str, Any]:
    intents = [{"id": topic, "words": "", "confidence_percent": 100} for topic in event.topics]
    return {
        "intents": intents, "category": "other", "urgency": "normal", "sentiment": "neutral", "complexity": "simple",
        "language": "en", "entities": [], "legal": False, "safety": False, "clear": True, "question": None,
        "refused_topics": [],
    }  # fmt: skip


def _result(ended: EffectFinished, texts: Mapping[BodyId, str]) -> ToolResult:
    values: dict[str, Any] = {}
    if ended.facts_body is not None:
        values = {entry["id"]: entry["value"] for entry in json.loads(texts[ended.facts_body.id])}
    return ToolResult(
        outcome=cast("PerformedOutcome", ended.outcome),
        result={} if ended.result is None else json.loads(texts[ended.result.id]),
        facts=tuple((ref.key, values[ref.id]) for ref in ended.facts if ref.id in values),
        code=ended.code,
        sentence=ended.sentence,
        transient=ended.transient,
    )


def _tally(ended: EffectFinished, texts: Mapping[BodyId, str]) -> Told | CannotTell:
    if ended.outcome == "succeeded" and ended.result is not None:
        told = json.loads(texts[ended.result.id])
        return Told(told["amount_minor"], told["count"])
    return CannotTell(ended.code or "failed", ended.sentence or "")


def _proof(ended: EffectFinished, texts: Mapping[BodyId, str]) -> Found:
    if ended.outcome == "succeeded" and ended.facts_body is not None:
        rows = json.loads(texts[ended.facts_body.id])
        return Proven(next(str(row["value"]) for row in rows if isinstance(row["value"], str)))
    if ended.outcome == "refused":
        return NotProven()
    return NotChecked(ended.code or "unknown", ended.sentence or "")
