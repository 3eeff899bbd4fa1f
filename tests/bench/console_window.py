"""One window in a process of its own, over a list without end: what `bench_console` measures. Prints one line of JSON.

Apart, so that the memory is that of a console and of nothing measured before it. Rows are made when a page asks for them:
a million conversations stand behind this list, and as many are held here as a person has scrolled past.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import qasync
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from agent_core.contract.ids import ConversationId
from agent_core.contract.listing import EVERYTHING, RowFilter
from agent_core.contract.views import ConversationRow, Counts, FeedAnswer, RowPage
from console.collector import in_small_parts, set_aside
from console.models.refresh import INTERVAL_MS
from console.paging import PAGE
from console.shell.window import MainWindow
from console.state.app_state import AppState, Bucket, Paging
from console.state.happenings import (
    BucketChosen,
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    FeedArrived,
    PageArrived,
    PageWanted,
    SearchTyped,
    SignedIn,
)
from console.state.listing import FilterChosen
from console.state.selectors import shown_rows
from console.state.store import Store
from console.theme.controller import Theme
from tests.console import made
from tests.console.fake_core import AskedFor

MANY: Final = 1_000_000
COUNTS: Final = Counts(needs_person=10_000, agent=270_000, human=20_000, all=MANY, approvals=40)
PER_SECOND: Final = 2_000
FED_SECONDS: Final = 4
FED_BESIDE_SECONDS: Final = 2
FED_AT_ONCE: Final = 100
MESSAGES: Final = 2_000
MOST_STEPS: Final = 5_000
_CHANNELS: Final = ("email", "webchat", "sms")


def row(number: int, version: int = 1) -> ConversationRow:
    """The conversation at one place of the list."""
    return made.row(
        number, version=version, channel=_CHANNELS[number % 3], intents=(f"intent_{number % 7}",),
        snippet=f"Parcel {number}, told {version} times", last_at=made.NOW - timedelta(seconds=number),
    )  # fmt: skip


def page(after: str | None, wanted: RowFilter = EVERYTHING) -> RowPage:
    """A page of the list behind a place, narrowed as asked, as the core would answer it."""
    first = 0 if after is None else int(after)
    step = 3 if wanted.channels else 1
    offset = _CHANNELS.index(wanted.channels[0]) if wanted.channels else 0
    numbers = range(first + offset, first + offset + PAGE * step, step)
    return RowPage(rows=tuple(row(each) for each in numbers), next=str(first + PAGE * step), counts=COUNTS)


class Pages(AskedFor):
    """Deeds of a window: what it asks to read is answered when `answer` is called, as by a core that takes no time."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._wanted: list[Bucket] = []

    def read_page(self, bucket: Bucket) -> None:
        """Note that the next page is wanted."""
        self._store.dispatch(PageWanted(bucket))
        self._wanted.append(bucket)

    def answer(self) -> None:
        """Answer what was asked."""
        while self._wanted:
            bucket, wanted = self._wanted.pop(), self._store.state.narrowing.wanted
            paging = self._store.state.paging.get(bucket, Paging())
            self._store.dispatch(PageArrived(bucket, page(paging.next, wanted), wanted))


class Painted(QObject):
    """Hears when one widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Count paints, and take nothing away."""
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


class Beat:
    """How long the loop was deaf: a beat that should come every few milliseconds, and how much too late each was."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.worked: list[float] = []

    async def run(self) -> None:
        """Beat until cancelled."""
        pause = 0.004
        while True:
            before, busy = time.perf_counter(), time.process_time()
            await asyncio.sleep(pause)
            self.worked.append((time.process_time() - busy) * 1e3)
            self.late.append(max(0.0, time.perf_counter() - before - pause) * 1e3)


class Bench:
    """The window and what is done to it.

    Args:
        application: The process's own.
        pages: How far a patient person scrolls.
    """

    def __init__(self, application: QApplication, pages: int) -> None:
        self.pages = pages
        self.application = application
        self.theme = Theme("light")
        self.theme.install(application)
        self.store = Store(AppState(now=made.NOW))
        self.deeds = Pages(self.store)
        self.window = MainWindow(self.theme, self.store, self.deeds, "console.ini")
        self.painted = Painted()

    def painted_now(self) -> None:
        """Everything told is shown and on the (missing) screen."""
        self.window.refresh.flush()
        self.application.processEvents()
        self.window.live.listed.rows.viewport().repaint()

    def first_paint(self) -> dict[str, list[float]]:
        """From the window's opening to its first rows painted, the rows at hand; wall and processor time."""
        for happening in (
            SignedIn(made.session()),
            FeedArrived(made.answer(rows=(), asks=(), counts=COUNTS), made.NOW),
            BucketChosen("all"),
            PageArrived("all", page(None)),
            ConnectionChanged("live", made.NOW),
        ):
            self.store.dispatch(happening)
        self.window.resize(1600, 1000)
        self.window.live.listed.rows.viewport().installEventFilter(self.painted)
        started, worked = time.perf_counter(), time.process_time()
        self.window.fit(1600)
        self.window.show()
        while not self.painted.count:
            self.window.refresh.flush()
            self.application.processEvents()
        return {
            "first_paint": [(time.perf_counter() - started) * 1e3],
            "first_paint_worked": [(time.process_time() - worked) * 1e3],
        }

    def scroll(self) -> dict[str, list[float]]:
        """Every step of a wheel through many pages; one that asks for a page, and one that shows it, among them."""
        steps: list[float] = []
        worked: list[float] = []
        rows = self.window.live.listed.rows
        bar = rows.verticalScrollBar()
        while len(self.store.state.rows) < self.pages * PAGE or bar.value() < bar.maximum():
            before, busy = time.perf_counter(), time.process_time()
            bar.setValue(bar.value() + bar.pageStep() // 3)
            self.application.processEvents()
            self.deeds.answer()
            rows.viewport().repaint()
            steps.append((time.perf_counter() - before) * 1e3)
            worked.append((time.process_time() - busy) * 1e3)
            assert len(steps) < MOST_STEPS, "the list does not end"
        return {"scroll": steps, "scroll_worked": worked}

    def narrow(self) -> dict[str, list[float]]:
        """A filter chosen, its page read and painted; and words typed into the search of the list."""
        filtered: list[float] = []
        worked: list[float] = []
        searched: list[float] = []
        for number in range(24):
            wanted = RowFilter(channels=(_CHANNELS[number % 3],))
            came = PageArrived("all", page(None, wanted), wanted)
            before, busy = time.perf_counter(), time.process_time()
            self.store.dispatch(FilterChosen(wanted))
            self.store.dispatch(came)
            self.painted_now()
            filtered.append((time.perf_counter() - before) * 1e3)
            worked.append((time.process_time() - busy) * 1e3)
        self.store.dispatch(FilterChosen(EVERYTHING))
        self.painted_now()
        for typed in ("parcel 1", "parcel 12", "customer 3", "nothing like it", "intent_4", "") * 4:
            before = time.perf_counter()
            self.store.dispatch(SearchTyped(typed))
            self.painted_now()
            searched.append((time.perf_counter() - before) * 1e3)
        return {"filter": filtered, "filter_worked": worked, "search": searched}

    async def feed(self) -> dict[str, list[float]]:
        """Two thousand changed conversations a second through the state, with the loop's beat beside."""
        quiet = Beat()
        task = asyncio.ensure_future(quiet.run())
        await asyncio.sleep(1)
        task.cancel()
        return {**await self._fed(FED_SECONDS), "quiet": quiet.late}

    async def feed_beside(self) -> dict[str, list[float]]:
        """The same while somebody reads the long conversation that `transcript` has opened."""
        assert self.store.state.detail is not None
        found = await self._fed(FED_BESIDE_SECONDS)
        return {"stall_beside_worked": found["stall_worked"], "busy_beside": found["busy"]}

    async def _fed(self, seconds: int) -> dict[str, list[float]]:
        beat = Beat()
        known = list(self.store.state.rows)
        last = {each: self.store.state.rows[each].version for each in known}
        # Made before: making them is the core's work, in its own process.
        answers = [self._answer(number, known, last) for number in range(seconds * PER_SECOND // FED_AT_ONCE)]
        task = asyncio.ensure_future(beat.run())
        began, worked = time.perf_counter(), time.process_time()
        for number, answer in enumerate(answers):
            self.store.dispatch(FeedArrived(answer, made.NOW))
            due = began + (number + 1) * FED_AT_ONCE / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        took, busy = time.perf_counter() - began, time.process_time() - worked
        await asyncio.sleep(3 * INTERVAL_MS / 1e3)
        task.cancel()
        shown = {one.conversation: one.version for one in shown_rows(self.store.state)}
        lost = sum(shown.get(each) != version for each, version in last.items())
        rate = len(answers) * FED_AT_ONCE / took
        return {
            "stall": beat.late,
            "stall_worked": beat.worked,
            "lost": [float(lost)],
            "rate": [rate],
            "busy": [busy / took * 100],
        }

    def _answer(self, number: int, known: Sequence[ConversationId], last: dict[ConversationId, int]) -> FeedAnswer:
        rows: list[ConversationRow] = []
        for place in range(FED_AT_ONCE):
            name = known[(number * FED_AT_ONCE + place) * 37 % len(known)]
            last[name] += 1
            told = row(int(name[2:], 16), last[name])
            # Half of what happens are new words: they move their conversation to the front.
            moves = {"last_at": made.NOW + timedelta(milliseconds=number * FED_AT_ONCE + place)} if place % 2 else {}
            rows.append(told.model_copy(update=moves))
        return made.answer(
            token=str(number), reset=False, rows=tuple(rows), asks=(), counts=COUNTS, core=None,
            changed=tuple((one.conversation, one.version) for one in rows),
        )  # fmt: skip

    def transcript(self) -> dict[str, list[float]]:
        """A conversation of many messages: from its arrival to its newest painted."""
        short = made.detail(1)
        items = short.items
        long = tuple(
            (one := items[number % len(items)]).model_copy(update={"seq": number + 1, "id": f"{one.id}.{number}"})
            for number in range(MESSAGES)
        )
        opened: list[float] = []
        worked: list[float] = []
        for _ in range(5):
            self.store.dispatch(ConversationChosen(None))
            self.painted_now()
            before, busy = time.perf_counter(), time.process_time()
            self.store.dispatch(ConversationChosen(short.row.conversation))
            self.store.dispatch(DetailArrived(short.model_copy(update={"items": long})))
            self.window.refresh.flush()
            self.application.processEvents()
            opened.append((time.perf_counter() - before) * 1e3)
            worked.append((time.process_time() - busy) * 1e3)
        while not self.window.live.conversation.transcript.column.settled:
            self.application.processEvents()
        return {"transcript": opened, "transcript_worked": worked}


def peak_mb() -> float:
    """The most memory this process ever had, in MB."""
    said = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in said.splitlines() if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Measure everything, one after the other in one window, and print it."""
    application = QApplication(sys.argv[:1])
    loop = qasync.QEventLoop(application)
    with loop, in_small_parts():
        bench = Bench(application, int(sys.argv[1]))
        set_aside()
        found: dict[str, list[float]] = {"memory_empty": [peak_mb()]}
        for work in (bench.first_paint, bench.scroll, bench.narrow):
            found |= work()
        found |= loop.run_until_complete(bench.feed())
        found |= bench.transcript()
        found |= loop.run_until_complete(bench.feed_beside())
        found["memory"] = [peak_mb()]
        bench.window.stop()
        bench.window.close()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
