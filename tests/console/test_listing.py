"""The list of Live narrowed, kept under names, shared as text, and looked at by brand (R-M1)."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.views import RowPage
from console.shell.memory import Memory
from console.shell.window import MainWindow
from console.state.app_state import AppState
from console.state.happenings import BrandChosen, BucketChosen, ConversationChosen, FeedArrived, PageArrived, PageWanted
from console.state.listing import FilterChosen, ListingArrived, SavedView, ViewChosen, ViewSaved
from console.state.reduce import reduce
from console.state.selectors import numbers, open_asks, shown_rows, wants_page
from console.state.view_text import LONGEST_NAME, as_text, from_text, named
from console.supervisor import Supervisor
from console.tasks import Tasks
from console.widgets.button import Button
from console.widgets.check_row import CheckRow
from console.workspaces.filtering import parts, without
from tests.console import made, scenes_listing
from tests.console.fake_core import FakeCore, FakeSigner
from tests.console.scenes_listing import LUMEN, NARROW
from tests.console.shown_window import shown_window
from tests.console.states import begun
from tests.console.test_beliefs import Told

NAMES = st.sampled_from(("email", "refund_order", "a-b", "x.y"))
FILTERS = st.builds(
    RowFilter,
    channels=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    workflows=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    owners=st.lists(st.sampled_from(("agent", "nobody", "person")), max_size=3, unique=True).map(tuple),
    waiting_over_s=st.none() | st.integers(0, 86_400),
    breach_within_s=st.none() | st.integers(0, 86_400),
    flagged=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(FILTERS, st.text(max_size=80), st.booleans(), st.sampled_from((None, made.BRAND)))
def test_R_M1_a_saved_list_reads_back_from_its_text_as_it_was(
    wanted: RowFilter, name: str, pinned: bool, brand: object
) -> None:
    view = SavedView(named(name), wanted, "needs", None if brand is None else made.BRAND, pinned)
    line = as_text(view)
    assert "\n" not in line
    assert len(view.name) <= LONGEST_NAME
    assert from_text(line) == (view if view.name else None)


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "countersign-view", "countersign-view · ", "countersign-view · A · part=everything",
        "countersign-view · A · secret=1", "countersign-view · A · owner=everybody", "countersign-view · A · waiting=-5",
        "countersign-view · A · waiting=٣", "countersign-view · A · channel=<b>",
        "countersign-view · A · part=all · part=all",
        "countersign-view · A · brand=a b", "countersign-view · A · flagged=maybe", "x" * 5_000,
        "countersign-view · A · channel=" + ",".join(f"c{n}" for n in range(60)),
    ],
)  # fmt: skip
def test_a_line_that_says_anything_unknown_is_no_list(text: str) -> None:
    assert from_text(text) is None


def test_R_M1_saved_lists_and_the_brand_are_there_again_and_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    state = AppState(now=made.NOW, brand=made.BRAND)
    for view in scenes_listing.VIEWS:
        state = reduce(state, ViewSaved(view))
    memory = Memory(tmp_path / "console.ini")
    memory.keep(state)
    again = Memory(tmp_path / "console.ini").restored(AppState(now=made.NOW))
    assert again.brand == made.BRAND
    assert [view.wanted for view in again.narrowing.views] == [view.wanted for view in scenes_listing.VIEWS]
    lines = "\n".join(("rubbish", as_text(scenes_listing.VIEWS[0])))
    memory._settings.setValue("views", lines)  # pyright: ignore[reportPrivateUsage] - a file somebody edited
    assert [view.name for view in memory.restored(AppState(now=made.NOW)).narrowing.views] == ["Refunds by mail"]


def test_R_M1_rows_the_feed_brings_obey_the_filter_as_time_goes_on() -> None:
    state = begun("light").state
    waits = made.row(70, waiting_since=made.NOW - timedelta(seconds=299), needs_person=True)
    state = reduce(state, FilterChosen(RowFilter(waiting_over_s=300)))
    state = reduce(state, FeedArrived(made.answer(reset=False, rows=(waits,)), made.NOW))
    assert waits not in shown_rows(state)
    later = made.core(now=made.NOW + timedelta(seconds=2))
    state = reduce(state, FeedArrived(made.answer(reset=False, core=later), made.NOW + timedelta(seconds=2)))
    assert waits in shown_rows(state)


def test_a_page_of_the_list_as_it_was_before_is_no_page_of_the_new_one() -> None:
    state = reduce(begun("light").state, PageWanted("needs"))
    state = reduce(state, FilterChosen(NARROW))
    assert state.paging == {}
    assert wants_page(state)
    old = PageArrived("needs", RowPage(rows=(made.row(80),), next=None, counts=made.COUNTS))
    state = reduce(state, old)
    assert made.conversation(80) in state.rows
    assert wants_page(state)
    state = reduce(state, PageWanted("needs"))
    new = PageArrived("needs", RowPage(rows=(), next="further", counts=made.COUNTS), NARROW, None)
    state = reduce(state, new)
    assert wants_page(state), "a page in which little fitted is read on by itself"
    state = reduce(
        reduce(state, PageWanted("needs")), PageArrived("needs", new.page.model_copy(update={"next": None}), NARROW)
    )
    assert not wants_page(state)


def test_R_M1_a_brand_is_all_there_is_to_see_once_it_is_chosen() -> None:
    store = begun("light")
    store.dispatch(scenes_listing.two_brands())
    assert {row.brand for row in shown_rows(store.state)} == {made.BRAND, LUMEN}
    store.dispatch(BrandChosen(LUMEN))
    state = store.state
    assert state.wanted is None, "a conversation of another brand does not stay open"
    assert {row.brand for row in shown_rows(state)} == {LUMEN}
    assert open_asks(state) == []
    assert numbers(state).needs_person == 1
    store.dispatch(ConversationChosen(made.conversation(60)))
    store.dispatch(BrandChosen(None))
    assert store.state.wanted == made.conversation(60)


def test_a_brand_that_is_not_seen_any_more_is_left() -> None:
    store = begun("light")
    store.dispatch(scenes_listing.two_brands())
    store.dispatch(BrandChosen(LUMEN))
    store.dispatch(FeedArrived(made.answer(reset=False, core=made.core()), made.NOW))
    assert store.state.brand is None


def test_R_M1_a_page_is_asked_for_as_the_list_is_narrowed() -> None:
    async def run() -> None:
        core, store = FakeCore(), begun("light")
        tasks = Tasks(lambda error: (_ for _ in ()).throw(error))
        deeds = Supervisor(store, core, FakeSigner(), tasks, lambda _records: None)
        store.dispatch(scenes_listing.two_brands())
        store.dispatch(ViewChosen(SavedView("x", NARROW, "human", LUMEN)))
        deeds.read_page(store.state.bucket)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert core.pages == [("human", None, NARROW, LUMEN)]
        await tasks.close()

    asyncio.run(run())


def test_each_part_of_a_filter_can_be_taken_away_until_nothing_is_left() -> None:
    state = begun("light").state
    wanted = RowFilter(
        channels=("email", "sms"), labels=("closed",), owners=("nobody",), waiting_over_s=77, breach_within_s=0, flagged=True
    )
    while shown := parts(state, wanted):
        fewer = without(wanted, shown[0].key)
        assert len(parts(state, fewer)) == len(shown) - 1
        wanted = fewer
    assert wanted == EVERYTHING
    assert without(wanted, "nonsense:x") == EVERYTHING


# -- in the window -----------------------------------------------------------------------------------------------------


class Listing(Told):
    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def read_listing(self) -> None:
        self.read += 1


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    with shown_window(qapp, qtbot, begun("light"), live=Listing()) as shown:
        yield shown


def _press(window: MainWindow, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key, held)
    window.refresh.flush()


def _named(parent: QWidget, start: str) -> Button:
    QApplication.processEvents()
    return next(one for one in parent.findChildren(Button) if one.accessibleName().startswith(start) and one.isVisible())


@pytest.mark.qt
def test_R_M1_the_list_is_narrowed_and_kept_by_keyboard_alone(window: MainWindow) -> None:
    _press(window, Qt.Key.Key_V)
    assert window.form.current == "filter"
    window.store.dispatch(ListingArrived(scenes_listing.CHOICES))
    window.refresh.flush()
    rows = {row.props.words: row for row in window.form.findChildren(CheckRow)}
    rows["Missing item"].setFocus()
    _press(window, Qt.Key.Key_Space)
    window.form._texts["name"].setFocus()  # pyright: ignore[reportPrivateUsage] - as Tab would
    QTest.keyClicks(QApplication.focusWidget() or window, "Lost parts")
    _press(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    state = window.store.state
    assert state.narrowing.wanted == RowFilter(intents=("missing_item",))
    assert [view.name for view in state.narrowing.views] == ["Lost parts"]
    bar = window.live.listed.bar
    _named(bar, "No longer only: Missing item").click()
    window.refresh.flush()
    assert window.store.state.narrowing.wanted == EVERYTHING
    window.store.dispatch(BucketChosen("human"))
    _named(bar, "List: Lost parts").click()
    window.refresh.flush()
    assert (window.store.state.narrowing.wanted.intents, window.store.state.bucket) == (("missing_item",), "needs")


@pytest.mark.qt
def test_R_M1_the_first_rows_after_a_letter_or_a_filter_wait_for_nobody(window: MainWindow) -> None:
    listed = window.live.listed
    window.store.dispatch(BucketChosen("all"))
    window.refresh.flush()
    before = len(listed.model.rows)
    name = window.store.state.rows[shown_rows(window.store.state)[0].conversation].customer_name
    QTest.keyClicks(listed.search, name)
    window.refresh.flush()
    assert 0 < len(listed.model.rows) < before, "typed, and no core was asked"
    QTest.keyClick(listed.search, Qt.Key.Key_Escape)
    channel = shown_rows(window.store.state)[0].channel
    assert channel is not None
    window.store.dispatch(FilterChosen(RowFilter(channels=(channel,))))
    window.refresh.flush()
    assert [one.id for one in listed.model.rows] == [str(one.conversation) for one in shown_rows(window.store.state)] != []
    assert not window.store.state.paging, "no page came since"


@pytest.mark.qt
def test_R_M1_a_list_goes_through_the_clipboard_to_a_colleague(window: MainWindow) -> None:
    view = scenes_listing.VIEWS[0]
    window.store.dispatch(ViewSaved(view))
    window.carry_out(f"list:copy:{view.name}")
    text = QApplication.clipboard().text()
    assert from_text(text) == view
    window.carry_out(f"list:forget:{view.name}")
    assert window.store.state.narrowing.views == ()
    window.carry_out("list:paste:")
    assert window.store.state.narrowing.views == (view,)
    assert window.store.state.narrowing.wanted == view.wanted
    QApplication.clipboard().setText("<b>hello</b>")
    window.carry_out("list:paste:")
    assert window.store.state.notices[-1].title == "The clipboard holds no list"


@pytest.mark.qt
def test_R_M1_the_brand_is_chosen_from_the_bar_or_by_two_keys(window: MainWindow) -> None:
    assert not _named(window.top, "Brand: ").isEnabled(), "with one brand there is nothing to choose"
    window.store.dispatch(scenes_listing.two_brands())
    window.refresh.flush()
    _press(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(QApplication.focusWidget() or window, "lumen")
    _press(window, Qt.Key.Key_Return)
    assert window.store.state.brand == LUMEN
    assert _named(window.top, "Brand: Lumen").isEnabled()
    window.open_palette()
    window.refresh.flush()
    assert "Amara" not in "".join(line.words for line in window.palette_overlay._all)  # pyright: ignore[reportPrivateUsage]
