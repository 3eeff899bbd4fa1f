"""What stands below the fold of a column is named at its foot (R-M1)."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from console.theme.controller import Theme
from console.widgets.below_fold import BelowFold
from console.widgets.pane import ScrollColumn

pytestmark = pytest.mark.qt


def settle() -> None:
    for _ in range(10):
        QApplication.processEvents()


def test_R_M1_what_a_tall_card_pushes_out_of_sight_is_named_and_one_press_away(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme("light")
    theme.install(qapp)
    pane, scroll = QWidget(), ScrollColumn("Beside")
    qtbot.addWidget(pane)
    outer = QVBoxLayout(pane)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.setSpacing(0)
    card, why, believes = QLabel("Card"), QLabel("Because"), QLabel("It is so")
    card.setFixedHeight(300)
    for part in (why, believes):
        part.setFixedHeight(150)
    for part in (card, why, believes):
        scroll.column.addWidget(part)
    outer.addWidget(scroll)
    foot = BelowFold(theme, scroll, ((why, "Why", "octagon-pause"), (believes, "Believes", "brain")))
    outer.addWidget(foot)
    pane.resize(340, 800)
    pane.show()
    settle()

    def named() -> list[str]:
        settle()
        return [button.accessibleName() for _, button in foot.buttons if button.isVisible()]

    assert (named(), foot.isVisible()) == ([], False)
    pane.resize(340, believes.mapTo(scroll, QPoint(0, 0)).y() + 50)
    assert (named(), foot.isVisible()) == ([], False), "it covered the very heading that it names"
    pane.resize(340, 430)
    assert named() == ["Believes"]
    card.setFixedHeight(700)
    assert named() == ["Why", "Believes"]
    foot.buttons[0][1].click()
    assert why.visibleRegion().boundingRect().height() == 150
    assert named() == []
    scroll.verticalScrollBar().setValue(0)
    why.hide()
    assert named() == ["Believes"]
    theme.deleteLater()
