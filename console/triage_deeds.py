"""What a person asks for in Triage, carried out, and what is read anew while they look (R-M4).

The list is read when the workspace comes to the front and while it stays there; a conversation again when the feed says
that it moved. A file is read and written in a thread, and its bytes stay in here. It must never repair anything but what
was shown, and never keep a file after it was put away.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from agent_core.contract.forking import ForkWanted
from agent_core.contract.ids import ConversationId, RunId
from agent_core.contract.repairing import CallAnswerWord
from agent_core.contract.triage import MOST_FILE, ConversationTriage
from console import texts_triage as texts
from console.errands import Errands
from console.presenting.sizes import size_words
from console.state.app_state import AppState
from console.state.happenings import Happening, News
from console.state.ports import ConsoleError, RefusedByCore
from console.state.store import Store
from console.state.triage import (
    FileCallSaid,
    FileDiagnosed,
    FileDropped,
    FileSaved,
    LookArrived,
    LookFailed,
    LookWanted,
    MorePageArrived,
    MorePageWanted,
    ReconcileArrived,
    ReconcileSent,
    RepairTaken,
    TriageArrived,
    TriageFailed,
    TriageWanted,
    messages_of,
    reads_on,
    request_of,
)
from console.state.triage_fork import ForkArrived, ForkSent
from console.state.triage_port import TriageCore
from console.tasks import Tasks

READ_AGAIN: Final = timedelta(seconds=10)
LOOK_AGAIN: Final = timedelta(seconds=2)
TRY_AGAIN: Final = timedelta(seconds=4)
REFUSED_AGAIN: Final = timedelta(seconds=60)
"""What the core refuses it refuses a moment later as well; a new session is asked for at once."""


class TriageActs:
    """The deeds of one person on one core, fulfilling `console.workspaces.triage_deeds.TriageDeeds`.

    Args:
        store: The state.
        core: The line to the core.
        tasks: Where the work is kept.
    """

    def __init__(self, store: Store, core: TriageCore, tasks: Tasks) -> None:
        self._store = store
        self._core = core
        self._tasks = tasks
        self._errands = Errands(store, tasks)
        self._file = b""
        self._listed_at: datetime | None = None
        self._pause = TRY_AGAIN
        self._looked_at: tuple[ConversationId, datetime] | None = None
        self._leave = store.listen(self._heard)

    def close(self) -> None:
        """Hear nothing more, and let go of the file."""
        self._leave()
        self._file = b""

    @property
    def holding(self) -> int:
        """Bytes of a file that are in memory now."""
        return len(self._file)

    # -- what is read by itself ----------------------------------------------------------------------------------------

    def _heard(self, before: AppState, after: AppState) -> None:
        if before.session is not after.session:
            self._pause = timedelta()
        if after.triage.file is None:
            self._file = b""
        ready = after.session is not None and after.connection.phase in {"live", "catching_up"}
        if after.workspace != "triage" or not ready:
            return
        if self._list_is_due(after):
            self.read_triage()
        at = after.triage.looked_at
        if at is not None and self._look_is_due(after):
            self.look(at.conversation)
        elif at is not None and reads_on(at):
            self.read_on()

    def _list_is_due(self, state: AppState) -> bool:
        reading = state.triage.reading
        if reading == "reading":
            return False
        if reading == "unread" or self._listed_at is None:
            return True
        return state.now - self._listed_at >= (self._pause if reading == "failed" else READ_AGAIN)

    def _look_is_due(self, state: AppState) -> bool:
        at = state.triage.looked_at
        if at is None or at.reading == "reading":
            return False
        if at.reading == "unread" or self._looked_at is None or self._looked_at[0] != at.conversation:
            return True
        passed = state.now - self._looked_at[1]
        if at.reading == "failed":
            return passed >= self._pause
        moved = at.shown is None or state.newest.get(at.conversation, 0) > at.shown.log_head.seq
        return moved and passed >= LOOK_AGAIN

    def read_triage(self) -> None:
        """Ask what is poisoned or stuck."""
        self._listed_at = self._store.state.now
        self._store.dispatch(TriageWanted())
        self._tasks.start(self._listing(), "triage")

    async def _listing(self) -> None:
        try:
            answer: Happening = TriageArrived(await self._core.triage())
        except ConsoleError as error:
            self._pause = _pause_after(error)
            answer = TriageFailed(error.message)
        self._store.dispatch(answer)

    def look(self, conversation: ConversationId) -> None:
        """Look at one conversation whole."""
        self._looked_at = (conversation, self._store.state.now)
        self._store.dispatch(LookWanted(conversation))
        self._tasks.start(self._looking(conversation), "look")

    async def _looking(self, conversation: ConversationId) -> None:
        try:
            answer: Happening = LookArrived(await self._core.look(conversation))
        except ConsoleError as error:
            self._pause = _pause_after(error)
            answer = LookFailed(conversation, error.message)
        self._store.dispatch(answer)

    def read_on(self) -> None:
        """Read further messages of the shown request."""
        at = self._store.state.triage.looked_at
        request = request_of(at) if at is not None else None
        if at is None or request is None or at.paging:
            return
        _, first = messages_of(at, request)
        if first is None:
            return
        self._store.dispatch(MorePageWanted())
        self._tasks.start(self._paging(at.conversation, request.run, first), "request")

    async def _paging(self, conversation: ConversationId, run: RunId, first: int) -> None:
        found = None
        try:
            found = await self._core.request_page(conversation, run, first)
        except ConsoleError as error:
            self._store.dispatch(News("triage-page", error.message, "", "warn"))
        self._store.dispatch(MorePageArrived(conversation, found))

    # -- what a person asks for ----------------------------------------------------------------------------------------

    def ask_systems(self, calls: tuple[str, ...]) -> None:
        """Ask the other sides what became of these calls; all that can be asked about with none named."""
        at = self._store.state.triage.looked_at
        if at is None or at.shown is None:
            return
        can = [one.call.key for one in at.shown.calls if one.can_ask and one.call.key not in at.asking]
        wanted = frozenset(call for call in can if not calls or call in calls)
        if wanted:
            self._store.dispatch(ReconcileSent(wanted))
            self._tasks.start(self._asking(at.conversation, wanted), "reconcile")

    async def _asking(self, conversation: ConversationId, calls: frozenset[str]) -> None:
        try:
            answer = await self._core.reconcile(conversation, tuple(sorted(calls)))
        except ConsoleError as error:
            self._store.dispatch(News("reconcile", error.message, "", "warn"))
            self._store.dispatch(ReconcileArrived(conversation, calls, None))
        else:
            self._store.dispatch(ReconcileArrived(conversation, calls, answer))

    def repair_shown(self, shown: ConversationTriage, answers: Mapping[str, CallAnswerWord], comment: str) -> None:
        """Repair what is shown; signed."""
        state = self._store.state
        row = state.rows.get(shown.conversation)
        conversation, said = shown.conversation, dict(answers)

        def taken(_: object) -> None:
            self._store.dispatch(RepairTaken(conversation))
            self.read_triage()

        self._errands.do(
            str(conversation), "repair", lambda: self._core.repair_look(shown, said, comment or None),
            version=row.version if row is not None else 0, shown=False, done=taken,
            # What it was refused for may be that something is newer than what was shown.
            refused=lambda: self.look(conversation),
        )  # fmt: skip

    def fork(self, wanted: ForkWanted) -> None:
        """Run a turn of the looked-at conversation again in memory."""
        at = self._store.state.triage.looked_at
        if at is None or self._store.state.triage.fork.running:
            return
        self._store.dispatch(ForkSent(at.conversation, wanted))
        number = self._store.state.triage.fork.number
        self._tasks.start(self._forking(number, at.conversation, wanted), "fork")

    async def _forking(self, number: int, conversation: ConversationId, wanted: ForkWanted) -> None:
        try:
            answer = await self._core.fork(conversation, wanted)
        except ConsoleError as error:
            self._store.dispatch(ForkArrived(number, None, error.message))
        else:
            self._store.dispatch(ForkArrived(number, answer))

    # -- a file --------------------------------------------------------------------------------------------------------

    def diagnose(self, path: Path) -> None:
        """Read a file and have it diagnosed."""
        self._tasks.start(self._diagnosing(path), "diagnose")

    async def _diagnosing(self, path: Path) -> None:
        name = path.name or str(path)
        try:
            data, problem = await asyncio.to_thread(_read, path, name)
        except OSError as error:
            data, problem = b"", texts.FILE_UNREADABLE.format(name=name, why=error.strerror or type(error).__name__)
        self._store.dispatch(FileDropped(name, len(data), problem))
        file = self._store.state.triage.file
        if file is not None and not problem:
            self._file = data
            await self._sent(file.number, {})

    async def _sent(self, number: int, known: Mapping[str, CallAnswerWord]) -> None:
        try:
            answer = await self._core.diagnose(self._file, known)
        except ConsoleError as error:
            self._store.dispatch(FileDiagnosed(number, None, error.message))
        else:
            self._store.dispatch(FileDiagnosed(number, answer))

    def say_of_file(self, call: str, word: CallAnswerWord) -> None:
        """Say what became of a call in the file; it is diagnosed anew with that."""
        self._store.dispatch(FileCallSaid(call, word))
        file = self._store.state.triage.file
        if file is not None and self._file:
            self._tasks.start(self._sent(file.number, file.said), "diagnose")

    def save_repaired(self, path: Path) -> None:
        """Write the repaired form of the file somewhere."""
        file = self._store.state.triage.file
        if file is not None and file.answer is not None and file.answer.repaired:
            self._tasks.start(self._saving(file.number, path, file.answer.repaired), "save")

    async def _saving(self, number: int, path: Path, text: str) -> None:
        try:
            await asyncio.to_thread(_write, path, text)
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._store.dispatch(News("file-saved", texts.FILE_NOT_SAVED.format(why=why), "", "danger"))
        else:
            self._store.dispatch(FileSaved(number, path.name))
            self._store.dispatch(News("file-saved", texts.SAVED.format(name=path.name), "", "ok"))


def _pause_after(error: ConsoleError) -> timedelta:
    return REFUSED_AGAIN if isinstance(error, RefusedByCore) else TRY_AGAIN


def _read(path: Path, name: str) -> tuple[bytes, str]:
    """The bytes of a file that may be sent, or why it may not be."""
    if path.is_dir():
        return b"", texts.FILE_FOLDER.format(name=name)
    with path.open("rb") as file:
        data = file.read(MOST_FILE + 1)
    if len(data) > MOST_FILE:
        return b"", texts.FILE_TOO_LARGE.format(name=name, size=size_words(MOST_FILE))
    return data, ""


def _write(path: Path, text: str) -> None:
    """Write a file whole, or leave what was there."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
