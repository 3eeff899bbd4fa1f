"""A report says where and of what kind an error was, and nothing anybody wrote (R-M8, R-N5)."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent_core.contract.errors import Invalid
from console.crash_report import KEPT, MOST_A_RUN, CrashReports, shape, where

NOW = datetime(2026, 11, 21, 14, 4, tzinfo=UTC)
SECRETS = (
    "sk-ant-REAL-KEY-0001", "amara.okafor@example.org", "4111 1111 1111 1111", "Please refund my 64,90 €", "PRIVATE KEY",
    "\u202eoverride", "\x1b[31mred", "-----BEGIN",
)  # fmt: skip
HOSTILE = " ".join(SECRETS) + "\n".join(SECRETS)


class Loud(Exception):
    """Says what it knows in every way there is."""

    code = HOSTILE

    def __init__(self) -> None:
        self.message = self.detail = HOSTILE
        super().__init__(HOSTILE, {"body": HOSTILE})
        self.add_note(HOSTILE)

    def __str__(self) -> str:
        raise RuntimeError(HOSTILE)

    __repr__ = __str__


def _raised(error: BaseException) -> BaseException:
    words_of_a_customer = HOSTILE
    try:
        try:
            raise ValueError(words_of_a_customer)
        except ValueError as first:
            raise error from first
    except BaseException as caught:  # noqa: BLE001 - what is raised is the subject
        return caught


def _said_nothing(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_R_N5_no_word_of_an_error_of_its_cause_or_of_a_value_around_it_is_written(tmp_path: Path) -> None:
    named = type(HOSTILE[:40], (Exception,), {"__module__": HOSTILE})
    group = BaseExceptionGroup(HOSTILE, [_raised(Loud()), _raised(KeyError(HOSTILE)), _raised(named(HOSTILE))])
    reports = CrashReports(tmp_path / "reports", "0.1.0")
    path = reports.write(_raised(group), NOW, {"Workspace": "live", "Asks": 3})
    assert path is not None
    text = path.read_text(encoding="utf-8")
    _said_nothing(text)
    assert "holding " in text
    assert "caused by builtins.ValueError" in text
    assert "console/test_crash_report.py:" in text
    assert "_raised" in text
    assert "an error with an unusual name" in text
    assert "Asks: 3" in text
    assert str(tmp_path) not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_our_own_codes_are_written_and_others_are_not() -> None:
    assert "agent_core.contract.errors.Invalid [bad_thing]" in shape(_raised(Invalid("bad_thing", HOSTILE)))
    assert "[" not in shape(_raised(Loud())).splitlines()[0]


def test_code_made_of_hostile_names_is_not_quoted() -> None:
    space: dict[str, object] = {}
    source = compile("def f():\n    raise ValueError('x')\n", "/usr/mira/Please refund my 64,90 €.py", "exec")
    exec(source, space)  # noqa: S102 - a function whose file has a customer's words in its name
    function = space["f"]
    assert callable(function)
    with pytest.raises(ValueError, match="x") as caught:
        function()
    assert "/home" not in shape(caught.value)
    assert "Please" not in shape(caught.value)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/usr/mira/app/console/shell/window.py", "console/shell/window.py"),
        ("C:\\Users\\Mira\\app\\agent_core\\x.py", "agent_core/x.py"),
        ("/usr/mira/.venv/lib/python3.11/site-packages/httpx2/_client.py", "httpx2/_client.py"),
        ("/usr/lib/python3.11/asyncio/base_events.py", "base_events.py"),
        ("", "?"),
    ],
)
def test_places_are_named_without_the_folders_of_the_machine(path: str, said: str) -> None:
    assert where(path) == said


def test_a_deep_recursion_is_cut_in_the_middle(tmp_path: Path) -> None:
    def down(left: int) -> None:
        if left == 0:
            raise RecursionError(HOSTILE)
        down(left - 1)

    with pytest.raises(RecursionError) as caught:
        down(300)
    lines = shape(caught.value).splitlines()
    assert len(lines) < 70
    assert any(" more)" in line for line in lines)


def test_the_same_error_is_written_once_and_a_run_writes_few(tmp_path: Path) -> None:
    reports = CrashReports(tmp_path, "0.1.0")
    error = _raised(ValueError("a"))
    assert reports.write(error, NOW, {}) is not None
    assert reports.write(error, NOW, {}) is None
    kinds = [type(f"E{at}", (Exception,), {}) for at in range(2 * MOST_A_RUN)]
    written = [reports.write(_raised(kind()), NOW + timedelta(seconds=at + 1), {}) for at, kind in enumerate(kinds)]
    assert len([one for one in written if one]) == MOST_A_RUN - 1


def test_old_reports_go(tmp_path: Path) -> None:
    for at in range(KEPT + 5):
        CrashReports(tmp_path, "0.1.0").write(_raised(ValueError("a")), NOW + timedelta(seconds=at), {})
    assert len(list(tmp_path.glob("report-*.txt"))) == KEPT


def test_where_nothing_can_be_written_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    reports = CrashReports(tmp_path / "file" / "reports", "0.1.0")
    assert reports.write(_raised(ValueError("a")), NOW, {}) is None
    assert reports.begin(NOW) is None
    reports.end()


_DIES = """
import faulthandler, sys
from datetime import UTC, datetime
from pathlib import Path
from console.crash_report import CrashReports
reports = CrashReports(Path(sys.argv[1]), "0.1.0")
reports.begin(datetime.now(UTC))
faulthandler.enable(reports.native)
secret_of_a_customer = "Please refund"
def falls(): faulthandler._sigabrt()
falls()
"""


def test_R_M8_the_next_start_says_that_the_run_before_died_and_where(tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", _DIES, str(tmp_path)], capture_output=True, check=False)
    assert died.returncode != 0
    reports = CrashReports(tmp_path, "0.1.0")
    path = reports.begin(NOW)
    assert path is not None
    text = path.read_text(encoding="utf-8")
    assert "Aborted" in text
    assert "falls" in text
    assert "Please" not in text
    reports.end()
    assert CrashReports(tmp_path, "0.1.0").begin(NOW) is None


def test_a_run_that_ended_in_order_or_still_lives_is_not_called_dead(tmp_path: Path) -> None:
    (tmp_path / "running").write_text(str(os.getppid()), encoding="ascii")
    reports = CrashReports(tmp_path, "0.1.0")
    assert reports.begin(NOW) is None
    reports.end()
    (tmp_path / "running").write_text("٣\n'; DROP", encoding="utf-8")
    assert CrashReports(tmp_path, "0.1.0").begin(NOW) is None
