"""The transcript, item by item, from the core's views (R-M1, R-D3).

Every kind of item and every mark has its picture here; Pyright proves that none is forgotten.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import assert_never

from agent_core.contract.views import (
    ConversationDetail,
    LabelledText,
    MarkItem,
    MessageItem,
    RoutingItem,
    ToolCallItem,
    TranscriptItem,
)
from console import strings, words
from console.language.numbers import decimal, number
from console.presenting.clock import at, day
from console.presenting.codes import as_head, in_words
from console.presenting.plain import plain_workflow
from console.presenting.rows import intent_words
from console.presenting.sizes import size_words
from console.strings import ToolOutcome
from console.theme.tokens import Tone
from console.widgets.transcript import items as shown

_TOOL_ICONS = (
    ("refund", "banknote"),
    ("payment", "credit-card"),
    ("track", "truck"),
    ("parcel", "package"),
    ("ship", "truck"),
    ("order", "receipt"),
    ("customer", "user"),
    ("withdraw", "undo-2"),
    ("subscription", "calendar"),
)
_OUTCOMES: dict[str, ToolOutcome] = {"judging": "running"}
_MARK_TONES: dict[str, Tone] = {"plain": "neutral", "ok": "ok", "warn": "warn", "danger": "danger"}
_HIDING = frozenset({"hidden_text", "hidden_comment", "deceptive_link"})
_SAID_OTHERWISE = frozenset({"hidden_text", "hidden_comment", "auto_reply", "remote_images", "html_simplified"})
"""Flags of a message that a line of its own says better, or that mean nothing to a person."""
_MARK_ICONS = {
    "control": "headset",
    "decision": "signature",
    "run": "route",
    "failure": "circle-alert",
    "superseded": "refresh-cw",
    "recovered": "history",
    "ask": "hand",
    "look_again": "eye",
}


def transcript(detail: ConversationDetail, now: datetime, brand: str) -> tuple[shown.TranscriptItem, ...]:
    """Everything that was said and done, in order, with the days between."""
    return tuple(_items(detail, now, brand, one_item))


class KeptTranscript:
    """One transcript as it stands now. While its conversation says the same it is the very same value, at no cost.

    Why: a window is told twenty times a second that something changed somewhere, whatever stands open in it.
    """

    def __init__(self) -> None:
        self._of: tuple[ConversationDetail, date, str] | None = None
        self._items: tuple[shown.TranscriptItem, ...] = ()
        self._each: dict[str, tuple[TranscriptItem, tuple[shown.TranscriptItem, ...]]] = {}

    def at(self, detail: ConversationDetail, now: datetime, brand: str) -> tuple[shown.TranscriptItem, ...]:
        """What `transcript` says."""
        today = now.astimezone().date()
        if self._of is None or self._of[0] is not detail or self._of[1:] != (today, brand):
            each: dict[str, tuple[TranscriptItem, tuple[shown.TranscriptItem, ...]]] = {}

            def pieces(item: TranscriptItem) -> tuple[shown.TranscriptItem, ...]:
                known = self._each.get(item.id)
                # A conversation that went on is read again whole, and nearly all of it says what it said.
                each[item.id] = known if known is not None and known[0] == item else (item, tuple(one_item(item)))
                return each[item.id][1]

            self._items = tuple(_items(detail, now, brand, pieces))
            self._of, self._each = (detail, today, brand), each
        return self._items


def _place(item: TranscriptItem) -> tuple[int, datetime, str]:
    """Where an item stands: of messages that share a place, the one written first."""
    written = item.occurred_at if isinstance(item, MessageItem) else None
    return item.seq, written or item.at, item.id


def _items(
    detail: ConversationDetail,
    now: datetime,
    brand: str,
    pieces: Callable[[TranscriptItem], Iterable[shown.TranscriptItem]],
) -> Iterator[shown.TranscriptItem]:
    channel = words.CHANNEL_WORDS.get(detail.row.channel, detail.row.channel)
    last: date | None = None
    for item in sorted(detail.items, key=_place):
        here = item.at.astimezone().date()
        if here != last:
            last = here
            yield shown.DayDivider(f"day:{here}", f"{day(item.at, now)} · {channel} · {brand}")
        yield from pieces(item)


def one_item(item: TranscriptItem) -> Iterator[shown.TranscriptItem]:
    """What one item of the core's looks like; a cleaned message is followed by what was removed."""
    match item:
        case MessageItem():
            yield _message(item)
            yield from _beside(item)
            if item.stripped:
                yield shown.StrippedMark(f"{item.id}:stripped", _stripped(item.stripped))
        case RoutingItem():
            yield shown.RoutingMark(item.id, _routing(item))
        case ToolCallItem():
            yield _tool(item)
        case MarkItem():
            yield _mark(item)
        case _:
            assert_never(item)


def _message(item: MessageItem) -> shown.TranscriptItem:
    when, note = at(item.at), _note(item)
    text = f"{item.subject}\n\n{item.text}" if item.subject else item.text
    match item.by:
        case "customer":
            return shown.CustomerMessage(item.id, item.name, when, text, note=note)
        case "agent":
            bad = item.delivery in {"not_sent", "unknown"} or bool(item.findings)
            return shown.AgentMessage(item.id, item.name, when, text, note, "warn" if bad else "ok")
        case "person":
            return shown.PersonMessage(item.id, item.name, when, text, note=note)
        case "person_for_agent":
            return shown.PersonMessage(item.id, item.name, when, text, on_behalf=True, note=note)
        case "system":
            return shown.SystemMessage(item.id, when, text, note)


def _note(item: MessageItem) -> str:
    parts: list[str] = []
    if item.grounded_on:
        count = item.grounded_on
        parts.append(words.GROUNDED.of(count))
    parts += [as_head("code", finding) for finding in item.findings]
    parts += [as_head("flag", flag) for flag in item.flags if flag not in _SAID_OTHERWISE]
    if item.automatic:
        parts.append(words.AUTOMATIC)
    if item.truncated:
        parts.append(words.TRUNCATED)
    if words.DELIVERY_WORDS[item.delivery]:
        parts.append(words.DELIVERY_WORDS[item.delivery])
    return " · ".join(parts)


def _beside(item: MessageItem) -> Iterator[shown.TranscriptItem]:
    """Files, quoted history and text that nobody saw, each in a line below its message; the text opens when asked for."""
    files = [f"{file.name} ({size_words(file.size)})" for file in item.files if not file.inline]
    if files:
        yield shown.BesideMark(f"{item.id}:files", " · ".join(files), icon="paperclip")
    if item.quoted:
        count = item.quoted_lines
        line = words.QUOTED.of(count) if count else words.SIGNATURE
        yield shown.BesideMark(f"{item.id}:quoted", line, item.quoted)
    if item.hidden:
        found = bool(_HIDING.intersection(item.flags))
        inside = "\n\n".join(f"{piece.label}:\n{piece.value}" for piece in item.hidden)
        if found:
            yield shown.BesideMark(f"{item.id}:hidden", words.HIDDEN_FOUND, inside, "triangle-alert", "warn")
        else:
            yield shown.BesideMark(f"{item.id}:hidden", words.NOT_SHOWN, inside, "eye")


def _stripped(stripped: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{number(count)} {in_words('stripped', what)}" for what, count in stripped)


def _routing(item: RoutingItem) -> str:
    found = len(item.intents)
    names = ", ".join(intent_words(name) for name in item.intents)
    parts = [words.INTENTS_FOUND.of(found, names=names) if found else words.NO_NEW_INTENT]
    if item.workflows:
        parts.append(words.RUNNING.format(names=words.joined(tuple(map(plain_workflow, item.workflows)))))
    if item.to_people:
        parts.append(words.TO_PEOPLE.format(names=in_words("code", ", ".join(item.to_people))))
    return " · ".join(parts)


def tool_icon(tool: str) -> str:
    """The icon of a tool, by what its name says."""
    return next((icon for part, icon in _TOOL_ICONS if part in tool), "wrench")


def _pairs(rows: tuple[LabelledText, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((row.label, row.value) for row in rows if row.value)


def _tool(item: ToolCallItem) -> shown.ToolCallCard:
    outcome = outcome_of(item)
    duration = _took(item.duration_ms)
    if item.attempts > 1:
        duration = f"{duration} · {words.TRIES.of(item.attempts)}".strip(" ·")
    return shown.ToolCallCard(
        key=item.id,
        title=item.title,
        tool=item.tool,
        workflow=plain_workflow(item.workflow),
        rows=_pairs(item.arguments) + _pairs(item.result),
        result=_conclusion(item),
        outcome=outcome,
        duration=duration,
        raw=item.raw,
        icon=tool_icon(item.tool),
        rule=" · ".join(rule.id for rule in item.rules) if outcome in {"refused", "pending", "denied"} else "",
    )


def _conclusion(item: ToolCallItem) -> str:
    """What came of a call, in a sentence; which rule let a plain success through is for the log, not for the eye."""
    allowed = {rule.why for rule in item.rules}
    return "" if item.outcome == "succeeded" and item.result and item.sentence in allowed else item.sentence


def _took(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    if milliseconds < 1_000:
        return words.MILLISECONDS.format(count=milliseconds)
    return words.SECONDS.format(count=decimal(f"{milliseconds // 1_000}.{milliseconds % 1_000 // 100}"))


def outcome_of(item: ToolCallItem) -> ToolOutcome:
    """What became of a call, as the console says it."""
    return _OUTCOMES.get(item.outcome) or _known(item.outcome)


def _known(outcome: str) -> ToolOutcome:
    for known in strings.OUTCOME_WORDS:
        if known == outcome:
            return known
    return "unknown"


def _mark(item: MarkItem) -> shown.TranscriptItem:
    words_of = f"{item.text} — {item.detail}" if item.detail else item.text
    tone = _MARK_TONES[item.tone]
    match item.what:
        case "notice":
            return shown.NoticeMark(item.id, words_of, "info" if tone == "neutral" else tone)
        case "guardrail":
            return shown.GuardrailMark(item.id, item.text, item.detail, tone)
        case _:
            return shown.RoutingMark(item.id, words_of, tone, _MARK_ICONS[item.what])
