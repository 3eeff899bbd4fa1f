"""A clock of an ask that ran out: which, by when it was due, and where the ask waited then (R-A4, R-E4).

Breaches are no asks of their own: what must be done is the ask itself, so it carries what was missed about it and stands
before every other one (`listing.ask_place_of`). A second ask for the same case could be resolved without the case.
"""

from agent_core.contract.base import Instant, Value
from agent_core.contract.outcomes import Clock


class Missed(Value):
    """Nobody looked, or decided, by a moment. `queue`: where it waited, by the name the brand gives it."""

    what: Clock
    due: Instant
    queue: str | None = None
