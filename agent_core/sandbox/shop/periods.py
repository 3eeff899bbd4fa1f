"""What a customer was given back in a period: refunds and credits, whoever made them, page by page.

Why it exists: a core that counts only what it did itself counts too little, as soon as the shop's own staff gives money
back or its database is an older copy. So a good shop lets itself be asked (R-C1, R-I5). It must never leave out what others
made, and never answer a part of a period without saying where it goes on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from agent_core.sandbox.clock import iso
from agent_core.sandbox.shop.seeding import Row
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.sandbox.wire import Refusal, json_answer

MOST_ROWS: Final = 100
"""Of one page."""

_REFUNDS: Final = (
    "SELECT refunds.*, orders.customer_id FROM refunds JOIN orders ON orders.id = refunds.order_id "
    "WHERE orders.customer_id = ? AND refunds.created_at >= ? AND refunds.created_at < ? "
    "AND (refunds.created_at, refunds.id) > (?, ?) ORDER BY refunds.created_at, refunds.id LIMIT ?"
)
_CREDITS: Final = (
    "SELECT * FROM credits WHERE customer_id = ? AND created_at >= ? AND created_at < ? "
    "AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?"
)
_BOUND: Final = "SELECT created_at FROM {table} WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Period:
    """Which rows of a customer are wanted: from a moment on, before another one, behind a row.

    Attributes:
        begin: ISO 8601 as the shop writes it; included.
        end: Not included.
        after: Id of the last row of the page before; empty for the first page.
    """

    customer: str
    begin: str
    end: str
    limit: int
    after: str = ""


def refunds_in(world: ShopWorld, period: Period) -> tuple[list[Row], str | None]:
    """Refunds of a customer's payments, oldest first, and the row behind which they go on; none when that was all.

    Raises:
        Refusal: 404 for an unknown customer, 422 `invalid_field` for a row that is not there.
    """
    return _page(world, "refunds", _REFUNDS, period)


def credits_in(world: ShopWorld, period: Period) -> tuple[list[Row], str | None]:
    """Credits a customer was given; as `refunds_in`."""
    return _page(world, "credits", _CREDITS, period)


def _page(world: ShopWorld, table: str, query: str, period: Period) -> tuple[list[Row], str | None]:
    world.customer(period.customer)
    bound = ""
    if period.after:
        rows = world.many(_BOUND.format(table=table), period.after)
        if not rows:
            raise Refusal(422, "invalid_field", "after must be the id of a row.")
        bound = str(rows[0]["created_at"])
    found = world.many(query, period.customer, period.begin, period.end, bound, period.after, str(period.limit + 1))
    page = found[: period.limit]
    return page, str(page[-1]["id"]) if len(found) > period.limit else None


class Periods:
    """The endpoints. They decide nothing; they read a period and write a page."""

    def __init__(self, world: ShopWorld) -> None:
        self._world = world

    async def refunds(self, request: Request) -> Response:
        """`GET /v1/refunds?customer_id=&from=&until=&limit=&after=`."""
        return await self._answer(request, "refunds", refunds_in)

    async def credits(self, request: Request) -> Response:
        """`GET /v1/credits?customer_id=&from=&until=&limit=&after=`."""
        return await self._answer(request, "credits", credits_in)

    async def _answer(
        self, request: Request, name: str, page: Callable[[ShopWorld, Period], tuple[list[Row], str | None]]
    ) -> Response:
        found, following = await asyncio.to_thread(page, self._world, _wanted(request))
        return json_answer({name: found, "next": following})


def _wanted(request: Request) -> Period:
    query = request.query_params
    customer, limit = query.get("customer_id", ""), query.get("limit", str(MOST_ROWS))
    if not customer:
        raise Refusal(422, "invalid_field", "customer_id is needed.")
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= MOST_ROWS):
        raise Refusal(422, "invalid_field", f"limit must be 1 to {MOST_ROWS}.")
    return Period(customer, _moment(query, "from"), _moment(query, "until"), int(limit), query.get("after", ""))


def _moment(query: QueryParams, name: str) -> str:
    try:
        moment = datetime.fromisoformat(query.get(name, "")[:40])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refusal(422, "invalid_field", f"{name} must be a moment with its offset, in ISO 8601.")
    return iso(moment)
