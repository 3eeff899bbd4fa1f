"""Order, tracking and other numbers that are not of this conversation: another customer's, or nobody's (R-F2)."""

from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.specifics import codes, references

NAME: Final[ReplyCheckName] = "references"


def check(reading: Reading) -> Iterator[Finding]:
    """`unknown_reference`."""
    own = references(reading.text, reading.patterns)
    places = [each.span for each in own if each.value not in reading.ground.references]
    taken = [each.span for each in own]
    for code in codes(reading.text):
        inside = any(start <= code.span[0] and code.span[1] <= end for start, end in taken)
        if not inside and not _known(reading, code.value):
            places.append(code.span)
    if places:
        yield Finding(
            NAME,
            "unknown_reference",
            "It names a number, such as an order's or a parcel's, that nothing in this conversation holds.",
            "It named a number that no fact it rests on holds. Copy numbers from the facts, letter by letter.",
            tuple(dict.fromkeys(places)),
        )


def _known(reading: Reading, code: str) -> bool:
    """Digits alone count from ten on; what is shorter is looked at as a phone number or an amount."""
    return code in reading.ground.codes or (code.isdigit() and len(code) < _LONG)


_LONG: Final = 10
