"""Topics and phrases that the brand prohibits, in every disguise and every language (R-F1, R-F2).

Phrases are the brand's own (`prohibited` in behaviour.yaml). For a topic refused in brand.yaml that the house knows, the
house's words are looked for, too (`topics`).
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding, Span
from agent_core.guardrails.phrases import Phrase, phrases
from agent_core.guardrails.policy import ReplyRelease
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.sight import Sight
from agent_core.guardrails.topics import TOPICS

NAME: Final[ReplyCheckName] = "prohibited"


def check(reading: Reading) -> Iterator[Finding]:
    """`prohibited_CODE` for a phrase, `topic_NAME` for a topic."""
    sight, words = reading.context.sight, reading.words
    for code, wanted in _prohibited(sight, reading.release):
        places = words.places(wanted)
        if places:
            yield _finding(f"prohibited_{code}", code, places)
    for topic in reading.release.brand.topics.refused:
        pattern = TOPICS.get(topic)
        if pattern is None:
            continue
        places = tuple(reading.folded.span(*found.span()) for found in pattern.finditer(reading.folded.text))
        if places:
            yield _finding(f"topic_{topic}", topic, places)


@lru_cache(maxsize=64)
def _prohibited(sight: Sight, release: ReplyRelease) -> tuple[tuple[str, tuple[Phrase, ...]], ...]:
    """Code and phrases of each rule: made once for a release, which never changes."""
    return tuple((rule.code, tuple(phrases(sight, rule.phrases))) for rule in release.behaviour.prohibited)


def _finding(code: str, word: str, places: tuple[Span, ...]) -> Finding:
    spoken = word.replace("_", " ")
    return Finding(
        NAME,
        code,
        f"This brand does not say such a thing: {spoken}.",
        f"It held words that this brand never uses ({spoken}). Say it in another way, or leave it out.",
        tuple(sorted(set(places))),
    )
