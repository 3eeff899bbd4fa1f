"""Five hundred races of people, workers, sleep and death: nothing is lost, paid twice or said out of turn (R-A6, R-C6).

`python -m tests.crash.torture races` plays twenty thousand.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.crash import torture
from tests.crash.races import race

ROOT = Path(__file__).resolve().parents[2]
WORDS = (
    "asleep", "crash", "effect", "delivered", "message ok", "approve ok", "deny ok", "take_over ok", "hand_back ok",
    "message_of_person ok", "person_reply ok", "stop ok", "approve fail decided_already",
)  # fmt: skip
"""What must be in races, or they are about nothing."""


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    """Workers that fall asleep or die are logged, as they should be: here they are the subject."""
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


def lines(history: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in history.splitlines()]


def test_R_A6_a_seed_plays_the_same_race_again() -> None:
    first, again, other = race(4), race(4), race(5)
    tell = [[(line["what"], line["t"], line.get("by")) for line in lines(raced.history)] for raced in (first, again, other)]
    assert tell[0] == tell[1]
    assert tell[0] != tell[2]
    assert (first.steps, first.seconds) == (again.steps, again.seconds)


@pytest.mark.parametrize("first", [20_000, 20_250])
def test_R_A6_two_times_250_races_break_no_rule_and_have_in_them_what_they_are_about(first: int) -> None:
    """A process of its own, for its hash seed: there a seed that fails plays the same race again."""
    command = [sys.executable, "-m", "tests.crash.torture", "races", "--count", "250", "--seed", str(first), "--jobs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    last = done.stdout.splitlines()[-1]
    assert last.startswith("250 races, 0 failed")
    seen = {word.split(" ", 1)[1] for word in last.split(", ")[3:]}
    assert set(WORDS) <= seen


def test_a_seed_that_fails_is_named_and_its_history_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bad(seed: int) -> torture.Played:
        if seed == 12:
            raise ValueError("broken")
        return torture.Played(["it was paid twice"] if seed == 11 else [], '{"n": 0}\n', {"plays": 1})

    monkeypatch.setitem(torture.SUITES, "races", torture.Suite(bad, lambda: 3))
    words = ["races", "--count", "3", "--seed", "10", "--step", "1", "--keep", str(tmp_path)]
    assert torture.main(words) == 1
    *told, counted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert counted == {"counted": {"plays": 2}}
    assert [each["seed"] for each in told] == [11, 12]
    assert told[0]["problems"] == ["it was paid twice"]
    assert "ValueError: broken" in told[1]["problems"][0]
    assert (tmp_path / "races-11.jsonl").read_text(encoding="utf-8") == '{"n": 0}\n'
