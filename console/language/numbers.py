"""Numbers as the language writes them: groups of three and the decimal sign, read from one example that is translated.

It formats whole numbers and amounts in minor units only: no float is ever shown.
"""

from agent_core.contract.money import Money, spelled
from console import texts_numbers


def number(value: int) -> str:
    """A whole number, e.g. `12,345` or `12.345`."""
    return f"{value:,}".replace(",", _signs()[0])


def decimal(text: str) -> str:
    """A number written with a point, as the language writes it: `64.90` reads `64,90`."""
    whole, point, rest = text.partition(".")
    said = number(int(whole)) if whole.isascii() and whole.isdigit() else whole
    return f"{said}{_signs()[1]}{rest}" if point else said


def typed(text: str) -> str:
    """A number written with a point as a field of the language holds it: `1234.50` reads `1234,50`, in no groups."""
    return text.replace(".", _signs()[1])


def money(amount: Money) -> str:
    """An amount with its currency; nothing wraps inside it."""
    return f"{decimal(spelled(amount.amount_minor, amount.currency))}\u00a0{amount.currency}"


def _signs() -> tuple[str, str]:
    """What parts thousands, and what parts the fraction, in the example `1,234.5` of the language."""
    example = texts_numbers.A_NUMBER
    thousands = example[example.index("1") + 1 : example.index("234")]
    return thousands, example[example.index("4") + 1 : example.index("5")] or "."
