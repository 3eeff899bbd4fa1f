"""What is written when something unexpected happens: the shape of the error, and nothing anybody wrote (R-M8, R-N5).

An error's message, its arguments and the values around it may hold a customer's words, an amount or a secret, so none of
them is read: a report holds types, files of this program, functions and line numbers, our own error codes, versions, and
how many of what was open. A file a person can read before they pass it on. It must never import Qt, and never raise.
"""

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final

KEPT: Final = 10
"""Reports kept in the folder, newest first."""
MOST_A_RUN: Final = 5
"""Reports one run writes: an error that comes again and again is written once."""
_MOST_FRAMES: Final = 60
_MOST_CAUSES: Final = 8
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,119}")
_PART: Final = re.compile(r"[A-Za-z0-9_.+<>-]{1,80}")
_NATIVE_FRAME: Final = re.compile(r'File "(?P<path>[^"\n]*)", line (?P<line>\d+) in (?P<name>[^\s]+)')
_NATIVE_ERROR: Final = re.compile(r"Fatal Python error: (?P<what>[A-Za-z ]{1,60})")
_OURS: Final = ("console", "agent_core")
_RUNNING, _NATIVE = "running", "native.txt"


def where(path: str) -> str:
    """A file of a traceback without the folders of this machine: from our package on, else its last two parts."""
    parts = [part if _PART.fullmatch(part) else "?" for part in re.split(r"[\\/]", path) if part]
    for package in _OURS:
        if package in parts:
            return "/".join(parts[len(parts) - 1 - parts[::-1].index(package) :])
    if "site-packages" in parts:
        return "/".join(parts[parts.index("site-packages") + 1 :])
    return parts[-1] if parts else "?"


def _type(error: BaseException) -> str:
    """The type of an error; a name that is none of code is not written."""
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}".replace(".<locals>", "")
    return name if _NAME.fullmatch(name) else "an error with an unusual name"


def _code(error: BaseException) -> str:
    """Our own code of an error, where it is one."""
    if type(error).__module__.partition(".")[0] not in _OURS:
        return ""
    found: object = getattr(error, "code", None)
    return f" [{found}]" if isinstance(found, str) and _CODE.fullmatch(found) else ""


def _frames(trace: TracebackType | None) -> Iterator[str]:
    frames: list[str] = []
    while trace is not None and len(frames) < 10 * _MOST_FRAMES:
        code = trace.tb_frame.f_code
        name = code.co_name if _NAME.fullmatch(code.co_name.strip("<>")) else "?"
        frames.append(f"  {where(code.co_filename)}:{trace.tb_lineno} {name}")
        trace = trace.tb_next
    if len(frames) > _MOST_FRAMES:
        half = _MOST_FRAMES // 2
        frames = [*frames[:half], f"  ({len(frames) - 2 * half} more)", *frames[-half:]]
    yield from frames


def shape(error: BaseException) -> str:
    """An error and what led to it, as types and places in code; no message of any of them."""
    lines: list[str] = []
    waiting: list[tuple[str, BaseException]] = [("", error)]
    met: set[int] = set()
    while waiting and len(met) < _MOST_CAUSES:
        relation, one = waiting.pop(0)
        if id(one) in met:
            continue
        met.add(id(one))
        lines += [f"{relation}{_type(one)}{_code(one)}", *_frames(one.__traceback__)]
        if one.__cause__ is not None:
            waiting.append(("caused by ", one.__cause__))
        elif one.__context__ is not None and not one.__suppress_context__:
            waiting.append(("while handling ", one.__context__))
        if isinstance(one, BaseExceptionGroup):
            waiting += [("holding ", inner) for inner in one.exceptions]
    return "\n".join(lines)


class CrashReports:
    """The reports of one installation.

    Args:
        folder: Where they lie; made when the first is written.
        version: Of this program.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder
        self._version = version
        self._written: set[str] = set()
        self._native: int | None = None

    def write(self, error: BaseException, at: datetime, around: Mapping[str, str | int]) -> Path | None:
        """Write a report.

        Args:
            error: What nobody expected.
            at: When.
            around: What was open, as counts and fixed words; never anything typed or received.

        Returns:
            The file; None when the same was written before, or nothing can be written here.
        """
        said = shape(error)
        if said in self._written or len(self._written) >= MOST_A_RUN:
            return None
        self._written.add(said)
        return self._keep(said, at, around)

    def _keep(self, said: str, at: datetime, around: Mapping[str, str | int]) -> Path | None:
        head = {
            "Countersign": self._version,
            "When": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "Python": platform.python_version(),
            "System": f"{platform.system()} {platform.machine()}",
            **around,
        }
        text = "".join(f"{name}: {value}\n" for name, value in head.items()) + "\n" + said + "\n"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self.folder / f"report-{at:%Y%m%d-%H%M%S-%f}.txt"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            for old in sorted(self.folder.glob("report-*.txt"))[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            return None
        return path

    # -- from one run to the next --------------------------------------------------------------------------------------

    def begin(self, at: datetime) -> Path | None:
        """Note that a run began; answer a report about the one before if that did not end in order.

        A run that still lives is not mistaken for one that died.
        """
        try:
            before = (self.folder / _RUNNING).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            before = ""
        died = before.isdigit() and not _lives(int(before))
        found = self._keep(self._native_shape(), at, {"Run": "the one before this"}) if died else None
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.folder / _RUNNING).write_text(str(os.getpid()), encoding="ascii")
            self._native = os.open(self.folder / _NATIVE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError:
            self._native = None
        return found

    @property
    def native(self) -> int | None:
        """An open file for what the interpreter itself writes when it dies; turned into a report by the next run."""
        return self._native

    def end(self) -> None:
        """Note that this run ended in order."""
        if self._native is not None:
            os.close(self._native)
            self._native = None
            (self.folder / _NATIVE).unlink(missing_ok=True)
            (self.folder / _RUNNING).unlink(missing_ok=True)

    def _native_shape(self) -> str:
        """What the interpreter wrote when it died, as places in code alone."""
        try:
            text = (self.folder / _NATIVE).read_text(encoding="utf-8", errors="replace")[:200_000]
        except OSError:
            text = ""
        what = _NATIVE_ERROR.search(text)
        lines = [what["what"].strip() if what else "The process ended without closing its window."]
        for one in list(_NATIVE_FRAME.finditer(text))[:_MOST_FRAMES]:
            name = one["name"] if _NAME.fullmatch(one["name"].strip("<>")) else "?"
            lines.append(f"  {where(one['path'])}:{one['line']} {name}")
        return "\n".join(lines)


def _lives(process: int) -> bool:
    """Whether a process of that number lives; another program may have got it since, which only keeps us silent."""
    if process == os.getpid():
        return False
    if sys.platform == "win32":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
