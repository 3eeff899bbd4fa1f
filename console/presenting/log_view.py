"""The log as lines of a view: what was decided apart from what only went on inside, each with its raw event (R-M8).

An event that no group names counts as a decision: none can be invisible by accident. It must never interpret an event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent_core.contract import events as e
from agent_core.contract.events import Event, Recorded
from console import texts_log
from console.presenting import clock
from console.presenting.codes import codes_behind
from console.presenting.log import actor, sentence
from console.theme.tokens import Tone

LogKind = Literal["decided", "said", "done", "inner"]
Shown = Literal["decided", "said", "done", "all"]
SHOWN: tuple[Shown, ...] = ("decided", "said", "done", "all")

_SAID: frozenset[type[Event]] = frozenset(
    {e.MessageReceived, e.MessageEdited, e.MessageDeleted, e.InboundContradicted, e.ReplySent, e.ReplyDropped}
)
_DONE: frozenset[type[Event]] = frozenset(
    {
        e.EffectStarted, e.EffectFinished, e.CallJudged, e.CallAnswered, e.AnswerAwaited, e.AnswerArrived, e.SecondAnswer,
        e.ProposalSettled, e.IntegrationStateChanged, e.ToolStateChanged, e.InboundRefused, e.BodiesErased,
    }
)  # fmt: skip
_INNER: frozenset[type[Event]] = frozenset(
    {
        e.ConversationOpened, e.TextFlagged, e.FactsLearned, e.TransitionRefused, e.TurnOpened, e.Triaged, e.TopicsFound,
        e.RunOpened, e.RunInput, e.RunAnswered, e.RunContinuedAs, e.ModelSpoke, e.AnswerRejected, e.NoticeGiven,
        e.ReplyDrafted, e.CustomerSilent, e.CheckpointKeySet, e.TurnForked,
    }
)  # fmt: skip
_ALSO_DECIDED: frozenset[type[Event]] = frozenset({e.ProposalSettled})
_TONES: Mapping[type[Event], Tone] = {
    e.Countersigned: "accent", e.ProposalSettled: "ok", e.Proposed: "info", e.AskRaised: "warn", e.Escalated: "warn",
    e.RunEscalated: "warn", e.RunFailed: "danger", e.Quarantined: "danger", e.QuarantineLifted: "ok", e.Recalled: "warn",
    e.AgentPaused: "warn", e.AgentResumed: "ok", e.AuditAlarmRaised: "danger", e.ErasureOrdered: "danger",
}  # fmt: skip
_ICONS: Mapping[LogKind, str] = {"decided": "stamp", "said": "message-circle", "done": "wrench", "inner": "circle-dot"}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event as a line.

    Attributes:
        seq: Its place in the log.
        kind: What it is about.
        at: When, as people read it.
        who: Whose it is.
        words: The event in one sentence.
        raw: The event as it stands in the log, as JSON over several lines.
        icon: Name of an icon.
        tone: What it means, or None.
        also: It belongs to the decisions as well.
        codes: What its words say otherwise than the log does.
    """

    seq: int
    kind: LogKind
    at: str
    who: str
    words: str
    raw: str
    icon: str
    tone: Tone | None = None
    also: bool = False
    codes: tuple[str, ...] = ()

    def in_part(self, part: Shown) -> bool:
        """Whether it belongs to a part of the log."""
        return part == "all" or self.kind == part or (self.also and part == "decided")

    def spoken(self) -> str:
        """What a screen reader says, and what copying gives."""
        return texts_log.LINE_SPOKEN.format(number=self.seq, time=self.at, who=self.who, what=self.words)

    def tip(self) -> str:
        """What a pointer that rests on it is told: the words again, and the codes they stand for."""
        return texts_log.WITH_CODES.format(words=self.words, codes=" · ".join(self.codes)) if self.codes else self.words


def kind_of(event: type[Event]) -> LogKind:
    """What an event is about."""
    if event in _SAID:
        return "said"
    if event in _DONE:
        return "done"
    return "inner" if event in _INNER else "decided"


def lines(records: Sequence[Recorded], names: Mapping[str, str], now: datetime) -> tuple[LogLine, ...]:
    """Every event as a line, in the order of the log.

    Args:
        records: The events.
        names: How people are called, by their ids.
        now: Today's events are told by the time alone.
    """
    return tuple(_line(one, names, now) for one in records)


def _line(record: Recorded, names: Mapping[str, str], now: datetime) -> LogLine:
    event = type(record.event)
    kind = kind_of(event)
    said = sentence(record, names)
    today = record.at.astimezone().date() == now.astimezone().date()
    return LogLine(
        seq=record.seq,
        kind=kind,
        at=clock.at(record.at) if today else clock.moment(record.at),
        who=actor(record, names),
        words=said,
        raw=record.model_dump_json(indent=2),
        icon=_ICONS[kind],
        tone=_TONES.get(event),
        also=event in _ALSO_DECIDED,
        codes=codes_behind(record.event, said),
    )
