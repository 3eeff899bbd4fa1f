"""Which tier an action is of: from its tool's declaration, its amount, and the brand's own rules (R-C3). Pure.

Everything here can only ask for more care than the defaults say about irreversible things, never about who may say yes: that
is policy's. It must never depend on text from outside.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from agent_core.contract.base import Value
from agent_core.contract.money import Money
from agent_core.contract.risk import LONGEST_LOOK_S, MOST_IN_BATCH, BatchLimit, Risk, Tier, higher

Seconds = Annotated[int, Field(ge=0, le=LONGEST_LOOK_S)]

_SHOWN: Final[Mapping[Tier, int]] = {"low": 0, "medium": 0, "high": 3, "critical": 6}
_PEOPLE: Final[Mapping[Tier, int]] = {"low": 1, "medium": 1, "high": 1, "critical": 2}


class BatchRules(Value):
    """Like cases of the two lower tiers may be approved in one go: how many, and how much together."""

    most: Annotated[int, Field(ge=2, le=MOST_IN_BATCH)] = 10
    total_minor: Annotated[int, Field(ge=0, le=10**12)] = 20_000


class RiskRules(Value):
    """What a brand says of risk; what it does not say is as usual.

    Attributes:
        high_from_minor: From this amount on, in the brand's currency, an irreversible action is of a high tier, and from
            `critical_from_minor` on critical. A reversible one is a tier lower.
        tools: At least this tier, by tool.
        min_shown_s: How long a card is looked at before a yes counts, by tier.
        people: How many people at least, by tier; policy may want more.
        batch: What may be approved in one go; none: nothing.
    """

    high_from_minor: Annotated[int, Field(ge=0, le=10**12)] = 25_000
    critical_from_minor: Annotated[int, Field(ge=0, le=10**12)] = 100_000
    tools: Mapping[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")], Tier] = Field(
        max_length=200, default_factory=dict[str, Tier]
    )
    min_shown_s: Mapping[Tier, Seconds] = Field(default_factory=dict[Tier, int])
    people: Mapping[Tier, Literal[1, 2, 3]] = Field(default_factory=dict[Tier, Literal[1, 2, 3]])
    batch: BatchRules | None = BatchRules()


USUAL: Final = RiskRules()


def tier_of(
    tool: str, declared: Tier | None, money: Money | None, *, reversible: bool, rules: RiskRules, currency: str
) -> Tier:
    """The tier of an action.

    Args:
        tool: Its name.
        declared: What the tool's declaration says at least.
        money: What moves; none when no money does.
        reversible: Whether it can be undone.
        rules: The brand's.
        currency: The brand's; amounts in another one are held against nobody's table, so they need a high tier's care.
    """
    tier: Tier = "low" if reversible else "medium"
    for floor in (declared, rules.tools.get(tool)):
        tier = tier if floor is None else higher(tier, floor)
    if money is None:
        return tier
    if money.currency != currency:
        return higher(tier, "high")
    if money.amount_minor >= rules.critical_from_minor:
        return higher(tier, "high" if reversible else "critical")
    if money.amount_minor >= rules.high_from_minor:
        return higher(tier, "medium" if reversible else "high")
    return tier


def risk_of(tier: Tier, rules: RiskRules, currency: str) -> Risk:
    """What a tier asks for, in this brand."""
    careful = tier in ("high", "critical")
    batch = None if careful or rules.batch is None else rules.batch
    return Risk(
        tier=tier,
        min_shown_s=rules.min_shown_s.get(tier, _SHOWN[tier]),
        confirm=careful,
        batch=None
        if batch is None
        else BatchLimit(most=batch.most, total=Money(amount_minor=batch.total_minor, currency=currency)),
    )


def people_of(tier: Tier, rules: RiskRules) -> int:
    """How many people at least."""
    return rules.people.get(tier, _PEOPLE[tier])
