"""Percentages that nothing read in this turn holds (R-F2)."""

from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.specifics import percentages

NAME: Final[ReplyCheckName] = "percentages"


def check(reading: Reading) -> Iterator[Finding]:
    """`unknown_percentage`."""
    said = percentages(reading.text)
    unknown = [each for each in said if each.value not in reading.ground.percentages] if said else []
    if unknown:
        named = ", ".join(dict.fromkeys(f"{each.value} %" for each in unknown))
        yield Finding(
            NAME,
            "unknown_percentage",
            f"Nothing that was read names this percentage: {named}.",
            f"It named {named}, which no fact it rests on holds. Name only percentages from the facts.",
            tuple(each.span for each in unknown),
        )
