"""How soon a core can be reached: from its start to the line that says where it listens, beside its libraries alone."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.figure import Figure, alternating

ROOT = Path(__file__).resolve().parents[2]
REPETITIONS = 5
LIBRARIES = "import fastapi, uvicorn, sqlalchemy, pydantic, httpx, cedarpy, cryptography, structlog"


def run() -> list[Figure]:
    """Measures starts on a data folder that exists already, as every start but the first finds it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def start() -> None:
            command = [sys.executable, "-m", "agent_core", "serve", "--sandbox"]
            command += ["--data", str(folder / "data"), "--config", str(folder / "config")]
            with subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_compiled()
            ) as process:
                assert process.stdout is not None
                said = process.stdout.readline()
                process.kill()
            assert said, "the core ended before it listened"

        def libraries() -> None:
            subprocess.run([sys.executable, "-c", LIBRARIES], cwd=ROOT, check=True, env=_compiled())

        ours, floor = alternating((start, libraries), REPETITIONS)
        return [Figure("start of a core to listening", ours, "ms", "loading its libraries", floor)]


def _compiled() -> dict[str, str]:
    """As it is installed: with byte code."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
