"""News never stands over what is decided: an amount, a button, a field (R-M2, R-M8)."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from console.state.app_state import WORKSPACES
from console.state.happenings import News, WorkspaceChosen
from console.widgets.approval_card import ApprovalCard
from console.widgets.button import Button
from console.widgets.floating import SHADOW
from console.widgets.toast import Toast
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.shown_window import shown_window
from tests.console.states import begun

pytestmark = pytest.mark.qt


def place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def planes(window: QWidget) -> list[QRect]:
    shown = [one for one in window.findChildren(Toast) if one.isVisible()]
    return [place(one, window).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW) for one in shown]


def in_a_toast(widget: QWidget) -> bool:
    above = widget.parentWidget()
    return isinstance(above, Toast)


def settle() -> None:
    for _ in range(10):
        QApplication.processEvents()


@pytest.mark.parametrize("width", [1_366, 1_600])
def test_R_M2_news_covers_no_decision_no_button_and_no_field(qapp: QApplication, qtbot: QtBot, width: int) -> None:
    store = begun("light")
    with shown_window(qapp, qtbot, store, width=width, audit=AuditAskedFor()) as window:
        for number in range(4):
            words = "Somebody else was faster, and what was asked is closed. " * 4
            store.dispatch(News(f"n{number}", "Refund 64.90 EUR — countersigned", words, "danger"))
        for workspace in WORKSPACES[:4]:
            store.dispatch(WorkspaceChosen(workspace))
            window.refresh.flush()
            settle()
            news = planes(window)
            assert news, workspace
            assert workspace in window.splitters()
            kept = [
                one
                for kind in (Button, ApprovalCard, QLineEdit, QPlainTextEdit)
                for one in window.findChildren(kind)
                if one.isVisible() and not in_a_toast(one)
            ]
            assert any(isinstance(one, ApprovalCard) for one in kept) == (workspace in {"live", "approvals"})
            for one in kept:
                assert not [each for each in news if each.intersects(place(one, window))], (workspace, one.accessibleName())
            assert all(QRect(0, 0, width, 768).contains(each) for each in news)
            assert not any(one.intersects(other) for one in news for other in news if one is not other)
        split = window.splitters()["live"]
        store.dispatch(WorkspaceChosen("live"))
        window.refresh.flush()
        settle()
        drag(split, 300)
        listed = split.widget(0)
        assert listed is not None
        assert all(each.right() <= place(listed, window).right() for each in planes(window))


def drag(split: QSplitter, wide: int) -> None:
    sizes = split.sizes()
    split.setSizes([wide, sizes[1] + sizes[0] - wide, *sizes[2:]])
    settle()
