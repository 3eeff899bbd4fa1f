"""The list is kept by what changed, and is the very list that the state says; a painted row is painted once (R-M1, R-M8)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionViewItem, QWidget

from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.listing import EVERYTHING, PARTS, RowFilter, part_of, place_of
from agent_core.contract.views import ConversationRow
from console.models.rows_model import RowsModel
from console.presenting.listed import ListedRows, Sight
from console.presenting.rows import row_props
from console.state import folding
from console.state.app_state import AppState, Connection, Paging
from console.state.buckets import BUCKETS
from console.state.folding import folded
from console.state.happenings import FeedArrived, SearchTyped
from console.state.listing import FilterChosen, Narrowing, reduced
from console.state.selectors import shown_rows, wants_page
from console.state.store import Store
from console.theme.controller import Theme
from console.widgets.conversation_list import ConversationDelegate, ConversationList, ConversationRowProps
from console.widgets.painted_rows import PaintedRows
from tests.console import made

SIZE = QSize(340, 92)


def changed(number: int, version: int, look: int) -> ConversationRow:
    """A row that stands somewhere else with every look."""
    person = look % 5 == 3
    return made.row(
        number, version=version, brand=BrandId(("northwind", "lumen")[look % 2]),
        channel=("email", "webchat")[look // 2 % 2], needs_person=look % 3 == 0, asks=("approval",) if look % 6 == 0 else (),
        owner="person" if person else "agent", label="closed" if look % 7 == 6 else "resolving",
        urgency=("normal", "critical", "high")[look % 3], last_at=made.NOW - timedelta(seconds=look * 31 % 17),
        waiting_since=made.NOW - timedelta(seconds=look), snippet=f"word{look % 4}",
    )  # fmt: skip


STEPS = st.one_of(
    st.tuples(st.just("rows"), st.lists(st.tuples(st.integers(1, 30), st.integers(0, 60)), min_size=1, max_size=6)),
    st.tuples(st.just("gone"), st.lists(st.integers(1, 30), max_size=4)),
    st.tuples(st.just("bucket"), st.sampled_from(BUCKETS)),
    st.tuples(
        st.just("search"), st.sampled_from(("", "word", "word1", "customer", "Customer 2", "customer 2 word", "none"))
    ),
    st.tuples(st.just("brand"), st.sampled_from((None, BrandId("lumen")))),
    st.tuples(
        st.just("filter"), st.sampled_from((EVERYTHING, RowFilter(channels=("email",)), RowFilter(waiting_over_s=30)))
    ),
    st.tuples(st.just("time"), st.integers(1, 40)),
)


def stepped(state: AppState, step: tuple[str, object], version: int) -> AppState:
    match step:
        case ("rows", list(changes)):
            rows = dict(state.rows)
            for number, look in changes:
                row = changed(number, version, look)
                rows[row.conversation] = row
            return replace(state, rows=rows)
        case ("gone", list(numbers)):
            gone = {made.conversation(number) for number in numbers}
            return replace(state, rows={name: row for name, row in state.rows.items() if name not in gone})
        case ("filter", RowFilter() as wanted):
            return replace(state, narrowing=reduced(Narrowing(), FilterChosen(wanted)))
        case ("time", int(seconds)):
            return replace(state, now=state.now + timedelta(seconds=seconds))
        case (name, value):
            return replace(state, **{name: value})  # pyright: ignore[reportArgumentType] - by the strategy


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_R_M1_the_list_kept_by_what_changed_is_the_list_that_the_state_says(steps: list[tuple[str, object]]) -> None:
    rows = {made.conversation(number): changed(number, 1, number) for number in range(1, 25)}
    state = replace(AppState(now=made.NOW), rows=rows)
    listed = ListedRows(Sight(made.NOW))
    for version, step in enumerate([("time", 0), *steps], 2):
        state = stepped(state, step, version)
        assert [one.row for one in listed.at(state)] == shown_rows(state)


def test_R_M1_a_row_is_folded_once_for_all_letters_and_its_text_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made_of = list[ConversationRow]()

    def counted(row: ConversationRow) -> str:
        made_of.append(row)
        return folded(row)

    monkeypatch.setattr(folding, "folded", counted)
    rows = {made.conversation(number): made.row(number) for number in range(1, 41)}
    page = Paging("further", started=True, reached=max(map(place_of, rows.values())))
    store = Store(
        replace(AppState(now=made.NOW), bucket="all", rows=rows, paging={"all": page}, connection=Connection("live"))
    )
    listed = ListedRows(Sight(made.NOW), store.texts)
    for typed in ("c", "cu", "customer 4", "customer 40", ""):
        store.dispatch(SearchTyped(typed))
        assert [one.row for one in listed.at(store.state)] == shown_rows(store.state)
        assert wants_page(store.state, store.texts.of) == wants_page(store.state)
    assert len(made_of) == len(store.texts) == 40
    store.dispatch(SearchTyped("customer 40"))
    newer = made.row(40, version=2, snippet="Customer 40 says something else")
    store.dispatch(FeedArrived(made.answer(reset=False, rows=(newer,), asks=(), core=None), made.NOW))
    assert [one.row for one in listed.at(store.state)] == [newer]
    assert made_of[40:] == [newer]
    store.dispatch(FeedArrived(made.answer(rows=(newer,), asks=()), made.NOW))
    assert len(store.texts) == 1, "what the core began anew with is all that is kept"


def test_who_was_given_the_list_keeps_it_as_it_was() -> None:
    state = replace(AppState(now=made.NOW), bucket="all", rows={made.conversation(n): made.row(n) for n in range(1, 40)})
    listed = ListedRows(Sight(made.NOW))
    before = listed.at(state)
    names = [one.id for one in before]
    moved = made.row(20, version=2, needs_person=True)
    after = listed.at(replace(state, rows={**state.rows, moved.conversation: moved}))
    assert [one.id for one in before] == names
    assert after[0].id == moved.conversation
    assert sum(new is old for new in after for old in before) == 38


def test_what_a_row_says_follows_the_time_and_its_reason() -> None:
    row = made.row(1, waiting_since=made.NOW - timedelta(seconds=42))
    sight = Sight(made.NOW)
    [one] = ListedRows(sight).at(replace(AppState(now=made.NOW), bucket="all", rows={row.conversation: row}))
    assert one.props() == row_props(row, made.NOW)
    assert one.props() is one.props()
    sight.now += timedelta(seconds=60)
    sight.why = {ConversationId(row.conversation): "Refund 64.90 EUR"}
    assert one.props() == row_props(row, sight.now, "Refund 64.90 EUR")


def test_the_parts_of_the_list_stand_in_their_order_and_the_urgent_first_in_theirs() -> None:
    rows = [
        made.row(1, label="closed"), made.row(2), made.row(3, owner="person", needs_person=True, asks=("escalation",)),
        made.row(4, owner="person", needs_person=True, asks=("approval",)), made.row(5, owner="nobody"),
        made.row(6, needs_person=True, urgency="critical"), made.row(7, needs_person=True, urgency="high"),
    ]  # fmt: skip
    ordered = sorted(rows, key=place_of)
    assert [row.conversation for row in ordered] == [made.conversation(n) for n in (6, 7, 4, 5, 3, 2, 1)]
    assert [part_of(row) for row in ordered] == ["needs"] * 4 + ["human", "agent", "closed"]
    assert [PARTS[int(place_of(row)[0][0])] for row in ordered] == [part_of(row) for row in ordered]


class Counting(ConversationDelegate):
    """Counts the rows it paints by strokes, and knows at how many pixels a point it painted last."""

    painted = 0
    ratio = 0.0

    def _paint_row(self, painter: QPainter, *given: object) -> None:
        self.painted += 1
        self.ratio = painter.deviceTransform().m11()
        super()._paint_row(painter, *given)  # pyright: ignore[reportArgumentType] - passed on as given


def picture(delegate: ConversationDelegate, model: RowsModel, state: QStyle.StateFlag, ratio: float) -> QImage:
    image = QImage(SIZE * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.white)
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, SIZE.width(), SIZE.height())  # pyright: ignore[reportAttributeAccessIssue] - missing in the stubs
    option.state = state  # pyright: ignore[reportAttributeAccessIssue] - missing in the stubs
    painter = QPainter(image)
    delegate.paint(painter, option, model.index(0, 0))
    painter.end()
    return image


@pytest.mark.qt
@pytest.mark.parametrize(
    "state", [QStyle.StateFlag.State_Enabled, QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_MouseOver]
)
def test_R_M1_a_row_that_says_the_same_is_painted_once_and_looks_the_same(
    qapp: QApplication, state: QStyle.StateFlag
) -> None:
    theme = Theme("light")
    theme.install(qapp)
    parent = QWidget()
    model = RowsModel()
    row = ConversationRowProps("c1", "Amara Okafor", "Charged twice", "resolving", "Refund", "0:42", unread=True)
    delegate = Counting(theme, parent)
    model.set_rows([row])
    first, again = (picture(delegate, model, state, 1.0) for _ in range(2))
    assert delegate.painted == 1
    assert first == again
    model.set_rows([replace(row, waiting="0:43")])
    assert picture(delegate, model, state, 1.0) != first
    assert delegate.painted == 2
    theme.choose("dark")
    assert picture(delegate, model, state, 1.0) != first
    picture(delegate, model, state, 1.5)
    picture(delegate, model, state, 1.5)
    assert delegate.painted == 5, "between whole pixels strokes are sharper than a picture"
    parent.deleteLater()
    model.deleteLater()


@pytest.mark.qt
def test_R_M1_a_list_drawn_into_a_picture_is_painted_with_as_many_pixels_as_that_has(qapp: QApplication) -> None:
    theme = Theme("light")
    theme.install(qapp)
    shown, model = ConversationList(theme), RowsModel()
    shown.setModel(model)
    shown.show()
    model.set_rows([ConversationRowProps("c1", "Amara Okafor", "Charged twice", "resolving", "Refund", "0:42")])
    delegate = Counting(theme, shown)
    shown.setItemDelegate(delegate)
    drawn = QImage(SIZE * 3, QImage.Format.Format_RGB32)
    drawn.setDevicePixelRatio(3.0)
    painter = QPainter(drawn)
    shown.render(painter, QPoint(0, 0))
    painter.end()
    assert delegate.ratio == 3.0
    shown.close()
    shown.deleteLater()
    model.deleteLater()


@pytest.mark.qt
def test_R_M8_rows_that_come_into_view_are_painted_one_at_a_step_and_not_again(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = list[object]()
    paint = ConversationDelegate._paint_row  # pyright: ignore[reportPrivateUsage] - counted

    def counted(self: ConversationDelegate, *given: object) -> None:
        painted.append(given)
        paint(self, *given)  # pyright: ignore[reportArgumentType] - passed on as given

    monkeypatch.setattr(ConversationDelegate, "_paint_row", counted)
    theme = Theme("light")
    theme.install(qapp)
    shown, model = ConversationList(theme), RowsModel()
    shown.setModel(model)
    shown.resize(340, 460)
    shown.show()
    qapp.processEvents()
    rows = [ConversationRowProps(f"c{number}", f"Customer {number}", "Hello", "listening") for number in range(9)]
    model.set_rows(rows)
    shown.setCurrentIndex(model.index(1, 0))
    shown.viewport().repaint()
    painted.clear()
    newer = [replace(row, snippet="And again") for row in rows]
    first, last = shown.in_view()
    in_view = newer[first : last + 1]
    steps = [len(painted) for _ in shown.paint_ahead(in_view)]
    assert steps == list(range(1, len(in_view))), "the selected one looks otherwise, and is left to its moment"
    assert list(shown.paint_ahead(in_view)) == []
    model.set_rows(newer)
    shown.viewport().repaint()
    assert len(painted) == len(in_view)
    shown.close()
    shown.deleteLater()
    model.deleteLater()


@pytest.mark.qt
def test_pictures_of_rows_are_kept_within_a_bound(qapp: QApplication) -> None:
    del qapp
    kept = PaintedRows(most=300)
    for number in range(10):
        kept.keep(number, QImage(10, 10, QImage.Format.Format_RGB32).copy())  # pyright: ignore[reportArgumentType] - a size is a size
    assert len(kept) <= 3
    assert kept.get(9) is not None
