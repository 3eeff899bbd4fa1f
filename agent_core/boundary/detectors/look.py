"""A text as detectors see it: clean, folded, and as tokens with their places. Made once, shared by all of them."""

from dataclasses import dataclass, field
from typing import Final

from agent_core.boundary.match import MatchView, match_view
from agent_core.contract.once import once

MOST_LOOKED_AT: Final = 20_000
"""Characters. Of a longer text the first and the last half of that are looked at: attacks stand at an end, or repeat."""


@dataclass(frozen=True)
class Look:
    """One text.

    Attributes:
        text: Clean, with everything masked that is to be masked; evidence is cut from it.
        by_customer: A person wrote it to us. Otherwise it is data, in which nobody has instructions to give.
        flags: Of the clean step.
        removed: Of the clean step, `(class, count)`.
        smuggled: What the clean step decoded.
        masked: `(kind, count)` of the masking step.
        links: `(text, target)` of a document's links, when markup was taken away before.
    """

    text: str
    by_customer: bool = True
    flags: tuple[str, ...] = ()
    removed: tuple[tuple[str, int], ...] = ()
    smuggled: str = ""
    masked: tuple[tuple[str, int], ...] = ()
    links: tuple[tuple[str, str], ...] = field(default=())

    @once
    def match(self) -> MatchView:
        """The folded text."""
        return match_view(self.text)


def bounded_look(text: str) -> str:
    """The part of a long text that is looked at; of the same length as the text when it is not long."""
    if len(text) <= MOST_LOOKED_AT:
        return text
    half = MOST_LOOKED_AT // 2
    return f"{text[:half]}\n{text[-half:]}"
