"""The harness can fail: each rule is broken once on purpose, in a pytest of its own, and must be noticed."""

import sys
from pathlib import Path

import pytest

from tests.harness import network, selection
from tests.harness.child import names, run

BAD = """
import gc, logging, socket, subprocess, sys, threading, types
import pytest
from tests.harness import leaks

leaks.GRACE_SECONDS = 0.2
stop = threading.Event()

def test_leaves_a_thread():
    threading.Thread(target=stop.wait, daemon=True, name="left-over").start()

def test_logs_a_surprise():
    logging.getLogger("somewhere").warning("surprise")

def test_logs_as_announced(expected_logs):
    expected_logs("somewhere", "announced")
    logging.getLogger("somewhere.deeper").error("as announced")

def test_announces_what_never_comes(expected_logs):
    expected_logs("somewhere", "never")

def test_leaves_the_machine_and_swallows_the_refusal():
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except Exception:
        pass

def test_looks_up_a_name_outside():
    with pytest.raises(RuntimeError):
        socket.getaddrinfo("example.org", 80)

def test_leaves_a_child():
    test_leaves_a_child.child = subprocess.Popen(["sleep", "60"])

def test_ends_the_child():
    test_leaves_a_child.child.kill()
    test_leaves_a_child.child.wait()

def test_warns():
    import warnings
    warnings.warn("meant")

def test_is_good():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()

def test_loads_much():
    for number in range(100):
        sys.modules[f"much_{number}"] = types.ModuleType("much")
    sys.modules["much_0"].kept = [[] for _ in range(100_000)]

def test_what_was_loaded_is_not_looked_at_after_every_test():
    assert len(gc.get_objects()) < 100_000
"""


def test_each_rule_fails_the_test_that_breaks_it_and_no_other(tmp_path: Path) -> None:
    numbers, words = run(tmp_path, BAD)
    expected = {
        "test_leaves_a_thread",
        "test_logs_a_surprise",
        "test_announces_what_never_comes",
        "test_leaves_the_machine_and_swallows_the_refusal",
        "test_looks_up_a_name_outside",
        "test_warns",
    }
    if sys.platform.startswith("linux"):
        expected.add("test_leaves_a_child")
    assert names(numbers) == expected, words
    assert "left-over" in words
    assert "192.0.2.1" in words


def test_a_file_that_cannot_be_imported_counts_as_failed(tmp_path: Path) -> None:
    numbers, _ = run(tmp_path, "import nothing_of_this_name\n")
    assert (numbers["passed"], numbers["failed"]) == (0, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST.", b"127.0.0.1", None, 0])
def test_this_machine_is_local(host: object) -> None:
    assert network.is_local(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "example.org", "localhost.example.org", "127.0.0.1.nip.io", "", "fe80::1%lo"])
def test_everything_else_is_not(host: object) -> None:
    assert not network.is_local(host)


@pytest.mark.parametrize(
    ("text", "needs_qt"),
    [
        ("import httpx", False),
        ("from console.headless.client import Client", False),
        ("from console import headless", False),
        ("from console.state.rows import Rows", False),
        ("from console import app", True),
        ("import PySide6.QtCore", True),
        ("def test_x(qtbot): pass", True),
        ("async def test_x(): pass", True),
        ("import pytest\npytestmark = pytest.mark.xvfb", True),
        ("import pytest\n@pytest.mark.qt\ndef test_x(): pass", True),
        ("def broken(", False),
    ],
)
def test_a_file_says_by_itself_whether_it_needs_qt(tmp_path: Path, text: str, needs_qt: bool) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(text, encoding="utf-8")
    assert selection.needs_qt(path) is needs_qt
