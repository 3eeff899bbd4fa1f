"""Floods of invisible characters, spaces or repeated words, made to hide something or to cost (R-D3; ATLAS T0034)."""

import zlib
from collections.abc import Iterator, Mapping
from typing import Final

from agent_core.boundary.detectors.finding import Detector, Hit
from agent_core.boundary.detectors.look import Look

WEIGHTS: Final[Mapping[str, int]] = {
    "invisible_flood": 60,  # most of what came was removed by the clean step
    "joiner_density": 60,  # joiners where a script needs far fewer
    "repetition": 60,  # a long text that says one thing
}
_LONG: Final = 1_500
_RATIO: Final = 20
"""Ordinary text is three to four times as long as it is compressed, lists and tables up to ten times."""


def hits(look: Look) -> Iterator[Hit]:
    """Every signal; floods have no place but the whole text."""
    whole = len(look.text)
    if "padding" in look.flags:
        most = max(look.removed, key=lambda each: each[1], default=("characters", 0))
        yield Hit("invisible_flood", 0, whole, f"{most[1]:,} {most[0].replace('_', ' ')}")
    if "joiner_density" in look.flags:
        yield Hit("joiner_density", 0, whole)
    if whole >= _LONG:
        data = look.text.encode("utf-8", "replace")
        if len(data) >= _RATIO * len(zlib.compress(data, 1)):
            yield Hit("repetition", 0, whole)


DETECTOR: Final = Detector("padding", WEIGHTS, hits)
