"""Twenty mixed asks of a real core are cleared by keyboard alone (R-M2): the figure that the requirement names, counted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from agent_core.contract.actors import System
from agent_core.contract.bulk import SECONDS_EACH
from agent_core.contract.clock import system_clock
from agent_core.contract.events import AskBreached
from agent_core.contract.ids import AskId, ConversationId
from agent_core.contract.views import AskCard
from agent_core.store import Append, Draft
from console.demo_person import become_operator
from console.state.app_state import AppState
from console.state.bulk import may_join
from console.state.selectors import must_look_again, open_asks, shown_ask, still_to_read
from tests.console.core_beside import SHORT, Beside, Keys, console_beside, core_beside
from tests.console.poisoning import poison
from tests.console.shown_window import has_keyboard
from tests.service.lost_answer import LOST

pytestmark = pytest.mark.qt
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
MOST_KEYS = 60
SMALL, MEDIUM, PEOPLE = 7, 6, 4
OPEN = {"waiting", "claimed"}
"""An ask somebody looks at is still to be cleared: opening the queue takes its first card."""


async def breach(beside: Beside, ask: AskCard) -> None:
    """Its first clock ran out."""
    event = AskBreached(ask=ask.ask, what="first_look", due=system_clock())
    await beside.scene.core.store.append(Append(ask.conversation, [Draft(event, System(part="engine"))]))


def of_kind(state: AppState, kind: str) -> list[AskCard]:
    return [card for card in open_asks(state) if card.kind == kind]


async def twenty(beside: Beside, keys: Keys) -> None:
    """Approvals, escalations of which one is late, a quarantine, and a refund of which nobody knows what became of it."""
    small, more, large = beside.orders(1_000, 4_000)[:SMALL], beside.orders(4_000, 9_900), beside.orders(26_000, 90_000)
    lost, poisoned, *more = more
    held = await beside.write(poisoned, "Where is my order {order}?")
    await beside.write(lost, "Please refund {order}.")
    await keys.sees(lambda state: len(of_kind(state, "approval")) == 1)
    await keys.sees(lambda state: held in state.rows and state.rows[held].label == "listening")
    await beside.there(poison(beside.scene.core.store, held))
    await beside.faults(*LOST)
    keys.console.deeds.approve(of_kind(keys.console.store.state, "approval")[0].ask)
    await keys.sees(lambda state: bool(of_kind(state, "unknown_outcome")))
    for order in (*small, *more[:MEDIUM], large[0]):
        await beside.write(order, "Please refund {order}.")
    for order in more[MEDIUM : MEDIUM + PEOPLE]:
        await beside.write(order, "My lawyer will hear of order {order}.")
    await keys.sees(lambda state: len(of_kind(state, "approval")) >= SMALL + MEDIUM + 1)
    await keys.sees(lambda state: len(of_kind(state, "escalation")) >= PEOPLE)
    late = of_kind(keys.console.store.state, "escalation")[0]
    await beside.there(breach(beside, late))
    await keys.sees(lambda state: bool(state.asks[late.ask].breached))


def shown_in_triage(state: AppState, conversation: ConversationId) -> bool:
    """Whether Triage shows what is wrong with this conversation."""
    looked = state.triage.looked_at
    return looked is not None and looked.conversation == conversation and looked.shown is not None


async def together(keys: Keys) -> set[AskId]:
    """What is like the shown card is approved with it on one sheet, once it was there long enough to be read."""
    keys.press(Qt.Key.Key_A, SHIFT)
    picked = set(keys.console.store.state.acting.picked)
    assert len(picked) > 1
    keys.press(Qt.Key.Key_A)
    await keys.opens("together:")
    begun = keys.console.store.state.now
    await keys.sees(lambda state: state.now - begun > timedelta(seconds=SECONDS_EACH * len(picked) + 1))
    keys.press(Qt.Key.Key_Return, CTRL)
    await keys.sees(lambda state: all(state.asks[one].state not in OPEN for one in picked))
    return picked


async def cleared(keys: Keys, card: AskCard, *, deny: bool) -> None:
    """The keys of one card."""
    if must_look_again(keys.console.store.state, card):
        keys.press(Qt.Key.Key_R)
    if deny:
        keys.press(Qt.Key.Key_D)
        keys.write("Too late")
        keys.press(Qt.Key.Key_Return)
    elif card.kind == "approval":
        await keys.sees(lambda state: not still_to_read(state, card))
        keys.press(Qt.Key.Key_A)
        if keys.console.store.state.armed == card.ask:
            keys.press(Qt.Key.Key_A)
    elif card.kind == "quarantine":
        keys.press(Qt.Key.Key_X)
        await keys.sees(lambda state: shown_in_triage(state, card.conversation))
        keys.press(Qt.Key.Key_X)
        assert keys.console.window.prompt.current == f"triage-repair:{card.conversation}"
        keys.press(Qt.Key.Key_Return)
        await keys.sees(lambda state: state.triage.healed == card.conversation)
        keys.press(Qt.Key.Key_2, CTRL)
    else:
        keys.press(Qt.Key.Key_Y if card.kind == "unknown_outcome" else Qt.Key.Key_S)
        keys.press(Qt.Key.Key_Return)
    await keys.sees(lambda state: state.asks[card.ask].state not in OPEN)


@pytest.mark.slow
async def test_R_M2_twenty_mixed_asks_of_a_real_core_are_cleared_by_keyboard_alone_in_at_most_sixty_strokes(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    async with core_beside(tmp_path, deadlines=SHORT) as beside, console_beside(tmp_path, beside) as console:
        assert await become_operator(console)
        console.window.choose("tour", "off")
        keys = Keys(console)
        await twenty(beside, keys)
        await has_keyboard(console.window)
        keys.count = 0
        keys.press(Qt.Key.Key_2, CTRL)
        begun: frozenset[AskId] = frozenset(card.ask for card in open_asks(console.store.state) if card.state in OPEN)
        kinds = {card.kind for card in open_asks(console.store.state)}
        assert len(begun) == 20
        assert kinds == {"approval", "escalation", "quarantine", "unknown_outcome"}
        denied, sheets = False, 0
        left = set(begun)
        while left and keys.count <= MOST_KEYS:
            card = shown_ask(console.store.state)
            assert card is not None
            if card.ask not in left:
                keys.press(Qt.Key.Key_J)
                continue
            if not sheets and may_join(card, card.claimed_by):
                sheets += 1
                left -= await together(keys)
                continue
            deny = card.kind == "approval" and not denied
            denied = denied or deny
            await cleared(keys, card, deny=deny)
            left.discard(card.ask)
        assert keys.count <= MOST_KEYS, (keys.count, len(left))
        await keys.sees(lambda state: all(state.asks[one].state == "closed" for one in begun))
        print(f"{len(begun)} asks of a real core, {keys.count} strokes")  # noqa: T201 - the figure that the requirement names
