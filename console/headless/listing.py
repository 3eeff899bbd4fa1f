"""The list of conversations, narrowed, over the client's line (R-M1).

It must never narrow by itself: what the core answered is what there is.
"""

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import ListingAnswer, RowFilter
from agent_core.contract.views import AskPage, RowPage
from console.headless.client import Bucket, CoreClient


class Listing:
    """What can be asked of a core's list.

    Args:
        client: With a session.
    """

    def __init__(self, client: CoreClient) -> None:
        self._client = client

    async def page(
        self, bucket: Bucket, wanted: RowFilter, brand: BrandId | None = None, after: str | None = None, limit: int = 100
    ) -> RowPage:
        """A page; it may be shorter than its limit and still name a next one."""
        given = parameters(wanted, brand, after)
        return await self._client.query(RowPage, "/v1/conversations", bucket=bucket, limit=limit, **given)

    async def asks(self, brand: BrandId | None = None, after: str | None = None, limit: int = 50) -> AskPage:
        """A page of open asks, in the order of the queue."""
        named = {name: said for name, said in (("brand", brand), ("after", after)) if said is not None}
        return await self._client.query(AskPage, "/v1/open-asks", limit=limit, **named)

    async def choices(self) -> ListingAnswer:
        """What lists can be narrowed to."""
        return await self._client.query(ListingAnswer, "/v1/listing")


def parameters(wanted: RowFilter, brand: BrandId | None = None, after: str | None = None) -> dict[str, str | int]:
    """The parameters of a request: only what narrows is named."""
    words: dict[str, tuple[str, ...]] = {
        "channel": wanted.channels, "intent": wanted.intents, "workflow": wanted.workflows, "owner": wanted.owners,
        "state": wanted.labels,
    }  # fmt: skip
    given: dict[str, str | int] = {name: ",".join(said) for name, said in words.items() if said}
    seconds = {"waiting_over_s": wanted.waiting_over_s, "breach_within_s": wanted.breach_within_s}
    given |= {name: said for name, said in seconds.items() if said is not None}
    if wanted.flagged:
        given["flagged"] = "true"
    if brand is not None:
        given["brand"] = brand
    return given if after is None else given | {"after": after}
