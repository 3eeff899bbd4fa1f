"""What deserves a look in one outside text, as short names in one list (R-D3).

One place, so that the command line tells what cleaning noticed and what detectors found by the same words as the events do.
A flag never blocks anything.
"""

from agent_core.boundary.examine import examine
from agent_core.boundary.sources import TextViews


def flags_of(views: TextViews) -> tuple[str, ...]:
    """The flags of a text, in alphabetical order: of cleaning, and of the detectors by their own thresholds."""
    found = examine(views.source, views, masks=False).findings
    return tuple(sorted({*views.cleaned.flags, *(each.detector for each in found)}))
