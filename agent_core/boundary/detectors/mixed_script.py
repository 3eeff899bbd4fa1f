"""Names whose letters come from scripts that no writer mixes: an imitation of another name (R-D3; UTS 39)."""

from collections.abc import Iterator, Mapping
from typing import Final

from agent_core.boundary.detectors.finding import Detector, Hit
from agent_core.boundary.detectors.look import Look
from agent_core.boundary.match import fold
from agent_core.boundary.scripts import mixed_script_identifiers

WEIGHTS: Final[Mapping[str, int]] = {
    "imitated_word": 60,  # every foreign letter looks like a letter of ASCII
    "mixed_word": 30,  # odd, but it imitates nothing
}


def hits(look: Look) -> Iterator[Hit]:
    """Each such word, with what it looks like."""
    for word in mixed_script_identifiers(look.text):
        foreign = [fold(each) for each in word.text if not each.isascii()]
        signal = "imitated_word" if all(len(each) == 1 and each.isascii() for each in foreign) else "mixed_word"
        yield Hit(signal, word.start, word.end, f"{word.text[:60]} (looks like {fold(word.text)[:60]})")


DETECTOR: Final = Detector("mixed_script", WEIGHTS, hits)
