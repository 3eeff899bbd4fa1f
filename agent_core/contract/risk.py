"""How much care an action needs before a person's yes counts: its tier, how long it is looked at, in what company (R-C3).

A tier is fixed when the ask is raised, by code, from the tool's declaration, the amount and the brand's own rules.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from agent_core.contract.base import Value
from agent_core.contract.money import Money

Tier = Literal["low", "medium", "high", "critical"]
TIERS: Final[tuple[Tier, ...]] = ("low", "medium", "high", "critical")
"""From the least care to the most."""

LONGEST_LOOK_S: Final = 60
MOST_IN_BATCH: Final = 20


class BatchLimit(Value):
    """How many like cases may be approved in one go, and how much money together."""

    most: Annotated[int, Field(ge=2, le=MOST_IN_BATCH)]
    total: Money


class Risk(Value):
    """What an action's tier asks for.

    Attributes:
        min_shown_s: An approval counts only if its card was shown for so long before it was signed. A denial never waits.
        confirm: A first press arms, a second one signs.
        batch: It may be approved together with its like, within this limit; none: only ever alone.
    """

    tier: Tier
    min_shown_s: Annotated[int, Field(ge=0, le=LONGEST_LOOK_S)] = 0
    confirm: bool = False
    batch: BatchLimit | None = None


def higher(one: Tier, other: Tier) -> Tier:
    """The tier that asks for more care."""
    return TIERS[max(TIERS.index(one), TIERS.index(other))]
