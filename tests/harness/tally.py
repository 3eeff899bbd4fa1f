"""Write a suite's numbers where the command that started it can add them up."""

import json
from pathlib import Path

import pytest

WEIGHT = {"passed": 0, "skipped": 1, "failed": 2}


class Tally:
    """Counts each test once, by the worst thing that happened to it.

    Args:
        path: Where the numbers go when the session ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._results: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self._note(report.nodeid, report.outcome)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self._note(report.nodeid, report.outcome)

    def pytest_sessionfinish(self) -> None:
        numbers = {name: sum(result == name for result in self._results.values()) for name in WEIGHT}
        failures = [name for name, result in self._results.items() if result == "failed"]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps({**numbers, "failures": failures}), encoding="utf-8")

    def _note(self, name: str, result: str) -> None:
        before = self._results.get(name, "passed")
        self._results[name] = max(before, result, key=WEIGHT.__getitem__)
