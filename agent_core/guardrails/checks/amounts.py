"""Money that nothing read in this turn holds (R-F2).

A sum or difference is allowed where the sentence calls it one and the reply itself names what it is made of: one operation,
which the reader can check.
"""

import re
from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.ground import derivable
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.specifics import Amount, Said, amounts

NAME: Final[ReplyCheckName] = "amounts"

_SUM: Final = re.compile(
    r"\b(?:total\w*|together|altogether|sum|combined|overall|in all|insgesamt|zusammen|summe|gesamt\w*|in summe)\b", re.I
)
_DIFFERENCE: Final = re.compile(
    r"\b(?:difference|remain\w*|left|rest|balance|less|minus|save|differenz|verbleib\w*|übrig|restbetrag|abzüglich"
    r"|gespart)\b",
    re.I,
)


def check(reading: Reading) -> Iterator[Finding]:
    """`unknown_amount`."""
    said = amounts(reading.text)
    if not said:
        return
    ground, currency = reading.ground, reading.release.brand.currency
    unknown = [each for each in said if not ground.has_amount(each.value, currency)]
    known = [each.value for each in said if each not in unknown]
    unknown = [each for each in unknown if not _derived(reading, each, list(dict.fromkeys(known)))]
    if unknown:
        named = ", ".join(dict.fromkeys(str(each.value) for each in unknown))
        yield Finding(
            NAME,
            "unknown_amount",
            f"Nothing that was read names this amount of money: {named}.",
            f"It named {named}, which no fact it rests on holds. Name only amounts from the facts.",
            tuple(each.span for each in unknown),
        )


def _derived(reading: Reading, amount: Said[Amount], known: list[Amount]) -> bool:
    start, end = amount.span
    around = next((each.text for each in reading.sentences if each.span[0] <= start < each.span[1]), reading.text[start:end])
    sums, differences = _SUM.search(around) is not None, _DIFFERENCE.search(around) is not None
    return (sums or differences) and derivable(amount.value, known, sums=sums, differences=differences)
