"""Where a language is long and the window small, names, what is overdue and alarms are read first (R-M1, R-M2)."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.ids import OperatorId
from agent_core.contract.money import Money
from agent_core.contract.views import ApprovalGiven
from console.language import catalogue
from console.presenting.approval import approval_props
from console.shell.window import MainWindow
from console.state.app_state import AppState
from console.state.happenings import WorkspaceChosen
from console.state.triage import LookFailed, LookWanted, TriageChosen, TriageFailed, TriageWanted
from console.theme.controller import Theme
from console.widgets.chip import Chip, ChipProps
from console.widgets.conversation_header import ConversationHeader, ConversationHeaderProps
from console.widgets.conversation_list import ConversationDelegate, ConversationRowProps
from console.widgets.key_cap import KeyCapProps, KeyHint
from console.widgets.plain_label import PlainLabel
from console.widgets.status_bar import StatusBar, StatusBarProps, StatusPiece
from console.workspaces.editing import edit_form
from tests.console import made
from tests.console.scene import say
from tests.console.shown_window import shown_window
from tests.console.states import begun

pytestmark = pytest.mark.qt


@pytest.fixture
def german() -> Iterator[None]:
    catalogue.speak("de")
    yield
    catalogue.speak("en")


def shown(qtbot: QtBot, widget: QWidget, width: int) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, widget.height())
    with qtbot.waitExposed(widget):
        widget.show()


def test_R_M1_a_name_is_not_cut_for_its_chips(theme: Theme, qtbot: QtBot) -> None:
    chips = (ChipProps("Sie haben die Kontrolle", "ok", "headset"), ChipProps("Geprüft", "ok", "badge-check"))
    head = ConversationHeader(theme, ConversationHeaderProps(name="Tom Haverford", chips=chips, detail="web-48121"))
    shown(qtbot, head, 612)
    name = head.findChildren(PlainLabel)[0]
    assert name.width() >= name.sizeHint().width() - 1
    held, proven = (one for one in head.findChildren(Chip) if not one.isHidden())
    assert (held.props.words, proven.props.words) == ("Sie haben die Kontrolle", "")
    assert proven.accessibleName() == "Geprüft"
    head.resize(900, head.height())
    assert proven.props.words == "Geprüft"


def test_R_M1_what_is_overdue_is_not_pushed_out_by_a_long_state(
    theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[str] = []

    def paint(_painter: QPainter, _x: float, _middle: float, props: ChipProps, *_more: object, **_room: object) -> float:
        painted.append(props.words)
        return 400.0

    monkeypatch.setattr("console.widgets.conversation_list.paint_chip", paint)
    view = QWidget()
    qtbot.addWidget(view)
    row = ConversationRowProps("c_1", "Tom Haverford", "", "awaiting_human", breach="overdue", breached=True)
    picture = QImage(300, 76, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    delegate = ConversationDelegate(theme, view)
    delegate._paint_state(painter, 60, 270, 50, row.role, theme.tokens)  # pyright: ignore[reportPrivateUsage] - one line of a row
    painter.end()
    assert painted[0] == "overdue"
    assert QRectF(picture.rect()).width() == 300


def test_R_M8_hints_go_before_a_statement_is_cut(theme: Theme, qtbot: QtBot) -> None:
    alarm = StatusPiece("Das Protokoll des Kerns ist nicht das zuvor gesehene", "danger")
    keys = tuple(KeyCapProps((key,), "nächste Begutachtung") for key in "ABCDE")
    place = QWidget()
    bar = StatusBar(theme, StatusBarProps((alarm, StatusPiece("3 in Arbeit, 1 wartend")), keys, "Mira Duarte"), place)
    bar.resize(900, 30)
    shown(qtbot, place, 1_900)
    cut = [one.whole_text() for one in bar.findChildren(PlainLabel) if one.width() < one.sizeHint().width() - 1]
    assert cut == []
    hints = [one.isHidden() for one in bar.findChildren(KeyHint)]
    assert hints == sorted(hints, reverse=True)
    assert any(hints)
    assert not hints[-1]
    bar.set_props(StatusBarProps((alarm, StatusPiece("4 in Arbeit, 1 wartend")), keys, "Mira Duarte"))
    newest = bar.findChildren(KeyHint)[-5:]
    assert [one.isHidden() for one in newest] == hints
    bar.resize(1_900, bar.height())
    assert not any(one.isHidden() for one in newest)


def test_R_C3_who_must_still_sign_does_not_look_like_who_has() -> None:
    ines = ApprovalGiven(operator=OperatorId("o_ines"), name="Ines Roth", at=made.NOW)
    nobody = approval_props(AppState(now=made.NOW), made.ask(1, required_people=2))
    one = approval_props(
        AppState(now=made.NOW), made.ask(1, required_people=2, approvals=(ines,), second_person_wanted=True)
    )
    assert (nobody.given, nobody.wanted) == ((), "0 of 2 people have countersigned")
    assert len(one.given) == 1
    assert one.wanted == "A second person with another key must countersign too."


@pytest.mark.usefixtures("german")
def test_R_M8_an_amount_to_change_stands_as_the_language_writes_it() -> None:
    fields = {field.key: field.given for field in edit_form(made.ask(1), made.edit(1)).fields}
    assert ("64,90",) in fields.values()


@pytest.mark.usefixtures("german")
def test_R_M8_a_limit_is_said_as_the_language_writes_it(qapp: QApplication, qtbot: QtBot) -> None:
    store = begun("light")
    with shown_window(qapp, qtbot, store) as window:
        say(store, WorkspaceChosen("settings"))
        window.refresh.flush()
        limit = Money(amount_minor=50_000, currency="EUR")
        assert store.state.session is not None
        assert store.state.session.limit == limit
        assert "500,00 EUR" in {one.whole_text().replace("\u00a0", " ") for one in window.settings.findChildren(PlainLabel)}


def test_R_M4_a_log_that_could_not_be_read_can_be_read_again(qapp: QApplication, qtbot: QtBot) -> None:
    store, about = begun("light"), made.conversation(4)
    with shown_window(qapp, qtbot, store) as window:
        say(store, TriageChosen(about), LookWanted(about), LookFailed(about, "It was not read."), WorkspaceChosen("triage"))
        window.refresh.flush()
        pressed(window)
        looked = store.state.triage.looked_at
        assert looked is not None
        assert (looked.conversation, looked.reading) != (about, "failed")


def test_R_M4_a_list_that_could_not_be_read_can_be_read_again(
    qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, asked = begun("light"), list[str]()
    with shown_window(qapp, qtbot, store) as window:
        say(store, TriageWanted(), TriageFailed("The core's answer could not be read."), WorkspaceChosen("triage"))
        window.refresh.flush()

        def read(_deeds: object) -> None:
            asked.append("list")

        monkeypatch.setattr("console.workspaces.triage_deeds.NoTriage.read_triage", read)
        pressed(window)
    assert asked == ["list"]


def pressed(window: MainWindow) -> None:
    window.triage.middle.pressed.emit("empty")
