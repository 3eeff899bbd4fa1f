"""The routes of the lists: a page of conversations, narrowed, what that can be, and a page of open asks (R-M1, R-M2).

Names come as words between commas; each is checked like any other outside word. It must never answer a row of a brand that
the session does not see, whatever brand is named.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import ValidationError

from agent_core.contract.errors import Invalid
from agent_core.contract.listing import LONGEST_WAIT_S, ListingAnswer, RowFilter
from agent_core.contract.views import AskPage, RowPage
from agent_core.service.composition import Core
from agent_core.service.feed import Feed
from agent_core.service.projection.views import Bucket
from agent_core.service.seating import REFUSALS, Seated

_Words = Annotated[str, Query(max_length=1_600)]
_Seconds = Annotated[int | None, Query(ge=0, le=LONGEST_WAIT_S)]


def narrowed(
    channel: _Words = "",
    intent: _Words = "",
    workflow: _Words = "",
    owner: _Words = "",
    state: _Words = "",
    waiting_over_s: _Seconds = None,
    breach_within_s: _Seconds = None,
    flagged: bool = False,
) -> RowFilter:
    """What the parameters of a request ask for.

    Raises:
        Invalid: `malformed`: a word that cannot be one of these.
    """
    words: dict[str, Any] = {
        "channels": channel, "intents": intent, "workflows": workflow, "owners": owner, "labels": state,
    }  # fmt: skip
    asked = {field: tuple(dict.fromkeys(each for each in said.split(",") if each)) for field, said in words.items()}
    try:
        return RowFilter.model_validate(
            {**asked, "waiting_over_s": waiting_over_s, "breach_within_s": breach_within_s, "flagged": flagged}
        )
    except ValidationError as error:
        raise Invalid("malformed", "The list cannot be narrowed to that.") from error


def listing_routes(core: Core) -> APIRouter:
    """Routes for everybody who may see conversations."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)
    feed = Feed(core)

    @routes.get("/conversations")
    async def rows(
        seat: Seated,
        wanted: Annotated[RowFilter, Depends(narrowed)],
        bucket: Bucket = "all",
        brand: Annotated[str | None, Query(max_length=64)] = None,
        after: Annotated[str | None, Query(max_length=400)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> RowPage:
        return await feed.page(seat, bucket, after, limit, brand=brand, wanted=wanted)

    @routes.get("/open-asks")
    async def asks(
        seat: Seated,
        brand: Annotated[str | None, Query(max_length=64)] = None,
        after: Annotated[str | None, Query(max_length=400)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> AskPage:
        return await feed.ask_page(seat, after, limit, brand=brand)

    @routes.get("/listing")
    async def listing(seat: Seated) -> ListingAnswer:
        return feed.listing(seat)

    del rows, asks, listing
    return routes
