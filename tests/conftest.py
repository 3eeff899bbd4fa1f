"""What holds for every test, wherever it is: see tests/harness for each rule and its reason.

Options: `--suite core|qt|keyring` runs the files that belong together (packaging/targets.py says how each is run);
without it, everything this environment can run is run. `--tally FILE` writes the numbers for the total.
"""

import importlib.util
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.harness import leaks, network, selection  # noqa: E402 - the line above makes it importable
from tests.harness.logs import Expectation, LogWatch  # noqa: E402 - likewise
from tests.harness.tally import Tally  # noqa: E402 - likewise

HAS_QT = all(importlib.util.find_spec(name) is not None for name in ("PySide6", "qasync", "pytestqt"))
IN_KEYRING_SESSION = os.environ.get("COUNTERSIGN_KEYRING_SESSION") == "1"
FOREIGN = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
FAILED = pytest.StashKey[bool]()
WATCH = pytest.StashKey[LogWatch]()
HOME = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--suite", choices=("core", "qt", "keyring"), help="run only the files of one suite")
    parser.addoption(
        "--share", choices=("first", "second"), help="run about half of the files; the other half runs elsewhere"
    )
    parser.addoption("--tally", type=Path, help="write how many passed, failed and were skipped to this file")
    if not HAS_QT:
        # pytest-qt is absent with Qt; its settings in pyproject.toml must still be known words.
        parser.addini("qt_api", "unused without pytest-qt")
        parser.addini("qt_log_level_fail", "unused without pytest-qt")
        parser.addini("qt_log_ignore", "unused without pytest-qt", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    config.option.importmode = "importlib"  # so that two files in different folders may have one name
    network.install()
    _stay_away_from_the_person(config)
    # Our own records go to the standard logging, where an unexpected one can be seen.
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.processors.KeyValueRenderer(key_order=["event"])],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    # A slow machine is no fault of what is tested; everything else stays as it is here, or in CI.
    hurried = [*settings().suppress_health_check, HealthCheck.too_slow]
    settings.register_profile("house", parent=settings(), deadline=None, suppress_health_check=hurried)
    settings.load_profile("house")
    tally: Path | None = config.getoption("--tally")
    if tally is not None and not hasattr(config, "workerinput"):  # one process of several only tests; it does not count
        config.pluginmanager.register(Tally(tally), "countersign-tally")
    if HAS_QT:
        from tests.harness import qt_loop

        config.pluginmanager.register(qt_loop, "countersign-qt-loop")


def pytest_unconfigure(config: pytest.Config) -> None:
    home = config.stash.get(HOME, None)
    if home is not None:
        shutil.rmtree(home, ignore_errors=True)


def _stay_away_from_the_person(config: pytest.Config) -> None:
    for name in FOREIGN:
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if IN_KEYRING_SESSION:
        return  # its home, bus and keyring were made for these tests
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    home = Path(tempfile.mkdtemp(prefix="countersign-tests-"))
    config.stash[HOME] = home
    for name in ("DATA", "CONFIG", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if collection_path.is_dir() or not collection_path.name.startswith("test_"):
        return None
    suite = config.getoption("--suite")
    needs_qt = selection.needs_qt(collection_path)
    unfit = {
        "core": needs_qt,
        "qt": not needs_qt,
        "keyring": not selection.may_hold_keyring_tests(collection_path),
        None: needs_qt and not HAS_QT,
    }
    return True if unfit[suite] else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    suite, share = config.getoption("--suite"), config.getoption("--share")
    on_x = os.environ.get("QT_QPA_PLATFORM") == "xcb" and bool(os.environ.get("DISPLAY"))
    kept: list[pytest.Item] = []
    for item in items:
        needs_keyring = item.get_closest_marker("keyring") is not None
        needs_x = item.get_closest_marker("xvfb") is not None
        if suite is not None and (needs_keyring != (suite == "keyring") or (needs_x and not on_x)):
            continue  # another suite's
        if share is not None and not needs_x and selection.share_of(item.path) != share:
            continue  # runs on the other screen
        if needs_keyring and not IN_KEYRING_SESSION:
            item.add_marker(pytest.mark.skip(reason="needs a keyring session of its own: make test-keyring"))
        if needs_x and not on_x:
            item.add_marker(pytest.mark.skip(reason="needs a real X server: make test-qt"))
        kept.append(item)
    chosen = set(map(id, kept))
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in chosen])
    items[:] = kept


def pytest_collection_finish() -> None:
    leaks.set_aside_what_is_loaded()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(autouse=True)
def _nothing_left_nothing_logged_nobody_called(request: pytest.FixtureRequest) -> Generator[None]:
    """Fail a test that passed but left something behind, logged a surprise, or tried to leave the machine."""
    watch = LogWatch()
    request.node.stash[WATCH] = watch
    before = leaks.snapshot()
    network.take_refusals()
    logging.getLogger().addHandler(watch)
    yield
    logging.getLogger().removeHandler(watch)
    problems = [*network.take_refusals(), *watch.problems(), *leaks.left_behind(before)]
    leaks.set_aside_what_is_loaded()
    if problems and not request.node.stash.get(FAILED, False):
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def expected_logs(
    request: pytest.FixtureRequest, _nothing_left_nothing_logged_nobody_called: None
) -> Callable[..., Expectation]:
    """Announce log records at WARNING or above: `expected_logs("logger.name", "pattern", required=True)`."""
    return request.node.stash[WATCH].expect


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of fixtures that live outside the repository: contracts, corpora, requirements."""
    named = os.environ.get("COUNTERSIGN_FIXTURES")
    if not named:
        pytest.skip("COUNTERSIGN_FIXTURES is not set: this test reads files that live outside the repository")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"COUNTERSIGN_FIXTURES names {named}, which is no folder", pytrace=False)
    return folder
