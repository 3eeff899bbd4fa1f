"""The list as a Qt model that changes in place, the coalesced refresh, and the palette's matching."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from console.models.lines_model import LinesModel
from console.models.refresh import Refresh
from console.models.rows_model import RowsModel
from console.shell.matching import best, score
from console.shell.palette import PaletteLine
from console.state.app_state import AppState
from console.state.happenings import SearchTyped
from console.state.store import Store
from console.widgets.conversation_list import ConversationRowProps
from tests.console import made

pytestmark = pytest.mark.qt


def row(name: str) -> ConversationRowProps:
    return ConversationRowProps(name, f"Customer {name}", "", "listening")


@given(st.lists(st.permutations("abcdefgh").map(lambda order: order[:5]), min_size=1, max_size=6))
def test_every_change_of_rows_keeps_the_model_sound_and_whoever_stands_on_a_row(steps: list[list[str]]) -> None:
    model = RowsModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for names in steps:
        kept = {
            model.rows[at].id: QPersistentModelIndex(model.index(at, 0)) for at in range(len(model.rows))
        }  # fmt: skip
        model.set_rows([row(name) for name in names])
        assert [one.id for one in model.rows] == names
        for name, index in kept.items():
            assert index.isValid() == (name in names)
            if index.isValid():
                assert names[index.row()] == name
    tester.deleteLater()
    model.deleteLater()


def test_only_rows_that_changed_are_announced(qtbot: QtBot) -> None:
    model = RowsModel()
    rows = [row(name) for name in "abcd"]
    model.set_rows(rows)
    rows[1] = replace(rows[1], waiting="0:42")
    rows[2] = replace(rows[2], waiting="0:43")
    with qtbot.waitSignal(model.dataChanged) as told:
        model.set_rows(rows)
    assert told.args is not None
    assert (told.args[0].row(), told.args[1].row()) == (1, 2)
    with qtbot.assertNotEmitted(model.dataChanged):
        model.set_rows(list(rows))


def test_R_M8_a_search_that_leaves_a_few_of_many_is_told_in_one_piece() -> None:
    model = RowsModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    names = [f"r{number}" for number in range(400)]
    model.set_rows([row(name) for name in names])
    kept = {name: QPersistentModelIndex(model.index(names.index(name), 0)) for name in ("r3", "r33", "r200", "r201")}
    told = list[tuple[int, int]]()

    def removed(_parent: QModelIndex, first: int, last: int) -> None:
        told.append((first, last))

    model.rowsRemoved.connect(removed)
    left = [name for name in names if "3" in name]
    model.set_rows([row(name) for name in left])
    assert told == [(0, len(names) - len(left) - 1)]
    assert [one.id for one in model.rows] == left
    assert {name: index.row() for name, index in kept.items() if index.isValid()} == {"r3": 0, "r33": left.index("r33")}
    model.set_rows([row(name) for name in names])
    assert [one.id for one in model.rows] == names
    assert kept["r33"].row() == 33
    tester.deleteLater()
    model.deleteLater()


def test_another_page_is_asked_for_once(qtbot: QtBot) -> None:
    model = RowsModel()
    model.set_rows([row("a")])
    model.set_more(True)
    root = model.index(-1, -1)
    assert model.canFetchMore(root)
    with qtbot.waitSignal(model.more_wanted):
        model.fetchMore(root)
    assert not model.canFetchMore(root)


def test_R_M8_a_flood_of_changes_is_told_at_most_twenty_times_a_second_and_the_last_one_always(qtbot: QtBot) -> None:
    store = Store(AppState(now=made.NOW))
    refresh = Refresh(store)
    told: list[str] = []

    def hear(_before: AppState, after: AppState) -> None:
        told.append(after.search)

    refresh.changed.connect(hear)
    for at in range(2_000):
        store.dispatch(SearchTyped(str(at)))
    qtbot.waitUntil(lambda: bool(told) and told[-1] == "1999")
    assert len(told) <= 2
    refresh.stop()
    store.dispatch(SearchTyped("after"))
    assert told[-1] == "1999"


def test_R_M8_what_can_be_made_ready_is_made_ready_in_steps_and_then_the_newest_state_is_told(qtbot: QtBot) -> None:
    store = Store(AppState(now=made.NOW))
    happened = list[str]()

    def ready(state: AppState) -> Iterator[None]:
        for step in range(3):
            happened.append(f"{state.search}{step}")
            if step == 0:
                QTimer.singleShot(0, lambda: happened.append("a key"))
            if step == 1:
                store.dispatch(SearchTyped("ab"))
            yield

    refresh = Refresh(store, ready=ready)

    def hear(_before: AppState, after: AppState) -> None:
        happened.append(after.search)

    refresh.changed.connect(hear)
    store.dispatch(SearchTyped("a"))
    qtbot.waitUntil(lambda: "ab" in happened)
    assert happened == ["a0", "a key", "a1", "a2", "ab"]
    store.dispatch(SearchTyped("abc"))
    refresh.flush()
    assert happened[5:] == ["abc"], "whoever cannot wait is told without it"
    refresh.stop()


def test_R_M8_a_change_is_told_though_making_it_ready_failed(qtbot: QtBot) -> None:
    def ready(_state: AppState) -> Iterator[None]:
        yield
        raise LookupError("no picture")

    store = Store(AppState(now=made.NOW))
    refresh = Refresh(store, ready=ready)
    with qtbot.captureExceptions() as raised, qtbot.waitSignal(refresh.changed):
        store.dispatch(SearchTyped("a"))
    assert [kind for kind, *_ in raised] == [LookupError]
    refresh.stop()


def line(words: str) -> PaletteLine:
    return PaletteLine(words, words, "", "search")


def test_the_palette_finds_words_in_any_order_and_beginnings_first() -> None:
    lines = [line("Switch between light and dark"), line("Settings"), line("Go to Releases"), line("Amara Okafor — Refund")]
    assert best("set", lines, 9)[0].words == "Settings"
    assert [one.words for one in best("refund ama", lines, 9)] == ["Amara Okafor — Refund"]
    assert [one.words for one in best("l", lines, 2)] == ["Switch between light and dark", "Go to Releases"]
    assert best("zzz", lines, 9) == []
    assert len(best("", lines, 3)) == 3
    assert (
        score("li", "Light")
        > score("li", "Switch to light")
        > score("ig", "light")
        > score("stl", "Switch to light")
        > score("lt", "light")
        == 0
    )


def test_lines_are_shown_anew_as_a_whole_and_tell_words_and_speech_apart(qtbot: QtBot) -> None:
    owner = QObject()
    model: LinesModel[str] = LinesModel(owner, str.upper, lambda line: f"{line}, read aloud", tip=str.title)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_lines(["one", "two"])
    second = model.index(1, 0)
    roles = Qt.ItemDataRole
    told = [
        model.data(second, role) for role in (roles.UserRole, roles.DisplayRole, roles.ToolTipRole, roles.AccessibleTextRole)
    ]
    assert told == ["two", "TWO", "Two", "two, read aloud"]
    assert model.rowCount(second) == 0
    assert model.data(second, roles.DecorationRole) is None
    with qtbot.waitSignal(model.modelReset):
        model.show_lines(["three"])
    assert [model.data(model.index(row, 0)) for row in range(model.rowCount())] == ["THREE"]
    plain: LinesModel[str] = LinesModel(owner, str.upper, str.lower)
    plain.show_lines(["one"])
    assert plain.data(plain.index(0, 0), roles.ToolTipRole) is None
