"""Reads lists in pages as they are wanted: conversations, and the queue of open asks (R-M1, R-M2).

One page of a list is on its way at a time. It must never show a page of another story than the one that is told now: each
names the beginning it was asked under, and the state leaves out what came too late. It must never leave a list marked as
being read when nothing reads it any more.
"""

from collections.abc import Awaitable
from typing import Final, TypeVar

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import Place, RowFilter
from console.state.app_state import AppState, Bucket
from console.state.happenings import (
    AsksArrived,
    AsksFailed,
    AsksWanted,
    Happening,
    PageArrived,
    PageFailed,
    PageSeenAgain,
    PageWanted,
)
from console.state.ports import ConsoleError, Core
from console.state.selectors import wants_again
from console.state.store import Store
from console.tasks import Tasks

PAGE: Final = 200
ASKS: Final = 50
"""Cards are large: so many are read in a few milliseconds."""

_Page = TypeVar("_Page")


class Paging:
    """The pages of one window.

    Args:
        store: The state.
        core: The line to the core.
        tasks: Where the work is kept.
    """

    def __init__(self, store: Store, core: Core, tasks: Tasks) -> None:
        self._store = store
        self._core = core
        self._tasks = tasks

    def read_rows(self, bucket: Bucket) -> None:
        """Read the next page of a part of the list."""
        state = self._store.state
        paging = state.paging.get(bucket)
        if paging is not None and bucket == state.bucket and wants_again(state):
            self._store.dispatch(PageWanted(bucket))
            self._tasks.start(self._reading_again(state, bucket, paging.reached), f"again:{bucket}")
            return
        if paging is not None and not paging.more:
            return
        after = paging.next if paging is not None else None
        self._store.dispatch(PageWanted(bucket))
        self._tasks.start(
            self._reading(bucket, after, state.narrowing.wanted, state.brand, state.begun), f"page:{bucket}"
        )  # fmt: skip

    async def _reading(
        self, bucket: Bucket, after: str | None, wanted: RowFilter, brand: BrandId | None, begun: int
    ) -> None:
        page = await self._read(self._core.rows(bucket, after, PAGE, wanted, brand), PageFailed(bucket, wanted, brand))
        if page is not None:
            self._store.dispatch(PageArrived(bucket, page, wanted, brand, begun))

    async def _reading_again(self, asked: AppState, bucket: Bucket, upto: Place | None) -> None:
        """Read what was read before once more, page by page."""
        wanted, brand = asked.narrowing.wanted, asked.brand
        after: str | None = None
        over = False
        while not over:
            page = await self._read(self._core.rows(bucket, after, PAGE, wanted, brand), PageFailed(bucket, wanted, brand))
            if page is None:
                return
            after = page.next
            over = after is None or (upto is not None and page.reached is not None and page.reached >= upto)
            self._store.dispatch(PageSeenAgain(bucket, page, wanted, brand, asked.begun, over))
            over = over or (wanted, brand, asked.begun) != self._now()

    def _now(self) -> tuple[RowFilter, BrandId | None, int]:
        state = self._store.state
        return state.narrowing.wanted, state.brand, state.begun

    def read_asks(self) -> None:
        """Read on in the queue of open asks."""
        state = self._store.state
        if state.asking.more:
            self._store.dispatch(AsksWanted())
            self._tasks.start(self._reading_asks(state.asking.next, state.brand, state.begun), "page:asks")

    async def _reading_asks(self, after: str | None, brand: BrandId | None, begun: int) -> None:
        page = await self._read(self._core.asks(after, ASKS, brand), AsksFailed(brand))
        if page is not None:
            self._store.dispatch(AsksArrived(page, brand, begun))

    async def _read(self, page: Awaitable[_Page], failed: Happening) -> _Page | None:
        """A page, or none where it did not come. That is always said: a list that counts as being read is never read on."""
        try:
            return await page
        except ConsoleError:
            # The line's own loop says that the core is away; the page is asked for again when it is back.
            self._store.dispatch(failed)
            return None
        except Exception:
            self._store.dispatch(failed)  # reported, and read again all the same
            raise
