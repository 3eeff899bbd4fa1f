"""A list whose page ends as nobody expected is read again: no ask stays behind it for ever (R-M1, R-M2)."""

import asyncio

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.views import AskPage, RowPage
from console.paging import Paging
from console.state.app_state import AppState, Bucket
from console.state.happenings import ConnectionChanged, FeedArrived, SignedIn
from console.state.selectors import wants_asks, wants_page
from console.state.store import Store
from console.tasks import Tasks
from tests.console import made
from tests.console.fake_core import FakeCore
from tests.console.scene import say


class Broken(FakeCore):
    """Its pages end as nobody expected."""

    async def rows(
        self, bucket: Bucket, after: str | None, limit: int, wanted: RowFilter = EVERYTHING, brand: BrandId | None = None
    ) -> RowPage:
        raise KeyError("nobody expected this")

    async def asks(self, after: str | None, limit: int, brand: BrandId | None = None) -> AskPage:
        raise KeyError("nobody expected this")


def test_R_M2_pages_that_end_as_nobody_expected_are_read_again() -> None:
    async def run() -> None:
        store, failed, over = Store(AppState(now=made.NOW)), list[BaseException](), asyncio.Event()

        def report(error: BaseException) -> None:
            failed.append(error)
            if len(failed) == 2:
                over.set()

        say(store, SignedIn(made.session()), FeedArrived(made.answer(reset=True), made.NOW))
        say(store, ConnectionChanged("live", made.NOW))
        assert wants_asks(store.state)
        assert wants_page(store.state)
        pages = Paging(store, Broken(), Tasks(report))
        pages.read_rows(store.state.bucket)
        pages.read_asks()
        assert not wants_asks(store.state)
        async with asyncio.timeout(300):
            await over.wait()
        assert wants_asks(store.state)
        assert wants_page(store.state)

    asyncio.run(run())
