"""How reply checks look at texts: exactly as the boundary does (R-F2, R-D1).

The two packages stand side by side and do not know each other; here they meet. Holds no state but the models of languages.
"""

from collections.abc import Sequence
from typing import Final

from agent_core.boundary.language import Languages, languages_of
from agent_core.boundary.masking import mask
from agent_core.boundary.match import match_view
from agent_core.guardrails.sight import Folded, Private, Spoken


class BoundarySight:
    """A `guardrails.sight.Sight`."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages

    def fold(self, text: str) -> Folded:
        """The match view."""
        return match_view(text)

    def private(self, text: str) -> Sequence[Private]:
        """What masking would take out."""
        return [Private(each.kind, each.start, each.end) for each in mask(text).masks]

    def language(self, text: str) -> Spoken:
        """What lingua says, where it is reliable."""
        guess = self._languages.detect(text)
        return Spoken(guess.language if guess.reliable else None, guess.mixed)


SIGHT: Final = BoundarySight(languages_of(()))
"""For brands whose languages are among the common ones, which is every language lingua is asked about anyway."""
