"""What of a conversation's log can be found: one passage for each thing that was said, done or decided.

Texts are the clean ones that people are shown anyway, bounded; raw evidence, hidden text and quoted history are not here. A
passage stands at its event and its number within it, so the same log always makes the same passages. A body that was erased
leaves no word.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, cast

from agent_core.contract.beside import read_files
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import (
    AgentSteered,
    AnswerArrived,
    AskAnswered,
    AskedBack,
    AskEscalated,
    AskRaised,
    AskResolved,
    AssessmentFlagged,
    CallAnswered,
    CallJudged,
    ControlChanged,
    ConversationOpened,
    Countersigned,
    EffectFinished,
    Escalated,
    Event,
    FactsLearned,
    MessageEdited,
    MessageReceived,
    ModelSpoke,
    ProposalEdited,
    ProposalSettled,
    Proposed,
    Quarantined,
    QuarantineLifted,
    Recalled,
    Recorded,
    ReplyDropped,
    ReplyFlagged,
    ReplySent,
    ReviewFinished,
    ReviewNoted,
    ReviewScored,
    Routed,
    RoutingOverridden,
    RunEscalated,
    RunFailed,
    RunOpened,
    TextFlagged,
    TranscriptHealed,
    Triaged,
)
from agent_core.contract.ids import OperatorId
from agent_core.contract.searching import HitKind, SpokenBy
from agent_core.service.projection.story import Story

MOST_TEXT: Final = 20_000
MOST_RESULT: Final = 4_000
MOST_PARTS: Final = 20
"""Passages of one event."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Something that can be found.

    Attributes:
        seq: Its event; `part`: its number there.
        what: The event's type.
        operator: Who did it, where a person of ours did.
    """

    seq: int
    part: int
    at: datetime
    kind: HitKind
    by: SpokenBy
    operator: OperatorId | None
    what: str
    text: str


_Texts = Callable[[Story, Any], Iterator[str]]


def passages_of(story: Story, record: Recorded) -> Iterator[Passage]:
    """What of one event can be found; mostly nothing, or one passage."""
    found = _TABLE.get(type(record.event))
    if found is None:
        return
    kind, texts = found
    for part, text in enumerate(texts(story, record.event)):
        clean = text.strip()
        if part >= MOST_PARTS:
            return
        if clean:
            yield Passage(
                seq=record.seq,
                part=part,
                at=record.at,
                kind=kind,
                by=record.actor.kind,
                operator=getattr(record.actor, "operator", None),
                what=record.event.type,
                text=clean[:MOST_TEXT],
            )


def _body(story: Story, ref: BodyRef | None) -> str:
    """The text of a body, or nothing where it is erased."""
    return "" if ref is None else story.texts.get(ref.id, "")


def _words(*codes: str | None) -> str:
    """Codes as words."""
    return " ".join(code.replace("_", " ").replace(":", " ") for code in codes if code)


def _lines(*texts: str) -> Iterator[str]:
    yield "\n".join(filter(None, texts))


def _opened(story: Story, event: ConversationOpened) -> Iterator[str]:
    thread = story.thread()
    named = () if thread is None else (thread.external_id, thread.customer)
    yield from _lines(_body(story, event.name), *named, event.channel, story.stream)


def _message(story: Story, event: MessageReceived | MessageEdited) -> Iterator[str]:
    files: tuple[str, ...] = ()
    listed = _body(story, getattr(event, "attachments", None))
    if listed:
        files = tuple(file.name for file in read_files(listed))
    yield from _lines(_body(story, event.subject), _body(story, event.text), *files)


def _reply(story: Story, event: ReplySent) -> Iterator[str]:
    yield _body(story, event.text)


def _spoke(story: Story, event: ModelSpoke) -> Iterator[str]:
    for call in event.calls:
        yield "\n".join(filter(None, (f"{call.tool} {_words(call.tool)}", _flat(_body(story, call.arguments)))))


def _answered(story: Story, event: CallAnswered | AnswerArrived) -> Iterator[str]:
    yield from _lines(_words(event.outcome), _flat(_body(story, event.result))[:MOST_RESULT])


def _facts(story: Story, event: FactsLearned) -> Iterator[str]:
    yield _flat(_body(story, event.body))[:MOST_RESULT]


def _judged(_story: Story, event: CallJudged) -> Iterator[str]:
    if event.verdict != "execute":
        yield from _lines(_words(event.tool, event.verdict, event.code), event.sentence)


def _proposed(_story: Story, event: Proposed) -> Iterator[str]:
    wanted = event.proposal
    money = "" if wanted.money is None else wanted.money.text().replace("\u00a0", " ")
    yield from _lines(f"{wanted.tool} {_words(wanted.tool, wanted.code)}", wanted.resource, money, _words(wanted.workflow))


def _finished(_story: Story, event: EffectFinished) -> Iterator[str]:
    if event.settled_by == "person" or event.outcome not in ("succeeded", "superseded", "interrupted"):
        yield from _lines(_words(event.outcome, event.code), event.sentence or "")


def _flagged(_story: Story, event: TextFlagged) -> Iterator[str]:
    yield _words(event.entrance, *(one.code for one in event.findings), *(one.kind for one in event.masked))


def _said(*bodies: str, codes: tuple[str, ...] = (), words: tuple[str, ...] = ()) -> _Texts:
    """A passage made of fields by name: bodies, codes and plain words."""

    def texts(story: Story, event: Any) -> Iterator[str]:
        told = (_words(*map(str, _each(getattr(event, name, None)))) for name in codes)
        plain = (str(getattr(event, name, None) or "") for name in words)
        yield from _lines(*told, *plain, *(_flat(_body(story, getattr(event, name, None))) for name in bodies))

    return texts


def _each(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)


def _raised(_story: Story, event: AskRaised) -> Iterator[str]:
    yield from _lines(_words(event.ask.kind, event.ask.code, event.ask.queue), event.ask.sentence)


def _resolved(story: Story, event: AskResolved) -> Iterator[str]:
    """What was said with a signature stands at the decision itself."""
    comment = "" if event.statement is not None else _body(story, event.comment)
    yield from _lines(_words(event.by, event.verb), event.sentence, comment)


def _escalated(_story: Story, event: Escalated) -> Iterator[str]:
    yield _words("escalated", *(one.code for one in event.fired))


def _triaged(_story: Story, event: Triaged) -> Iterator[str]:
    raised = ("legal" if event.legal else None, "safety" if event.safety else None)
    yield _words(event.category, event.urgency, event.sentiment, *raised, *(one.id for one in event.intents))


def _routed(_story: Story, event: Routed | RoutingOverridden) -> Iterator[str]:
    names = (run.workflow for run in event.runs)
    more = event.to_people if isinstance(event, Routed) else (event.queue, "routing overridden")
    yield _words(*names, *more)


def _overridden(story: Story, event: RoutingOverridden) -> Iterator[str]:
    yield from _lines(*_routed(story, event), _body(story, event.comment))


def _reply_flagged(_story: Story, event: ReplyFlagged) -> Iterator[str]:
    yield _words("reply", event.became, *(one.code for one in event.findings))


_TABLE: Final[Mapping[type[Event], tuple[HitKind, _Texts]]] = MappingProxyType({
    ConversationOpened: ("event", _opened),
    MessageReceived: ("message", _message),
    MessageEdited: ("message", _message),
    ReplySent: ("reply", _reply),
    ReplyDropped: ("event", _said(codes=("code",), words=("sentence",))),
    ReplyFlagged: ("event", _reply_flagged),
    ModelSpoke: ("call", _spoke),
    CallJudged: ("decision", _judged),
    CallAnswered: ("result", _answered),
    AnswerArrived: ("result", _answered),
    EffectFinished: ("event", _finished),
    FactsLearned: ("fact", _facts),
    TextFlagged: ("event", _flagged),
    Triaged: ("event", _triaged),
    Routed: ("event", _routed),
    RoutingOverridden: ("decision", _overridden),
    RunOpened: ("event", _said(codes=("workflow",))),
    RunEscalated: ("event", _said(codes=("code",), words=("sentence",))),
    RunFailed: ("event", _said(codes=("code",), words=("sentence",))),
    Escalated: ("event", _escalated),
    ControlChanged: ("event", _said("comment", codes=("to", "code"), words=("sentence",))),
    Proposed: ("decision", _proposed),
    ProposalEdited: ("decision", _said("comment", codes=("fields",))),
    ProposalSettled: ("decision", _said(codes=("outcome", "code"), words=("sentence",))),
    Countersigned: ("decision", _said("comment", codes=("decision",))),
    Recalled: ("decision", lambda _story, _event: iter(("recalled",))),
    AskRaised: ("event", _raised),
    AskResolved: ("decision", _resolved),
    AskEscalated: ("note", _said("comment", codes=("queue",))),
    AskedBack: ("note", _said("question")),
    AskAnswered: ("note", _said("answer", words=("sentence",))),
    AgentSteered: ("note", _said("note")),
    AssessmentFlagged: ("note", _said("comment", codes=("part", "wrong"))),
    ReviewNoted: ("note", _said("note")),
    ReviewScored: ("note", _said("comment")),
    ReviewFinished: ("note", lambda _story, _event: iter(("review finished",))),
    TranscriptHealed: ("event", _said(codes=("diagnoses",))),
    Quarantined: ("event", _said(codes=("diagnosis", "cause"), words=("sentence",))),
    QuarantineLifted: ("decision", _said("comment", codes=("diagnosis", "code"))),
})  # fmt: skip
"""What is found of each event. Others say nothing that anybody would look for: starts, drafts, timers, notices to models."""


def _flat(text: str) -> str:
    """The words of a JSON value, one below the other; any other text as it is."""
    if text[:1] not in ("{", "["):
        return text
    try:
        value: Any = json.loads(text)
    except ValueError:
        return text
    return "\n".join(_leaves(value, ""))


def _leaves(value: Any, name: str, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from _leaves(each, str(key), depth + 1) if depth < 8 else ()
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _leaves(each, name, depth + 1) if depth < 8 else ()
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield f"{name} {value}".strip()
