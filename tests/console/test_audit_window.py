"""Audit as a person uses it: by keyboard alone, from a word to the proof (R-M5, R-M9, R-N5)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from agent_core.contract.erasing import ErasureWanted
from agent_core.contract.searching import SearchAnswer, SearchAsked
from agent_core.contract.views import ToolCallItem
from console import texts_audit
from console.shell.window import MainWindow
from console.state.app_state import AppState, Keyring, LogStanding, Preferences
from console.state.audit import AuditPartChosen, ErasureAsked, ErasureShown, VerificationArrived
from console.state.happenings import (
    ConnectionChanged,
    FeedArrived,
    KeyringKnown,
    LogWitnessed,
    SignedIn,
    Ticked,
    WorkspaceChosen,
)
from console.state.past import (
    CallsArrived,
    MomentArrived,
    MomentWanted,
    PastArrived,
    PastOpened,
    RequestArrived,
    RequestWanted,
    ReviewsArrived,
)
from console.state.searching import FacetsArrived, SavedRead, SavedSearch, SearchArrived, SearchWanted
from console.state.store import Store
from console.widgets.audit.filter_chips import FilterChip
from console.widgets.button import Button
from console.widgets.check_row import CheckRow
from tests.console import made, made_audit
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.opened import AtWindow
from tests.console.shown_window import shown_window

pytestmark = pytest.mark.qt
REFUND = SearchAsked(q="refund", by="customer", workflow="refund_order")


class Opened(AtWindow):
    """A window at Audit, and what was asked for in it."""

    def __init__(self, window: MainWindow, deeds: AuditAskedFor) -> None:
        super().__init__(window)
        assert window.audit is not None
        self.audit = window.audit
        self.deeds = deeds

    def searched(self) -> list[SearchAsked]:
        return [about[1] for about in self.deeds.reads if about[0] == "search"]  # pyright: ignore[reportReturnType] - what the fake wrote down


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot) -> Iterator[Opened]:
    store = Store(AppState(now=made.NOW, preferences=Preferences(theme="light")))
    deeds = AuditAskedFor()
    with shown_window(qapp, qtbot, store, audit=deeds) as window:
        one = Opened(window, deeds)
        one.say(
            KeyringKnown(Keyring(usable=True, kind="memory", sentence="In memory.", fingerprint=made.KEY)),
            SignedIn(made.session()),
            FeedArrived(made.answer(), made.NOW),
            ConnectionChanged("live", made.NOW),
            SearchWanted(REFUND),
            SearchArrived(REFUND, made_audit.ANSWER),
            FacetsArrived(made_audit.FACETS),
            WorkspaceChosen("audit"),
        )
        deeds.reads.clear()
        yield one


def opened_past(opened: Opened) -> None:
    """The first hit is open."""
    opened.say(
        PastOpened(made.conversation(1), 3, ("refund",)), PastArrived(made.detail(1)), ReviewsArrived(made_audit.reviews(1))
    )


def test_R_M5_the_core_is_asked_as_one_types_once_typing_pauses(opened: Opened, qtbot: QtBot) -> None:
    opened.press(Qt.Key.Key_Slash)
    assert opened.audit.finding.field.hasFocus()
    opened.type("zebra")
    qtbot.waitUntil(lambda: bool(opened.searched()))
    assert opened.searched() == [REFUND.model_copy(update={"q": "zebra"})]


def test_keys_are_letters_while_one_writes(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Slash)
    opened.type("vxonep")
    assert opened.deeds.deeds == []
    assert opened.store.state.audit.part == "find"


def test_hits_are_walked_with_j_and_k_and_open_at_the_place_that_was_found(opened: Opened) -> None:
    opened.press(Qt.Key.Key_J)
    opened.press(Qt.Key.Key_J)
    opened.press(Qt.Key.Key_K)
    places = [about[1] for about in opened.deeds.deeds if about[0] == "open"]
    assert places == [
        PastOpened(made.conversation(1), 3, ("refund",)),
        PastOpened(made.conversation(1), 20, ("refund",)),
        PastOpened(made.conversation(1), 3, ("refund",)),
    ]
    opened_past(opened)
    assert opened.audit.past.transcript.marked == "m1"
    assert opened.audit.past.transcript.selected_text() == "refund"
    opened.press(Qt.Key.Key_Return)
    assert opened.audit.past.transcript.hasFocus()
    opened.press(Qt.Key.Key_Escape)
    assert opened.audit.finding.hits.hasFocus()


def test_the_last_row_asks_for_the_next_page_once(opened: Opened) -> None:
    model = opened.audit.finding.model
    assert model.canFetchMore(model.index(-1, -1))
    model.fetchMore(model.index(-1, -1))
    model.fetchMore(model.index(-1, -1))
    assert [about for about in opened.deeds.reads if about[0] == "more"] == [("more",)]


def test_what_was_not_found_is_looked_for_again_while_one_waits(opened: Opened) -> None:
    nothing = SearchAsked(q="nothing yet")
    opened.say(SearchWanted(nothing), SearchArrived(nothing, SearchAnswer(hits=())))
    opened.say(Ticked(made.NOW + timedelta(seconds=1)), Ticked(made.NOW + timedelta(seconds=2)))
    assert opened.searched() == []
    opened.say(Ticked(made.NOW + timedelta(seconds=9)))
    assert opened.searched() == [nothing]
    opened.say(SearchArrived(nothing, made_audit.ANSWER), Ticked(made.NOW + timedelta(seconds=30)))
    opened.say(Ticked(made.NOW + timedelta(seconds=60)))
    assert opened.searched() == [nothing]


def test_a_chip_takes_its_filter_away_by_keyboard(opened: Opened) -> None:
    chips = opened.audit.finding.chips.findChildren(FilterChip)
    shown = [one for one in chips if one.isVisible()]
    assert [one.props.key for one in shown] == ["by", "workflow"]
    QTest.keyClick(shown[0], Qt.Key.Key_Delete)
    assert opened.searched() == [REFUND.model_copy(update={"by": None})]


def test_a_filter_is_found_by_typing_its_name(opened: Opened) -> None:
    opened.press(Qt.Key.Key_F)
    opened.type("refund payment")
    opened.press(Qt.Key.Key_Return)
    assert opened.searched() == [REFUND.model_copy(update={"tool": "refund_payment"})]


def test_a_search_is_narrowed_to_the_open_conversation_and_to_the_last_days(opened: Opened) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_F)
    opened.type("only this")
    opened.press(Qt.Key.Key_Return)
    opened.press(Qt.Key.Key_F)
    opened.type("last 7 days")
    opened.press(Qt.Key.Key_Return)
    assert opened.searched() == [
        REFUND.model_copy(update={"conversation": made.conversation(1)}),
        REFUND.model_copy(update={"since": made.NOW - timedelta(days=7)}),
    ]


def test_amounts_and_days_are_typed_into_a_form(opened: Opened) -> None:
    opened.press(Qt.Key.Key_F)
    opened.press(Qt.Key.Key_Return)
    assert opened.window.form.isVisible()
    fields = opened.window.form.findChildren(QLineEdit)
    fields[2].setText("20.00")
    fields[4].setText("nonsense")
    opened.window.form.pause_over()
    opened.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert opened.searched() == []
    fields[4].setText("EUR")
    opened.window.form.pause_over()
    opened.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert opened.searched() == [REFUND.model_copy(update={"money_from": 2_000, "currency": "EUR"})]


def test_a_search_is_saved_asked_again_renamed_and_forgotten(opened: Opened) -> None:
    opened.press(Qt.Key.Key_B)
    opened.type("Refunds")
    opened.press(Qt.Key.Key_Return)
    assert opened.store.state.audit.search.saved == (SavedSearch("Refunds", REFUND),)
    opened.say(SearchWanted(SearchAsked()))
    opened.press(Qt.Key.Key_L)
    opened.type("Search: Refunds")
    opened.press(Qt.Key.Key_Return)
    assert opened.searched() == [REFUND]
    opened.press(Qt.Key.Key_L)
    opened.type("Rename")
    opened.press(Qt.Key.Key_Return)
    opened.type("Better")
    opened.press(Qt.Key.Key_Return)
    assert [one.name for one in opened.store.state.audit.search.saved] == ["Better"]
    opened.press(Qt.Key.Key_L)
    opened.type("Forget")
    opened.press(Qt.Key.Key_Return)
    assert opened.store.state.audit.search.saved == ()


def test_R_G3_one_goes_through_time_step_by_step_and_back_to_now(opened: Opened) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_T)
    assert opened.audit.past.line.hasFocus()
    opened.press(Qt.Key.Key_Left)
    assert opened.deeds.deeds[-1] == ("stand", 18)
    opened.press(Qt.Key.Key_Home)
    assert opened.deeds.deeds[-1] == ("stand", 3)
    opened.say(MomentWanted(9), MomentArrived(9, made_audit.moment(1, 9)))
    keys = [block.key for block in opened.audit.past.transcript.blocks]
    assert "t1" in keys
    assert "m2" not in keys
    assert opened.audit.past.transcript.marked == "t1"
    said = [one.accessibleName() for one in opened.audit.past.findChildren(QWidget) if one.isVisible()]
    assert any("What came later is not shown" in words for words in said)
    opened.press(Qt.Key.Key_Escape)
    assert opened.deeds.deeds[-1] == ("stand", None)


def test_R_M1_R_G3_a_cited_fact_opens_the_very_result_it_was_read_from(opened: Opened) -> None:
    opened_past(opened)
    detail = made.detail(1)
    calls = [item.id for item in detail.items if isinstance(item, ToolCallItem)]
    wanted, other = calls[0], calls[1]
    fact = detail.beliefs[0].facts[0].model_copy(update={"source_seq": 9_000, "item": wanted})
    belief = detail.beliefs[0].model_copy(update={"facts": (fact,)})
    opened.say(PastArrived(detail.model_copy(update={"beliefs": (belief,), "seq": 9_001})))
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # the card of before
    cited = [one for one in opened.audit.beside.findChildren(Button) if fact.value in one.props.words]
    assert len(cited) == 1
    cited[0].click()
    transcript = opened.audit.past.transcript
    assert transcript.blocks[transcript.current].key == wanted != other


def test_R_M8_nothing_stands_beside_what_is_not_open(opened: Opened) -> None:
    assert not opened.audit.beside.isVisible()
    opened_past(opened)
    assert opened.audit.beside.isVisible()


def test_R_H3_what_the_model_saw_is_three_keys_away_and_says_whether_it_is_true(opened: Opened) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_M)
    assert ("calls",) in opened.deeds.reads
    opened.say(CallsArrived(made_audit.CALLS))
    opened.press(Qt.Key.Key_J)
    assert opened.deeds.deeds[-1] == ("call", made_audit.CALLS.calls[0].effect)
    opened.say(RequestWanted(made_audit.call(11).effect), RequestArrived(made_audit.request()))
    seen = opened.audit.seen
    assert "Result for toolu_1" in seen.text.toPlainText()
    opened.press(Qt.Key.Key_Return)
    assert seen.parts.hasFocus()
    opened.press(Qt.Key.Key_Return)
    assert seen.text.hasFocus()
    for _ in range(3):
        opened.press(Qt.Key.Key_Escape)
    assert opened.deeds.deeds[-1] == ("call", None)
    assert opened.audit.past.transcript.hasFocus()


def test_hidden_signs_in_what_the_model_saw_are_seen(opened: Opened) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_M)
    hostile = made_audit.request(system="ignore\u202e<b>\x00", messages=(), answer=())
    opened.say(CallsArrived(made_audit.CALLS), RequestWanted(hostile.call.effect), RequestArrived(hostile))
    opened.audit.seen.parts.setFocus()
    opened.audit.seen.step(1)
    assert "\u202e" not in opened.audit.seen.text.toPlainText()
    assert "<b>" in opened.audit.seen.text.toPlainText()


def test_the_next_review_a_note_and_a_score_by_keyboard(opened: Opened) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_N)
    opened.press(Qt.Key.Key_C)
    opened.type("Good")
    opened.press(Qt.Key.Key_Return)
    opened.press(Qt.Key.Key_S)
    form = opened.window.form
    assert form.isVisible()
    opened.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert form.isVisible()
    for row in form.findChildren(CheckRow):
        row.setChecked(True)
    opened.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    opened.press(Qt.Key.Key_D)
    kinds = [about[0] for about in opened.deeds.deeds]
    assert kinds[:2] == ["next", "note"]
    points = tuple((one.criterion, one.points) for one in opened.deeds.deeds[-2][2])  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType, reportUnknownMemberType, reportUnknownArgumentType] - what the fake wrote down
    assert points == (("solved", 2), ("right", 1), ("tone", 2))
    assert opened.deeds.deeds[-1] == ("finish", made.conversation(1), None)


def test_who_may_not_review_is_told_and_keys_do_nothing(opened: Opened) -> None:
    opened_past(opened)
    opened.say(ReviewsArrived(made_audit.reviews(1, may_review=False, seq=25)))
    for key in (Qt.Key.Key_C, Qt.Key.Key_S, Qt.Key.Key_D):
        opened.press(key)
    assert opened.window.prompt.current is None
    assert not opened.window.form.isVisible()
    assert opened.deeds.deeds == []
    assert opened.store.state.notices[-1].title == texts_audit.MAY_NOT_REVIEW


def test_R_N5_an_erasure_shows_what_goes_and_needs_its_number_typed(opened: Opened) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_X)
    form = opened.window.form
    wanted = ErasureWanted(brand=made.BRAND, conversation=made.conversation(1), whole_customer=True)
    assert opened.deeds.deeds[-1] == ("preview", wanted)
    opened.say(ErasureAsked(wanted), ErasureShown(wanted, made_audit.erasure()))
    opened.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert form.isVisible()
    typed = form.findChildren(QLineEdit)[-1]
    typed.setText("erase 3 conversations")
    form.pause_over()
    opened.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert opened.deeds.deeds[-2:] == [("erase", made_audit.erasure(), "customer_asked"), ("preview", None)]


def test_who_leaves_the_form_of_an_erasure_leaves_no_trace(opened: Opened) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_X)
    opened.press(Qt.Key.Key_Escape)
    assert opened.deeds.deeds[-1] == ("preview", None)


def test_R_M9_an_admin_acknowledges_an_alarm_with_a_comment(opened: Opened) -> None:
    alarmed = made.core(alarm=made_audit.ALARM)
    opened.say(SignedIn(made.session(role="admin")), FeedArrived(made.answer(reset=False, core=alarmed), made.NOW))
    opened.press(Qt.Key.Key_P)
    assert opened.store.state.audit.part == "proof"
    opened.press(Qt.Key.Key_A)
    assert opened.window.prompt.current == "audit-acknowledge"
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == []
    opened.type("A backup was restored.")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("acknowledge", made_audit.ALARM.alarm, "A backup was restored.")]


def test_R_M9_a_lead_cannot_acknowledge_and_is_told_who_can(opened: Opened) -> None:
    opened.say(FeedArrived(made.answer(reset=False, core=made.core(alarm=made_audit.ALARM)), made.NOW))
    opened.press(Qt.Key.Key_P)
    opened.audit.proof.acknowledge_wanted.emit("core")
    assert opened.window.prompt.current is None
    said = [one.accessibleName() for one in opened.audit.proof.findChildren(QWidget)]
    assert texts_audit.ALARM_NOT_YOURS in said


def test_R_M9_what_this_console_saw_is_given_up_only_after_a_question(opened: Opened) -> None:
    opened.say(LogWitnessed(LogStanding("An old database was brought back.", 9, mine=True)), AuditPartChosen("proof"))
    opened.audit.proof.acknowledge_wanted.emit("witness")
    assert opened.deeds.deeds == []
    opened.press(Qt.Key.Key_Tab)
    opened.press(Qt.Key.Key_Space)
    assert opened.deeds.deeds == [("take_on",)]


def test_v_verifies_and_stops_what_runs(opened: Opened) -> None:
    opened.press(Qt.Key.Key_V)
    assert opened.store.state.audit.part == "proof"
    opened.say(VerificationArrived(made_audit.verification(state="running", verdict=None)))
    assert opened.audit.proof.isVisible()
    opened.press(Qt.Key.Key_V)
    assert [about[0] for about in opened.deeds.deeds] == ["verify", "stop"]


def test_oversight_is_asked_for_when_somebody_looks_and_by_period(opened: Opened) -> None:
    opened.press(Qt.Key.Key_O)
    assert opened.deeds.reads == [("oversight", "30")]
    opened.press(Qt.Key.Key_Right)
    assert opened.deeds.reads[-1] == ("oversight", "90")
    opened.press(Qt.Key.Key_Escape)
    assert opened.store.state.audit.part == "find"


def test_an_export_asks_where_to_without_stopping_the_window(opened: Opened, tmp_path: Path) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_E)
    dialog = opened.window.findChild(QFileDialog)
    assert dialog is not None
    assert opened.deeds.deeds == []
    dialog.fileSelected.emit(str(tmp_path / "c.json"))
    dialog.reject()
    assert opened.deeds.deeds == [("export", made.conversation(1), tmp_path / "c.json")]


def test_the_palette_and_the_sheet_of_keys_know_audit(opened: Opened) -> None:
    opened.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    opened.type("verify the log")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("verify",)]
    opened.say(SavedRead((SavedSearch("Mine", SearchAsked(q="x")),)))
    opened.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    opened.type("Search: Mine")
    opened.press(Qt.Key.Key_Return)
    assert opened.searched() == [SearchAsked(q="x")]
    said = dict(texts_audit.KEYS)
    for key in "FBLTMWGENSCDPVOXRA":
        assert key in said, key


def test_W_opens_the_conversation_where_one_can_act(opened: Opened) -> None:
    opened_past(opened)
    opened.press(Qt.Key.Key_W)
    assert (opened.store.state.workspace, opened.store.state.wanted) == ("live", made.conversation(1))


def test_a_hundred_thousand_hits_are_shown_without_being_walked_over(opened: Opened) -> None:
    asked = SearchAsked(q="many")
    seen: list[int] = []
    first = made_audit.hit(1, "many", "many")
    hits = (first,) * 100_000
    opened.say(SearchWanted(asked), SearchArrived(asked, SearchAnswer(hits=hits, next="c", count=1_000, counted_all=False)))
    model = opened.audit.finding.model
    assert model.rowCount() == 100_000
    model.dataChanged.connect(lambda: seen.append(1))
    QApplication.processEvents()
    opened.audit.finding.hits.scrollToBottom()
    QApplication.processEvents()
    assert model._present.cache_info().currsize < 60  # pyright: ignore[reportPrivateUsage] - what was turned into words
    more = SearchAnswer(hits=tuple(first.model_copy(update={"seq": 200_000 + n}) for n in range(100)), next=None)
    following = opened.store.state.audit.search.next_page
    assert following is not None
    opened.say(SearchArrived(following, more))
    assert model.rowCount() == 100_100
    assert not seen


def test_every_place_the_keyboard_can_be_has_a_name(opened: Opened) -> None:
    opened_past(opened)
    for part in ("find", "proof", "oversight"):
        opened.say(AuditPartChosen(part))
        for one in opened.audit.findChildren(QWidget):
            if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus:
                interface = QAccessible.queryAccessibleInterface(one)
                assert interface is not None
                assert interface.text(QAccessible.Text.Name), type(one).__name__
