"""What a verdict knew of a customer's day: our own count, and what the other side says, each with its age (R-C1, R-C2).

Numbers only: who the customer is stands in bodies, never in the log.
"""

from pydantic import Field

from agent_core.contract.base import Code, Instant, Value
from agent_core.contract.ids import EffectId
from agent_core.contract.money import Currency, MinorUnits


class DayCounted(Value):
    """What an autonomous write of money was judged with.

    Attributes:
        day: Since when is counted: midnight, UTC.
        ours_minor: What the agent gave alone, by our own log; `ours_count`: how often it did anything alone.
        theirs_minor: What the other side says the customer was given, by whomever; none where it cannot be known.
        missing_minor: Of ours, what may not stand in their list yet: it was under way when they were asked, or came later.
        read_at: When they answered, and `effect` the read that asked them.
        code: Why it cannot be known.
    """

    currency: Currency
    day: Instant
    ours_minor: MinorUnits
    ours_count: int = Field(ge=0)
    theirs_minor: MinorUnits | None = None
    theirs_count: int | None = Field(default=None, ge=0)
    missing_minor: MinorUnits = 0
    missing_count: int = Field(default=0, ge=0)
    read_at: Instant | None = None
    effect: EffectId | None = None
    code: Code | None = None

    @property
    def known(self) -> bool:
        """Whether the other side could say."""
        return self.theirs_minor is not None and self.theirs_count is not None

    @property
    def customer_minor(self) -> int:
        """What caps are held against: never less than either count."""
        return max(self.ours_minor, (self.theirs_minor or 0) + self.missing_minor)

    @property
    def customer_count(self) -> int:
        """As `customer_minor`, for how often."""
        return max(self.ours_count, (self.theirs_count or 0) + self.missing_count)
