"""Numbers of orders, parcels, articles and payments that nothing read in this turn holds (R-F2)."""

from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Reading
from agent_core.guardrails.specifics import counts

NAME: Final[ReplyCheckName] = "counts"


def check(reading: Reading) -> Iterator[Finding]:
    """`unknown_count`. As many as the reply itself names is no wonder: two orders, both by number."""
    said = [each for each in counts(reading.text) if each.value > 1]
    if not said:
        return
    spoken = reading.text.casefold()
    listed = sum(1 for known in reading.ground.references if known in spoken)
    unknown = [each for each in said if each.value not in reading.ground.counts and each.value != listed]
    if unknown:
        named = ", ".join(dict.fromkeys(str(each.value) for each in unknown))
        yield Finding(
            NAME,
            "unknown_count",
            f"Nothing that was read says that there are so many: {named}.",
            f"It said that there are {named}, which no fact it rests on says. Name only numbers from the facts.",
            tuple(each.span for each in unknown),
        )
