"""The command: a line when it listens, an end with its parent, and one sentence for whatever keeps it from starting."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent_core.service.settings import ROOT
from agent_core.store import Store
from console.headless.client import CoreClient
from console.headless.core_child import ServeOptions
from console.headless.core_process import core_process
from console.headless.errors import CoreEnded
from tests.service.scene import quick_brand

SECRET = "sk-ant-canary-that-must-never-be-seen"


def command(folder: Path, *more: str) -> list[str]:
    places = ["--data", str(folder / "data"), "--config", str(folder / "config")]
    return [sys.executable, "-m", "agent_core", "serve", *places, "--sandbox", "--people", "40", *more]


def fails(folder: Path, *more: str) -> str:
    """The one sentence of a core that does not start."""
    done = subprocess.run(command(folder, *more), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert done.stdout == ""
    return lines[0]


def test_it_says_where_it_is_and_ends_cleanly_when_told(tmp_path: Path) -> None:
    with subprocess.Popen(command(tmp_path), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert set(line) == {"url", "core", "pid"}
        assert line["pid"] == process.pid
        in_use = fails(tmp_path)
        assert "Another Countersign core is using this data folder" in in_use
        port = line["url"].rsplit(":", 1)[1]
        taken = fails(tmp_path / "other", "--port", port)
        assert f"Port {port} is in use" in taken
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=300)
        assert (process.returncode, out, err) == (0, "", "")


def test_an_embedded_core_ends_with_its_parent_and_shows_its_secrets_to_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        brand = quick_brand(tmp_path, "lumen") / "brand.yaml"
        text = brand.read_text(encoding="utf-8")
        # A release that nobody has walked through, with one workflow to walk.
        brand.write_text(text.replace("batch_window_ms: 1000", "batch_window_ms: 0"), encoding="utf-8")
        options = ServeOptions(
            tmp_path / "data", tmp_path / "config", brands=[brand.parent], sandbox=True, more=["--people", "40"]
        )
        async with core_process(options, anthropic_key=SecretStr(SECRET)) as core, CoreClient(core.url) as client:
            session = await client.sign_in_embedded(core.token.get_secret_value())
            assert session.may_enrol_first
            shown = await client.core()
            assert shown.stand_in is False
            told = seen_from_outside(core.process.pid)
            assert SECRET.encode() not in told
            assert core.token.get_secret_value().encode() not in told
            assert SECRET not in repr(core)
            assert core.token.get_secret_value() not in repr(core)
        assert core.process.returncode == 0

    asyncio.run(run())
    assert [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


def seen_from_outside(process: int) -> bytes:
    """What every program of this user can read of another one."""
    place = Path(f"/proc/{process}")
    return (place / "cmdline").read_bytes() + (place / "environ").read_bytes() if place.exists() else b""


def test_what_keeps_a_core_from_starting_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    brand = quick_brand(tmp_path)
    workflow = brand / "workflows" / "refund_order.yaml"
    kept = workflow.read_text(encoding="utf-8")
    workflow.write_text(kept.replace("call: get_order", "call: get_odrer", 1), encoding="utf-8")
    said = fails(tmp_path, "--brand", str(brand))
    assert "workflows/refund_order.yaml:" in said
    assert "get_odrer" in said
    assert "Correct it and start again." in said

    assert "must not be inside the data folder" in fails(tmp_path, "--config", str(tmp_path / "data" / "config"))

    no_sandbox = [word for word in command(tmp_path) if word != "--sandbox"]
    done = subprocess.run(no_sandbox, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "There is no key for a model" in done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator writes everywhere")
def test_a_read_only_data_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    assert "cannot be written" in fails(tmp_path) or "read-only" in fails(tmp_path)


def test_a_newer_data_folder_is_one_sentence(tmp_path: Path) -> None:
    async def made() -> None:
        await (await Store.open(tmp_path / "data")).close()

    asyncio.run(made())
    database = sqlite3.connect(tmp_path / "data" / "countersign.sqlite3")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    assert "written by a newer version" in fails(tmp_path)


def test_a_core_that_cannot_start_tells_its_console_why(tmp_path: Path) -> None:
    async def run() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            options = ServeOptions(tmp_path / "data", tmp_path / "config", sandbox=True, more=["--port", port])
            with pytest.raises(CoreEnded, match=f"Port {port} is in use"):
                async with core_process(options):
                    raise AssertionError("it must not start")

    asyncio.run(run())
