"""Two people at one real core at once: what one does, the other sees at once, and loses no word over it (R-M9, R-M3)."""

import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit

from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.ids import AskId, ConversationId
from console import texts_acting, texts_notices, texts_stopping, words
from console.app import Console
from console.state.happenings import ConversationChosen, WorkspaceChosen
from console.state.selectors import open_asks
from console.widgets.plain_label import PlainLabel
from tests.console.core_beside import Beside, Keys, console_beside, core_beside, signed_in
from tests.console.test_missed_clocks import Moved
from tests.service.scene import NORTHWIND

pytestmark = [pytest.mark.qt, pytest.mark.slow]
UNDO_S = 4


@dataclass
class Two:
    """Sue and Tom, each at a console of their own, and what waits for either."""

    beside: Beside
    sue: Console
    tom: Console
    sees: Keys
    """Sue's eyes and hands."""
    toms: Keys
    asks: list[AskId]
    about: list[ConversationId]

    def stands(self, console: Console, place: str, at: int) -> None:
        """Somebody stands on an ask of the queue, or on its conversation in Live."""
        if place == "approvals":
            console.store.dispatch(WorkspaceChosen("approvals"))
            console.window.approvals.show_ask(self.asks[at])
        else:
            console.store.dispatch(WorkspaceChosen("live"))
            console.store.dispatch(ConversationChosen(self.about[at]))
        console.window.refresh.flush()

    def press(self, key: Qt.Key) -> None:
        """Sue presses: of two windows of one process the system gives the keyboard to either."""
        self.sue.window.activateWindow()
        self.sees.press(key, into=self.sue.window.focusWidget() or self.sue.window)

    def write(self, text: str) -> None:
        """Sue writes, each letter where her keyboard is by then."""
        for letter in text:
            self.press(Qt.Key(ord(letter.upper())))


@contextlib.asynccontextmanager
async def two(folder: Path, waiting: int, clock: Clock = system_clock) -> AsyncGenerator[Two]:
    """Two people, and so many refunds that wait for one of them."""
    async with core_beside(folder, clock=clock, undo_s=UNDO_S) as beside:
        hers, his = await beside.colleague("Sue", "supervisor"), await beside.colleague("Tom", "supervisor")
        for name in ("sue", "tom"):
            (folder / name).mkdir()
        async with (
            console_beside(folder / "sue", beside, hers) as sue,
            console_beside(folder / "tom", beside, his) as tom,
        ):
            hands = Keys(sue), Keys(tom)
            for keys in hands:
                keys.console.window.choose("tour", "off")
                await keys.sees(signed_in)
            about = [await beside.write(order, "Please refund {order}.") for order in beside.orders(4_000, 9_900)[:waiting]]
            for keys in hands:
                await keys.sees(lambda state: {card.conversation for card in open_asks(state)} >= set(about))
            asks = [next(card.ask for card in open_asks(sue.store.state) if card.conversation == one) for one in about]
            yield Two(beside, sue, tom, *hands, asks, about)


def said_by(console: Console) -> list[str]:
    return [f"{notice.title} {notice.words}" for notice in console.store.state.notices]


async def test_R_M9_one_decides_while_the_other_writes_a_reason_or_a_change(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    async with two(tmp_path, 3) as it:
        it.stands(it.sue, "approvals", 0)
        it.stands(it.tom, "approvals", 0)
        await it.sees.sees(lambda state: any(one.ask == it.asks[0] and one.name == "Tom" for one in state.present))
        it.press(Qt.Key.Key_D)
        it.write("not")
        assert it.sue.window.prompt.given()
        it.tom.deeds.approve(it.asks[0])
        await it.sees.sees(lambda state: state.asks[it.asks[0]].state == "deciding")
        assert it.sue.window.prompt.current is None
        it.write("damaged")
        assert it.sue.window.prompt.current is None, "the rest of the word is no command"
        unsent = texts_acting.UNSENT_BY.format(name="Tom", what="", who="").strip(" ·")
        assert any(texts_acting.UNSENT in one and unsent in one for one in said_by(it.sue)), said_by(it.sue)
        assert it.sue.store.state.asks[it.asks[1]].state == "waiting"
        await it.sees.sees(lambda state: state.asks[it.asks[0]].closed_name == "Tom")
        it.stands(it.sue, "approvals", 1)
        it.sue.window.edit(it.asks[1])
        await it.sees.opens("edit:")
        it.tom.deeds.deny(it.asks[1], "Too old")
        await it.sees.sees(lambda state: state.asks[it.asks[1]].state == "closed")
        assert it.sue.window.form.current is None


async def test_R_E3_R_M9_one_takes_over_while_the_other_writes_to_the_agent(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    async with two(tmp_path, 1) as it:
        it.stands(it.sue, "live", 0)
        await it.sees.sees(lambda state: state.detail is not None and state.detail.row.conversation == it.about[0])
        it.press(Qt.Key.Key_W)
        it.write("offer")
        it.tom.deeds.take_over(it.about[0])
        await it.sees.sees(lambda state: state.detail is not None and state.detail.row.owner_name == "Tom")
        it.write("that")
        composer = it.sue.window.live.conversation.composer
        assert composer.text() == "offer"
        assert isinstance(it.sue.window.focusWidget(), QPlainTextEdit)
        assert it.sue.store.state.asks[it.asks[0]].state == "waiting", "no letter approved what stands beside"
        assert not it.sue.store.state.pending
        it.stands(it.tom, "live", 0)
        await it.toms.sees(lambda state: state.detail is not None and state.detail.row.label == "human_control")
        it.tom.deeds.hand_back(it.about[0], "Go on.")
        await it.sees.sees(lambda state: state.detail is not None and state.detail.row.label != "human_control")
        assert composer.text() == "offer", "and can be sent when the agent has it again"


async def test_R_M3_one_stops_everything_under_the_others_decision_and_signs_that_it_goes_on(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    async with two(tmp_path, 1) as it:
        it.tom.deeds.pause(NORTHWIND)
        await it.sees.sees(lambda state: any(one.paused for one in state.core.brands) if state.core else False)
        it.sue.window.ask_pause()  # a shortcut hears only the one window that the system made active
        assert it.sue.window.prompt.current == "pause", "a brand that is stopped by itself is not everything"
        it.press(Qt.Key.Key_Return)
        await it.toms.sees(lambda state: state.core is not None and state.core.paused)
        it.stands(it.sue, "approvals", 0)
        it.press(Qt.Key.Key_A)
        await it.sees.sees(lambda state: state.asks[it.asks[0]].state == "deciding")
        await it.sees.sees(lambda state: (due := state.asks[it.asks[0]].not_before) is not None and state.now > due)
        card = it.sue.window.approvals.card
        assert card is not None
        said = [label.whole_text() for label in card.findChildren(PlainLabel)]
        assert texts_stopping.HELD.format(verb=words.APPROVED) in said
        it.tom.deeds.resume(None)
        await it.toms.sees(lambda state: state.core is not None and not state.core.paused)
        assert it.sue.store.state.asks[it.asks[0]].state == "deciding", "its brand is stopped still"
        it.tom.deeds.resume(NORTHWIND)
        await it.sees.sees(lambda state: state.asks[it.asks[0]].state == "closed")
        assert it.sue.store.state.asks[it.asks[0]].closed_name == "Sue"


async def test_R_M9_a_claim_of_somebody_who_went_away_ends_both_hear_it_and_the_other_takes_it(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    clock = Moved()
    async with two(tmp_path, 1, clock) as it:
        it.stands(it.sue, "approvals", 0)
        it.press(Qt.Key.Key_C)
        await it.toms.sees(lambda state: state.asks[it.asks[0]].claimed_name == "Sue")
        clock.by += timedelta(minutes=4)
        await it.toms.sees(lambda state: state.asks[it.asks[0]].state == "waiting")
        title = texts_notices.LAPSED.partition("{")[0]
        await it.sees.sees(lambda state: any(one.title.startswith(title) for one in state.notices))
        it.stands(it.tom, "approvals", 0)
        it.tom.deeds.claim(it.asks[0], "")
        await it.sees.sees(lambda state: state.asks[it.asks[0]].claimed_name == "Tom")
        assert it.sue.store.state.asks[it.asks[0]].claim_taken_from_name is None, (
            "it was free: nothing was taken from anybody"
        )
