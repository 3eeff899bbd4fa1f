"""Somebody pasted a secret: it was masked, and a person may want to have it changed (R-D3). Never holds the secret."""

from collections.abc import Iterator, Mapping
from typing import Final

from agent_core.boundary.detectors.finding import Detector, Hit
from agent_core.boundary.detectors.look import Look

WEIGHTS: Final[Mapping[str, int]] = {"password": 60, "secret": 80, "card_code": 60}


def hits(look: Look) -> Iterator[Hit]:
    """What the masking step counted."""
    for kind, count in look.masked:
        if kind in WEIGHTS:
            yield Hit(kind, 0, 0, f"{count} × {kind.replace('_', ' ')}")


DETECTOR: Final = Detector("secrets_pasted", WEIGHTS, hits)
