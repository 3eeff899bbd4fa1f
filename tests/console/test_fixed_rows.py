"""The list whose rows are all of one height: it stands as Qt's own does, and asks for what is in view alone (R-M1, R-M8)."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QStyledItemDelegate, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from console.models.rows_model import RowsModel
from console.theme.controller import Theme
from console.widgets.conversation_list import ROW_HEIGHT, ConversationList, ConversationRowProps
from console.widgets.fixed_rows import FixedRows

pytestmark = pytest.mark.qt
HIGH = 40
_Hint = QAbstractItemView.ScrollHint


class Rows(FixedRows):
    row_height = HIGH


class High(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, HIGH)


class Counted(RowsModel):
    asked = 0

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        self.asked += 1
        return super().rowCount(QModelIndex() if parent is None else parent)


class Both(NamedTuple):
    mine: FixedRows
    its: QListView
    model: RowsModel


def row(name: str) -> ConversationRowProps:
    return ConversationRowProps(name, f"Customer {name}", "", "listening")


def many(count: int) -> list[ConversationRowProps]:
    return [row(str(at)) for at in range(count)]


@pytest.fixture(scope="module")
def both(qapp: QApplication) -> Both:
    """A list of ours and one of Qt over the same rows."""
    model = RowsModel()
    mine, its = Rows(), QListView()
    its.setUniformItemSizes(True)
    its.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    its.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    its.setFrameShape(QListView.Shape.NoFrame)
    for view in (mine, its):
        view.setItemDelegate(High(view))
        view.setModel(model)
        view.resize(200, 210)
        view.show()
    qapp.processEvents()
    return Both(mine, its, model)


@given(
    st.integers(0, 30),
    st.floats(0, 1),
    st.integers(0, 29),
    st.sampled_from(_Hint),
    st.tuples(st.integers(-5, 205), st.integers(-5, 215)),
)
def test_every_row_stands_where_it_stands_in_a_list_of_qt(
    both: Both, count: int, scrolled: float, wanted: int, hint: QAbstractItemView.ScrollHint, point: tuple[int, int]
) -> None:
    mine, its, model = both
    model.set_rows(many(count))
    bars = [view.verticalScrollBar() for view in (mine, its)]
    for view in (mine, its):
        view.doItemsLayout()
        QApplication.sendPostedEvents()
    assert bars[0].maximum() == bars[1].maximum()
    for bar in bars:
        bar.setValue(int(scrolled * bar.maximum()))
    index = model.index(wanted % max(1, count), 0)
    assert mine.visualRect(index) == its.visualRect(index)
    assert mine.indexAt(QPoint(*point)).row() == its.indexAt(QPoint(*point)).row()
    for view in (mine, its):
        view.scrollTo(index, hint)
    assert bars[0].value() == bars[1].value()
    for view in (mine, its):
        view.setSelection(QRect(0, 50, 1, 1), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    chosen = [[one.row() for one in view.selectionModel().selectedIndexes()] for view in (mine, its)]
    assert chosen[0] == chosen[1]


@pytest.mark.parametrize("key", [Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Down])
def test_the_keys_lead_where_they_lead_in_a_list_of_qt(both: Both, key: Qt.Key) -> None:
    both.model.set_rows(many(30))
    for start in (-1, 0, 12, 29):
        for view in (both.mine, both.its):
            view.setCurrentIndex(both.model.index(start, 0))
            QTest.keyClick(view, key)
        assert both.mine.currentIndex().row() == both.its.currentIndex().row()


def test_a_page_is_what_fits(both: Both) -> None:
    both.model.set_rows(many(30))
    both.mine.setCurrentIndex(both.model.index(0, 0))
    QTest.keyClick(both.mine, Qt.Key.Key_PageDown)
    assert both.mine.currentIndex().row() == 5
    QTest.keyClick(both.mine, Qt.Key.Key_PageUp)
    assert both.mine.currentIndex().row() == 0


def other(at: int, one: ConversationRowProps) -> ConversationRowProps:
    return one if at % 3 else ConversationRowProps(one.id, "Somebody else", "", "closed")


_Rows = list[ConversationRowProps]
CHANGES: dict[str, Callable[[_Rows], _Rows]] = {
    "turned round": lambda rows: list(reversed(rows)),
    "one came": lambda rows: [row("new"), *rows],
    "some went": lambda rows: rows[7:],
    "some say something else": lambda rows: [other(at, one) for at, one in enumerate(rows)],
    "every other one went": lambda rows: rows[::2],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_R_M1_whatever_changes_among_very_many_rows_asks_for_those_in_view_alone(
    theme: Theme, qtbot: QtBot, change: Callable[[_Rows], _Rows]
) -> None:
    listed, model = ConversationList(theme), Counted()
    qtbot.addWidget(listed)
    rows = many(2_000)
    model.set_rows(rows)
    listed.setModel(model)
    listed.resize(340, 900)
    listed.show()
    QApplication.processEvents()
    model.asked = 0
    model.set_rows(change(rows))
    QApplication.processEvents()
    listed.grab()
    assert 0 < model.asked < 250


def test_a_row_is_chosen_by_the_pointer_wherever_the_list_was_scrolled(theme: Theme, qtbot: QtBot) -> None:
    listed, model = ConversationList(theme), RowsModel()
    qtbot.addWidget(listed)
    model.set_rows(many(100))
    listed.setModel(model)
    listed.resize(340, 900)
    listed.show()
    heard: list[str] = []
    listed.chosen.connect(heard.append)
    listed.verticalScrollBar().setValue(10 * ROW_HEIGHT)
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 2 * ROW_HEIGHT + 5))
    assert heard == ["12"]
    chosen = listed.selectionModel().selection()
    assert listed.visualRegionForSelection(chosen).boundingRect() == listed.visualRect(model.index(12, 0))


def test_R_M8_a_screen_reader_meets_a_list_with_its_rows(theme: Theme, qtbot: QtBot) -> None:
    listed, model = ConversationList(theme), RowsModel()
    qtbot.addWidget(listed)
    model.set_rows(many(40))
    listed.setModel(model)
    listed.resize(340, 900)
    listed.show()
    met = QAccessible.queryAccessibleInterface(listed)
    assert met.role() == QAccessible.Role.List
    assert met.childCount() == 40
    assert met.child(3).text(QAccessible.Text.Name).startswith("Customer 3")
    assert met.child(3).rect().height() == ROW_HEIGHT
