"""What the palette found beyond what the window knows, and where this person was lately (R-M8).

Places are keys of the palette, so that what is remembered holds ids and fixed words, never a customer's. It must never show
an answer to another question than the one that stands in the field.
"""

from dataclasses import dataclass, replace

from agent_core.contract.searching import FoundConversation

KEPT = 12
"""Places that are remembered."""
REMEMBERED = frozenset({"go", "conversation", "setting", "audit", "triage"})
"""Kinds of keys that lead somewhere; deeds are not repeated by a list of what was recent."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what was recent.

    Attributes:
        typed: The question that was asked last.
        busy: It has not been answered.
        found: The conversations it found, best first, each once.
        recent: Keys of places, the latest first.
    """

    typed: str = ""
    busy: bool = False
    found: tuple[FoundConversation, ...] = ()
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindWanted:
    """Something is looked for everywhere; nothing typed forgets what was found."""

    typed: str


@dataclass(frozen=True, slots=True)
class Found:
    """The core answered."""

    typed: str
    found: tuple[FoundConversation, ...]


@dataclass(frozen=True, slots=True)
class Visited:
    """A person went somewhere."""

    key: str


FindingHappening = FindWanted | Found | Visited


def finding_reduced(finding: Finding, happening: FindingHappening) -> Finding:
    """The slice after something happened to it."""
    match happening:
        case FindWanted(typed):
            return replace(finding, typed=typed, busy=bool(typed), found=finding.found if typed else ())
        case Found(typed, found):
            if typed != finding.typed:
                return finding
            once = {one.conversation: one for one in reversed(found)}
            return replace(finding, busy=False, found=tuple(dict.fromkeys(once[one.conversation] for one in found)))
        case Visited(key):
            if key.partition(":")[0] not in REMEMBERED or len(key) > 200:
                return finding
            rest = tuple(one for one in finding.recent if one != key)
            return replace(finding, recent=(key, *rest)[:KEPT])
