"""Names, ids and texts of ours that no customer should read (R-F2, R-D2).

Tools and their arguments, fact keys, ids of this conversation, marks of our own prompts, unfilled placeholders, and
stretches of instructions, of private notes of colleagues, or of knowledge that is not published, word for word.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding, Span
from agent_core.guardrails.policy import ReplyRelease
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.sight import Sight

NAME: Final[ReplyCheckName] = "internal"

_IDS: Final = re.compile(
    r"\b(?:toolu|tooluse|call|msg|pay|cus|c|p|e|evt|n|ask|op|pi|req|stmt|rel)_[A-Za-z0-9]{3,}\b"
    r"|(?<![\w.,/:-])e\d{1,4}\.\d{1,3}(?![\w.])"
    r"|\b(?:order|payment|parcel|refund|customer|subscription)\.[\w-]+\.(?:[a-z_]+)\b|\bsha256:|\b[0-9a-f]{32,64}\b"
)
_MARKS: Final = re.compile(
    r"</?(?:outside|context|notice|steer|sent|workflow|compose|system|tool_result|tool_use|function_calls?)\b|\[(?:sent"
    r"|notice|steer|system|"
    r"context|outside|tool_result)[\]:-]|\b(?:system|user|assistant|human)\s?:\s?(?=\n|[A-Z])|<\|[a-z_]+\|>",
    re.IGNORECASE,
)
_PLACEHOLDER: Final = re.compile(
    r"\{[a-z_][\w.|]{0,60}\}|\{\{|\$\{|%\([a-z_]+\)s|\bNone\b(?=[.,)]|$)|\bundefined\b|\bNaN\b|\[object "
)
_WORKING: Final = re.compile(
    r"\b(?:tool_use_id|idempotency|answer_not_usable|executed: ?(?:true|false)|fact_ids?|point_ids?|run_id|needs_other_help|"
    r"amount_minor|refundable_minor|outcome ==|json (?:object|schema)|my (?:workflow|instructions|system prompt)"
    r"|system prompt)\b"
    r"|\bmy (?:guidelines|rules|orders|instructions|directives)\b|\bI (?:was|am|have been) (?:told|instructed) (?:not )?to\b"
    r"|\b(?:meine[nrm]?) (?:vorgaben|anweisungen|richtlinien|regeln|instruktionen)\b",
    re.IGNORECASE,
)
_JSON: Final = re.compile(r'\{\s*"[a-z_]+"\s*:|"\s*:\s*(?:\{|\[|true|false|null|")')
_WORD: Final = re.compile(r"[^\W_]+")
_RUN: Final = 8
"""So many words in a row are a quotation."""
_NOTE_RUN: Final = 6
_NOTE_LEAST: Final = 4
"""The same for a private note, which is short; of one that is shorter still, all its words. Below that, any words are."""


def check(reading: Reading) -> Iterator[Finding]:
    """`internal_text`, `internal_quote`, `private_note`."""
    places = [
        found.span() for pattern in (_IDS, _MARKS, _PLACEHOLDER, _WORKING, _JSON) for found in pattern.finditer(reading.text)
    ]
    places = [place for place in places if not _named_by_customer(reading, place)]
    places += _names(reading.text, reading.release.tool_names())
    places += _names(reading.text, reading.context.secrets)
    if places:
        yield Finding(
            NAME,
            "internal_text",
            "It holds names, ids or marks of ours that customers should not read.",
            "It held a name, id or mark of the system. Speak to the customer in plain words, without any of these.",
            tuple(dict.fromkeys(places)),
        )
    quoted = _quoted(reading)
    if quoted is not None:
        yield Finding(
            NAME,
            "internal_quote",
            "It quotes instructions or knowledge that are not for customers.",
            "It quoted your instructions or internal knowledge. Say what it means for the customer, in your own words.",
            (quoted,),
        )

    noted = _noted(reading)
    if noted:
        yield Finding(
            NAME,
            "private_note",
            "It quotes what a colleague told the agent in private.",
            "It quoted a colleague's private instruction. Do what it says, in other words, and never mention it.",
            tuple(noted),
        )


def _noted(reading: Reading) -> list[Span]:
    """Where a private note is quoted; what the customer or the brand itself says in these words is no secret."""
    if not reading.context.private:
        return []
    sight, found = reading.context.sight, list[Span]()
    spans = [each.span() for each in _WORD.finditer(reading.folded.text)]
    words = [reading.folded.text[slice(*span)] for span in spans]
    for note in reading.context.private:
        noted = _WORD.findall(sight.fold(note).text)
        length = min(_NOTE_RUN, len(noted))
        if length < _NOTE_LEAST:
            continue
        known = {tuple(noted[start : start + length]) for start in range(len(noted) - length + 1)}
        told = [_WORD.findall(sight.fold(text).text) for text in (*reading.authored, *reading.context.customer_words)]
        known -= {tuple(said[start : start + length]) for said in told for start in range(len(said) - length + 1)}
        found += [
            reading.folded.span(spans[start][0], spans[start + length - 1][1])
            for start in range(len(words) - length + 1)
            if tuple(words[start : start + length]) in known
        ][:1]
    return found


def _named_by_customer(reading: Reading, place: Span) -> bool:
    word = reading.context.sight.fold(reading.text[slice(*place)]).text
    return len(word) >= 5 and word in reading.written


def _names(text: str, names: Collection[str]) -> list[Span]:
    found: list[Span] = []
    for name in names:
        if len(name) < 5 or ("_" not in name and not any(each.isdigit() for each in name) and len(name) < 12):
            continue
        start = text.find(name)
        if start >= 0:
            found.append((start, start + len(name)))
    return found


def _quoted(reading: Reading) -> Span | None:
    words = _WORD.findall(reading.folded.text)
    if len(words) < _RUN:
        return None
    hidden = _shingles_of(reading.context.sight, reading.release)
    for start in range(len(words) - _RUN + 1):
        shingle = hash(tuple(words[start : start + _RUN]))
        if shingle not in hidden:
            continue
        # What the brand says to customers elsewhere is no secret.
        public = _public(reading.context.sight, reading.release, frozenset(reading.context.workflows))
        if shingle not in public and shingle not in _shingles(reading.context.sight, reading.context.customer_words):
            spans = [found.span() for found in _WORD.finditer(reading.folded.text)]
            return reading.folded.span(spans[start][0], spans[start + _RUN - 1][1])
    return None


@lru_cache(maxsize=64)
def _public(sight: Sight, release: ReplyRelease, workflows: frozenset[str]) -> frozenset[int]:
    return _shingles(sight, release.authored(workflows))


@lru_cache(maxsize=64)
def _shingles_of(sight: Sight, release: ReplyRelease) -> frozenset[int]:
    return _shingles(sight, release.internal_texts())


def _shingles(sight: Sight, texts: Collection[str]) -> frozenset[int]:
    found: set[int] = set()
    for text in texts:
        words = _WORD.findall(sight.fold(text).text)
        found.update(hash(tuple(words[start : start + _RUN])) for start in range(len(words) - _RUN + 1))
    return frozenset(found)
