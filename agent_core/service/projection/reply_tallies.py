"""How often the checks of replies found something, and how many replies were drafted, by brand and day (R-F2).

Rows of the table of views, counted up as those of detectors are (`tallies`). Holds codes and numbers, never words.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy.engine import Connection

from agent_core.contract.checked_replies import ReplyCheckCount
from agent_core.contract.events import Recorded, ReplyDrafted, ReplyFlagged
from agent_core.contract.ids import BrandId
from agent_core.service.projection.tallies import Tally, counted

KIND: Final = "reply_checks"
PASSED: Final = "passed"
"""Stands in place of a check for replies that were drafted; the code says who made them."""


def tallies_of(records: Iterable[Recorded]) -> Mapping[Tally, int]:
    """What these records count for: each finding of a text once, each draft once."""
    found: Counter[Tally] = Counter()
    for record in records:
        event = record.event
        if record.brand is None:
            continue
        day = record.at.date()
        if isinstance(event, ReplyFlagged):
            for one in event.findings:
                found[Tally(day, record.brand, event.became, one.check, one.code, KIND)] += 1
        elif isinstance(event, ReplyDrafted):
            found[Tally(day, record.brand, "drafted", PASSED, event.made_by, KIND)] += 1
    return found


def counts(connection: Connection, brands: Sequence[BrandId], since: date) -> list[ReplyCheckCount]:
    """Counts of these brands from a day on, by day; at most `MOST_ROWS`."""
    found: list[ReplyCheckCount] = []
    for brand, count, row in counted(connection, KIND, brands, since):
        found.append(
            ReplyCheckCount(
                brand=brand, day=row["day"], check=row["detector"], code=row["code"], became=row["entrance"],
                count=count,
            )
        )  # fmt: skip
    return found
