"""What is loaded before a core listens: a library that nobody needs for that is not among it (R-M1, issue 7)."""

import subprocess
import sys
from pathlib import Path

from agent_core.service.loading import FOR_WORK, load_for_work
from agent_core.service.settings import ROOT

NOT_TO_LISTEN = (
    *FOR_WORK, "anthropic", "mcp", "mcp_types", "httpx2", "rich.console", "pygments.lexer", "keyring", "PySide6",
    "sqlalchemy.dialects.postgresql", "agent_core.models.provider", "agent_core.sandbox.customers.crowd",
    "agent_core.service.preflight",
)  # fmt: skip


def started(folder: Path, *options: str) -> str:
    """What a core wrote to standard error until it listened."""
    places = ["--data", str(folder / "data"), "--config", str(folder / "config")]
    command = [sys.executable, *options, "-m", "agent_core", "serve", *places, "--sandbox", "--people", "20"]
    told = folder / "told"
    with told.open("wb") as errors, subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.kill()
    said = told.read_text(encoding="utf-8", errors="replace")
    assert line.startswith(b"{"), said[-2_000:]
    return said


def test_nothing_is_loaded_before_a_core_listens_that_is_not_needed_to_listen(tmp_path: Path) -> None:
    started(tmp_path)  # the first start makes the folder and reads the brand; every other finds both
    lines = started(tmp_path, "-X", "importtime").splitlines()
    loaded = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert "agent_core.service.api" in loaded, "this is no list of what was loaded"
    assert sorted(name for name in loaded if name in NOT_TO_LISTEN) == []


def test_what_the_first_customer_needs_is_loaded_beside_everything_else() -> None:
    load_for_work()
    assert [name for name in FOR_WORK if name not in sys.modules] == []
