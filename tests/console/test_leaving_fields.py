"""A field is left with Escape, also where there is no list to go back to: keys are commands again (R-M2, R-M8)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from console.shell.keys import is_writing
from console.state.happenings import BucketChosen, DetailArrived
from tests.console import made
from tests.console.opened import Opened

pytestmark = pytest.mark.qt


def test_R_M2_a_field_is_left_when_the_list_beside_it_is_empty(opened: Opened) -> None:
    mine = made.row(1, version=9, label="human_control", owner="person", owner_name="Mira Duarte", needs_person=False)
    opened.say(DetailArrived(made.detail(1).model_copy(update={"row": mine, "version": 9})), BucketChosen("agent"))
    opened.window.live.listed.rows.hide()
    opened.press(Qt.Key.Key_W)
    assert is_writing(QApplication.focusWidget())
    opened.press(Qt.Key.Key_Escape)
    assert not is_writing(QApplication.focusWidget())
    opened.press(Qt.Key.Key_H)
    assert opened.window.prompt.current == f"hand_back:{made.conversation(1)}"


def test_R_M2_a_cleared_queue_leaves_the_keyboard_to_the_window(opened: Opened) -> None:
    opened.window.approvals.queue.hide()
    opened.window.approvals.enter()
    assert QApplication.focusWidget() in {opened.window, None}
