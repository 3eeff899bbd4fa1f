"""What a check is given: the reply, everything it may rest on, and views of it that are made once and only when asked for.

Pure. What is expensive (folding, what the facts say) is made at the first question; a reply that names no amount never reads
the amounts of its sources.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from agent_core.contract.answers import Point
from agent_core.contract.once import once
from agent_core.guardrails.finding import Span
from agent_core.guardrails.ground import Ground
from agent_core.guardrails.phrases import Words, sentences
from agent_core.guardrails.policy import ReplyRelease
from agent_core.guardrails.sight import Folded, Sight

Became = Literal["done", "pending", "denied", "failed", "unknown"]
"""What became of an action: it happened, waits or is under way, people said no, it failed, or nobody knows."""

MOST_CONDITIONAL = 400


@dataclass(slots=True)
class Kept:
    """What was read for one conversation's last check: the same answers are asked about when a run ends, and as a reply.

    A cache of one conversation, which its owner forgets with the conversation's texts.
    """

    about: tuple[object, str] | None = None
    ground: Ground | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyContext:
    """Everything a reply is checked against.

    Attributes:
        sight: How texts are looked at.
        release: The active release: guardrails are always the active ones.
        language: The language of the reply, one of the brand's.
        points: The points it was made of; their facts count.
        facts: Fact id -> (fact key, value). Only those the points cite count, unless `cites_all`.
        cites_all: Every fact counts: somebody writes who may know all of them.
        sources: Further values read by code for these points, such as results of the calls behind them.
        customer_words: The customer's messages so far; what they named themselves may be named back.
        newest_words: Those of them that nobody has answered yet; the last of `customer_words` when it is none.
        customer_own: The customer's own addresses and numbers, as the channel or a system gave them.
        actions: Tool -> everything that became of its writes in this conversation.
        pending: A proposal of a run this reply covers still waits, or another system has not answered yet.
        first_reply: This is the conversation's first reply.
        workflows: Workflows behind the reply: what their authors wrote for customers may be said.
        asks: The reply asks the customer something.
        now: The present moment, for "tomorrow"; none leaves relative days unchecked.
        secrets: Names that exist only inside this conversation: tags, ids of proposals and runs.
        private: What colleagues told the agent in private. A reply may follow it and must not quote it.
        kept: Where what was read is kept for the conversation's next check.
    """

    sight: Sight
    release: ReplyRelease
    language: str
    points: Sequence[Point] = ()
    facts: Mapping[str, tuple[str, JsonValue]] = field(default_factory=dict[str, tuple[str, JsonValue]])
    cites_all: bool = False
    sources: Sequence[JsonValue] = ()
    customer_words: Sequence[str] = ()
    newest_words: Sequence[str] | None = None
    customer_own: Collection[str] = ()
    actions: Mapping[str, Collection[Became]] = field(default_factory=dict[str, Collection[Became]])
    pending: bool = False
    first_reply: bool = False
    workflows: Collection[str] = ()
    asks: bool = False
    now: datetime | None = None
    secrets: Collection[str] = ()
    private: Sequence[str] = ()
    kept: Kept | None = field(default=None, compare=False, repr=False)


class Sentence:
    """One sentence of the reply and where it stands."""

    def __init__(self, sight: Sight, text: str, span: Span) -> None:
        self.text = text
        self.span = span
        self._sight = sight

    @once
    def folded(self) -> Folded:
        """Its match view."""
        return self._sight.fold(self.text)

    @once
    def words(self) -> Words:
        """Its words."""
        return Words(self.folded)

    @property
    def asks(self) -> bool:
        """It is a question."""
        return self.text.rstrip(' "”»*)').endswith(("?", "？"))

    @once
    def conditional(self) -> bool:
        """It says what is only under a condition, or that something is not known."""
        return _CONDITIONAL.search(self.folded.text[:MOST_CONDITIONAL]) is not None

    @once
    def negated(self) -> bool:
        """Something in it is denied."""
        return _NEGATED.search(self.folded.text[:MOST_CONDITIONAL]) is not None

    @once
    def open_from(self) -> int:
        """Where in the reply a word stands that leaves open what follows (`whether`, `before`); its end without one."""
        found = _OPEN.search(self.folded.text)
        return self.span[1] if found is None else self.at(*found.span())[0]

    def at(self, start: int, end: int) -> Span:
        """The place in the reply of a stretch of the match view."""
        first, last = self.folded.span(start, end)
        return self.span[0] + first, self.span[0] + last


_CONDITIONAL = re.compile(
    r"\b(?:if|once|when|whether|until|unless|as soon as|after (?:it|that|the|your|approval)|in case|would|could"
    r"|may(?! \d)|might|"
    r"not sure|for certain|sobald|wenn|falls|sofern|bis|nachdem|ob|solange|moglicherweise|vielleicht|erst nach|im falle)\b"
)
"""In the match view, where an umlaut is a plain letter: `wurden` would be `were` and `would`, so it is not here."""

_OPEN = re.compile(r"\b(?:whether|before|bevor|ob|ehe)\b")
_NEGATED = re.compile(
    r"\b(?:not|no|never|nothing|none|cannot|without|neither|nicht|nichts|kein|keine|keinen|keiner|keinem|nie|niemals|ohne|"
    r"weder|noch nicht)\b|n't\b"
)


class Reading:
    """A reply under examination."""

    def __init__(self, text: str, context: ReplyContext) -> None:
        self.text = text
        self.context = context
        self.release = context.release

    @once
    def folded(self) -> Folded:
        """The match view of the whole."""
        return self.context.sight.fold(self.text)

    @once
    def words(self) -> Words:
        """The words of the whole."""
        return Words(self.folded)

    @once
    def sentences(self) -> tuple[Sentence, ...]:
        """Its sentences."""
        sight, text = self.context.sight, self.text
        return tuple(Sentence(sight, text[start:end], (start, end)) for start, end in sentences(text))

    @once
    def cited(self) -> tuple[tuple[str, JsonValue], ...]:
        """Key and value of the facts that count."""
        context = self.context
        if context.cites_all:
            return tuple(context.facts.values())
        ids = dict.fromkeys(fact_id for point in context.points for fact_id in point.fact_ids)
        return tuple(context.facts[fact_id] for fact_id in ids if fact_id in context.facts)

    @once
    def authored(self) -> tuple[str, ...]:
        """What people of the brand wrote for customers."""
        return tuple(self.release.authored(self.context.workflows))

    @once
    def zone(self) -> tzinfo:
        """The brand's time zone."""
        try:
            return ZoneInfo(self.release.brand.opening_hours.timezone)
        except (KeyError, ValueError, OSError):
            return UTC

    @once
    def patterns(self) -> tuple[str, ...]:
        """Patterns of the brand's own numbers."""
        return tuple(entity.pattern for entity in self.release.entities.values() if entity.reference)

    @once
    def ground(self) -> Ground:
        """What was read in this turn: facts, results, the customer's own words, and what the brand wrote."""
        written = _written_ground(self.release, frozenset(self.context.workflows), self.patterns, self.zone)
        kept = self.context.kept
        if kept is None:
            return self._ground(written)
        read = [self.cited, self.context.sources, self.context.customer_words, self.context.private]
        try:
            about = (written, json.dumps(read, ensure_ascii=False))
        except (TypeError, ValueError):  # no JSON after all: nothing to compare by
            return self._ground(written)
        if kept.about is None or kept.about[0] is not written or kept.about[1] != about[1] or kept.ground is None:
            kept.about, kept.ground = about, self._ground(written)
        return kept.ground

    def _ground(self, written: Ground) -> Ground:
        ground = written.copy()
        for key, value in self.cited:
            ground.add_value(key, value)
        for source in self.context.sources:
            ground.add_value("", source)
        for words in (*self.context.customer_words, *self.context.private):  # a colleague's figure may be told on
            ground.add_text(words)
        return ground

    @once
    def told(self) -> str:
        """Every text that systems gave in this turn, folded: facts and results, not the customer's words."""
        values = [(key, value) for key, value in self.cited]
        values += [("", source) for source in self.context.sources]
        return self.context.sight.fold(texts_of(values)).text

    @once
    def written(self) -> str:
        """The customer's words, folded."""
        return self.context.sight.fold("\n".join(self.context.customer_words)).text


@lru_cache(maxsize=64)
def _written_ground(release: ReplyRelease, workflows: frozenset[str], patterns: tuple[str, ...], zone: tzinfo) -> Ground:
    """What the brand's people wrote for customers: read once for a release."""
    ground = Ground(patterns, zone)
    for text in release.authored(workflows):
        ground.add_text(text, numbers=False)
    # A brand says what its numbers look like; a customer who is asked for one may be shown that.
    for entity in release.entities.values():
        ground.add_reference(entity.example)
    return ground


def texts_of(values: Sequence[tuple[str, JsonValue]]) -> str:
    """Every string in these values with the name it stands under, line by line."""
    lines: list[str] = []
    waiting: list[tuple[str, JsonValue]] = list(reversed(values))
    for _ in range(MOST_VALUES):
        if not waiting:
            break
        key, found = waiting.pop()
        if isinstance(found, Mapping):
            waiting.extend(found.items())
        elif isinstance(found, list):
            waiting.extend((key, item) for item in found)
        elif found is not None and not isinstance(found, bool) and found != 0:  # what is nothing bears nothing out
            lines.append(f"{key}: {found}")
    return "\n".join(lines)


MOST_VALUES = 5_000
