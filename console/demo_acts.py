"""The automatic supervisor of the demo: sees what a person would see and presses the keys a person would press.

It acts through the widgets of the window alone, so whatever it achieves a person can achieve; what it reports is read from
the log of the core. It must never send a command past the window, and never take longer than its time.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from agent_core.contract.clock import system_clock
from agent_core.contract.events import (
    CallJudged,
    Countersigned,
    MessageReceived,
    ProposalSettled,
    Proposed,
    Recorded,
    ReplySent,
)
from agent_core.contract.ids import AskId
from agent_core.contract.views import AskCard
from console import strings, words
from console.app import Companion, Console
from console.demo_person import SecondPerson, become_operator, until
from console.state.app_state import WORKSPACES, AppState, WorkspaceKey
from console.state.deciding import undecided
from console.state.ports import ConsoleError
from console.state.selectors import open_asks, shown_ask, still_to_read

ACT_UNTIL_SECONDS: Final = 25.0
"""Counted from the start of the demo, so that a slow machine acts less and still ends in time."""
ENOUGH_EXECUTED: Final = 2
SIZE: Final = (1_600, 1_000)
THEMES: Final = ("light", "dark")
REASON: Final = "The order is older than the return window; please offer a replacement instead."
_KEYS = {"Enter": Qt.Key.Key_Return, "Escape": Qt.Key.Key_Escape}


def by_itself(pictures: Path) -> Companion:
    """Act through the widgets, take the pictures, say what happened, and end."""

    def beside(console: Console) -> "asyncio.Task[Any]":
        return asyncio.get_running_loop().create_task(DemoActs(console, pictures).run(), name="demo")

    return beside


class DemoActs:
    """One automatic demonstration.

    Args:
        console: The console it sits at.
        pictures: The folder the pictures go to.
    """

    def __init__(self, console: Console, pictures: Path) -> None:
        self._console = console
        self._window = console.window
        self._pictures = pictures
        self._decided: dict[AskId, str] = {}
        self._taken: list[Path] = []
        self._begun = system_clock()

    def _seconds(self) -> float:
        return (system_clock() - self._begun).total_seconds()

    @property
    def _state(self) -> AppState:
        return self._console.store.state

    async def run(self) -> int:
        """Act, take pictures, report; ends the console and answers its exit code."""
        try:
            self._window.resize(*SIZE)
            self._window.fit(SIZE[0])
            self._window.choose("tour", "off")  # it is for people
            if not await become_operator(self._console):
                self._say(f"{words.CORE_NOT_STARTED}: {self._state.connection.sentence}")
                return 1
            second = asyncio.create_task(SecondPerson(self._console).run(), name="second-person")
            try:
                await self._act()
                await self._take_pictures()
            finally:
                second.cancel()
                await asyncio.wait({second})
            await self._report()
        finally:
            self._console.end()
        return 0

    # -- hands ---------------------------------------------------------------------------------------------------------

    def _press(self, key: str, text: str = "") -> None:
        """Press a key where the keyboard is."""
        target: QWidget = QApplication.focusWidget() or self._window.focusWidget() or self._window
        code = _KEYS.get(key) or Qt.Key(ord(key.upper()))
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, code, Qt.KeyboardModifier.NoModifier, text or (key.lower() if len(key) == 1 else ""))
            QApplication.sendEvent(target, event)

    def _write(self, words_typed: str) -> None:
        """Type into the field that has the keyboard."""
        field = self._window.prompt.findChild(QLineEdit)
        if field is not None:
            field.setFocus()
            field.insert(words_typed)

    def _go(self, place: WorkspaceKey) -> None:
        """Click a workspace on the rail."""
        name = getattr(strings, place.upper())
        for tab in self._window.rail.findChildren(QAbstractButton):
            if tab.accessibleName().split(",")[0] == name:
                tab.click()

    # -- acting --------------------------------------------------------------------------------------------------------

    async def _act(self) -> None:
        self._go("approvals")
        while self._seconds() < ACT_UNTIL_SECONDS:
            card = self._next_card()
            if card is not None:
                await self._decide(card)
            if self._finished():
                break
            await asyncio.sleep(0.15)
        # What was countersigned last still has its undo time.
        await until(self._console, lambda state: not self._on_its_way(state), 6)

    @staticmethod
    def _on_its_way(state: AppState) -> list[AskCard]:
        return [card for card in state.asks.values() if card.state in {"deciding", "executing"}]

    def _finished(self) -> bool:
        closed = [ask for ask in self._decided if (card := self._state.asks.get(ask)) is not None and card.state == "closed"]
        approved = [ask for ask in closed if self._decided[ask] == "approve"]
        return len(approved) >= ENOUGH_EXECUTED and "deny" in self._decided.values()

    def _next_card(self) -> AskCard | None:
        return next(
            (
                card
                for card in open_asks(self._state)
                if card.kind == "approval" and card.state == "waiting" and card.ask not in self._decided
                and "approve" in card.verbs
            ),
            None,
        )  # fmt: skip

    async def _decide(self, card: AskCard) -> None:
        """Walk to a card with J and K and press its key; one of them is denied, with a reason."""
        await self._walk_to(card.ask)
        approved = sum(1 for verb in self._decided.values() if verb == "approve")
        deny = approved >= 1 and "deny" not in self._decided.values()
        self._decided[card.ask] = "deny" if deny else "approve"
        if deny:
            self._press("D")
            await self._turn()
            self._write(REASON)
            await self._turn()
            self._press("Enter")
        else:
            await until(self._console, lambda state: not still_to_read(state, card), 8)
            self._press("A")
            await self._turn()
            if self._state.armed == card.ask:
                self._press("A")
        await until(self._console, lambda state: not undecided(state.asks[card.ask]), 3)

    async def _walk_to(self, ask: AskId) -> None:
        self._window.workspaces["approvals"].enter()
        for _ in range(60):
            shown = shown_ask(self._state)
            if shown is None or shown.ask == ask:
                return
            queue = [card.ask for card in open_asks(self._state)]
            down = shown.ask not in queue or queue.index(shown.ask) < queue.index(ask)
            self._press("J" if down else "K")
            await self._turn()

    async def _turn(self) -> None:
        """Let the loop run until what was pressed is on the screen."""
        await asyncio.sleep(0.12)

    # -- pictures ------------------------------------------------------------------------------------------------------

    async def _take_pictures(self) -> None:
        self._pictures.mkdir(parents=True, exist_ok=True)
        await self._choose_a_telling_conversation()
        for theme in THEMES:
            self._window.carry_out(f"theme:{theme}")
            for place in WORKSPACES:
                self._go(place)
                if place == "approvals":
                    self._show_an_open_ask()
                await until(self._console, self._settled(place), 2)
                await self._turn()
                path = self._pictures / f"{place}-{theme}.png"
                # Without an unused alpha and packed as tight as it goes: these are looked at, and two are kept.
                picture = self._window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
                if picture.save(str(path), None, 0):
                    self._taken.append(path)

    async def _choose_a_telling_conversation(self) -> None:
        """Open the conversation in which most has happened, preferring one that still waits for a person."""
        waiting = [card.conversation for card in open_asks(self._state) if card.kind == "approval"]
        decided = [card.conversation for ask in self._decided if (card := self._state.asks.get(ask)) is not None]
        rows = self._state.rows
        known = [one for one in (*waiting, *decided) if one in rows] or list(rows)
        if known:
            best = max(known, key=lambda one: (one in waiting, rows[one].messages, len(rows[one].intents)))
            self._window.carry_out(f"conversation:{best}")
            await until(self._console, lambda state: state.detail is not None and state.detail.row.conversation == best, 3)

    def _show_an_open_ask(self) -> None:
        card = next((one for one in open_asks(self._state) if one.kind == "approval"), None)
        if card is not None:
            self._window.approvals.show_ask(card.ask)

    def _settled(self, place: WorkspaceKey) -> Callable[[AppState], bool]:
        def settled(state: AppState) -> bool:
            if place not in {"live", "approvals"} or state.wanted is None:
                return True
            return state.detail is not None and state.detail.row.conversation == state.wanted

        return settled

    # -- report --------------------------------------------------------------------------------------------------------

    async def _report(self) -> None:
        counted: Counter[str] = Counter()
        for conversation in tuple(self._state.rows):
            try:
                records = await self._console.connected.log(conversation)
            except ConsoleError:
                continue
            count(records, counted)
        core = self._state.core
        model = core.model if core is not None else ""
        self._say(f"conversations  {len(self._state.rows)}, answered by {model}")
        for name in ("messages", "replies", "proposals", "countersigned", "executed", "denied", "refused"):
            self._say(f"{name:<14} {counted[name]}")
        self._say(f"pictures       {len(self._taken)} in {self._pictures}")

    @staticmethod
    def _say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def count(records: tuple[Recorded, ...], counted: Counter[str]) -> None:
    """Count what happened in a conversation, from its log."""
    for record in records:
        match record.event:
            case MessageReceived(author="customer"):
                counted["messages"] += 1
            case ReplySent():
                counted["replies"] += 1
            case Proposed():
                counted["proposals"] += 1
            case Countersigned():
                counted["countersigned"] += 1
            case ProposalSettled(outcome="executed"):
                counted["executed"] += 1
            case ProposalSettled(outcome="denied"):
                counted["denied"] += 1
            case CallJudged(verdict="forbid"):
                counted["refused"] += 1
            case _:
                pass
