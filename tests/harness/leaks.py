"""Nothing a test started outlives it: threads, child processes, and with Qt active timers and top-level widgets.

Why here and not in each test: what is left behind fails another test later, at random, and nobody finds out why. Things
that belong to a wider fixture exist before the snapshot is taken and are left alone. Waiting is for an end that is
already under way, never for a length of time.
"""

import gc
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

GRACE_SECONDS = 60.0
"""A bound only: what ends by itself is under way."""
KEPT_BY_PYTHON = "resource_tracker"
KEPT_BY_QT = frozenset({"QTipLabel", "QDesktopScreenWidget"})
FEW_MODULES = 50

_set_aside = 0
"""How many modules were loaded when what was loaded was set aside."""


@dataclass(frozen=True)
class Snapshot:
    """What was there before the test: identities only, so that it keeps nothing alive."""

    threads: frozenset[int]
    children: frozenset[int]
    timers: frozenset[int]
    widgets: frozenset[int]


def set_aside_what_is_loaded() -> None:
    """Keep imported code and collected tests out of every later look of the garbage collector: no test made them.

    Each test of a window is followed by two full collections and two looks at every object; half a million objects of
    imported code made them 0.4 s. Called again after each test: the first one that begins a core loads that much once more.
    """
    global _set_aside
    if len(sys.modules) - _set_aside > FEW_MODULES:
        _set_aside = len(sys.modules)
        gc.collect()
        gc.freeze()


def snapshot() -> Snapshot:
    """Note what exists now."""
    return Snapshot(
        frozenset(id(thread) for thread in threading.enumerate()),
        frozenset(child_processes()),
        frozenset(id(timer) for timer in active_timers()),
        frozenset(_pointer(widget) for widget in top_level_widgets()),
    )


def left_behind(before: Snapshot) -> list[str]:
    """Answer one line for each thing that exists now and did not before, after letting endings finish."""
    return [*_threads(before), *_children(before), *_timers(before), *_widgets(before)]


def child_processes() -> list[int]:
    """Answer the process ids of this process's children; empty where the system does not tell (not Linux)."""
    found: list[int] = []
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            found += map(int, listing.read_text(encoding="ascii").split())
        except (OSError, ValueError):
            continue  # a thread that just ended
    return found


def active_timers() -> list[Any]:
    """Answer the running timers that Python code made; empty before Qt has an application."""
    if _application() is None:
        return []
    from PySide6.QtCore import QTimer
    from shiboken6 import isValid

    objects: Iterable[Any] = gc.get_objects()
    return [item for item in objects if isinstance(item, QTimer) and isValid(item) and item.isActive()]


def top_level_widgets() -> list[Any]:
    """Answer the windows that exist, shown or not; empty before Qt has an application."""
    application = _application()
    if application is None:
        return []
    return [widget for widget in application.topLevelWidgets() if widget.metaObject().className() not in KEPT_BY_QT]


def _application() -> Any:
    widgets = sys.modules.get("PySide6.QtWidgets")
    return None if widgets is None else widgets.QApplication.instance()


def _pointer(widget: Any) -> int:
    from shiboken6 import getCppPointer

    return int(getCppPointer(widget)[0])


def _threads(before: Snapshot) -> list[str]:
    new = [
        thread
        for thread in threading.enumerate()
        if id(thread) not in before.threads and not type(thread).__name__.startswith("_Dummy")
    ]
    for thread in new:
        thread.join(GRACE_SECONDS)
    return [f"thread still running: {thread.name}" for thread in new if thread.is_alive()]


def _children(before: Snapshot) -> list[str]:
    lines: list[str] = []
    for child in set(child_processes()) - before.children:
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except OSError:
            continue
        if KEPT_BY_PYTHON not in words:
            lines.append(f"child process still there: {child} {words[:120] or '(ended, but nobody asked how)'}")
    return lines


def _timers(before: Snapshot) -> list[str]:
    def running() -> list[Any]:
        return [timer for timer in active_timers() if id(timer) not in before.timers]

    if running():
        _let_qt_finish()
    return [f"timer still active: {timer.objectName() or timer.interval()} of {timer.parent()!r}" for timer in running()]


def _widgets(before: Snapshot) -> list[str]:
    def present() -> list[Any]:
        return [widget for widget in top_level_widgets() if _pointer(widget) not in before.widgets]

    if present():
        _let_qt_finish()
    return [
        f"top-level widget still there: {widget.metaObject().className()} {widget.objectName()!r}" for widget in present()
    ]


def _let_qt_finish() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    gc.collect()
