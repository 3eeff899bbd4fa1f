"""The log over the window shows decisions first, everything on demand, and the raw event one key away (R-M8)."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.events import ConversationOpened, Countersigned, MessageReceived, ModelSpoke
from console import texts_log
from console.language.po import placeholders
from console.presenting import log
from console.presenting.log import RENDERERS
from console.presenting.log_view import kind_of, lines
from console.shell.log_sheet import LogSheet
from console.theme.controller import Theme
from tests.console import made
from tests.console.made_log import records

pytestmark = pytest.mark.qt
NAMES = {"o_mira": "Mira Duarte", "o_ines": "Ines Roth"}


class Opened:
    def __init__(self, sheet: LogSheet) -> None:
        self.sheet = sheet
        self.said: list[str] = []
        sheet.said.connect(self.said.append)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.sheet.list, key, held)

    def shown(self) -> list[int]:
        model = self.sheet.list.model()
        return [self.sheet.lines[at].seq for at in range(model.rowCount())]


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot) -> Iterator[Opened]:
    theme = Theme("light")
    theme.install(qapp)
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1_200, 800)
    sheet = LogSheet(theme, window)
    with qtbot.waitExposed(window):
        window.show()
    sheet.show_log(lines(records(), NAMES, made.NOW))
    yield Opened(sheet)
    sheet.close_overlay()
    theme.deleteLater()


def test_decisions_are_shown_first_and_the_newest_is_stood_on(opened: Opened) -> None:
    assert opened.shown() == [4, 5, 6, 7, 8, 10, 11, 13, 14, 15]
    current = opened.sheet.current()
    assert current is not None
    assert current.seq == 15


def test_each_kind_has_a_key_and_everything_is_in_one_of_them(opened: Opened) -> None:
    opened.press(Qt.Key.Key_2)
    assert opened.shown() == [2]
    opened.press(Qt.Key.Key_3)
    assert opened.shown() == [3, 9, 10]
    opened.press(Qt.Key.Key_4)
    assert opened.shown() == list(range(1, 16))


def test_people_are_called_by_their_names() -> None:
    taken, signed = (lines(records(), NAMES, made.NOW)[at].words for at in (6, 7))
    assert taken == "Ines Roth is on ask a_7, taken from Mira Duarte"
    assert signed.startswith("Countersigned: approve by Mira Duarte, key ed25519:")
    assert lines(records(), {}, made.NOW)[6].words == "o_ines is on ask a_7, taken from o_mira"


def test_the_raw_event_is_one_key_away_and_copied_as_it_is(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Return)
    shown = json.loads(opened.sheet.raw.toPlainText())
    assert (shown["seq"], shown["event"]["to"]) == (15, "quarantined")
    opened.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert json.loads(QGuiApplication.clipboard().text())["seq"] == 15
    opened.press(Qt.Key.Key_Up)
    assert json.loads(opened.sheet.raw.toPlainText())["seq"] == 14
    opened.press(Qt.Key.Key_Return)
    assert opened.sheet.raw.isHidden()


def test_several_lines_are_copied_together(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    opened.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert [one.split(",")[0] for one in copied] == ["14", "15"]
    assert opened.said == ["2 lines copied"]


def test_what_is_searched_is_found_in_the_raw_event_too(opened: Opened) -> None:
    opened.press(Qt.Key.Key_4)
    opened.sheet.search.searched.emit("tool_use_without_result")
    assert opened.shown() == [14]
    opened.sheet.search.searched.emit("zebra")
    assert opened.shown() == []
    opened.press(Qt.Key.Key_Return)
    assert opened.sheet.raw.isHidden()


def test_escape_closes_it(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Escape)
    assert not opened.sheet.isVisible()


def test_an_event_that_no_group_names_counts_as_a_decision() -> None:
    assert [kind_of(one) for one in (Countersigned, MessageReceived, ModelSpoke, ConversationOpened)] == [
        "decided", "said", "inner", "inner",
    ]  # fmt: skip


def test_every_sentence_of_the_log_is_filled_in_with_what_it_names() -> None:
    assert log.__file__ is not None
    tree = ast.parse(Path(log.__file__).read_text(encoding="utf-8"))
    said: set[str] = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "_say":
            given = {one.arg for one in call.keywords}
            named = [one.value for one in ast.walk(call.args[0]) if isinstance(one, ast.Constant)]
            for name in (one for one in named if isinstance(one, str) and one in texts_log.SENTENCES):
                said.add(name)
                assert placeholders(texts_log.SENTENCES[name]) <= given, name
    assert said == set(texts_log.SENTENCES)
    assert {name.partition(".")[0] for name in said} <= {event.__name__ for event in RENDERERS}


def test_a_line_says_codes_as_words_and_leaves_ids_and_names_alone() -> None:
    said = [line.words for line in lines(records(), NAMES, made.NOW)]
    assert any("model refused" in one for one in said), "a reason code"
    assert any("tool use without result" in one for one in said), "a diagnosis"
    assert any("a_7" in one for one in said), "an id stays one"
    assert not [one for one in said if "model_refused" in one or "tool_use_without_result" in one]
