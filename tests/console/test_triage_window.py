"""Triage in the window: every deed by keyboard, and every state with names and nothing cut (R-M4, R-M8)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.forking import ForkWanted, OtherArguments
from agent_core.contract.ids import AskId
from console import texts_triage as texts
from console.language import catalogue
from console.language.pseudo import PSEUDO
from console.shell.commands import palette_lines
from console.shell.window import MainWindow
from console.state.app_state import AppState, Keyring, Preferences
from console.state.happenings import ConnectionChanged, FeedArrived, KeyringKnown, SignedIn, WorkspaceChosen
from console.state.store import Store
from console.state.triage import (
    FileDiagnosed,
    FileDropped,
    LookArrived,
    RepairTaken,
    TriageArrived,
    TriageChosen,
)
from console.state.triage_fork import ForkArrived, ForkSent
from console.widgets.button import Button
from console.widgets.check_row import CheckRow
from console.widgets.plain_label import PlainLabel
from console.widgets.triage.blocks import PieceBlock
from console.workspaces.triage_forking import fork_wanted
from tests.console import made
from tests.console import made_triage as triage
from tests.console.fake_core import AskedFor
from tests.console.fake_triage import TriageAsked
from tests.console.opened import AtWindow
from tests.console.scenes_triage import SCENES
from tests.console.shown_window import shown_window

pytestmark = pytest.mark.qt
CALL = f"r1/{triage.CALL}"
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Bench(AtWindow):
    """A window in Triage with the poisoned refund, and what was asked for in it."""

    def __init__(self, window: MainWindow, deeds: AskedFor, acts: TriageAsked) -> None:
        super().__init__(window)
        self.deeds = deeds
        self.acts = acts

    def press(self, *keys: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        for key in keys:
            super().press(key, held)

    def current(self) -> str:
        view = self.window.triage.middle.request
        return view.blocks[view.current].key if view.current >= 0 else ""

    def open_form(self) -> dict[str, QLineEdit | QPlainTextEdit]:
        self.press(Qt.Key.Key_F, Qt.Key.Key_V)
        form = self.window.form
        fields = [*form.findChildren(QLineEdit), *form.findChildren(QPlainTextEdit)]
        return {one.accessibleName(): one for one in fields if one.isVisible()}


@pytest.fixture
def bench(qapp: QApplication, qtbot: QtBot) -> Iterator[Bench]:
    store = Store(AppState(now=made.NOW, preferences=Preferences(theme="light")))
    deeds, acts = AskedFor(), TriageAsked()
    with shown_window(qapp, qtbot, store, deeds, triage=acts) as window:
        made_bench = Bench(window, deeds, acts)
        made_bench.say(
            KeyringKnown(Keyring(usable=True, kind="memory", sentence="In memory.", fingerprint=made.KEY)),
            SignedIn(made.session(role="on_call")),
            FeedArrived(made.answer(), made.NOW),
            ConnectionChanged("live", made.NOW),
            WorkspaceChosen("triage"),
            TriageArrived(triage.answer()),
        )
        made_bench.say(LookArrived(triage.look()))
        yield made_bench


def test_R_M4_whoever_comes_sees_the_worst_at_its_first_fault(bench: Bench) -> None:
    looked = bench.store.state.triage.looked_at
    assert looked is not None
    assert looked.conversation == triage.ROWS[0].conversation
    assert bench.store.state.wanted == looked.conversation
    assert bench.current() == "m3.1"
    view = bench.window.triage.middle.request
    place = view.block_rect(view.current)
    assert 0 <= place.top() < place.bottom() <= view.viewport().height()


def test_R_M4_n_and_shift_n_go_from_finding_to_finding_and_round(bench: Bench) -> None:
    seen: list[str] = []
    for _ in range(3):
        bench.press(Qt.Key.Key_N)
        seen.append(bench.current())
    assert seen == ["m4w", "m4.1", "m3.1"]
    bench.press(Qt.Key.Key_N, held=SHIFT)
    assert bench.current() == "m4.1"


def test_R_A8_what_is_said_of_a_call_is_signed_with_exactly_what_was_shown(bench: Bench) -> None:
    bench.press(Qt.Key.Key_E, Qt.Key.Key_X)
    assert bench.window.prompt.current == f"triage-repair:{triage.chosen()}"
    newer = triage.look(plan=made.digest("newer"), log_head=triage.look().log_head.model_copy(update={"seq": 40}))
    bench.say(LookArrived(newer))
    QTest.keyClicks(QApplication.focusWidget() or bench.window, "ok")
    bench.press(Qt.Key.Key_Return)
    assert bench.acts.deeds == [("repair", made.digest("plan"), {CALL: "executed"}, "ok")]


def test_nothing_is_signed_when_the_question_is_dismissed(bench: Bench) -> None:
    bench.press(Qt.Key.Key_X, Qt.Key.Key_Escape)
    assert bench.acts.deeds == []


def test_a_click_on_an_answer_and_on_ask_the_system_do_what_the_keys_do(bench: Bench) -> None:
    (card,) = bench.window.triage.side.cards
    card.rows["not_executed"].click()
    bench.window.refresh.flush()
    (card,) = bench.window.triage.side.cards
    assert card.rows["not_executed"].isChecked()
    assert card.ask is not None
    card.ask.click()
    bench.press(Qt.Key.Key_A)
    assert bench.acts.deeds == [("ask", (CALL,)), ("ask", (CALL,))]


def test_c_goes_to_the_next_call_and_keys_act_on_that(bench: Bench) -> None:
    one = triage.call()
    other = one.model_copy(update={"call": one.call.model_copy(update={"key": "r1/other", "title": "Cancel an order"})})
    later = triage.look().log_head.model_copy(update={"seq": 30})
    bench.say(LookArrived(triage.look(calls=(one, other), log_head=later)))
    bench.press(Qt.Key.Key_C, Qt.Key.Key_D)
    looked = bench.store.state.triage.looked_at
    assert looked is not None
    assert looked.said == {"r1/other": "not_executed"}
    assert [card.props.current for card in bench.window.triage.side.cards] == [False, True]


def test_R_M4_a_write_of_unknown_outcome_is_signed_as_the_answer_to_its_own_question(bench: Bench) -> None:
    stuck = triage.stuck()
    bench.say(TriageChosen(stuck.conversation), LookArrived(stuck))
    assert not bench.window.triage.side.act.isVisible()
    bench.press(Qt.Key.Key_E, Qt.Key.Key_X)
    bench.press(Qt.Key.Key_Return)
    assert bench.deeds.deeds[-1] == ("settle", AskId(f"a_{14:020x}"), True)
    assert bench.acts.deeds == []


def test_R_M4_a_conversation_that_only_waits_for_a_yes_is_no_fault(bench: Bench, qtbot: QtBot) -> None:
    waits = triage.look(
        1, row=None, plan=None, compared=(), calls=(), requests=(triage.request(findings=(), messages=()),), said="",
        dry_run=triage.stuck().dry_run,
    )  # fmt: skip
    bench.say(TriageChosen(waits.conversation), LookArrived(waits))

    def said() -> set[str]:
        return {label.whole_text() for label in bench.window.triage.findChildren(PlainLabel) if label.isVisible()}

    qtbot.waitUntil(lambda: {texts.NOTHING_WRONG, texts.ONLY_WAITS} <= said())
    bench.press(Qt.Key.Key_X)
    assert bench.window.prompt.current is None


def test_R_M4_who_may_not_repair_is_told_why_and_signs_nothing(bench: Bench) -> None:
    bench.say(SignedIn(made.session(role="supervisor")))
    assert not bench.window.triage.side.act.isEnabled()
    bench.press(Qt.Key.Key_X)
    assert bench.window.prompt.current is None
    assert "on call" in bench.store.state.notices[-1].title


def test_after_the_repair_the_conversation_is_shown_alive_and_x_goes_to_the_next(bench: Bench) -> None:
    bench.say(RepairTaken(triage.chosen()), TriageArrived(triage.answer(*triage.ROWS[1:])))
    assert bench.window.triage.middle.alive.isVisible()
    bench.press(Qt.Key.Key_X)
    looked = bench.store.state.triage.looked_at
    assert looked is not None
    assert looked.conversation == triage.ROWS[1].conversation


def test_views_are_one_key_away_and_the_columns_have_names(bench: Bench) -> None:
    bench.press(Qt.Key.Key_B)
    assert bench.store.state.triage.view == "repair"
    said = [label.whole_text() for label in bench.window.triage.middle.findChildren(PlainLabel) if label.isVisible()]
    assert texts.BEFORE in said
    assert texts.AFTER in said
    bench.press(Qt.Key.Key_Q)
    assert bench.store.state.triage.view == "request"


# -- what if -----------------------------------------------------------------------------------------------------------


def test_R_M4_a_point_is_chosen_by_keyboard_and_run_again_with_nothing_different(bench: Bench) -> None:
    bench.press(Qt.Key.Key_F, Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_R)
    assert bench.acts.deeds == [("fork", ForkWanted(position=9))]
    bench.say(ForkSent(triage.chosen(), ForkWanted(position=9)))
    bench.say(ForkArrived(bench.store.state.triage.fork.number, triage.forked()))
    assert bench.window.triage.middle.request.faults()
    bench.press(Qt.Key.Key_Escape)
    assert bench.store.state.triage.fork.answer is None
    assert bench.store.state.triage.fork.position == 9


def test_R_M4_what_is_different_is_asked_for_in_a_form_that_says_that_nothing_is_sent(bench: Bench) -> None:
    fields = bench.open_form()
    assert bench.window.form.current == f"fork:{triage.chosen()}:17"
    said = [label.whole_text() for label in bench.window.form.findChildren(PlainLabel)]
    assert texts.FORK_NOTHING_SENT in said
    arguments = next(field for name, field in fields.items() if "JSON" in name)
    assert isinstance(arguments, QPlainTextEdit)
    assert '"pay_20"' in arguments.toPlainText()
    arguments.setPlainText('{"payment": "pay_21"}')
    policy = next(field for name, field in fields.items() if "Cedar" in name)
    assert isinstance(policy, QPlainTextEdit)
    policy.setPlainText("permit(principal, action, resource);")
    bench.press(Qt.Key.Key_Return, held=CTRL)
    other = OtherArguments(tool_use_id=triage.CALL, arguments={"payment": "pay_21"})
    wanted = ForkWanted(position=17, arguments=other, policy="permit(principal, action, resource);")
    assert bench.acts.deeds == [("fork", wanted)]


def test_R_M4_workflow_model_and_policy_are_chosen_from_what_the_core_knows(bench: Bench) -> None:
    bench.open_form()
    rows = {one.props.key: one for one in bench.window.form.findChildren(CheckRow) if one.isVisible()}
    assert {"refund_order", "where_is_my_order", "claude-haiku-4-5", "defaults", "7" * 64} <= rows.keys()
    rows["where_is_my_order"].click()
    rows["claude-haiku-4-5"].click()
    rows["7" * 64].click()
    bench.press(Qt.Key.Key_Return, held=CTRL)
    assert bench.acts.deeds == [], "another model can only answer if it may be asked"
    rows["model"].click()
    bench.press(Qt.Key.Key_Return, held=CTRL)
    ((_, asked),) = bench.acts.deeds
    assert isinstance(asked, ForkWanted)
    assert (asked.workflow, asked.model, asked.policy_of, asked.policy, asked.live_model) == (
        "where_is_my_order", "claude-haiku-4-5", "7" * 64, None, True,
    )  # fmt: skip


def test_R_M4_the_default_policies_are_a_choice_and_a_written_one_goes_before_it() -> None:
    point = triage.points()[0]
    assert fork_wanted(point, {"policy_of": ("defaults",)}) == ForkWanted(position=3, policy="use commerce;\n")
    written = {"policy_of": ("7" * 64,), "policy": ("use commerce;",), "known_model": ("a",), "model": ("b",)}
    assert fork_wanted(point, written) == ForkWanted(position=3, policy="use commerce;", model="b")
    assert fork_wanted(point, {"policy_of": ("as-it-was",), "workflow": ("as-it-was",)}) == ForkWanted(position=3)


def test_arguments_that_are_no_json_and_a_model_that_may_not_be_asked_keep_the_yes_away(bench: Bench) -> None:
    fields = bench.open_form()
    arguments = next(field for name, field in fields.items() if "JSON" in name)
    assert isinstance(arguments, QPlainTextEdit)
    arguments.setPlainText("[1]")
    bench.window.form.pause_over()
    yes = next(one for one in bench.window.form.findChildren(Button) if one.props.key == "Ctrl ↵")
    assert not yes.isEnabled()
    arguments.setPlainText("{}")
    model = next(field for name, field in fields.items() if name.startswith("Another model"))
    assert isinstance(model, QLineEdit)
    model.setText("other")
    bench.window.form.pause_over()
    assert not yes.isEnabled()
    asked = next(one for one in bench.window.form.findChildren(CheckRow) if one.props.key == "model")
    asked.click()
    assert yes.isEnabled()


# -- a file ------------------------------------------------------------------------------------------------------------


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(10, 10), actions, data, button, NONE))
    plane = window.files.plane
    assert plane.isVisible()
    assert plane.size() == window.size()
    QApplication.sendEvent(plane, QDropEvent(QPointF(10, 10), actions, data, button, NONE))
    assert not plane.isVisible()


def test_R_M4_a_file_dropped_anywhere_on_the_window_is_diagnosed_in_triage(bench: Bench, tmp_path: Path) -> None:
    bench.say(WorkspaceChosen("live"))
    drop(bench.window, tmp_path / "a.json", tmp_path / "b.json")
    bench.window.refresh.flush()
    assert bench.acts.deeds == [("diagnose", tmp_path / "a.json")]
    assert bench.store.state.workspace == "triage"


def test_words_that_are_dragged_are_left_to_whoever_takes_them(bench: Bench) -> None:
    data = QMimeData()
    data.setText("no file")
    event = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NONE)
    QApplication.sendEvent(bench.window, event)
    assert not bench.window.files.plane.isVisible()


def test_a_file_is_opened_and_its_repaired_form_saved_by_dialogs_that_do_not_wait(bench: Bench, tmp_path: Path) -> None:
    bench.press(Qt.Key.Key_O)
    dialog = bench.window.files.dialog
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "a.json"))
    assert bench.acts.deeds.pop() == ("diagnose", tmp_path / "a.json")
    dialog.close()
    bench.say(FileDropped("a.json", 10), FileDiagnosed(1, triage.diagnosed()))
    bench.window.triage.enter()
    bench.press(Qt.Key.Key_E, Qt.Key.Key_S)
    assert bench.acts.deeds == [("say", triage.CALL, "executed")]
    saving = bench.window.files.dialog
    assert saving is not None
    assert [Path(one).name for one in saving.selectedFiles()] == ["a.repaired.json"]
    saving.fileSelected.emit(str(tmp_path / "out.json"))
    assert bench.acts.deeds[-1] == ("save", tmp_path / "out.json")
    saving.close()
    bench.window.triage.enter()
    bench.press(Qt.Key.Key_Escape)
    assert bench.store.state.triage.file is None


# -- the whole ---------------------------------------------------------------------------------------------------------


def test_R_M8_every_key_is_in_the_sheet_and_what_is_possible_in_the_palette(bench: Bench) -> None:
    bench.press(Qt.Key.Key_Question)
    said = {label.whole_text() for label in bench.window.sheet.findChildren(PlainLabel)}
    assert {words for _, words in texts.KEYS} <= said
    bench.press(Qt.Key.Key_Escape)
    offered = {line.shortcut: line.key for line in palette_lines(bench.store.state) if line.key.startswith("triage:")}
    assert set(offered) == {"O", "X", "A", "E", "D", "U", "Q", "B", "F", "↵", "N"}
    bench.window.carry_out(offered["X"])
    assert bench.window.prompt.current == f"triage-repair:{triage.chosen()}"


def test_R_M8_two_thousand_blocks_open_at_the_fault_without_laying_out_the_rest(bench: Bench) -> None:
    bench.say(TriageChosen(triage.stuck().conversation))
    bench.say(TriageChosen(triage.chosen()), LookArrived(triage.huge()))
    view = bench.window.triage.middle.request
    assert len(view.blocks) > 3_000
    block = view.blocks[view.current]
    assert isinstance(block, PieceBlock)
    assert block.severe
    assert sum(block.arranged_for == view.column.width for block in view.blocks) < len(view.blocks) / 2


def test_R_M4_further_messages_are_read_as_one_comes_near_their_end_and_not_otherwise(bench: Bench) -> None:
    assert bench.acts.deeds == []
    later = triage.look().log_head.model_copy(update={"seq": 60})
    bench.say(LookArrived(triage.look(requests=(triage.request(next=5, total=80),), log_head=later)))
    bar = bench.window.triage.middle.request.verticalScrollBar()
    bar.setValue(bar.minimum())
    bar.setValue(bar.maximum())
    assert ("read_on",) in bench.acts.deeds


def test_R_M8_in_a_language_half_as_long_again_no_button_of_triage_is_cut(
    bench: Bench, qapp: QApplication, qtbot: QtBot
) -> None:
    catalogue.use(PSEUDO)
    try:
        with shown_window(qapp, qtbot, bench.store, bench.deeds, triage=bench.acts) as window:
            for button in window.triage.findChildren(Button):
                if button.isVisible() and button.props.words:
                    qtbot.waitUntil(lambda button=button: button.width() >= button.minimumSizeHint().width(), timeout=60_000)
    finally:
        catalogue.speak("en")


def test_R_D1_hostile_blocks_are_shown_as_characters_and_read_aloud_without_a_sign_nobody_sees(bench: Bench) -> None:
    bad = triage.hostile()
    bench.say(LookArrived(bad.model_copy(update={"log_head": bad.log_head.model_copy(update={"seq": 99})})))
    spoken = " ".join(block.spoken() for block in bench.window.triage.middle.request.blocks)
    assert "<b>Refund everything</b>" in spoken
    assert "\u202e" not in spoken
    assert "‹RLO›" in spoken


SAMPLE = ("triage", "triage-stuck", "triage-hostile", "triage-forked", "triage-file", "triage-empty")


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in SAMPLE else pytest.mark.slow) for one in sorted(SCENES)]
)
def test_R_M8_every_state_has_names_for_what_can_be_focused_and_cuts_no_button(name: str, bench: Bench) -> None:
    SCENES[name](bench.window, bench.store)
    bench.window.refresh.flush()
    QApplication.processEvents()
    for widget in bench.window.triage.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        found = QAccessible.queryAccessibleInterface(widget)
        assert widget.accessibleName() or found.text(QAccessible.Text.Name), f"{name}: {widget}"
        if isinstance(widget, Button):
            assert widget.width() >= widget.minimumSizeHint().width(), f"{name}: {widget.accessibleName()}"
            right = widget.mapTo(bench.window, widget.rect().topRight()).x()
            assert right <= bench.window.width(), f"{name}: {widget.accessibleName()}"
