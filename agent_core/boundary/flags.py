"""What deserves a look in one outside text, as short names in one list (R-D3).

One place, so that whatever looks at a text is asked the same way by the command line, the entrances and the tests. A flag
never blocks anything.
"""

from agent_core.boundary.scripts import mixed_script_identifiers
from agent_core.boundary.sources import TextViews


def flags_of(views: TextViews) -> tuple[str, ...]:
    """The flags of a text, in alphabetical order: those of cleaning, and of everything that looks at the result."""
    flags = set(views.cleaned.flags)
    if mixed_script_identifiers(views.text):
        flags.add("mixed_script")
    return tuple(sorted(flags))
