"""Breaches in the one queue of asks: no second ask, the ask itself stands first, with what was missed (R-M2, R-A4, R-E4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_core.contract.clock import system_clock
from agent_core.contract.handing import MomentSaid, PacketBullet
from agent_core.contract.listing import ask_place_of
from agent_core.contract.views import AskCard
from console import texts_clocks
from console.demo_person import become_operator
from console.presenting.approval import approval_props
from console.presenting.clock import moment, when
from console.presenting.deadlines import deadlines
from console.presenting.handoff import packet_props
from console.state.app_state import AppState
from console.state.happenings import FeedArrived, QueueNarrowed, SignedIn
from console.state.reduce import reduce
from console.state.selectors import next_ask, open_asks, queued, shown_ask
from tests.console import made
from tests.console.core_beside import SHORT, Keys, console_beside, core_beside
from tests.console.scenes_clocks import ANSWERED, LOOKED, SCENES, escalation
from tests.console.shown_window import has_keyboard, shown_window
from tests.console.states import begun
from tests.service.scene import Moved


def holding(*cards: AskCard) -> AppState:
    state = reduce(AppState(now=made.NOW), SignedIn(made.session()))
    return reduce(state, FeedArrived(made.answer(asks=cards), made.NOW))


def rows(card: AskCard) -> dict[str, str]:
    return {label: value for label, value, _ in deadlines(card, made.NOW)}


def test_R_M2_what_is_late_stands_before_everything_that_is_not_however_urgent_or_dear() -> None:
    late = escalation(1, priority=9, missed=(LOOKED,))
    dear = made.ask(2, priority=0, money=made.euros(90_000))
    later = escalation(3, priority=2, missed=(LOOKED, ANSWERED))
    assert sorted((dear, late, later), key=ask_place_of) == [later, late, dear]
    assert [card.ask for card in open_asks(holding(dear, late, later))] == [later.ask, late.ask, dear.ask]


def test_R_M2_a_late_card_says_what_was_missed_since_when_and_who_is_on_it() -> None:
    missed = "\n".join(texts_clocks.MISSED_BY[one.what].format(time=when(one.due, made.NOW)) for one in (LOOKED, ANSWERED))
    card = escalation(1, missed=(LOOKED, ANSWERED, LOOKED), breached=(), next_breach=None)
    assert rows(card) == {texts_clocks.MISSED: missed, texts_clocks.HELD_BY: texts_clocks.NOBODY}
    held = card.model_copy(update={"claimed_name": "Ines Roth", "claimed_until": made.NOW + timedelta(minutes=1)})
    assert rows(held)[texts_clocks.HELD_BY].startswith("Ines Roth, until ")
    props = approval_props(holding(card), card)
    assert props.late
    assert props.rows[0] == (texts_clocks.MISSED, missed, "danger")
    over = card.model_copy(update={"state": "closed"})
    assert rows(over) == {}


def test_R_E4_the_clocks_of_an_escalation_stand_on_its_card_as_on_an_approval() -> None:
    card = escalation(1)
    assert card.look_by is not None
    assert card.answer_by is not None
    assert rows(card) == {texts_clocks.LOOK_BY: when(card.look_by, made.NOW)} | {
        texts_clocks.ANSWER_BY: when(card.answer_by, made.NOW)
    }
    assert len(when(card.look_by, made.NOW)) < len(when(card.answer_by, made.NOW)), "another day is named"
    props = approval_props(holding(card), card)
    assert (props.seconds_left, props.promised, props.late) == (240, True, False)
    approval = made.ask(2, look_by=card.look_by, answer_by=card.answer_by, next_breach=card.look_by)
    assert rows(approval) == rows(card)
    assert approval_props(holding(approval), approval).seconds_left == 258, "what expires counts down to that"
    looked = card.model_copy(update={"next_breach": card.answer_by})
    assert texts_clocks.LOOK_BY not in rows(looked)


def test_R_M2_the_queue_can_show_only_what_is_late_and_shows_all_again_when_nothing_is() -> None:
    late, calm = escalation(1, missed=(LOOKED,)), made.ask(2)
    state = reduce(holding(late, calm), QueueNarrowed(True))
    assert queued(state) == [late]
    assert next_ask(state, late.ask, 1) == late.ask
    assert open_asks(state) == [late, calm], "what is counted and told elsewhere is not narrowed"
    done = late.model_copy(update={"state": "closed", "version": 2})
    state = reduce(state, FeedArrived(made.answer(reset=False, asks=(done,)), made.NOW))
    assert queued(state) == [calm]


@pytest.mark.qt
async def test_R_A4_a_deadline_that_passes_brings_its_ask_to_the_top_of_the_queue_of_a_real_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Moved()
    # Time goes by for both: who signs in at a time long past is let in by nobody, and without a key nothing is shown.
    monkeypatch.setattr("console.app.system_clock", clock)
    async with core_beside(tmp_path, deadlines=SHORT, clock=clock) as beside, console_beside(tmp_path, beside) as console:
        assert await become_operator(console)
        console.window.choose("tour", "off")
        keys = Keys(console)
        first, dear = beside.orders(1_000, 9_900)[0], beside.orders(26_000, 90_000)[0]
        await beside.write(dear, "Please refund {order}.")
        await keys.sees(lambda state: len(open_asks(state)) == 1)
        slow = await beside.write(first, "My lawyer will hear of order {order}.")
        await keys.sees(lambda state: any(card.conversation == slow for card in open_asks(state)))
        late = next(card for card in open_asks(console.store.state) if card.conversation == slow)
        assert late.kind == "escalation"
        assert late.look_by is not None
        assert late.answer_by is not None
        assert not late.missed
        clock.by = late.look_by - system_clock() + timedelta(seconds=5)
        await keys.sees(lambda state: len(state.asks[late.ask].missed) == 1)
        clock.by = late.answer_by - system_clock() + timedelta(seconds=5)
        await keys.sees(lambda state: late.ask in state.asks and len(state.asks[late.ask].missed) == 2)
        assert [(one.what, one.due) for one in console.store.state.asks[late.ask].missed] == [
            ("first_look", late.look_by), ("answer", late.answer_by),
        ]  # fmt: skip
        assert [card.ask == late.ask for card in open_asks(console.store.state)] == [True, False]
        await has_keyboard(console.window)
        keys.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        keys.press(Qt.Key.Key_V)
        assert [card.ask for card in queued(console.store.state)] == [late.ask]
        assert console.window.approvals.only_missed.isVisible()
        assert console.window.approvals.model.rowCount() == 1
        shown, card = shown_ask(console.store.state), console.window.approvals.card
        assert shown is not None
        assert card is not None
        assert (shown.ask, card.props.late) == (late.ask, True)
        assert dict(row[:2] for row in card.props.rows)[texts_clocks.HELD_BY] == texts_clocks.NOBODY
        keys.press(Qt.Key.Key_V)
        assert console.window.approvals.model.rowCount() == 2


@pytest.mark.qt
def test_R_M2_the_excerpt_beside_a_card_says_that_it_loads_or_cannot(qapp: QApplication, qtbot: QtBot) -> None:
    store = begun("light")
    with shown_window(qapp, qtbot, store) as window:
        SCENES["asks-overdue-only"](window, store)
        window.refresh.flush()
        place = window.approvals
        assert place.excerpt_stack.currentWidget() is place.excerpt_loads
        SCENES["asks-unreached"](window, store)
        window.refresh.flush()
        assert place.excerpt_stack.currentWidget() is place.excerpt_unreached


def test_R_E2_the_packet_says_its_moments_in_the_time_of_who_reads_it() -> None:
    said = MomentSaid(said="3 Mar 2026, 23:41 UTC", at=datetime(2026, 3, 3, 23, 41, tzinfo=UTC))
    bullet = PacketBullet(kind="customer", text=f"Ola Nordmann; 2 messages since {said.said}.", moments=(said,))
    state = holding(escalation(3))
    packet = made.packet(3, bullets=(bullet,))
    row = made.row(3, needs_person=True, label="awaiting_human", owner="nobody", asks=("escalation",))
    state = replace(state, packet=packet, wanted=packet.conversation, detail=made.detail(3, row=row, asks=(escalation(3),)))
    (shown,) = packet_props(state).rows
    assert shown.words == f"Ola Nordmann; 2 messages since {moment(said.at)}."
