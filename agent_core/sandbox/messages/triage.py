"""Lexical triage: sorts new messages by the phrases, expressions and word lists it is given.

Classifies and nothing else. What a message says about itself, its sender or its reader changes nothing: only words are
counted. Every quoted span is an exact part of one message.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from agent_core.sandbox.messages import words
from agent_core.sandbox.messages.answer import Answer, Say
from agent_core.sandbox.messages.entities import find_all, find_spans
from agent_core.sandbox.messages.prompt import SystemPrompt, json_object, read_transcript

MOST_INTENTS = 12
MOST_ENTITIES = 30
LONGEST_WORDS = 300
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)|[\n;]+")
_LISTENING = {"working", "asking", "awaiting_approval", "awaiting_external"}
_LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Hit:
    """A place where an intent's phrase stands.

    Attributes:
        intent: Id of the intent.
        start: First character in the text.
        end: Character after the last.
        confidence: How sure, in percent.
    """

    intent: str
    start: int
    end: int
    confidence: int


def answer_triage(prompt: SystemPrompt, request: dict[str, Any]) -> Answer:
    """Answers a request whose system prompt asks for triage."""
    transcript = read_transcript(request)
    texts = [block.text[:_LONGEST_TEXT] for block in transcript.of("outside")]
    context = transcript.context
    whole = "\n".join(texts)
    languages = [name.strip() for line in prompt.lines("Languages") for name in line.split(",") if name.strip()]
    language = language_of(whole, languages)
    if language == "und" and isinstance(context.get("language"), str):
        language = context["language"].split("-")[0].lower()
    intents = _intents(prompt, texts)
    clear = bool(intents) or _awaited(context.get("open_runs"))
    legal, safety = _mentions(whole, words.LEGAL), _mentions(whole, words.SAFETY)
    sentiment = sentiment_of(whole)
    result = {
        "intents": intents,
        "category": _category([intent["id"] for intent in intents], whole),
        "urgency": _urgency(whole, sentiment, safety=safety),
        "sentiment": sentiment,
        "complexity": "complex" if legal or safety or len(_WORD.findall(whole)) > 250 else "simple",
        "language": language,
        "entities": _entities(prompt, texts),
        "legal": legal,
        "safety": safety,
        "clear": clear,
        "question": None if clear else words.QUESTIONS.get(language, words.QUESTIONS["en"]),
        "refused_topics": [
            topic.strip()
            for topic in prompt.lines("Topics we do not handle")
            if _mentions(whole, (topic.strip().replace("_", " "),))
        ][:10],
    }
    return Answer((Say(json.dumps(result, ensure_ascii=False)),))


def _awaited(open_runs: Any) -> bool:
    """Whether a message without an intent can be the answer to something that is being worked on."""
    runs = open_runs if isinstance(open_runs, list) else []
    return any(isinstance(run, dict) and run.get("phase") in _LISTENING for run in runs)


def language_of(text: str, preferred: list[str]) -> str:
    """The language of a text, ``und`` when it cannot be told.

    Args:
        text: Outside text.
        preferred: Languages of the brand; they win a tie.
    """
    letters = [letter for letter in text if letter.isalpha()]
    for first, last, language in words.SCRIPTS:
        if letters and sum(first <= letter <= last for letter in letters) * 5 >= len(letters):
            return language
    tokens = [token.lower().replace("’", "'") for token in _WORD.findall(text)]
    scores = {name: sum(token in stops for token in tokens) for name, stops in words.STOP_WORDS.items()}
    best = max(scores.values(), default=0)
    leaders = [name for name, score in scores.items() if score == best]
    if best == 0 or best * 8 < len(tokens):
        return "und"
    if len(leaders) == 1:
        return leaders[0]
    return next((name for name in preferred if name in leaders), "und")


def sentiment_of(text: str) -> str:
    """``negative``, ``positive`` or ``neutral`` by counting words, shouting and exclamation marks."""
    tokens = _WORD.findall(text)
    low = [token.lower() for token in tokens]
    shouted = sum(token.isupper() and len(token) > 3 and not any(c.isdigit() for c in token) for token in tokens)
    bad = sum(token in words.NEGATIVE for token in low) + (1 if shouted >= 3 else 0) + (1 if "!!" in text else 0)
    good = sum(token in words.POSITIVE for token in low)
    return "negative" if bad > good else "positive" if good > bad else "neutral"


def _urgency(text: str, sentiment: str, *, safety: bool) -> str:
    if safety:
        return "critical"
    if _mentions(text, words.UNHURRIED):
        return "low"
    if _mentions(text, words.URGENT) or (sentiment == "negative" and text.count("!") >= 3):
        return "high"
    return "normal"


def _mentions(text: str, phrases: tuple[str, ...]) -> bool:
    low = text.lower().replace("’", "'")
    return any(re.search(rf"(?<!\w){re.escape(phrase)}", low) for phrase in phrases)


def _category(intents: list[str], text: str) -> str:
    for source in (" ".join(intents[:1]), text.lower() if not intents else ""):
        for category, stems in words.CATEGORIES:
            if any(re.search(rf"(?<![a-z]){re.escape(stem)}", source) for stem in stems):
                return category
    return "other"


def _entities(prompt: SystemPrompt, texts: list[str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for name, pattern in prompt.entities().items():
        for text in reversed(texts):
            found += [{"name": name, "value": value[:200]} for value in find_all(pattern, text)]
    unique = list({(item["name"], item["value"]): item for item in found}.values())
    return unique[:MOST_ENTITIES]


def _intents(prompt: SystemPrompt, texts: list[str]) -> list[dict[str, Any]]:
    known = [intent for line in prompt.lines("Intents") if (intent := json_object(line.strip())).get("id")]
    patterns = list(prompt.entities().values())
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        hits = _best_hits([hit for intent in known for hit in _hits(intent, text)])
        for hit, quoted in _quote(text, hits, patterns):
            entry = {"id": hit.intent, "words": quoted, "confidence_percent": hit.confidence}
            if hit.intent not in found or found[hit.intent]["confidence_percent"] < hit.confidence:
                found[hit.intent] = entry
    return list(found.values())[:MOST_INTENTS]


def _hits(intent: dict[str, Any], text: str) -> list[Hit]:
    """Every place where one of an intent's phrases stands, exactly or nearly."""
    name = str(intent["id"])
    phrases = [phrase for phrase in intent.get("phrases") or [] if isinstance(phrase, str) and phrase.strip()]
    about = " ".join([name.replace("_", " "), *phrases]).lower()
    more = [phrase for key, several in words.CONCEPTS.items() if key in about for phrase in several]
    tokens = [(match.start(), match.end(), match[0].lower().replace("’", "'")) for match in _WORD.finditer(text)]
    hits: list[Hit] = []
    for phrase in dict.fromkeys([*phrases, *more]):
        wanted = [token.lower().replace("’", "'") for token in _WORD.findall(phrase)]
        for index in range(len(tokens) - len(wanted) + 1):
            closeness = _closeness(wanted, [token for _, _, token in tokens[index : index + len(wanted)]])
            start, end = tokens[index][0], tokens[index + len(wanted) - 1][1]
            if wanted and closeness and not _refused(text, start):
                hits.append(Hit(name, start, end, min(closeness + 2 * (len(wanted) - 1), 97)))
    return hits


def _closeness(wanted: list[str], found: list[str]) -> int:
    """Confidence that the words found are the phrase: exact, inflected, mistyped, or 0."""
    worst = 92
    for want, have in zip(wanted, found, strict=True):
        if want == have:
            continue
        if len(want) >= 4 and have.startswith(want) and len(have) - len(want) <= 4:
            worst = min(worst, 85)
        elif len(want) >= 5 and want[0] == have[0] and _distance(want, have) <= (1 if len(want) < 9 else 2):
            worst = min(worst, 74)
        else:
            return 0
    return worst


def _distance(left: str, right: str) -> int:
    """Edits between two words, neighbouring letters swapped counting as one; more than two counts as three."""
    if abs(len(left) - len(right)) > 2:
        return 3
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for row, a in enumerate(left, 1):
        current = [row]
        for column, b in enumerate(right, 1):
            cost = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (a != b))
            if row > 1 and column > 1 and a == right[column - 2] and left[row - 2] == b:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return min(previous[-1], 3)


def _refused(text: str, start: int) -> bool:
    """Whether the words just before say that this is not wanted."""
    before = text[max(0, start - 24) : start].lower().replace("’", "'")
    before = re.split(r"[.!?,;\n]", before)[-1]
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", before) for phrase in words.REFUSING)


def _best_hits(hits: list[Hit]) -> list[Hit]:
    """One hit for each intent, and no two intents for the same words: longer and surer ones win."""
    ranked = sorted(hits, key=lambda hit: (-hit.confidence, -(hit.end - hit.start), hit.start))
    kept: list[Hit] = []
    for hit in ranked:
        if any(hit.intent == other.intent or (hit.start < other.end and other.start < hit.end) for other in kept):
            continue
        kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def _quote(text: str, hits: list[Hit], patterns: list[str]) -> list[tuple[Hit, str]]:
    """The exact words each intent rests on, together with the order number or amount that belongs to it."""
    spans = {hit: [hit.start, hit.end] for hit in hits}
    for start, end in sorted(span for pattern in patterns for span in find_spans(pattern, text)):
        owner = _owner(text, hits, start, end)
        if owner is None:
            continue
        low, high = min(spans[owner][0], start), max(spans[owner][1], end)
        crosses = any(hit is not owner and hit.start < high and low < hit.end for hit in hits)
        if not crosses and high - low <= LONGEST_WORDS:
            spans[owner] = [low, high]
    return [(hit, text[low:high][:LONGEST_WORDS]) for hit, (low, high) in spans.items()]


def _owner(text: str, hits: list[Hit], start: int, end: int) -> Hit | None:
    """The intent a value belongs to: the one before it in its sentence, else the one behind, else the last before."""
    breaks = [match.end() for match in _SENTENCE_END.finditer(text)]
    low = max((place for place in breaks if place <= start), default=0)
    high = min((place for place in breaks if place >= end), default=len(text))
    before = [hit for hit in hits if low <= hit.start < start]
    behind = [hit for hit in hits if end <= hit.start < high]
    earlier = [hit for hit in hits if hit.start < start]
    return before[-1] if before else behind[0] if behind else earlier[-1] if earlier else None
