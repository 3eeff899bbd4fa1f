"""The console put together: one loop, one window, one core as a child, and an orderly end (DESIGN §7, R-N1).

Everything is built here and passed on. The window closing, Ctrl-C and the session's end all lead to the same end: the
feed stops, the core is asked to end and waited for, the layout is kept. It must never block the loop, and never leave
anything running that it started.
"""

import asyncio
import contextlib
import faulthandler
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

import qasync
from pydantic import SecretStr
from PySide6.QtCore import QLocale, Qt, QTimer, QUrl, qVersion
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from agent_core.contract.clock import system_clock
from agent_core.contract.events import Recorded
from agent_core.contract.statements import ConsoleIdentity
from console import VERSION, strings, texts_model, texts_shell, words
from console.account_deeds import Account
from console.acting_deeds import ActingPerson
from console.audit_deeds import AuditWork
from console.audit_line import AuditLine
from console.collector import in_small_parts, set_aside
from console.connected import Connected
from console.crash_report import CrashReports, shape
from console.finding_deeds import FindingWork
from console.headless.client import CoreClient
from console.headless.connection import load_connections
from console.headless.core_child import CoreChild, ServeOptions
from console.headless.core_process import StartedCore, core_of, end_child
from console.headless.errors import CoreEnded, NoKey
from console.headless.keys import KeyStore
from console.headless.witness import WitnessMemory
from console.language import catalogue
from console.levels_deeds import LevelsPerson
from console.line import Line
from console.live_deeds import LivePerson
from console.model_key import forget_model_key, keep_model_key, looks_like_a_key, model_key
from console.notifying import Notifying
from console.people_deeds import PeoplePerson
from console.present import Standing
from console.shell.memory import Memory
from console.shell.tray import Tray
from console.shell.window import MainWindow
from console.state.app_state import AppState
from console.state.happenings import ConnectionChanged, News, SignedOut
from console.state.ports import NoKey as KeyGone
from console.state.store import Store
from console.stopping_deeds import StoppingPerson
from console.supervisor import Supervisor
from console.tasks import Tasks
from console.theme.controller import Theme
from console.theme.icons import icon
from console.triage_deeds import TriageActs
from console.triage_line import TriageLine
from console.workspaces.people_deeds import Once

_FIRST_SIZE: Final = (1_600, 1_000)
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 20.0
_PAINTED_SECONDS: Final = 0.05
"""The window has been painted by then; what is done while the core loads comes after it."""
_BUILT_AFTER_S: Final = 0.1
log = logging.getLogger("console")


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started, and where things lie.

    Attributes:
        settings_file: The console's own settings; never a secret in it.
        keys: Where this person's key is kept.
        data: The core's data folder; its own choice when None.
        anchor: The folder of the core's anchor; its own choice when None.
        sandbox: Start the stand-ins of the outside world.
        customers: New conversations a minute in the sandbox.
        anthropic_key: The real model.
        more: Further options of the core.
        first: The first core, where it was started already, with the options of this launch; it is no longer its starter's.
    """

    settings_file: Path
    keys: KeyStore
    data: Path | None = None
    anchor: Path | None = None
    sandbox: bool = True
    customers: float = 0.0
    anthropic_key: SecretStr | None = None
    more: tuple[str, ...] = ()
    first: CoreChild | None = None

    def started(self) -> CoreChild:
        """Another core of this launch."""
        return CoreChild(
            ServeOptions(data=self.data, config=self.anchor, sandbox=self.sandbox, customers=self.customers, more=self.more)
        )


class Console:
    """One running console.

    Args:
        application: The Qt application, made by whoever owns the process.
        launch: What is started.
        key: The real model's key, where somebody reads it from the keyring already.
    """

    def __init__(
        self, application: QApplication, launch: Launch, key: "asyncio.Future[SecretStr | None] | None" = None
    ) -> None:
        self._launch = launch
        self._first, self._key = launch.first, key
        self.memory = Memory(launch.settings_file)
        self.store = Store(self.memory.restored(AppState(now=system_clock())))
        self.theme = Theme(self.store.state.preferences.theme)
        self.theme.prepare(application)
        self.reports = CrashReports(launch.settings_file.with_name("reports"), VERSION)
        self._speak(self.store.state.preferences.language)
        identity = ConsoleIdentity(version=VERSION, instance=self.memory.instance())
        seen = WitnessMemory(launch.settings_file.with_name("witness.json"))
        self.connected = Connected(launch.keys, identity, system_clock, seen)
        self.connected.learned = self.store.dispatch
        if self.memory.resting():
            self.connected.rest()
            self.store.dispatch(SignedOut())
        self.tasks = Tasks(self.unexpected)
        self.deeds = Supervisor(self.store, self.connected, self.connected, self.tasks, self._show_log)
        self.triage = TriageActs(self.store, TriageLine(self.connected), self.tasks)
        self.audit = AuditWork(self.store, AuditLine(self.connected), self.tasks)
        self.window = self._made_window()
        self.theme.install(application)
        self.store.listen(self._chose)
        self.standing = Standing(self.store, self.connected, self.tasks)
        self.tray = Tray(application.windowIcon())
        self.tray.wanted.connect(self._to_front)
        self.notifying = Notifying(self.store, self.tray, lambda: self.window.isActiveWindow(), system_clock)
        self.line = Line(
            self.store, self.connected, self.connected, system_clock,
            lambda: self.deeds.read_page(self.store.state.bucket), self.deeds.read_asks,
        )  # fmt: skip
        self.core: StartedCore | None = None
        self._ended = asyncio.Event()
        self._first_core = asyncio.Event()
        self._handed = launch.anthropic_key
        self._looks_for_key = False
        self._again = asyncio.Event()
        """The core is to start anew, with what is in the keyring now."""

    def _made_window(self) -> MainWindow:
        live = LivePerson(self.store, self.connected, self.tasks)
        settings_file = str(self._launch.settings_file)
        window = MainWindow(
            self.theme, self.store, self.deeds, settings_file, live,
            triage=self.triage,
            audit=self.audit,
            people=PeoplePerson(self.store, self.connected, self.tasks, self._show_once),
            levels=LevelsPerson(self.store, self.connected, self.tasks),
            stopping=StoppingPerson(self.store, self.connected, self.tasks),
            acting=ActingPerson(self.store, self.connected, self.tasks),
            finding=FindingWork(self.store, AuditLine(self.connected), self.tasks),
            account=Account(self.store, self.connected, self.tasks, lambda: self.line.hurry()),
        )  # fmt: skip
        window.reports_wanted.connect(self._open_reports)
        window.attention.came.connect(self._look_for_key)
        window.settings.model_given.connect(self._connect_model)
        window.settings.model_forgotten.connect(self._forget_model)
        return window

    def _show_once(self, once: Once) -> None:
        self.window.show_once(once)

    def _to_front(self) -> None:
        window = self.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()
        if self.store.state.workspace not in {"live", "approvals"}:
            window.carry_out("go:approvals")

    def _look_for_key(self) -> None:
        """Somebody came back to the window: whether their key is still here, once at a time."""
        if not self._looks_for_key:
            self._looks_for_key = True
            self.tasks.start(self._looked_for_key(), "key-kept")

    async def _looked_for_key(self) -> None:
        try:
            await self.connected.look_for_key()
        except KeyGone as gone:
            self.store.dispatch(News("key", gone.message, "", "danger"))
            self.line.hurry()
        finally:
            self._looks_for_key = False

    def _speak(self, language: str) -> None:
        catalogue.speak(catalogue.chosen(language, QLocale.system().uiLanguages()))

    def _chose(self, before: AppState, after: AppState) -> None:
        if before.keyring.resting != after.keyring.resting:
            self.memory.rest(after.keyring.resting)
        if before.preferences.language != after.preferences.language:
            # Not from inside the press that chose it: its widget is about to go.
            QTimer.singleShot(0, self.window, self._say_it_anew)

    def _say_it_anew(self) -> None:
        """Another language: the same state in a new window, at the same place. What is half written stays written."""
        self._speak(self.store.state.preferences.language)
        old = self.window
        self.window = self._made_window()
        self.window.setGeometry(old.geometry())
        self.window.setWindowState(old.windowState())
        for name, splitter in self.window.splitters().items():
            splitter.restoreState(old.splitters()[name].saveState())
        self.window.closing.connect(self.end)
        self.window.show()
        self.window.live.conversation.carry_on(old.live.conversation)
        old.closing.disconnect(self.end)
        old.stop()
        old.hide()
        old.deleteLater()

    def open(self) -> None:
        """Show the window as it was left, or as large as the screen allows."""
        window = self.window
        if not self.memory.restore_window(window):
            screen = window.screen().availableGeometry()
            window.resize(min(_FIRST_SIZE[0], screen.width()), min(_FIRST_SIZE[1], screen.height()))
        window.fit(window.width())
        for name, splitter in window.splitters().items():
            self.memory.restore_panes(name, splitter)
        window.closing.connect(self.end)
        window.live.conversation.transcript.begin_at(self.memory.place())
        window.show()

    def end(self) -> None:
        """Begin to end; harmless when done twice."""
        self._ended.set()

    async def run(self) -> None:
        """Live until the window is closed or `end` is called, then end everything."""
        self.open()
        self._look_back()
        cores = asyncio.create_task(self._keep_a_core(), name="core")
        line = asyncio.create_task(self._follow(), name="line")
        over = asyncio.create_task(self._ended.wait(), name="until-closed")
        try:
            await asyncio.wait({cores, line, over}, return_when=asyncio.FIRST_COMPLETED)
            for task in (cores, line):
                if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                    raise error
        finally:
            await self._close(line, cores, over)

    def _look_back(self) -> None:
        """Say so when the run before this one died, and be ready to say the same of this one."""
        if self.reports.begin(system_clock()) is not None:
            self.store.dispatch(News("crashed", texts_shell.DIED_BEFORE, texts_shell.DIED_BEFORE_WORDS, "warn"))
        if self.reports.native is not None:
            faulthandler.enable(self.reports.native)

    async def _close(self, *running: "asyncio.Task[Any]") -> None:
        self.memory.keep(self.store.state)
        self.memory.keep_layout(self.window, self.window.splitters(), self.window.live.conversation.transcript.place())
        self.window.hide()
        self.notifying.stop()
        self.tray.stop()
        self.triage.close()
        await self.tasks.close()
        for task in running:
            task.cancel()
        await asyncio.wait(set(running))
        if self._first is not None:
            await end_child(self._first)
        await self.connected.close()
        self.window.stop()
        self.window.deleteLater()
        if self.reports.native is not None:
            faulthandler.disable()
        self.reports.end()

    # -- the core ------------------------------------------------------------------------------------------------------

    async def _keep_a_core(self) -> None:
        """Start a core, and start another when it ends by itself."""
        pause = _FIRST_PAUSE
        asyncio.get_running_loop().call_later(_PAINTED_SECONDS, load_connections)
        while True:
            try:
                async with (
                    self._one_core() as started,
                    CoreClient(started.url) as client,
                ):
                    self.core = started
                    self.connected.attach(client, started.core, started.token)
                    self._first_core.set()
                    self.line.hurry()
                    pause = _FIRST_PAUSE
                    try:
                        await self._until_over(started)
                    finally:
                        self.core = None
                        self.connected.detach()
            except CoreEnded as error:
                log.exception("core_not_started: %s", error.message)
                self.store.dispatch(ConnectionChanged("offline", system_clock(), error.message))
                self.store.dispatch(News("core", words.CORE_NOT_STARTED, error.message, "danger"))
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    @contextlib.asynccontextmanager
    async def _one_core(self) -> AsyncGenerator[StartedCore]:
        """A core that listens: the one that was started before this console was loaded, or another one."""
        child, self._first = self._first or self._launch.started(), None
        try:
            key = await self._model_key()
        except BaseException:
            await end_child(child)
            raise
        async with core_of(child, key) as started:
            yield started

    async def _model_key(self) -> SecretStr | None:
        self._again.clear()
        reading, self._key = self._key, None
        if reading is not None:
            return self._handed or await reading
        return self._handed or await asyncio.to_thread(model_key, self._launch.keys)

    async def _until_over(self, started: StartedCore) -> None:
        """Until the core has ended by itself, or is to start anew."""
        ended = asyncio.create_task(started.ended(), name="core-ended")
        again = asyncio.create_task(self._again.wait(), name="core-again")
        try:
            await asyncio.wait({ended, again}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                started.process.close_input()  # it ends itself, before the line to it is taken down
                await asyncio.wait({ended}, timeout=_LONGEST_PAUSE)
        finally:
            ended.cancel()
            again.cancel()

    def _connect_model(self, given: str) -> None:
        """Keep the key of a real model, and start the core with it."""
        if not looks_like_a_key(given):
            self.store.dispatch(News("model", texts_model.NO_KEY_FORM, texts_model.NO_KEY_FORM_WORDS, "warn"))
            return
        secret = SecretStr(given.strip())

        async def keep() -> None:
            try:
                await asyncio.to_thread(keep_model_key, self._launch.keys, secret)
            except NoKey as refused:
                self.store.dispatch(News("model", texts_model.NOT_KEPT_TITLE, refused.message, "danger"))
                return
            self._start_again(texts_model.CONNECTED, texts_model.CONNECTED_WORDS)

        self.tasks.start(keep(), "model-key")

    def _forget_model(self) -> None:
        """Forget the key of the real model, and start the core without it."""

        async def forget() -> None:
            await asyncio.to_thread(forget_model_key, self._launch.keys)
            self._start_again(texts_model.DISCONNECTED, texts_model.DISCONNECTED_WORDS)

        self.tasks.start(forget(), "model-key")

    def _start_again(self, title: str, said: str) -> None:
        self._handed = None
        self.store.dispatch(News("model", title, said, "ok"))
        self._again.set()

    async def _follow(self) -> None:
        await self._first_core.wait()
        await self.line.run()

    # -- what nobody expected ------------------------------------------------------------------------------------------

    def unexpected(self, error: BaseException) -> None:
        """Write the shape of an error nobody expected to a report and the log, and say in the window that there was one."""
        log.error("unexpected: %s", shape(error))
        written = self.reports.write(error, system_clock(), self._around())
        said = texts_shell.REPORT_WRITTEN if written is not None else texts_shell.REPORT_NOT_WRITTEN
        self.store.dispatch(News("unexpected", words.UNEXPECTED, said, "danger"))

    def _around(self) -> dict[str, str | int]:
        """What is open, as counts and fixed words."""
        state = self.store.state
        return {
            "qt": qVersion(),
            "workspace": state.workspace,
            "connection": state.connection.phase,
            "language": catalogue.spoken(),
            "conversations": len(state.rows),
            "asks": len(state.asks),
            "sent_unanswered": len(state.pending),
        }

    def _open_reports(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.reports.folder)))

    def _show_log(self, records: tuple[Recorded, ...]) -> None:
        self.window.show_log(records)


def application() -> QApplication:
    """The Qt application of this process, named and never quitting by itself."""
    existing = QApplication.instance()
    made = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    made.setApplicationName("countersign")
    made.setApplicationDisplayName(strings.PRODUCT)
    made.setDesktopFileName("countersign")
    # The end is ours: teardown is asynchronous, and the last window closing must not cut it off.
    made.setQuitOnLastWindowClosed(False)
    made.setWindowIcon(icon("stamp", "#4353E0", 64))
    return made


@contextlib.contextmanager
def watched(loop: asyncio.AbstractEventLoop, console: Console) -> Generator[None]:
    """Errors and signals of the process lead to this console for as long as the block lasts."""
    old_hook = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            console.end()
        else:
            console.unexpected(error)

    def lost(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        console.unexpected(error if isinstance(error, BaseException) else RuntimeError(str(context.get("message"))))

    def ended(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(console.end)

    sys.excepthook = hook
    loop.set_exception_handler(lost)
    numbers = (signal.SIGINT, signal.SIGTERM)
    old = [signal.signal(number, ended) for number in numbers]
    try:
        yield
    finally:
        for number, before in zip(numbers, old, strict=True):
            signal.signal(number, before)
        loop.set_exception_handler(None)
        sys.excepthook = old_hook


Companion = Callable[[Console], "asyncio.Task[Any] | None"]
"""Something that lives beside a console, e.g. the demo's simulated second person."""


def start(launch: Launch, companion: Companion | None = None) -> int:
    """Run a console until it is closed.

    Args:
        launch: What is started.
        companion: Started with it and ended with it.

    Returns:
        0, or what the companion answered.
    """
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    qt = application()

    async def live() -> int:
        loop = asyncio.get_running_loop()
        # A keyring may take its time, or ask the person: beside the making of the window, and of the core.
        key = None if launch.anthropic_key else loop.run_in_executor(None, model_key, launch.keys)
        console = Console(qt, launch, key)
        code = 0
        with watched(loop, console), in_small_parts():
            # When the window stands and the core is still coming: the one look at everything is noticed by nobody.
            aside = loop.call_later(_BUILT_AFTER_S, set_aside)
            beside = companion(console) if companion is not None else None
            try:
                await console.run()
            finally:
                aside.cancel()
                if beside is not None:
                    beside.cancel()
                    await asyncio.wait({beside})
                    if not beside.cancelled():
                        code = int(beside.result() or 0)
        return code

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(qt)) as runner:
        return runner.run(live())
