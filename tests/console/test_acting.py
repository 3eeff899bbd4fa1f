"""A person's own deeds in the window: propose an action, like cases on one sheet, read before a yes (R-C3, R-E3, R-M2)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_core.contract.ids import AskId, OperatorId
from agent_core.contract.risk import Risk
from agent_core.contract.views import AskCard
from console import texts_acting as texts
from console.shell.window import MainWindow
from console.state.acting import ActionShown
from console.state.bulk import batch_of, like, look_s, may_join
from console.state.happenings import (
    AskChosen,
    DetailArrived,
    FeedArrived,
    Ticked,
    WorkspaceChosen,
)
from console.state.selectors import open_asks
from console.state.store import Store
from console.widgets.check_row import CheckRow
from console.workspaces.acting import action_follows, arguments
from tests.console import made, made_acting
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.fake_core import AskedFor
from tests.console.made_acting import ActingAskedFor, case
from tests.console.opened import AtWindow
from tests.console.shown_window import shown_window
from tests.console.states import begun

pytestmark = pytest.mark.qt

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
MOST_KEYS = 60


class Deciding(AskedFor):
    """A core that takes every decision at once."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def closes(self, ask: str) -> None:
        card = self.store.state.asks[AskId(ask)]
        closed = card.model_copy(update={"state": "closed", "version": card.version + 1, "closed_by": "person"})
        self.store.dispatch(FeedArrived(made.answer(reset=False, asks=(closed,)), made.NOW))

    def approve(self, ask: str) -> None:
        super().approve(ask)
        self.closes(ask)

    def deny(self, ask: str, reason: str) -> None:
        super().deny(ask, reason)
        self.closes(ask)

    def resolve(self, ask: str, note: str) -> None:
        super().resolve(ask, note)
        self.closes(ask)

    def settle(self, ask: str, happened: bool) -> None:
        super().settle(ask, happened)
        self.closes(ask)


class Opened(AtWindow):
    """A window, what was asked for in it, and how many keys were pressed."""

    def __init__(self, window: MainWindow, deeds: Deciding, acting: ActingAskedFor) -> None:
        super().__init__(window)
        self.deeds, self.acting = deeds, acting
        self.keys = 0

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.keys += 1
        super().press(key, held)

    def type(self, text: str) -> None:
        self.keys += len(text)
        super().type(text)

    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.say(Ticked(self.store.state.now + timedelta(seconds=seconds)))

    def asks(self, *cards: AskCard) -> None:
        self.say(FeedArrived(made.answer(asks=cards), made.NOW), WorkspaceChosen("approvals"), AskChosen(cards[0].ask))


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot) -> Iterator[Opened]:
    store = begun("light")
    deeds, acting = Deciding(store), ActingAskedFor()
    with shown_window(qapp, qtbot, store, deeds, audit=AuditAskedFor(), acting=acting) as window:
        yield Opened(window, deeds, acting)


# -- read first --------------------------------------------------------------------------------------------------------


def test_R_C3_a_yes_waits_until_there_was_time_to_read_and_a_no_never_does(opened: Opened) -> None:
    card = made.ask(1, version=2, risk=Risk(tier="high", min_shown_s=3, confirm=True))
    opened.asks(card)
    shown = opened.window.approvals.card
    assert shown is not None
    assert shown.props.wait_s == 3
    opened.press(Qt.Key.Key_A)
    assert (opened.deeds.deeds, opened.store.state.armed) == ([], None)
    opened.wait(2)
    assert shown.props.wait_s == 1
    opened.press(Qt.Key.Key_A)
    assert opened.store.state.armed is None
    opened.wait(1)
    opened.press(Qt.Key.Key_A)
    assert opened.store.state.armed == card.ask
    assert opened.deeds.deeds == []
    opened.press(Qt.Key.Key_A)
    assert opened.deeds.deeds == [("approve", card.ask)]


def test_R_C3_a_denial_can_be_given_at_once(opened: Opened) -> None:
    card = made.ask(1, version=2, risk=Risk(tier="critical", min_shown_s=6, confirm=True))
    opened.asks(card)
    opened.press(Qt.Key.Key_D)
    opened.type("No")
    opened.press(Qt.Key.Key_Return)
    assert opened.deeds.deeds == [("deny", card.ask, "No")]


# -- several at once ---------------------------------------------------------------------------------------------------


def test_R_C3_only_like_and_plain_cases_go_together() -> None:
    cards = [case(number) for number in range(11, 15)]
    assert [one.ask for one in like(cards[0], cards, made.ME)] == [one.ask for one in cards]
    batch = batch_of(cards)
    assert batch is not None
    assert (batch.total, look_s(cards)) == (10_000, 4)
    assert batch_of(cards[:1]) is None
    assert batch_of([case(number, 9_000) for number in range(11, 15)]) is None
    for odd in (
        {"look_again": True},
        {"required_people": 2},
        {"risk": Risk(tier="high", min_shown_s=3)},
        {"risk": None},
        {"state": "deciding"},
        {"proposed_by": made.ME},
        {"binding": None},
        {"claimed_by": "o_other", "state": "claimed"},
        {"kind": "escalation"},
    ):
        assert not may_join(case(11).model_copy(update=odd), made.ME), odd
        assert len(like(cards[0], [case(11).model_copy(update=odd)], made.ME)) == 1


def test_R_C3_R_M2_like_cases_are_chosen_reviewed_and_signed_by_keyboard(opened: Opened) -> None:
    cards = [case(number, 2_500 + number) for number in range(11, 15)]
    opened.asks(*cards, made.ask(3, risk=Risk(tier="high", min_shown_s=3, confirm=True)))
    opened.press(Qt.Key.Key_Space)
    opened.press(Qt.Key.Key_Space)
    assert opened.store.state.acting.picked == ()
    opened.press(Qt.Key.Key_J, SHIFT)
    opened.press(Qt.Key.Key_Escape)
    opened.press(Qt.Key.Key_A, SHIFT)
    assert set(opened.store.state.acting.picked) == {card.ask for card in cards}
    opened.press(Qt.Key.Key_A)
    assert opened.deeds.deeds == []
    assert (opened.window.form.current or "").startswith("together:")
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.acting.together == []  # there was no time to read four
    opened.wait(4)
    opened.press(Qt.Key.Key_Space)  # the first is not meant
    opened.press(Qt.Key.Key_Return, CTRL)
    ((asks, shown_at),) = opened.acting.together
    assert len(asks) == 3
    assert shown_at == made.NOW


def test_R_C3_a_case_that_changes_under_an_open_sheet_is_not_signed_as_something_else(opened: Opened) -> None:
    cards = [case(number) for number in range(11, 14)]
    opened.asks(*cards)
    opened.press(Qt.Key.Key_A, SHIFT)
    opened.press(Qt.Key.Key_A)
    first = opened.store.state.acting.picked[0]
    number = next(number for number, card in zip(range(11, 14), cards, strict=True) if card.ask == first)
    dearer = case(number, 9_900).model_copy(update={"version": 9})
    opened.say(FeedArrived(made.answer(reset=False, asks=(dearer,)), made.NOW))
    opened.wait(4)
    opened.press(Qt.Key.Key_Return, CTRL)
    ((asks, _),) = opened.acting.together
    assert set(asks) == {card.ask for card in cards} - {first}, "the sheet still says the old amount of the first"


def test_R_C3_R_M9_what_is_over_or_taken_leaves_an_open_sheet_and_says_why(opened: Opened) -> None:
    cards = [case(number) for number in range(11, 17)]
    opened.asks(*cards)
    opened.press(Qt.Key.Key_A, SHIFT)
    opened.press(Qt.Key.Key_A)
    by_ines = {"state": "closed", "version": 9, "closed_by": "person", "closed_name": "Ines Roth"}
    expired = {"state": "closed", "version": 9, "closed_by": "timeout", "closed_sentence": "Nobody decided in time."}
    taken = {"state": "claimed", "version": 9, "claimed_by": OperatorId("o_ines"), "claimed_name": "Ines Roth"}
    gone = [card.model_copy(update=how) for card, how in zip(cards, (by_ines, expired, taken), strict=False)]
    opened.say(FeedArrived(made.answer(reset=False, asks=tuple(gone)), made.NOW))
    rows = {row.props.key: row for row in opened.window.form.findChildren(CheckRow)}
    said = [rows[card.ask].props.below for card in gone]
    ines = {"name": "Ines Roth"}
    assert said == [texts.OUT_DECIDED.format(**ines), "Nobody decided in time.", texts.OUT_TAKEN.format(**ines)]
    assert [row.isEnabled() for row in rows.values()].count(True) == 3
    here = QApplication.focusWidget()
    assert here is not None
    assert opened.window.form.isAncestorOf(here), "what had the keyboard went, and it stays on the sheet"
    opened.wait(6)
    opened.press(Qt.Key.Key_Return, CTRL)
    ((asks, _),) = opened.acting.together
    assert set(asks) == {card.ask for card in cards[3:]}


def test_R_M9_a_case_decided_elsewhere_is_not_chosen_any_more(opened: Opened) -> None:
    cards = [case(number) for number in range(11, 14)]
    opened.asks(*cards)
    opened.press(Qt.Key.Key_A, SHIFT)
    gone = cards[1].model_copy(update={"state": "closed", "version": 9})
    opened.say(FeedArrived(made.answer(reset=False, asks=(gone,)), made.NOW))
    assert len(opened.store.state.acting.picked) == 2


# -- an action of one's own --------------------------------------------------------------------------------------------


def test_R_C3_R_E3_an_action_is_chosen_filled_in_seen_and_signed_by_keyboard(opened: Opened) -> None:
    opened.press(Qt.Key.Key_O)
    assert opened.acting.previews == []  # nobody has taken it over
    mine = made.row(1, version=9, label="human_control", owner="person", owner_name="Mira Duarte")
    detail = made.detail(1).model_copy(update={"row": mine, "version": 9})
    opened.say(WorkspaceChosen("live"), DetailArrived(detail))
    opened.window.live.enter()
    opened.press(Qt.Key.Key_O)
    assert opened.acting.previews == [(made.conversation(1), None, None)]
    opened.say(ActionShown(made_acting.choosing()))
    opened.press(Qt.Key.Key_Up)
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.acting.previews[-1][2] is None
    tool = opened.acting.previews[-1][1]
    assert tool in {one.tool for one in made_acting.OFFERED}
    opened.say(ActionShown(made_acting.BLANK))
    form = opened.window.form
    assert form.current == f"propose:{made.conversation(1)}:refund_payment"
    for name, said in {"payment_id": "pay_71", "amount_minor": "25.50", "reason": "Broken"}.items():
        form.write(name, said)
    form.pause_over()
    wanted = {"order_id": "NW-88213", "payment_id": "pay_71", "amount_minor": 2550, "currency": "EUR", "reason": "Broken"}
    assert opened.acting.previews[-1] == (made.conversation(1), "refund_payment", wanted)
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.acting.proposed == []  # nothing was shown yet
    opened.say(ActionShown(made_acting.refused()))
    opened.press(Qt.Key.Key_Return, CTRL)
    assert opened.acting.proposed == []  # policy is against it
    form.write("amount_minor", "20")
    form.pause_over()
    opened.say(ActionShown(made_acting.possible()))
    opened.press(Qt.Key.Key_Return, CTRL)
    assert [preview.draft for preview, _ in opened.acting.proposed] == ["d_1"]


def test_R_C3_the_form_calls_the_customer_by_name_and_keeps_the_signed_id_below_it() -> None:
    lines = {line.words: line.below for line in action_follows(made_acting.possible(), "Amara Okafor").lines}
    below = lines["Order belongs to customer: this customer (Amara Okafor)"]
    assert below.endswith("Signed as cus_1")
    assert not [words for words in lines if "cus_" in words]


def test_what_cannot_be_read_is_never_asked_about() -> None:
    made_up, faults, empty = arguments(made_acting.BLANK, {"amount_minor": ("much",), "currency": ("EUR",)})
    assert (made_up, len(faults), empty) == ({"currency": "EUR"}, 1, True)


# -- a whole queue -----------------------------------------------------------------------------------------------------


def test_R_M2_twenty_mixed_asks_are_cleared_by_keyboard_alone_in_at_most_sixty_strokes(opened: Opened) -> None:
    alike = [case(number) for number in range(11, 19)]
    plain = [made.ask(number, money=made.euros(3_000 + number), title=f"Refund {number}") for number in range(31, 36)]
    careful = [made.ask(number, risk=Risk(tier="high", min_shown_s=3, confirm=True)) for number in range(41, 43)]
    people = [
        made.ask(number, kind="escalation", verbs=("take_over", "resolve"), binding=None, money=None, title="A person")
        for number in range(51, 54)
    ]
    unknown = [
        made.ask(61, kind="unknown_outcome", verbs=("confirm_executed", "confirm_not_executed"), binding=None, title="Lost?")
    ]
    denied = made.ask(71, title="Refund 71")
    queue = [*alike, *plain, *careful, *people, *unknown, denied]
    assert len(queue) == 20
    opened.asks(*queue)
    opened.keys = 0
    opened.say(AskChosen(alike[0].ask))
    opened.press(Qt.Key.Key_A, SHIFT)
    opened.press(Qt.Key.Key_A)
    opened.wait(8)
    opened.press(Qt.Key.Key_Return, CTRL)
    ((signed, _),) = opened.acting.together
    for ask in signed:
        opened.deeds.closes(ask)
    opened.window.refresh.flush()
    while (left := [one for one in open_asks(opened.store.state) if one.state != "closed"]) and opened.keys < 200:
        shown = opened.window.approvals.card
        assert shown is not None
        card = opened.store.state.asks[AskId(shown.props.key)]
        if card.state == "closed":
            opened.press(Qt.Key.Key_J)
            continue
        opened.wait(4)  # they are read, too
        if card.ask == denied.ask:
            opened.press(Qt.Key.Key_D)
            opened.type("Too late")
            opened.press(Qt.Key.Key_Return)
        elif card.kind == "approval":
            opened.press(Qt.Key.Key_A)
            if card.risk is not None:
                opened.press(Qt.Key.Key_A)
        else:
            opened.press(Qt.Key.Key_S if card.kind == "escalation" else Qt.Key.Key_Y)
            opened.press(Qt.Key.Key_Return)
        assert len(left) > 0
    assert not open_asks(opened.store.state)
    assert opened.keys <= MOST_KEYS, opened.keys
    print(f"{len(queue)} asks, {opened.keys} strokes")  # noqa: T201 - the figure that the requirement names
