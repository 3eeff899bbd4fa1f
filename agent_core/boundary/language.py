"""Which language a message is written in, told by code, so that a model's word about it can be checked (R-D3, R-B1).

Lingua's trigram models alone: 25 languages in about 30 MB, where its full models took 530 MB and held the interpreter
for two seconds to be loaded. What they lose is short texts, so a short text is only believed when they are nearly
sure; otherwise the answer is *unreliable* and what is known of the conversation decides. Models load once per
process, language by language, so that no other thread waits long.

It must never decide what a customer meant, and never be the only reason to send somebody away.
"""

import asyncio
import functools
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import regex
from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder

COMMON: Final = (
    "ar", "bn", "da", "de", "el", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv",
    "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""Always told apart; a brand's own languages come on top."""

MOST_CHARACTERS: Final = 2_000
"""Looked at from the beginning of a text; more makes no language clearer."""

SHORT: Final = 20
"""Letters below which a text counts as short. An ideograph, a kana or a syllable counts as three."""

_SURE_SHORT: Final = 0.95
_SURE: Final = 0.60
_SURE_AWAY: Final = 97
_LEAST: Final = 3
_PART: Final = 14
"""Letters of the shortest sentence that is told apart in a mixed text."""

_NOISE: Final = re.compile(
    r"\b(?:https?|ftp|mailto|tel|data|javascript):\S{0,400}|\bwww\.\S{1,400}|\S{1,64}@\S{1,255}|\S{0,60}\d\S{0,60}|[•_*`#|<>{}\[\]\\]+",
    re.IGNORECASE,
)
_LETTER: Final = regex.compile(r"\p{L}")
_DENSE: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]")
_KANA: Final = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_HAN: Final = regex.compile(r"\p{Han}")
_OWN_SCRIPT: Final = regex.compile(r"[\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Greek}\p{Hebrew}\p{Bengali}]")
_SENTENCE: Final = re.compile(r"[^.!?。！？…؟\n;]+")
_ISO: Final = {language.iso_code_639_1.name.lower(): language for language in Language.all()}
_SAME: Final = {"no": "nb"}


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """What code makes of a text.

    Attributes:
        language: Primary tag; none when there is too little to say.
        confidence_percent: How sure, of the languages told apart.
        mixed: `((start, end), tag)` of the text's stretches when it is written in several languages; else empty.
        reliable: Good enough to overrule a model's word.
        short: There was little text; what is known of the conversation says more.
    """

    language: str | None = None
    confidence_percent: int = 0
    mixed: tuple[tuple[tuple[int, int], str], ...] = ()
    reliable: bool = False
    short: bool = True


class Languages:
    """Tells languages apart. One per set of languages; the models behind it are shared by all of a process."""

    def __init__(self, extra: Iterable[str] = ()) -> None:
        tags = {_SAME.get(tag.lower(), tag.lower()) for tag in (*COMMON, *extra)}
        self._languages = tuple(_ISO[tag] for tag in sorted(tags) if tag in _ISO)
        self._detector: LanguageDetector | None = None
        self._loading = threading.Lock()

    @property
    def loaded(self) -> bool:
        """Whether the models are there."""
        return self._detector is not None

    def load(self) -> None:
        """Loads the models, two languages at a time: the library holds the interpreter while it loads."""
        with self._loading:
            if self._detector is not None:
                return
            first = self._languages[0]
            for language in self._languages[1:]:
                _built((first, language))
            self._detector = _built(self._languages)

    def detect(self, text: str) -> LanguageGuess:
        """The language of a clean text. Loads the models when they are not there yet (about a tenth of a second)."""
        head = text[:MOST_CHARACTERS]
        bare = _without_foreign_kana(_blanked(head))
        weight = _weight(bare)
        if weight < _LEAST:
            return LanguageGuess()
        if self._detector is None:
            self.load()
        whole = self._told(bare, weight)
        return LanguageGuess(whole.language, whole.confidence_percent, self._mixed(bare), whole.reliable, whole.short)

    async def detect_aside(self, text: str) -> LanguageGuess:
        """As `detect`; models that are still missing are loaded in another thread."""
        if self._detector is None:
            await asyncio.to_thread(self.load)
        return self.detect(text)

    def _told(self, bare: str, weight: int) -> LanguageGuess:
        assert self._detector is not None
        ranked = self._detector.compute_language_confidence_values(bare)
        best = ranked[0]
        short = weight < SHORT
        # A script that only one of the languages is written in says it in a few letters.
        plain = _OWN_SCRIPT.search(bare) is not None
        sure = best.value >= (_SURE_SHORT if short and not plain else _SURE)
        if not best.value:
            return LanguageGuess(short=short)
        return LanguageGuess(_tag(best.language), int(best.value * 100), (), sure, short)

    def _mixed(self, bare: str) -> tuple[tuple[tuple[int, int], str], ...]:
        """Sentences of different languages, neighbours of one language joined; empty when there is only one."""
        found: list[tuple[tuple[int, int], str]] = []
        weighed = ((each, _weight(each.group())) for each in _SENTENCE.finditer(bare))
        parts = [(each, weight) for each, weight in weighed if weight >= _PART]
        if len(parts) < 2:
            return ()  # one sentence is of one language
        for each, weight in parts:
            told = self._told(each.group(), weight)
            if told.language is None or not told.reliable:
                continue
            if found and found[-1][1] == told.language:
                found[-1] = ((found[-1][0][0], each.end()), told.language)
            else:
                found.append((each.span(), told.language))
        return tuple(found) if len({tag for _, tag in found}) > 1 else ()


def decided(
    guess: LanguageGuess,
    *,
    claimed: str,
    ours: Sequence[str] = (),
    earlier: str | None = None,
    channel: str | None = None,
) -> tuple[str, str]:
    """Whose word about the language counts, and why.

    Args:
        guess: What code makes of the text.
        claimed: What the model says, or `und`.
        ours: The languages the brand speaks. Against a model that says one of them, code must be nearly sure of another: it
            would send a customer to people who need not go.
        earlier: The language spoken so far in the conversation.
        channel: The primary tag the channel claims for the customer.

    Returns:
        The tag and `code`, `conversation`, `channel` or `model`.
    """
    if guess.reliable and guess.language is not None:
        away = claimed in ours and guess.language not in ours
        if not away or guess.confidence_percent >= _SURE_AWAY:
            return guess.language, "code"
        return claimed, "model"
    if guess.short and earlier:
        return earlier, "conversation"
    if guess.short and channel:
        return channel, "channel"
    return claimed, "model"


def languages_of(tags: Sequence[str]) -> Languages:
    """The shared instance for a brand's languages."""
    return _shared(tuple(sorted({tag.lower() for tag in tags} - set(COMMON))))


@functools.cache
def _shared(extra: tuple[str, ...]) -> Languages:
    return Languages(extra)


def _built(languages: Sequence[Language]) -> LanguageDetector:
    codes: list[IsoCode639_1] = [language.iso_code_639_1 for language in languages]
    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
    return builder.with_low_accuracy_mode().with_preloaded_language_models().build()


def _tag(language: Language) -> str:
    return language.iso_code_639_1.name.lower()


def _blanked(text: str) -> str:
    """The text with links, addresses, numbers and signs blanked, every place kept."""
    return _NOISE.sub(lambda found: " " * len(found.group()), text)


def _without_foreign_kana(text: str) -> str:
    """A Japanese name does not make a Chinese letter Japanese: the few kana of a text of ideographs are blanked."""
    kana = len(_KANA.findall(text))
    return _KANA.sub(" ", text) if kana and kana * 5 < len(_HAN.findall(text)) else text


def _weight(text: str) -> int:
    return len(_LETTER.findall(text)) + 2 * len(_DENSE.findall(text))
