"""Which intents triage is shown when a brand has more than one schema can hold: words first, then topics (R-B1, R-B4).

A brand of a few dozen intents shows all of them, and nothing here is asked. A larger one is looked up by words: an inverted
index, made once per release, ranks its intents in well under a millisecond. Where every sentence of the message is one that
some intent's phrase stands in, the best ranked are shown at once. Otherwise triage is first asked for topics, and then for
intents of these topics alone: two small questions instead of one that no model answers well.

Pure. It never decides what a customer wants: what it leaves out is only not shown, and what nobody names goes to people.
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent_core.contract.ids import WorkflowName
from agent_core.routing.policy import RoutingRelease
from agent_core.routing.words import MAX_READ, words_of

MOST_SHOWN: Final = 60
"""Intents, or topics, that one question to the model lists."""

_STEM: Final = 6
_COMMON: Final = 300
"""A word of so many intents tells nothing apart, unless the message has no rarer one."""

_MOST_WORDS: Final = 400
_LEAST_SENTENCE: Final = 3
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_SENTENCE: Final = re.compile(
    r"[.!?;\n。！？؟]+(?:\s|$)?|\s(?:and|und|et|y|e|en|och|og|i|ve|aber|but|also|außerdem|sowie|plus)\s", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What triage is shown.

    Attributes:
        intents: Best ranked first.
        covered: Every sentence holds a whole phrase of one of them, so that topics need not be asked for.
    """

    intents: tuple[str, ...]
    covered: bool


class IntentIndex:
    """The intents of one release by their words. Build it once."""

    def __init__(self, release: RoutingRelease) -> None:
        self._ids = tuple(sorted(release.intents))
        numbers = {name: number for number, name in enumerate(self._ids)}
        self._by_workflow: dict[WorkflowName, list[int]] = defaultdict(list)
        self._by_topic: dict[str, list[int]] = defaultdict(list)
        self._phrases: list[tuple[frozenset[str], ...]] = []
        found: dict[str, set[int]] = defaultdict(set)
        for name in self._ids:
            routed = release.intents[name]
            number = numbers[name]
            self._by_workflow[routed.workflow].append(number)
            self._by_topic[release.workflows[routed.workflow].topic].append(number)
            phrases = tuple(frozenset(_stems(phrase)) for phrase in routed.intent.phrases)
            self._phrases.append(phrases)
            for stem in frozenset[str]().union(*phrases, _stems(routed.intent.description)):
                found[stem].add(number)
        self._postings = {stem: tuple(sorted(several)) for stem, several in found.items()}

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic that has intents."""
        return tuple(sorted(self._by_topic))

    def of_topic(self, topic: str) -> tuple[str, ...]:
        """The intents of a topic."""
        return tuple(self._ids[number] for number in self._by_topic.get(topic, ()))

    def shortlist(
        self,
        messages: Sequence[str],
        *,
        open_workflows: Collection[WorkflowName] = (),
        topics: Collection[str] | None = None,
        most: int = MOST_SHOWN,
    ) -> Shortlist:
        """The intents to show.

        Args:
            messages: What the customer wrote in this turn.
            open_workflows: Those at work: their intents are always shown.
            topics: Only intents of these are added, ranked by words; none: of all.
            most: How many at most.
        """
        scores = self._scores(messages)
        held = [number for name in open_workflows for number in self._by_workflow.get(name, ())]
        if topics is None:
            wanted: Iterable[int] = scores
        else:
            wanted = dict.fromkeys(number for topic in topics for number in self._by_topic.get(topic, ()))
        ranked = sorted(wanted, key=lambda number: (-scores.get(number, 0.0), number))
        chosen = tuple(dict.fromkeys((*held, *ranked)))[:most]
        return Shortlist(tuple(self._ids[number] for number in chosen), self._covered(messages, chosen))

    def ranked_topics(self, messages: Sequence[str], *, most: int = MOST_SHOWN) -> tuple[str, ...]:
        """Topics to ask for: those whose intents share most words with the message, then the others by name."""
        scores = self._scores(messages)
        best = {topic: max((scores.get(n, 0.0) for n in numbers), default=0.0) for topic, numbers in self._by_topic.items()}
        return tuple(sorted(best, key=lambda topic: (-best[topic], topic))[:most])

    def _scores(self, messages: Sequence[str]) -> dict[int, float]:
        stems = {stem for text in messages for stem in _stems(text)}
        known = sorted((stem for stem in stems if stem in self._postings), key=lambda stem: len(self._postings[stem]))
        telling = [stem for stem in known if len(self._postings[stem]) <= _COMMON]
        scores: dict[int, float] = defaultdict(float)
        for stem in telling or known[:1]:
            postings = self._postings[stem][: 4 * _COMMON]
            weight = math.log(1 + len(self._ids) / len(postings))
            for number in postings:
                scores[number] += weight
        for number in sorted(scores, key=scores.__getitem__, reverse=True)[: 4 * MOST_SHOWN]:
            whole = max((len(phrase) for phrase in self._phrases[number] if phrase and phrase <= stems), default=0)
            scores[number] *= 1 + whole
        return scores

    def _covered(self, messages: Sequence[str], chosen: Sequence[int]) -> bool:
        phrases = [phrase for number in chosen for phrase in self._phrases[number] if phrase]
        sentences = [frozenset(_stems(part)) for text in messages for part in _SENTENCE.split(text[:MAX_READ]) if part]
        long = [sentence for sentence in sentences if len(sentence) >= _LEAST_SENTENCE]
        return bool(long) and all(any(phrase <= sentence for phrase in phrases) for sentence in long)


@lru_cache(maxsize=64)
def index_of(release: RoutingRelease) -> IntentIndex:
    """The index of a release, made once."""
    return IntentIndex(release)


def too_many(release: RoutingRelease) -> bool:
    """Whether one question cannot list all intents."""
    return len(release.intents) > MOST_SHOWN


def _stems(text: str) -> list[str]:
    """Words cut to their beginnings; of what is written without spaces, each two neighbours."""
    found: list[str] = []
    for word in words_of(text)[:_MOST_WORDS]:
        if _UNSPACED.search(word):
            found.extend(word[at : at + 2] for at in range(max(1, len(word) - 1)))
        else:
            found.append(word[:_STEM])
    return found
