"""The total says what happened: silence, a crash or a wrong exit code never look like success."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.loading import load

suites = load("suites")
targets = load("targets")
ROOT = Path(__file__).resolve().parents[2]


def tally(folder: Path, passed: int = 3, failed: int = 0, skipped: int = 1) -> Path:
    path = folder / "tally.json"
    numbers = {"passed": passed, "failed": failed, "skipped": skipped, "failures": ["t::a"] * failed}
    path.write_text(json.dumps(numbers), encoding="utf-8")
    return path


def test_the_last_line_is_the_sum_in_plain_form(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [suites.Outcome("one", 3, 0, 1, 0.5), suites.Outcome("two", 4, 0, 0, 1.5)]
    assert suites.report(outcomes) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "7 passed, 0 failed, 1 skipped"


def test_one_failure_anywhere_fails_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [suites.Outcome("one", 3, 0, 0, 0.5), suites.Outcome("two", 4, 1, 0, 1.5, ("t::a",))]
    assert suites.report(outcomes) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "7 passed, 1 failed, 0 skipped"
    assert any("t::a" in line for line in lines)


def test_nothing_at_all_is_not_success() -> None:
    assert suites.report([]) == 1


def test_a_suite_is_believed_when_its_exit_code_agrees(tmp_path: Path) -> None:
    outcome = suites.outcome_of("s", 0, tally(tmp_path), 1.0)
    assert (outcome.passed, outcome.failed, outcome.skipped) == (3, 0, 1)


def test_a_suite_that_ends_badly_without_a_failure_counts_as_one(tmp_path: Path) -> None:
    assert suites.outcome_of("s", 139, tally(tmp_path), 1.0).failed == 1


def test_a_suite_that_says_nothing_counts_as_failed(tmp_path: Path) -> None:
    assert suites.outcome_of("s", 0, tmp_path / "absent", 1.0).failed == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"passed": 1}', '{"passed": "x", "failed": 0, "skipped": 0}'])
def test_torn_numbers_count_as_failed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tally.json"
    path.write_text(text, encoding="utf-8")
    assert suites.outcome_of("s", 0, path, 1.0).failed == 1


def test_a_check_counts_as_one_test(tmp_path: Path) -> None:
    good = suites.run_check("good", [sys.executable, "-c", ""], tmp_path, suites.quiet_variables({}))
    bad = suites.run_check("bad", [sys.executable, "-c", "raise SystemExit(2)"], tmp_path, suites.quiet_variables({}))
    assert (good.passed, good.failed) == (1, 0)
    assert (bad.passed, bad.failed) == (0, 1)


def test_old_numbers_are_never_read_as_new_ones(tmp_path: Path) -> None:
    outcome = suites.run_suite("s", [sys.executable, "-c", ""], tally(tmp_path), tmp_path, suites.quiet_variables({}))
    assert outcome.failed == 1


def test_children_never_see_a_key_or_the_persons_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-key")
    monkeypatch.setenv("DISPLAY", ":9")
    variables = suites.quiet_variables({"X": "y"})
    assert "ANTHROPIC_API_KEY" not in variables
    assert "DISPLAY" not in variables
    assert variables["X"] == "y"


def test_the_makefile_offers_exactly_the_targets_there_are() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = next(line for line in text.splitlines() if line.startswith("TARGETS :=")).split(":=")[1].split()
    assert sorted(named) == sorted(targets.TARGETS)


@pytest.mark.parametrize("reachable", [True, False])
def test_the_bench_runs_beside_others_where_they_can_be_had_and_alone_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reachable: bool
) -> None:
    started: list[list[str]] = []

    def prepare(profiles: list[Any], _features: set[str]) -> None:
        if profiles == [targets.BENCH] and not reachable:
            raise targets.SetupError("The package index cannot be reached.")

    class Finished:
        returncode = 0

    def run(command: list[str], **_: object) -> Finished:
        started.append(command)
        return Finished()

    monkeypatch.setattr(targets, "prepare", prepare)
    monkeypatch.setattr(targets.subprocess, "run", run)
    assert targets.bench(["turn"]) == 0
    ((python, *words),) = started
    assert words == ["-m", "tests.bench", "turn"]
    assert (targets.BENCH.folder if reachable else f"/{targets.DEV.folder}/") in python
    assert ("skipped" in capsys.readouterr().err) is not reachable
