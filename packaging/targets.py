"""What each target does: the product's demo, its tests, its checks, its pictures.

Every target first makes sure that the machine and the environments are ready, which takes milliseconds when they are.
Targets must never need an answer from a person, a screen, a keyring or a key.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from environments import BENCH, CORE, DEV, RUN, TOOLS_FOLDER, Builder, Profile, SetupError, environment_python
from lock_file import lock_again
from setup_command import ROOT, prepare
from suites import Outcome, quiet_variables, report, run_check, run_suite, side_by_side
from virtual_display import virtual_display

if TYPE_CHECKING:
    from system_packages import Feature

HEADLESS = "offscreen"
LINUX = sys.platform.startswith("linux")


def run(arguments: Sequence[str]) -> int:
    """Run one target.

    Args:
        arguments: The target's name and, for some, more words for the program it starts.

    Returns:
        0 when all went well, 130 when interrupted.
    """
    parser = argparse.ArgumentParser(prog="tasks.py", description="Run one of the project's targets.")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("more", nargs=argparse.REMAINDER, help="passed on (demo, bench and the test-… targets)")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    try:
        return TARGETS[chosen.target](chosen.more)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def demo(more: Sequence[str]) -> int:
    """Open the console on the sandbox brand; without a display it runs by itself and leaves pictures."""
    features: set[Feature] = {"qt", "fonts"}
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        features.add("window")
    prepare([RUN], features)
    command = [str(_python(RUN)), "-m", "console.demo", *more]
    if os.name == "posix":
        os.chdir(ROOT)
        # One process less: Ctrl-C reaches the console itself.
        os.execv(command[0], command)  # noqa: S606 - no shell is meant
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def test(more: Sequence[str]) -> int:
    """Run everything: checks, the core without Qt, the console off and on a screen, the keyring."""
    _prepare_tests([DEV, CORE])
    checks = _lint()
    # The core's suite uses every processor by itself; the others hardly more than one each.
    with _screen() as screen:
        beside = side_by_side([_types, *_qt(more, screen, halves=True)])
    return report([*checks, *beside, _core(more), *_keyring(more)])


def test_core_without_qt(more: Sequence[str]) -> int:
    """Run the core's tests where Qt is really absent."""
    prepare([CORE], set())
    return report([_core(more)])


def test_qt(more: Sequence[str]) -> int:
    """Run the console's tests on no screen and on a real X server."""
    _prepare_tests([DEV])
    with _screen() as screen:
        return report(side_by_side(_qt(more, screen)))


def test_keyring(more: Sequence[str]) -> int:
    """Run the tests that need an OS keyring, in a session with one of their own."""
    prepare([DEV], {"qt", "keyring"})
    return report(_keyring(more))


def crash(more: Sequence[str]) -> int:
    """Let the core die at every point of a refund conversation, and play worlds in which anything may happen."""
    prepare([CORE], set())
    return report([_pytest("crashes", CORE, "core", ["-m", "slow", "tests/crash", "tests/engine", *more])])


def torture(more: Sequence[str]) -> int:
    """Play every long suite, or the one that is named, for as long as it takes; name every seed that fails."""
    prepare([CORE], set())
    command = [str(_python(CORE)), "-m", "tests.crash.torture", *more]
    return subprocess.run(command, cwd=ROOT, env=quiet_variables({}), check=False).returncode


def lint(_more: Sequence[str]) -> int:
    """Check style, layout and who may import whom."""
    prepare([DEV], set())
    return report(_lint())


def types(_more: Sequence[str]) -> int:
    """Check the types."""
    prepare([DEV], set())
    return report([_types()])


def bench(more: Sequence[str]) -> int:
    """Print the measured figures beside their floor and, where their packages can be had, beside others."""
    profile = BENCH
    try:
        prepare([BENCH], {"qt"})
    except SetupError as error:
        print(f"{error}\nThe figures beside others are skipped.", file=sys.stderr)
        profile = DEV
        prepare([DEV], {"qt"})
    command = [str(_python(profile)), "-m", "tests.bench", *more]
    return subprocess.run(command, cwd=ROOT, env=quiet_variables({"QT_QPA_PLATFORM": HEADLESS}), check=False).returncode


def screenshots(more: Sequence[str]) -> int:
    """Take the pictures of every workspace and of the user guide, and put those of the README where it looks for them."""
    prepare([DEV], {"qt", "fonts"})
    command = [str(_python(DEV)), "-m", "console.demo", *more]
    variables = quiet_variables({"QT_QPA_PLATFORM": HEADLESS})
    code = subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode
    for theme in ("light", "dark"):
        picture = ROOT / "build" / "demo" / f"live-{theme}.png"
        if code == 0 and picture.exists():
            target = ROOT / "resources" / "help" / "images"
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, target / picture.name)
    guide = [str(_python(DEV)), "-m", "tests.console.guide_pictures"]
    return code or subprocess.run(guide, cwd=ROOT, env=variables, check=False).returncode


def lock(more: Sequence[str]) -> int:
    """Resolve the dependencies again and export the lists that pip can check.

    Nothing is prepared first: an environment cannot be built from a lock that no longer matches pyproject.toml.
    """
    return lock_again(ROOT, more)


def clean(_more: Sequence[str]) -> int:
    """Remove everything the other targets wrote, environments included."""
    names = ("build", "dist", ".ruff_cache", ".hypothesis", ".pytest_cache", ".import_linter_cache")
    for name in (*names, RUN.folder, CORE.folder, BENCH.folder, TOOLS_FOLDER):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for cache in ROOT.rglob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    (ROOT / ".coverage").unlink(missing_ok=True)
    return 0


TARGETS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": demo,
    "test": test,
    "test-core-without-qt": test_core_without_qt,
    "test-qt": test_qt,
    "test-keyring": test_keyring,
    "crash": crash,
    "torture": torture,
    "lint": lint,
    "types": types,
    "bench": bench,
    "screenshots": screenshots,
    "lock": lock,
    "clean": clean,
}


def _leave(_signal: int, _frame: object) -> None:
    sys.exit(143)  # by way of every `finally`, so that what was started is also ended


def _python(profile: Profile) -> Path:
    return environment_python(ROOT / profile.folder)


def _prepare_tests(profiles: Sequence[Profile]) -> None:
    prepare(profiles, {"qt", "window", "virtual_display", "keyring", "fonts"})


def _lint() -> list[Outcome]:
    variables = quiet_variables({})
    scripts = _python(DEV).parent
    return [
        run_check("ruff check", [str(scripts / "ruff"), "check", "."], ROOT, variables),
        run_check("ruff format", [str(scripts / "ruff"), "format", "--check", "."], ROOT, variables),
        run_check("import contracts", [str(scripts / "lint-imports")], ROOT, variables),
    ]


def _types() -> Outcome:
    # Its own answer to "is there a newer one" would be a call to the outside; the version is the lock's.
    extra = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    if shutil.which("node") is None:
        # pyright is a program for node; a machine without it gets one from the package index, not from a web site.
        python = Builder(ROOT).tool("requirements-node.txt")
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        extra["PYTHONPATH"] = subprocess.check_output([str(python), "-c", where], text=True).strip()
    return run_check("pyright", [str(_python(DEV)), "-m", "pyright"], ROOT, quiet_variables(extra))


def _pytest(
    name: str,
    profile: Profile,
    suite: str,
    more: Sequence[str],
    extra: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> Outcome:
    tally = ROOT / "build" / "test" / f"{re.sub(r'[^a-z]+', '-', name.lower())}.json"
    options = [f"--suite={suite}", f"--tally={tally}", "-q", "-o", "faulthandler_timeout=300", "-m", "not slow"]
    command = [*prefix, str(_python(profile)), "-m", "pytest", *options, *more]
    return run_suite(name, command, tally, ROOT, quiet_variables(extra or {}))


def _core(more: Sequence[str]) -> Outcome:
    processes = max(2, min(8, len(os.sched_getaffinity(0)) if LINUX else os.cpu_count() or 2))
    return _pytest("core, Qt absent", CORE, "core", [f"--numprocesses={processes}", "--dist=worksteal", *more])


def _qt(more: Sequence[str], screen: str | OSError | None, *, halves: bool = False) -> list[Callable[[], Outcome]]:
    """Every test on both screens; in halves, each file on one of the two, so that all of it takes half as long."""
    first, second = (["--share=first"], ["--share=second"]) if halves and isinstance(screen, str) else ([], [])
    jobs: list[Callable[[], Outcome]] = [
        partial(_pytest, "console, no screen", DEV, "qt", [*first, *more], {"QT_QPA_PLATFORM": HEADLESS})
    ]
    name = "console, real X server"
    if isinstance(screen, str):
        jobs.append(partial(_pytest, name, DEV, "qt", [*second, *more], {"QT_QPA_PLATFORM": "xcb", "DISPLAY": screen}))
    elif screen is not None:
        jobs.append(partial(Outcome, name, 0, 1, 0, 0.0, (str(screen),)))
    return jobs


@contextmanager
def _screen() -> Generator[str | OSError | None]:
    """Give the name of a real X server's display, what kept it from starting, or None where there is no X."""
    with ExitStack() as stack:
        screen: str | OSError | None = None
        if LINUX:
            try:
                screen = stack.enter_context(virtual_display(ROOT / "build" / "test" / "xvfb.log"))
            except OSError as error:
                print(error, file=sys.stderr)
                screen = error
        yield screen


def _keyring(more: Sequence[str]) -> list[Outcome]:
    if not LINUX:
        return []  # macOS and Windows have a keyring, but it is the person's own: tests stay away from it
    with _own_home() as home:
        extra = {
            "COUNTERSIGN_KEYRING_SESSION": "1",
            "QT_QPA_PLATFORM": HEADLESS,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_RUNTIME_DIR": str(home),
        }
        session = ["dbus-run-session", "--", str(_python(DEV)), str(ROOT / "packaging" / "keyring_session.py")]
        return [_pytest("keyring, a session of its own", DEV, "keyring", more, extra, session)]


@contextmanager
def _own_home() -> Generator[Path]:
    home = Path(tempfile.mkdtemp(prefix="countersign-keyring-"))
    try:
        yield home
    finally:
        with suppress(OSError):
            shutil.rmtree(home)
