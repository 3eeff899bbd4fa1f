"""A real core beside a real console in one process: on a thread and a loop of its own, spoken to over a real socket.

A test reaches into the core to let the outside world misbehave; the console has its socket and nothing else.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import SecretStr
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.ids import ConversationId, conversation_id
from agent_core.contract.statements import Role
from agent_core.engine.runtime import Deadlines
from console.app import Console, Launch, application
from console.headless.client import CoreClient
from console.headless.keys import MemoryKeyStore
from console.headless.signing import Signer
from console.state.app_state import AppState
from tests.console.running import running, until
from tests.service.scene import NORTHWIND, TOKEN, Scene, scene

SHORT: Final = Deadlines(write=timedelta(seconds=2))
_T = TypeVar("_T")


def kept_by(signer: Signer, core: str) -> MemoryKeyStore:
    """Where somebody's key is kept for a core: nothing that it signs leaves a console that keeps it no more."""
    keys = MemoryKeyStore()
    kept = {"seed": signer.key.seed(), "operator": signer.operator, "role": signer.role}
    keys.put(f"operator:{core}", json.dumps(kept))
    return keys


@dataclass(frozen=True, slots=True)
class Beside:
    """A core that runs on its own thread."""

    scene: Scene
    loop: asyncio.AbstractEventLoop
    admins: list[tuple[CoreClient, Signer]] = field(default_factory=list[tuple[CoreClient, Signer]])
    """Whoever lets others in; enrolled with the first of them."""

    async def there(self, deed: Coroutine[Any, Any, _T]) -> _T:
        """Do something on the core's own loop, and wait for it here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(deed, self.loop))

    def orders(self, low: int, high: int) -> list[str]:
        """Orders of which so much can be given back, in minor units: one for each customer, the smallest first."""
        assert self.scene.core.sandbox is not None
        found: list[tuple[int, str]] = []
        for person in self.scene.core.sandbox.shop.people():
            fit = [
                one
                for one in person.orders
                if one.status in {"shipped", "delivered"} and not one.charged_twice and low <= one.refundable_minor < high
            ]
            found += [(one.refundable_minor, one.id) for one in fit[:1]]
        return [order for _, order in sorted(found)]

    async def write(self, order: str, text: str) -> ConversationId:
        """The customer of an order writes about it; `{order}` is its number."""
        return await self.there(self._written(order, text.format(order=order)))

    async def _written(self, order: str, text: str) -> ConversationId:
        assert self.scene.core.sandbox is not None
        people = self.scene.core.sandbox.shop.people()
        who = next(person for person in people if any(one.id == order for one in person.orders))
        name = f"about_{order}"
        body = {
            "conversation": name, "channel": "chat", "text": text,
            "customer": {"id": who.id, "name": who.name, "email": who.email, "authenticated": True},
        }  # fmt: skip
        async with self.scene.channel as channel:
            (await channel.post("/_sandbox/messages", json=body)).raise_for_status()
        return conversation_id(NORTHWIND, "chat", name, secret=self.scene.core.store.secret)

    async def colleague(self, name: str, role: Role) -> MemoryKeyStore:
        """The key of somebody with this role, whom an admin has let in; as many people as are wanted."""

        async def let_in() -> Signer:
            if not self.admins:
                self.admins.append(await self.scene.admin())
            _, signer = await self.scene.colleague(self.admins[0], name, role=role)
            return signer

        return kept_by(await self.there(let_in()), self.scene.core.instance.core)

    async def faults(self, *faults: Mapping[str, Any]) -> None:
        """Let the shop misbehave."""
        await self.there(self.scene.faults(*faults))


@contextlib.asynccontextmanager
async def core_beside(
    folder: Path, *, deadlines: Deadlines | None = None, clock: Clock = system_clock, undo_s: int = 0
) -> AsyncGenerator[Beside]:
    """A core that lives for as long as the block lasts; approvals wait `undo_s` seconds before they leave."""
    ready: Future[Beside] = Future()
    ended = asyncio.Event()

    async def live() -> None:
        try:
            async with scene(folder, deadlines=deadlines, clock=clock, undo_s=undo_s) as it:
                ready.set_result(Beside(it, asyncio.get_running_loop()))
                await ended.wait()
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="core-beside")
    thread.start()
    try:
        beside = await asyncio.wrap_future(ready)
        try:
            yield beside
        finally:
            beside.loop.call_soon_threadsafe(ended.set)
    finally:
        await asyncio.to_thread(thread.join)


class ConsoleBeside(Console):
    """A console whose core is already there."""

    def __init__(self, folder: Path, beside: Beside, keys: MemoryKeyStore) -> None:
        launch = Launch(settings_file=folder / "console.ini", keys=keys)
        super().__init__(application(), launch)
        self._beside = beside

    async def _keep_a_core(self) -> None:
        """Attach to the core that is there, and stay so."""
        async with CoreClient(self._beside.scene.url) as client:
            self.connected.attach(client, self._beside.scene.core.instance.core, SecretStr(TOKEN))
            self._first_core.set()
            self.line.hurry()
            try:
                await asyncio.Event().wait()
            finally:
                self.connected.detach()


@contextlib.asynccontextmanager
async def console_beside(folder: Path, beside: Beside, keys: MemoryKeyStore | None = None) -> AsyncGenerator[ConsoleBeside]:
    """A console at that core, for as long as the block lasts; with the keys of somebody who is known there, or none yet."""
    console = ConsoleBeside(folder, beside, keys or MemoryKeyStore())
    async with running(console):
        yield console


def signed_in(state: AppState) -> bool:
    """Whether somebody with a key is here, and the core answers."""
    return state.session is not None and state.session.operator is not None and state.connection.phase == "live"


class Keys:
    """A person at the keyboard, whose presses are counted: a letter that is written is a press as well."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.count = 0

    def press(
        self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, into: QWidget | None = None
    ) -> None:
        """One press, where the keyboard is, or in a window of the system's that has it."""
        self.count += 1
        self.console.window.refresh.flush()
        QTest.keyClick(into or QApplication.focusWidget() or self.console.window, key, held)
        self.console.window.refresh.flush()

    def write(self, words: str) -> None:
        """Several presses."""
        field = QApplication.focusWidget()
        assert field is not None
        self.count += len(words)
        QTest.keyClicks(field, words)
        self.console.window.refresh.flush()

    async def opens(self, form: str) -> None:
        """Wait until a form of the window is open; its name or how that begins."""
        await self.sees(lambda _state: (self.console.window.form.current or "").startswith(form))

    async def sees(self, true: Callable[[AppState], bool]) -> None:
        """Wait, as a person does, until the window shows something."""
        seen = await until(self.console, lambda state: self._shown() and true(state))
        assert seen, [notice.title for notice in self.console.store.state.notices]
        self.console.window.refresh.flush()

    def _shown(self) -> bool:
        self.console.window.refresh.flush()
        return True
