"""One function for every entrance: mask, look, and say what was found, ready for an event (R-D3).

    read(source, value) ─▶ examine(entrance, views, policy) ─▶ Examined(text to store, findings, masked, evidence)

It must never drop or delay a text, and never put what it masked into its evidence.
"""

import functools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from agent_core.boundary.clean import Cleaned
from agent_core.boundary.detectors.finding import Finding, findings
from agent_core.boundary.detectors.look import Look, bounded_look
from agent_core.boundary.masking import Mask, mask
from agent_core.boundary.sources import Source, TextViews
from agent_core.contract.detection import DETECTORS, THRESHOLDS, DetectorName

Entrance = Source | Literal["mail_quoted", "mail_hidden"]
"""Where an examined text came in; an event holds it as a plain code."""


class BoundaryPolicy(Protocol):
    """What a brand says about detectors (`behaviour.yaml`, section `boundary`)."""

    def threshold(self, detector: DetectorName) -> int | None:
        """Percent from which on it flags; none when it is off."""
        ...


class _Defaults:
    __slots__ = ()

    def threshold(self, detector: DetectorName) -> int | None:
        return THRESHOLDS[detector]


DEFAULTS: Final[BoundaryPolicy] = _Defaults()

FROM_PEOPLE: Final[frozenset[Entrance]] = frozenset({"message", "mail", "subject", "mail_quoted"})
"""Entrances where somebody writes to us; elsewhere text is data, in which nobody has instructions to give."""

MOST_FINDINGS: Final = 24


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of one text.

    Attributes:
        text: Clean and masked: what is stored, shown and sent.
        findings: Of all detectors, those above their thresholds.
        masks: What was masked, by its place in the clean text.
        masked: `(kind, count)`.
    """

    entrance: Entrance
    text: str
    findings: tuple[Finding, ...] = ()
    masks: tuple[Mask, ...] = ()
    masked: tuple[tuple[str, int], ...] = field(default=())

    @property
    def told(self) -> bool:
        """Whether there is anything for an event."""
        return bool(self.findings or self.masked)

    def evidence(self) -> str | None:
        """The findings with their words as canonical-ready JSON text for a body; none without findings."""
        if not self.findings:
            return None
        from agent_core.boundary.detectors.registry import REGISTRY

        listed = [
            {
                "detector": each.detector,
                "code": each.code,
                "score_percent": each.score_percent,
                "weight": REGISTRY[each.detector].weights[each.code],
                "count": each.count,
                "words": each.evidence,
                "spans": [list(span) for span in each.spans],
            }
            for each in self.findings
        ]
        return json.dumps(listed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def examine(
    entrance: Entrance,
    views: Cleaned | TextViews,
    policy: BoundaryPolicy = DEFAULTS,
    *,
    protected: Sequence[re.Pattern[str]] = (),
    links: tuple[tuple[str, str], ...] = (),
    masks: bool = True,
) -> Examined:
    """Masks a text and looks at it.

    Args:
        entrance: Where it came in.
        views: What `read` made of it, or its clean view.
        policy: The brand's thresholds.
        protected: Patterns of numbers the brand gives out; never masked.
        links: `(text, target)` of a document's links, when its markup was taken away before.
        masks: False for text that is not to be changed, such as a tool's description.
    """
    cleaned = views if isinstance(views, Cleaned) else views.cleaned
    masked = mask(cleaned.text, protected) if masks else None
    text = cleaned.text if masked is None else masked.text
    look = Look(
        text=bounded_look(text),
        by_customer=entrance in FROM_PEOPLE,
        flags=cleaned.flags,
        removed=cleaned.removed,
        smuggled=cleaned.smuggled,
        masked=() if masked is None else masked.counts,
        links=links,
    )
    found = look_at(look, policy)
    return Examined(
        entrance, text, found, () if masked is None else masked.masks, () if masked is None else tuple(masked.counts)
    )


def look_at(look: Look, policy: BoundaryPolicy = DEFAULTS) -> tuple[Finding, ...]:
    """What all detectors that are on find in a text, in the order of the registry."""
    from agent_core.boundary.detectors.registry import REGISTRY  # patterns that take longer to make than a start should

    found: list[Finding] = []
    for name in DETECTORS:
        threshold = policy.threshold(name)
        if threshold is not None:
            found.extend(findings(REGISTRY[name], look, threshold))
    return tuple(found[:MOST_FINDINGS])


def own_numbers(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Patterns of the numbers a brand gives out, as they are matched: without regard to case. Checked when a brand loads."""
    return _own_numbers(tuple(patterns))


@functools.lru_cache(maxsize=64)
def _own_numbers(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
