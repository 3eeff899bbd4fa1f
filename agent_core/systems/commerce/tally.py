"""What a shop's own lists say a customer was given in a period: refunds and credits, every page of both.

It must never add up a part: a page that is missing, a row in no agreed form or a list without an end is no answer.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from agent_core.contract.clock import iso
from agent_core.systems.commerce.shapes import Given, GivenCredits, GivenRefunds
from agent_core.systems.outcomes import read_failure
from agent_core.systems.tallying import CannotTell, Told
from agent_core.systems.transport import Site, Trouble

MOST_PAGES: Final = 10
"""Of one list; who was given more than that in a day is no case for an agent alone."""

_NOT_MADE: Final = frozenset({"failed", "cancelled", "canceled", "declined"})
_NOT_AGREED: Final = CannotTell("bad_answer", "The shop's list was not in the agreed form.")
_NO_END: Final = CannotTell("too_many", "The shop's list of what this customer was given is too long.")
_LISTS: Final[Mapping[str, Callable[[Mapping[str, Any]], GivenRefunds | GivenCredits]]] = {
    "/v1/refunds": lambda body: GivenRefunds.model_validate(body),
    "/v1/credits": lambda body: GivenCredits.model_validate(body),
}


async def tallied(
    site: Site, *, customer: str, currency: str, since: datetime, until: datetime, deadline: datetime
) -> Told | CannotTell:
    """Adds up both lists, which are read side by side; see `Tallier`."""
    period = {"customer_id": customer, "from": iso(since), "until": iso(until)}
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_listed(site, path, period, deadline)) for path in _LISTS]
    rows: list[Given] = []
    for task in asked:
        found = task.result()
        if isinstance(found, CannotTell):
            return found
        rows += [row for row in found if row.status not in _NOT_MADE]
    return Told(sum(row.amount_minor for row in rows if row.currency == currency), len(rows))


async def _listed(site: Site, path: str, period: Mapping[str, str], deadline: datetime) -> list[Given] | CannotTell:
    rows: list[Given] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        query = {**period, **({} if after is None else {"after": after})}
        answer = await site.get(path, deadline=deadline, **query)
        if isinstance(answer, Trouble) or not answer.good:
            failure = read_failure(answer)
            return CannotTell(
                failure.code or "failed",
                failure.sentence or "",
                transient=failure.transient,
                timed_out=failure.outcome == "timed_out",
                retry_after=failure.retry_after,
            )
        try:
            page = _LISTS[path](answer.body)
        except ValidationError:
            return _NOT_AGREED
        rows += page.rows
        if page.next is None:
            return rows
        if page.next == after or not page.rows:
            return _NOT_AGREED  # it goes round in circles
        after = page.next
    return _NO_END
