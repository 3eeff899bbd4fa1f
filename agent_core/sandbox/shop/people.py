"""What a customer knows about themselves: the little the crowd of customers needs to write plausible messages.

Why it exists: the crowd may run in another process than the shop, so this travels as JSON. It must never carry payments,
addresses or anything a customer would not type.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class KnownOrder:
    """An order as its customer remembers it; amounts in EUR minor units."""

    id: str
    status: str
    total_minor: int
    refundable_minor: int
    charged_twice: bool
    items: tuple[str, ...]


@dataclass(frozen=True)
class KnownPerson:
    """A customer and what they bought, newest order first; ``plans`` are active subscriptions."""

    id: str
    name: str
    email: str
    language: str
    orders: tuple[KnownOrder, ...]
    plans: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Answers the wire form."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "KnownPerson":
        """Reads the wire form back."""
        orders = tuple(KnownOrder(**(order | {"items": tuple(order["items"])})) for order in value["orders"])
        return cls(value["id"], value["name"], value["email"], value["language"], orders, tuple(value["plans"]))
