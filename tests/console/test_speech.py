"""A screen reader is told what became of one's own decision and how the core stands; every control has a name (R-M8)."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.ids import OperatorId
from agent_core.contract.views import ApprovalGiven
from console.shell.speaking import Speaking, announced
from console.shell.window import MainWindow
from console.state.app_state import WORKSPACES, AppState
from console.state.happenings import AskArmed, ConnectionChanged, WorkspaceChosen
from console.state.speech import Said, speech
from console.state.store import Store
from tests.console import made, made_log
from tests.console.scene import asks
from tests.console.shown_window import shown_window
from tests.console.states import begun

pytestmark = pytest.mark.qt
MINE = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)
HERS = ApprovalGiven(operator=OperatorId("o_ines"), name="Ines Roth", at=made.NOW)


def heard(*happenings: object) -> list[Said]:
    """What is said while these happen to a console that stands before a day's asks."""
    store, said = begun("light"), list[Said]()

    def listen(before: AppState, after: AppState) -> None:
        said.extend(speech(before, after))

    store.listen(listen)
    for one in happenings:
        store.dispatch(one)  # pyright: ignore[reportArgumentType] - tests pass happenings only
    return said


def test_R_M8_what_becomes_of_ones_own_decision_is_said_step_by_step() -> None:
    said = heard(
        asks(made.ask(1, version=2, state="deciding", approvals=(MINE,))),
        asks(made.ask(1, version=3, state="executing", approvals=(MINE,))),
        asks(made.ask(1, version=4, state="executing", approvals=(MINE,))),
        asks(made.ask(1, version=5, state="closed", approvals=(MINE,), closed_by="person", closed_sentence="It is done.")),
    )
    assert [one.text for one in said] == [
        "Signed: Refund 64.90\u00a0EUR. It leaves in a moment; Z takes it back.",
        "Countersigned. It is being done now.",
        "Refund 64.90\u00a0EUR: It is done.",
    ]


def test_a_decision_of_somebody_else_is_not_said_as_ones_own() -> None:
    assert heard(asks(made.ask(1, version=2, state="deciding", approvals=(HERS,)))) == []
    assert heard(asks(made.ask(1, version=2, state="closed", closed_by="timeout"))) == []


def test_a_core_that_goes_is_said_at_once_and_its_return_politely() -> None:
    said = heard(
        ConnectionChanged("offline", made.NOW, "The core does not answer."),
        ConnectionChanged("catching_up", made.NOW),
        ConnectionChanged("live", made.NOW),
    )
    assert said == [Said("The core does not answer.", now=True), Said("The core answers again")]


def test_the_first_of_two_presses_is_said_at_once() -> None:
    assert heard(AskArmed(made.ask(1).ask)) == [Said("Press A again to countersign Refund 64.90\u00a0EUR", now=True)]


def test_it_is_said_by_the_window(qapp: QApplication, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    said: list[Said] = []
    store = begun("light")
    before = store.state
    store.dispatch(ConnectionChanged("offline", made.NOW, "Gone."))
    Speaking(said.append).refresh(before, store.state)
    assert said == [Said("Gone.", now=True)]
    announced(widget)(Said("\u202eGone", now=True))


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot) -> Iterator[tuple[MainWindow, Store]]:
    store = begun("light")
    with shown_window(qapp, qtbot, store) as window:
        yield window, store


def unnamed(window: QWidget) -> list[str]:
    """Visible controls that take the keyboard and have no name."""
    return [
        type(one).__name__
        for one in window.findChildren(QWidget)
        if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus and not one.accessibleName()
    ]


def test_R_M8_every_control_that_takes_the_keyboard_has_a_name(opened: tuple[MainWindow, Store]) -> None:
    window, store = opened
    for place in WORKSPACES:
        store.dispatch(WorkspaceChosen(place))
        window.refresh.flush()
        assert unnamed(window) == [], place
    window.open_palette()
    assert unnamed(window) == []
    window.palette_overlay.close_overlay()
    window.show_log(made_log.records())
    window.log_sheet.toggle_raw()
    assert unnamed(window) == []
    window.log_sheet.close_overlay()
    window.show_notices()
    assert unnamed(window) == []
