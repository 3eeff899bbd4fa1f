"""What the window says, and when: states of an ask, news, settings, and every state of it uncut."""

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget

from agent_core.contract.ids import OperatorId
from agent_core.contract.integrations import IntegrationsAnswer, RefusedFolder, StoppedTool
from agent_core.contract.views import ApprovalGiven
from console import words
from console.presenting.approval import approval_props, situation
from console.presenting.transcript import transcript
from console.shell.memory import Memory
from console.state.app_state import WORKSPACES, AppState, Keyring
from console.state.happenings import (
    AskChosen,
    BucketChosen,
    CommandSent,
    ConnectionChanged,
    FeedArrived,
    KeyringKnown,
    News,
    PreferencesChosen,
    SignedIn,
    SystemsArrived,
    WorkspaceChosen,
)
from console.state.preferences import Preferences
from console.widgets.approval_card import ApprovalCard
from console.widgets.approval_state import Claimed, Closed, Executing, ReadOnly, Sending, UndoCountdown
from console.widgets.conversation_list import ConversationRowRole
from console.widgets.pane import ScrollColumn
from console.widgets.plain_label import PlainLabel
from tests.console import made, scenes_audit
from tests.console.opened import Opened
from tests.console.shown_window import nothing_is_cut
from tests.console.states import SCENES

pytestmark = pytest.mark.qt


def test_R_M7_read_only_shows_the_sentence_and_disables_every_decision(opened: Opened) -> None:
    nobody = made.session(operator=None, role=None, name=None, key=None, limit=None)
    opened.say(SignedIn(nobody), KeyringKnown(Keyring(usable=False, sentence="Start gnome-keyring.")))
    found = situation(opened.store.state, made.ask(1))
    assert isinstance(found, ReadOnly)
    assert found.reason == "Start gnome-keyring."
    opened.press(Qt.Key.Key_A)
    opened.press(Qt.Key.Key_D)
    assert not opened.deeds.deeds
    assert opened.window.prompt.current is None


def test_each_state_of_an_ask_is_a_situation_of_the_card(opened: Opened) -> None:
    state = opened.store.state
    other = ApprovalGiven(operator=OperatorId("o_ines"), name="Ines Roth", at=made.NOW)
    mine = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)
    soon = made.NOW + timedelta(seconds=5)
    claimed = made.ask(1, state="claimed", claimed_by=OperatorId("o_ines"), claimed_name="Ines Roth")
    assert situation(state, claimed) == Claimed("Ines Roth")
    assert situation(state, made.ask(1, state="deciding", approvals=(mine,), not_before=soon)) == UndoCountdown(
        "Approved", 5
    )
    theirs = situation(state, made.ask(1, state="deciding", approvals=(other,), not_before=soon))
    assert isinstance(theirs, Executing)
    assert isinstance(situation(state, made.ask(1, state="executing")), Executing)
    closed = made.ask(1, state="closed", closed_by="timeout", closed_at=made.NOW, closed_sentence="Nobody decided in time.")
    found = situation(state, closed)
    assert isinstance(found, Closed)
    assert found.outcome == "Nobody decided in time"
    assert not found.good
    opened.say(CommandSent(str(made.ask(1).ask), "approve", 1))
    assert isinstance(situation(opened.store.state, made.ask(1)), Sending)


def test_a_refused_decision_makes_the_card_usable_again(opened: Opened) -> None:
    opened.press(Qt.Key.Key_A)
    card = opened.window.live.side.first_card
    assert card is not None
    opened.say(News("refused", "Somebody was faster"))
    opened.press(Qt.Key.Key_A)
    assert len(opened.deeds.deeds) == 2


def test_R_M8_every_focusable_thing_has_a_name(opened: Opened) -> None:
    opened.say(BucketChosen("all"))
    nameless: list[str] = []
    for place in WORKSPACES:
        opened.say(WorkspaceChosen(place))
        nameless += unnamed(opened.window)
    opened.window.open_palette()
    nameless += unnamed(opened.window)
    opened.window.palette_overlay.close_overlay()
    opened.window.show_keys()
    nameless += unnamed(opened.window)
    opened.window.sheet.close_overlay()
    opened.window.ask_pause()
    nameless += unnamed(opened.window)
    assert not nameless


def unnamed(window: QWidget) -> list[str]:
    """The widgets a Tab could reach that a screen reader could not name."""
    found: list[str] = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        if not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()}")
    return found


def test_new_asks_are_told_to_a_screen_reader_wherever_one_is(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def event(_widget: QWidget, message: str) -> None:
        said.append(message)

    def update(_event: object) -> None:
        return

    monkeypatch.setattr("console.workspaces.approvals.QAccessibleAnnouncementEvent", event)
    monkeypatch.setattr("console.workspaces.approvals.QAccessible.updateAccessibility", update)
    opened.say(FeedArrived(made.answer(reset=False, asks=(made.ask(9, title="Refund 12.00 EUR"),)), made.NOW))
    assert said == ["Refund 12.00 EUR — Amara Okafor"]


def test_R_D1_hostile_names_and_words_are_shown_as_characters(opened: Opened) -> None:
    opened.say(BucketChosen("all"))
    model = opened.window.live.listed.model
    row = model.place_of(made.conversation(10))
    spoken = model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "<b>Robert</b>" in spoken
    assert "\u202e" not in spoken
    assert "<img src=x" in spoken


def test_offline_is_said_in_three_places_and_goes_by_itself(opened: Opened) -> None:
    opened.say(ConnectionChanged("offline", made.NOW, "The core does not answer."))
    assert opened.window.live.conversation.offline_box.isVisible()
    assert isinstance(situation(opened.store.state, made.ask(1)), ReadOnly)
    opened.say(ConnectionChanged("live", made.NOW))
    assert not opened.window.live.conversation.offline_box.isVisible()


def test_R_M8_theme_is_switched_live_and_remembered(opened: Opened, tmp_path: Path) -> None:
    opened.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert opened.window.theme.name == "dark"
    memory = Memory(tmp_path / "console.ini")
    memory.keep(opened.store.state)
    memory.keep_layout(opened.window, opened.window.splitters())
    again = Memory(tmp_path / "console.ini").restored(AppState(now=made.NOW))
    assert again.preferences.theme == "dark"
    assert again.workspace == opened.store.state.workspace
    assert "Amara" not in (tmp_path / "console.ini").read_text(encoding="utf-8")


def test_a_broken_settings_file_never_keeps_the_console_from_starting(tmp_path: Path, qapp: QApplication) -> None:
    path = tmp_path / "console.ini"
    path.write_bytes(b"\x00\xff[General\ntheme=purple\nworkspace=@@\nconfirm_from_minor=-5\n")
    assert Memory(path).restored(AppState(now=made.NOW)) == AppState(now=made.NOW)


def test_a_belief_leads_to_the_very_result_it_rests_on(opened: Opened) -> None:
    view = opened.window.live.conversation.transcript
    opened.window.live.side.source_wanted.emit(9)
    assert view.blocks[view.current].key == "t1"


def test_places_that_are_not_built_say_what_will_stand_there(opened: Opened) -> None:
    for place in ("measures", "releases"):
        opened.say(WorkspaceChosen(place))
        names = [one.accessibleName() for one in opened.window.workspaces[place].findChildren(QWidget)]
        assert any("will" in name for name in names)


def test_settings_say_where_the_key_is_and_offer_the_first_enrolment(opened: Opened) -> None:
    opened.say(WorkspaceChosen("settings"))
    assert not opened.window.settings.enrol.isVisible()
    first = made.session(operator=None, role=None, name=None, key=None, limit=None, may_enrol_first=True)
    opened.say(SignedIn(first))
    assert opened.window.settings.enrol.isVisible()
    opened.window.settings.enrol.click()
    opened.type("Mira Duarte")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("enrol", "Mira Duarte")]


def test_a_choice_of_theme_in_settings_is_kept_in_the_state(opened: Opened) -> None:
    opened.window.settings.set.emit("theme", "dark")
    assert opened.store.state.preferences.theme == "dark"
    opened.say(PreferencesChosen(Preferences("light")))
    assert opened.window.theme.name == "light"


def test_every_item_of_a_conversation_becomes_something_in_the_transcript() -> None:
    detail = made.detail(1)
    keys = {item.key for item in transcript(detail, made.NOW, "Northwind")}
    assert {item.id for item in detail.items} <= keys


def test_verbs_that_are_not_built_are_hidden_not_promised(opened: Opened) -> None:
    props = approval_props(opened.store.state, made.ask(1))
    assert "withdraw" not in props.offered
    assert props.offered == {"approve", "edit", "deny", "ask_back", "take_over"}


def test_the_words_of_the_keys_sheet_name_no_key_twice_in_one_place() -> None:
    for _, keys in words.KEYS:
        caps = [key for key, _ in keys]
        assert len(caps) == len(set(caps))


def test_R_M1_a_row_that_needs_a_person_says_why(opened: Opened) -> None:
    rows = opened.window.live.listed.model
    said = [str(rows.index(at, 0).data(int(ConversationRowRole.INTENTS))) for at in range(rows.rowCount())]
    assert [one.replace("\u00a0", " ") for one in said[:2]] == ["The customer asks for a person.", "Refund 64.90 EUR"]


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.slow) if one in scenes_audit.ALIKE else one for one in SCENES]
)
def test_R_M8_no_state_cuts_a_banner_or_pushes_a_card_out_of_its_column(opened: Opened, name: str) -> None:
    window = opened.window
    SCENES[name](window, opened.store)
    window.refresh.flush()
    for _ in range(5):
        QApplication.processEvents()
    for card in (one for one in window.findChildren(ApprovalCard) if one.isVisible()):
        scrolled = next(one for one in window.findChildren(ScrollColumn) if one.isAncestorOf(card))
        inner = scrolled.widget()
        assert inner is not None
        assert inner.width() <= scrolled.viewport().width()
    nothing_is_cut(window)


def test_R_M3_one_of_several_brands_is_stopped_without_a_key_and_resumed_with_a_signature(opened: Opened) -> None:
    lumen = made.core().brands[0].model_copy(update={"brand": "lumen", "title": "Lumen"})
    both = made.core(brands=(*made.core().brands, lumen))
    opened.say(FeedArrived(made.answer(reset=False, core=both), made.NOW))
    opened.window.carry_out("stop:lumen")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds.pop() == ("pause", "lumen")
    stopped = made.core(brands=(*made.core().brands, lumen.model_copy(update={"paused": True})))
    opened.say(FeedArrived(made.answer(reset=False, core=stopped), made.NOW))
    opened.window.carry_out("stop:lumen")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds.pop() == ("resume", "lumen")
    assert opened.window.store.state.core is not None


def test_R_A7_what_does_not_work_is_read_when_somebody_looks(opened: Opened) -> None:
    opened.press(Qt.Key.Key_7, Qt.KeyboardModifier.ControlModifier)
    assert opened.deeds.reads == ["systems"]
    answer = IntegrationsAnswer(
        integrations=(),
        stopped_tools=(StoppedTool(brand=made.BRAND, system="parcels", tool="track", code="changed",
                                   sentence="It says something else than was agreed to.", since=made.NOW),),
        refused_folders=(RefusedFolder(brand=made.BRAND, code="bad", sentence="A workflow names no tool.", since=made.NOW),),
    )  # fmt: skip
    opened.say(SystemsArrived(answer))
    said = [label.whole_text() for label in opened.window.settings.findChildren(PlainLabel)]
    assert any("A workflow names no tool." in one for one in said)
    assert any("It says something else" in one for one in said)


def test_R_C3_an_ask_is_asked_back_sent_up_taken_with_a_reason_and_kept_while_it_is_shown(opened: Opened) -> None:
    verbs = ("approve", "deny", "ask_back", "escalate", "take_over")
    opened.say(WorkspaceChosen("approvals"), AskChosen(made.ask(1).ask))
    opened.say(FeedArrived(made.answer(reset=False, asks=(made.ask(1, version=2, verbs=verbs),)), made.NOW))
    opened.press(Qt.Key.Key_B)
    opened.type("Which one?")
    opened.press(Qt.Key.Key_Return)
    opened.press(Qt.Key.Key_L)
    opened.type("Above me.")
    opened.press(Qt.Key.Key_Return)
    opened.press(Qt.Key.Key_C)
    ask = made.ask(1).ask
    assert opened.deeds.deeds == [("ask_back", ask, "Which one?"), ("escalate", ask, "Above me."), ("claim", ask, "")]
    opened.deeds.deeds.clear()
    theirs = made.ask(1, version=3, state="claimed", claimed_by=OperatorId("o_ines"), claimed_name="Ines Roth", verbs=verbs)
    opened.say(FeedArrived(made.answer(reset=False, asks=(theirs,)), made.NOW))
    opened.press(Qt.Key.Key_A)
    assert opened.deeds.deeds == []
    opened.press(Qt.Key.Key_C)
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == []
    opened.type("She went home.")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("claim", ask, "She went home.")]
    opened.deeds.deeds.clear()
    soon = made.NOW + timedelta(seconds=30)
    mine = made.ask(1, version=4, state="claimed", claimed_by=made.ME, claimed_name="Mira", claimed_until=soon, verbs=verbs)
    opened.say(FeedArrived(made.answer(reset=False, asks=(mine,)), made.NOW))
    assert ("claim", ask, "") in opened.deeds.deeds
    opened.deeds.deeds.clear()
    late = made.NOW + timedelta(seconds=110)
    kept = made.ask(1, version=5, state="claimed", claimed_by=made.ME, claimed_name="Mira", claimed_until=late, verbs=verbs)
    opened.say(FeedArrived(made.answer(reset=False, asks=(kept,)), made.NOW))
    opened.press(Qt.Key.Key_C)
    assert opened.deeds.deeds == [("release", ask)]
