"""How long `make demo` thinks before it starts: asking whether anything is to be set up, beside an idle interpreter."""

import subprocess
import sys
from pathlib import Path

from tests.bench.figure import Figure, alternating

ROOT = Path(__file__).resolve().parents[2]
REPETITIONS = 7


def run() -> list[Figure]:
    """Measure the second and every later set-up."""
    script = str(ROOT / "packaging" / "bootstrap.py")

    def ask() -> None:
        subprocess.run([sys.executable, script, "--dev"], cwd=ROOT, check=True, capture_output=True)

    def idle() -> None:
        subprocess.run([sys.executable, "-c", ""], cwd=ROOT, check=True)

    ours, floor = alternating((ask, idle), REPETITIONS)
    return [Figure("set-up with nothing to do", ours, "ms", "an interpreter that does nothing", floor)]
