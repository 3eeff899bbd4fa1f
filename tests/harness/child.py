"""Run one test file in a pytest of its own under the house's conftest, to see the rules fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, text: str, *options: str) -> tuple[dict[str, object], str]:
    """Run a test file under the house's conftest in a process of its own; answer its numbers and its words."""
    path = folder / "test_bad.py"
    path.write_text(text, encoding="utf-8")
    tally = folder / "tally.json"
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "-q"]
    variables = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    answer = subprocess.run(
        [*command, f"--tally={tally}", *options, str(path)],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return json.loads(tally.read_text(encoding="utf-8")), answer.stdout + answer.stderr


def names(numbers: dict[str, object]) -> set[str]:
    failures = numbers["failures"]
    assert isinstance(failures, list)
    return {str(name).rsplit("::", 1)[1] for name in failures}  # pyright: ignore[reportUnknownVariableType] - JSON
