"""Money: integer minor units and a currency. No float ever touches an amount."""

from typing import Annotated

from pydantic import Field, StringConstraints

from agent_core.contract.base import Value

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
MinorUnits = Annotated[int, Field(ge=0, le=10**15)]

NO_CURRENCY = "XXX"
"""What is counted where no money moves (ISO 4217: no currency involved)."""

_EXPONENT = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3, "JOD": 3, "OMR": 3}


class Money(Value):
    """An amount in the currency's minor unit (ISO 4217 exponent)."""

    amount_minor: MinorUnits
    currency: Currency

    def text(self) -> str:
        """The amount for people, e.g. `64.90 EUR`; the separator is a no-break space so that it never wraps."""
        return f"{spelled(self.amount_minor, self.currency)}\u00a0{self.currency}"


def spelled(amount_minor: int, currency: str) -> str:
    """An amount without its currency, e.g. `64.90`; `minor_of` reads it."""
    exponent = _EXPONENT.get(currency, 2)
    if exponent == 0:
        return str(amount_minor)
    major, minor = divmod(amount_minor, 10**exponent)
    return f"{major}.{minor:0{exponent}d}"


def minor_of(text: str, currency: str) -> int:
    """The minor units of an amount as a person writes it: digits, and after one point or comma as many as the currency has.

    Raises:
        ValueError: It is no such amount: thousands are not separated, nothing is rounded.
    """
    exponent = _EXPONENT.get(currency, 2)
    major, point, minor = text.strip().replace(",", ".").partition(".")
    digits = major + minor
    if not (digits.isascii() and digits.isdigit() and major) or len(minor) > exponent or (point and not minor):
        raise ValueError(text)
    return int(major) * 10**exponent + int(minor.ljust(exponent, "0") or "0")
