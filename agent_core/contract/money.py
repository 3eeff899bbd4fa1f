"""Money: integer minor units and a currency. No float ever touches an amount."""

from typing import Annotated

from pydantic import Field, StringConstraints

from agent_core.contract.base import Value

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
MinorUnits = Annotated[int, Field(ge=0, le=10**15)]

_EXPONENT = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3, "JOD": 3, "OMR": 3}


class Money(Value):
    """An amount in the currency's minor unit (ISO 4217 exponent)."""

    amount_minor: MinorUnits
    currency: Currency

    def text(self) -> str:
        """The amount for people, e.g. `64.90 EUR`; the separator is a no-break space so that it never wraps."""
        exponent = _EXPONENT.get(self.currency, 2)
        if exponent == 0:
            return f"{self.amount_minor}\u00a0{self.currency}"
        major, minor = divmod(self.amount_minor, 10**exponent)
        return f"{major}.{minor:0{exponent}d}\u00a0{self.currency}"
