"""What a detector says: named signals, each with a weight that anybody can look up, and the words they were seen in (R-D3).

A score is the sum of the weights of the different signals of one detector, at most 100. Nothing else enters it, so a person
can say why a text was flagged and which number to change. A finding never drops, delays or changes a message.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from agent_core.boundary.detectors.look import Look
from agent_core.contract.detection import DetectorName

MOST_SPANS: Final = 8
MOST_EVIDENCE: Final = 160


@dataclass(frozen=True, slots=True)
class Hit:
    """A signal at a place of the clean text; `shown` when the words there do not say it (decoded, counted)."""

    signal: str
    start: int
    end: int
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal of one detector whose score reached its threshold.

    Attributes:
        code: The signal.
        score_percent: The detector's whole score, the same in all its findings of one text.
        count: How often the signal was seen.
        spans: Where, in the clean text; the first few.
        evidence: The words at the first place, bounded. Outside text: plain, never markup.
    """

    detector: DetectorName
    code: str
    score_percent: int
    count: int
    spans: tuple[tuple[int, int], ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector of the registry: its signals with their weights, and how it looks."""

    name: DetectorName
    weights: Mapping[str, int]
    hits: Callable[[Look], Iterator[Hit]]


def findings(detector: Detector, look: Look, threshold: int) -> tuple[Finding, ...]:
    """What a detector found in a text, strongest signal first; empty when its score stays below the threshold.

    Args:
        detector: Of the registry.
        look: The text.
        threshold: Percent; from it on a text is flagged.
    """
    by_signal: dict[str, list[Hit]] = {}
    for hit in detector.hits(look):
        by_signal.setdefault(hit.signal, []).append(hit)
    score = min(100, sum(detector.weights[signal] for signal in by_signal))
    if not by_signal or score < threshold:
        return ()
    ranked = sorted(by_signal, key=lambda signal: (-detector.weights[signal], signal))
    return tuple(_finding(detector.name, signal, by_signal[signal], score, look) for signal in ranked)


def _finding(name: DetectorName, signal: str, hits: list[Hit], score: int, look: Look) -> Finding:
    first = hits[0]
    words = first.shown or look.text[first.start : first.end]
    words = " ".join(words[: MOST_EVIDENCE * 2].split())
    evidence = words if len(words) <= MOST_EVIDENCE else f"{words[: MOST_EVIDENCE - 1]}…"
    spans = tuple((hit.start, hit.end) for hit in hits[:MOST_SPANS])
    return Finding(name, signal, score, len(hits), spans, evidence)
