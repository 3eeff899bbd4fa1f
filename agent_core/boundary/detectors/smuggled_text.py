"""Text written in invisible characters; the clean step removed and decoded it (R-D3; ASCII smuggling)."""

from collections.abc import Iterator, Mapping
from typing import Final

from agent_core.boundary.detectors import imitation, suspected_injection
from agent_core.boundary.detectors.finding import Detector, Hit, findings
from agent_core.boundary.detectors.look import Look
from agent_core.contract.detection import THRESHOLDS

WEIGHTS: Final[Mapping[str, int]] = {
    "smuggled": 70,  # readable text was hidden
    "smuggled_instructions": 30,  # and it would be flagged if it could be seen
}


def hits(look: Look) -> Iterator[Hit]:
    """What was hidden, as evidence."""
    if "smuggled_text" not in look.flags:
        return
    yield Hit("smuggled", 0, 0, look.smuggled)
    inner = Look(look.smuggled, look.by_customer)
    if any(findings(each, inner, THRESHOLDS[each.name]) for each in (suspected_injection.DETECTOR, imitation.DETECTOR)):
        yield Hit("smuggled_instructions", 0, 0, look.smuggled)


DETECTOR: Final = Detector("smuggled_text", WEIGHTS, hits)
