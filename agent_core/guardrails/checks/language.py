"""The reply is in the customer's language, whole (R-F2).

Everyday words of a language tell quickly that a text is in it; only where they do not, the boundary's language models are
asked. A text too short to tell is left alone.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Reading

NAME: Final[ReplyCheckName] = "language"

_EVERYDAY: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset(
        [
            "the",
            "and",
            "you",
            "your",
            "is",
            "are",
            "was",
            "has",
            "have",
            "been",
            "for",
            "with",
            "this",
            "that",
            "will",
            "not",
            "of",
            "to",
            "it",
            "we",
            "in",
            "on",
            "as",
            "at",
            "by",
            "from",
            "can",
            "could",
            "please",
            "i",
            "be",
            "or",
            "an",
            "our",
            "there",
            "would",
            "if",
            "order",
            "so",
        ]
    ),
    "de": frozenset(
        [
            "der",
            "die",
            "das",
            "und",
            "du",
            "dein",
            "deine",
            "dir",
            "ist",
            "sind",
            "war",
            "hat",
            "haben",
            "wurde",
            "fur",
            "mit",
            "nicht",
            "von",
            "zu",
            "es",
            "wir",
            "im",
            "auf",
            "als",
            "bei",
            "aus",
            "kann",
            "bitte",
            "ich",
            "eine",
            "ein",
            "einen",
            "dem",
            "den",
            "sie",
            "ihr",
            "ihre",
            "noch",
            "zur",
            "zum",
            "uber",
            "bestellung",
            "damit",
            "so",
            "wird",
            "werden",
            "dich",
        ]
    ),
    "fr": frozenset(
        [
            "le",
            "la",
            "les",
            "et",
            "vous",
            "votre",
            "est",
            "sont",
            "une",
            "un",
            "pour",
            "avec",
            "ce",
            "que",
            "pas",
            "de",
            "du",
            "des",
            "nous",
            "dans",
            "sur",
            "je",
            "ne",
            "au",
            "qui",
            "en",
        ]
    ),
    "es": frozenset(
        [
            "el",
            "la",
            "los",
            "las",
            "y",
            "usted",
            "tu",
            "su",
            "es",
            "una",
            "un",
            "para",
            "con",
            "que",
            "no",
            "de",
            "del",
            "nosotros",
            "en",
            "por",
            "se",
            "lo",
            "al",
            "como",
        ]
    ),
    "it": frozenset(
        [
            "il",
            "la",
            "gli",
            "e",
            "il",
            "tuo",
            "suo",
            "una",
            "un",
            "per",
            "con",
            "che",
            "non",
            "di",
            "del",
            "noi",
            "in",
            "su",
            "si",
            "da",
            "al",
            "come",
            "sono",
        ]
    ),
    "nl": frozenset(
        [
            "de",
            "het",
            "en",
            "je",
            "jouw",
            "is",
            "zijn",
            "een",
            "voor",
            "met",
            "dat",
            "niet",
            "van",
            "wij",
            "in",
            "op",
            "te",
            "er",
            "uw",
            "aan",
            "naar",
            "ook",
        ]
    ),
}
_WORD: Final = re.compile(r"[^\W\d_]+")
_QUOTED: Final = re.compile(r"[„“”\"«»‚‘']([^„“”\"«»\n]{3,300})[“”\"«»’']")
_LEAST: Final = 6
_MOST: Final = 40
_PLAIN: Final = 25
"""Percent of everyday words from which on a sentence needs no model."""


def check(reading: Reading) -> Iterator[Finding]:
    """`wrong_language`: of the whole, or of whole sentences."""
    wanted, sight, text = reading.context.language, reading.context.sight, _without_quotations(reading)
    parts = [(each.span, text[slice(*each.span)]) for each in reading.sentences]
    doubtful = [(span, part) for span, part in parts if not _plain(_WORD.findall(sight.fold(part).text), wanted)]
    if not doubtful:
        return
    spoken = sight.language(" ".join(part for _, part in doubtful))
    if spoken.language in (None, wanted) and not any(tag != wanted for _, tag in spoken.others):
        return
    wrong = [span for span, part in doubtful if sight.language(part).language not in (None, wanted)]
    if wrong:
        yield Finding(
            NAME,
            "wrong_language",
            f"It is not, or not all, in the customer's language ({wanted}).",
            f"It was not all in the language of this conversation. Write every sentence in this language: {wanted}.",
            tuple(wrong),
        )


def _without_quotations(reading: Reading) -> str:
    """The reply with quotations blanked that a system really gave: a carrier's report stays in the carrier's language."""
    if _QUOTED.search(reading.text) is None:
        return reading.text

    def blanked(found: re.Match[str]) -> str:
        theirs = reading.context.sight.fold(found[1]).text.strip() in reading.told
        return " " * len(found[0]) if theirs else found[0]

    return _QUOTED.sub(blanked, reading.text)


def _plain(words: list[str], wanted: str) -> bool:
    """Whether a sentence is too short to tell, or plainly in the language: its everyday words outnumber those of others."""
    if len(words) < _LEAST:
        return True
    seen = Counter(words[:_MOST])
    mine = _count(seen, _EVERYDAY.get(wanted, frozenset()))
    rest = max((_count(seen, known) for tag, known in _EVERYDAY.items() if tag != wanted), default=0)
    return mine * 100 >= _PLAIN * min(len(words), _MOST) and mine > rest


def _count(seen: Counter[str], known: frozenset[str]) -> int:
    """How many words are of these; most texts hold few of them, so the sets are compared, not each word with each set."""
    return sum(seen[word] for word in known & seen.keys())
