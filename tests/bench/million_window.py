"""A window over a real core with very many conversations: what `bench_console_million` measures. Prints one line of JSON.

The core is a child with its own memory; everything here came over its socket. `FOLDER COUNT`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import qasync
from pydantic import SecretStr
from PySide6.QtWidgets import QApplication

from agent_core.contract.clock import system_clock
from agent_core.contract.events import Recorded
from agent_core.contract.listing import EVERYTHING, RowFilter, place_of
from agent_core.contract.statements import ConsoleIdentity
from console.collector import in_small_parts, set_aside
from console.connected import Connected
from console.headless.client import CoreClient
from console.headless.connection import load_connections
from console.headless.keys import MemoryKeyStore
from console.headless.listing import Listing
from console.line import Line
from console.models.refresh import INTERVAL_MS
from console.shell.window import MainWindow
from console.state.app_state import AppState
from console.state.happenings import BucketChosen, SearchTyped
from console.state.listing import FilterChosen
from console.state.selectors import listed_to_the_end, open_asks, shown_rows
from console.state.store import Store
from console.supervisor import Supervisor
from console.tasks import Tasks
from console.theme.controller import Theme
from tests.bench.console_window import Beat, peak_mb

if TYPE_CHECKING:
    from agent_core.contract.views import ConversationRow

FED_SECONDS: Final = 6
_PATIENCE: Final = 60.0
_WANTED: Final = (RowFilter(channels=("webchat",)), RowFilter(owners=("person",)), EVERYTHING)


class Far:
    """The window, its line, and the core at the other end."""

    def __init__(
        self, application: QApplication, core: asyncio.subprocess.Process, client: CoreClient, where: Mapping[str, Any]
    ) -> None:
        self.application = application
        self.core = core
        self.client = client
        self.lost: list[BaseException] = []
        self.theme = Theme("light")
        self.theme.install(application)
        self.store = Store(AppState(now=system_clock()))
        self.line_to = Connected(MemoryKeyStore(), ConsoleIdentity(version="0.1.0", instance="bench"), system_clock)
        self.line_to.attach(client, where["core"], SecretStr(where["token"]))
        self.tasks = Tasks(self.lost.append)
        self.deeds = Supervisor(self.store, self.line_to, self.line_to, self.tasks, _nowhere)
        self.window = MainWindow(self.theme, self.store, self.deeds, "console.ini")
        self.line = Line(
            self.store, self.line_to, self.line_to, system_clock,
            lambda: self.deeds.read_page(self.store.state.bucket), self.deeds.read_asks,
        )  # fmt: skip

    async def until(self, true: Callable[[AppState], bool]) -> None:
        """Wait until the state says so."""
        changed = asyncio.Event()
        leave = self.store.listen(lambda _before, _after: changed.set())
        async with asyncio.timeout(_PATIENCE):
            while not true(self.store.state):
                changed.clear()
                await changed.wait()
        leave()

    async def told(self, order: str) -> dict[str, Any]:
        """Let the core do something, and hear what came of it."""
        assert self.core.stdin is not None
        assert self.core.stdout is not None
        self.core.stdin.write(order.encode() + b"\n")
        return json.loads(await self.core.stdout.readline())

    async def first_look(self) -> dict[str, list[float]]:
        """From nothing to a live window with its first rows and asks painted."""
        began, worked = time.perf_counter(), time.process_time()
        self.running = asyncio.ensure_future(self.line.run())
        await self.until(lambda state: bool(shown_rows(state)) and bool(open_asks(state)))
        self.painted()
        return {"look": [(time.perf_counter() - began) * 1e3], "look_worked": [(time.process_time() - worked) * 1e3]}

    def painted(self) -> None:
        """Everything told is on the (missing) screen."""
        # Events of Qt are the loop's own here: to process them inside a task would enter another one.
        self.window.refresh.flush()
        self.window.live.listed.rows.viewport().repaint()

    async def scroll(self) -> dict[str, list[float]]:
        """Down the whole list of everything, as far as lists go."""
        self.store.dispatch(BucketChosen("all"))
        await self.until(lambda state: bool(shown_rows(state)))
        self.painted()
        steps: list[float] = []
        worked: list[float] = []
        beat = Beat()
        beating = asyncio.ensure_future(beat.run())
        rows = self.window.live.listed.rows
        bar = rows.verticalScrollBar()
        while not listed_to_the_end(self.store.state) or bar.value() < bar.maximum():
            before, busy = time.perf_counter(), time.process_time()
            bar.setValue(bar.value() + bar.pageStep() // 3)
            rows.viewport().repaint()
            steps.append((time.perf_counter() - before) * 1e3)
            worked.append((time.process_time() - busy) * 1e3)
            if bar.value() == bar.maximum() and not listed_to_the_end(self.store.state):
                count = len(self.store.state.rows)
                await self.until(lambda state, count=count: len(state.rows) > count)
                self.window.refresh.flush()
            else:
                await asyncio.sleep(0.002)
        beating.cancel()
        return {
            "scroll": steps,
            "scroll_worked": worked,
            "paging_worked": beat.worked,
            "held": [float(len(self.store.state.rows))],
        }

    async def narrow(self) -> dict[str, list[float]]:
        """A filter chosen, asked of the core and painted; and words typed that the list holds nowhere near."""
        filtered: list[float] = []
        at_once: list[float] = []
        worked: list[float] = []
        for wanted in _WANTED * 4:
            before, busy = time.perf_counter(), time.process_time()
            self.store.dispatch(FilterChosen(wanted))
            # What is held is narrowed and painted first: nobody waits for the core to see something.
            self.painted()
            at_once.append((time.perf_counter() - before) * 1e3)
            worked.append((time.process_time() - busy) * 1e3)
            await self.until(lambda state: bool(state.paging) and all(one.started for one in state.paging.values()))
            self.painted()
            filtered.append((time.perf_counter() - before) * 1e3)
        before = time.perf_counter()
        self.store.dispatch(SearchTyped("customer 1999"))
        await self.until(lambda state: bool(shown_rows(state)))
        self.painted()
        searched = (time.perf_counter() - before) * 1e3
        self.store.dispatch(SearchTyped(""))
        return {"filter": filtered, "filter_first": at_once, "filter_first_worked": worked, "search": [searched]}

    async def feed(self) -> dict[str, list[float]]:
        """Two thousand changed conversations a second, told by the core, with the loop's beat beside."""
        quiet, beat = Beat(), Beat()
        task = asyncio.ensure_future(quiet.run())
        await asyncio.sleep(1)
        task.cancel()
        task = asyncio.ensure_future(beat.run())
        began, worked = time.perf_counter(), time.process_time()
        told = await self.told(f"churn {FED_SECONDS}")
        busy = (time.process_time() - worked) / (time.perf_counter() - began) * 100
        await asyncio.sleep(1 + 3 * INTERVAL_MS / 1e3)
        task.cancel()
        wrong = await self._wrong()
        return {
            "stall": beat.late, "stall_worked": beat.worked, "quiet": quiet.late, "rate": [told["rate"]], "busy": [busy],
            "lost": [float(wrong)], "held_after": [float(len(self.store.state.rows))],
        }  # fmt: skip

    async def _wrong(self) -> int:
        """Places of the list in which the window shows another row than the core has there."""
        shown = shown_rows(self.store.state)
        there: list[ConversationRow] = []
        lists, after = Listing(self.client), None
        while len(there) < len(shown):
            page = await lists.page(self.store.state.bucket, EVERYTHING, None, after, 500)
            there += page.rows
            after = page.next
            if after is None:
                break
        assert shown == sorted(shown, key=place_of)
        return sum(mine != its for mine, its in zip(shown, there[: len(shown)], strict=False))

    async def end(self) -> None:
        """End everything."""
        self.running.cancel()
        await asyncio.wait({self.running})
        await self.tasks.close()
        self.window.stop()
        self.window.close()


def _nowhere(_records: tuple[Recorded, ...]) -> None:
    return


async def measured(application: QApplication, folder: Path, count: int) -> dict[str, list[float]]:
    """Everything, one after the other in one window."""
    core = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.million_core", str(folder), str(count),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert core.stdout is not None
    assert core.stdin is not None
    try:
        where = json.loads(await core.stdout.readline())
        found: dict[str, list[float]] = {"memory_empty": [peak_mb()], "filled_s": [where["filled_s"]]}
        load_connections()  # a console does so while its core loads
        async with CoreClient(where["url"]) as client:
            far = Far(application, core, client, where)
            far.window.resize(1600, 1000)
            far.window.fit(1600)
            far.window.show()
            application.processEvents()
            set_aside()
            try:
                for work in (far.first_look, far.scroll, far.feed, far.narrow):
                    found |= await work()
                found["memory"] = [peak_mb()]
            finally:
                await far.end()
            assert not far.lost, far.lost
        return found
    finally:
        core.stdin.close()
        await core.wait()


def main() -> None:
    """Measure and print."""
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)  # the end is asynchronous
    loop = qasync.QEventLoop(application)
    with loop, in_small_parts():
        found = loop.run_until_complete(measured(application, Path(sys.argv[1]), int(sys.argv[2])))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
