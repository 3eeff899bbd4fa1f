"""A start is quick because little is loaded: the core before anything else, and nothing that nobody needs yet (R-M1).

What is loaded is told, not how long it takes: a figure of a busy machine says nothing, a name says everything.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from console.headless.core_child import CoreChild, ServeOptions
from console.headless.core_process import core_of, end_child
from console.headless.errors import CoreEnded

ROOT = Path(__file__).resolve().parents[2]
BEFORE_THE_CORE = ("PySide6", "asyncio", "pydantic", "httpx", "agent_core", "keyring", "console.app", "qasync")
NEVER_AT_A_START = (
    "agent_core.service", "agent_core.store", "sqlalchemy", "fastapi", "anthropic", "cedarpy", "rich", "pygments", "click",
)  # fmt: skip
LOADED = """
import json, linecache, sys
import console.__main__
before = sorted(sys.modules)
from console.collector import set_aside
from console.loading import quickly
quickly()
import console.app
import gc
quick = not gc.isenabled()
set_aside()
read = sorted(name for name in linecache.cache if "console" in name or "agent_core" in name)
print(json.dumps({"before": before, "after": sorted(sys.modules), "read": read, "quick": quick, "on": gc.isenabled()}))
"""

ASKED = """
import asyncio, sys
from console.headless.client import CoreClient
from console.headless.connection import load_connections
load_connections()
before = set(sys.modules)
async def ask():
    async with CoreClient("http://127.0.0.1:1") as client:
        await client.health()
asyncio.run(ask())
print(*sorted(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)


def test_the_core_is_started_before_anything_that_takes_time_is_loaded(told: dict[str, list[str]]) -> None:
    assert "console.headless.core_child" in told["before"]
    assert [name for name in told["before"] if name.partition(".")[0] in BEFORE_THE_CORE or name in BEFORE_THE_CORE] == []


def test_a_console_loads_nothing_of_the_core_and_nothing_that_is_for_show(told: dict[str, list[str]]) -> None:
    assert [name for name in told["after"] if name.startswith(NEVER_AT_A_START)] == []


def test_R_M1_whoever_waits_for_the_first_answer_waits_for_nothing_to_be_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == []


def test_no_source_is_read_for_what_nobody_asks_for_and_no_garbage_is_looked_for_until_it_is_loaded(
    told: dict[str, list[str]],
) -> None:
    assert told["read"] == []
    assert (told["quick"], told["on"]) == (True, True)


def test_folders_are_where_the_person_stands_who_names_them_wherever_the_core_works() -> None:
    options = ServeOptions(data=Path("mine"), config=Path("here/anchor"), brands=[Path("shop")])
    named = [Path(option) for option in options.words() if option.rpartition("/")[2] in ("mine", "anchor", "shop")]
    assert named == [Path.cwd() / "mine", Path.cwd() / "here" / "anchor", Path.cwd() / "shop"]


def test_a_child_whose_starter_goes_before_it_handed_anything_over_ends_by_itself(tmp_path: Path) -> None:
    child = CoreChild(ServeOptions(data=tmp_path / "data", config=tmp_path / "anchor", sandbox=True))
    child.close_input()
    child.silent.result(timeout=120)
    child.ended.result(timeout=120)
    assert child.returncode == 1
    assert child.first_line.result() == b""
    assert "one line of JSON" in child.said[-1]
    assert not (tmp_path / "data").exists(), "it had not begun"
    child.hand_over(b"too late")
    child.close_input()
    child.kill()


def seen_from_outside(process: int) -> bytes:
    """What every program of this user can read of another one."""
    place = Path(f"/proc/{process}")
    return (place / "cmdline").read_bytes() + (place / "environ").read_bytes() if place.exists() else b""


async def test_a_core_that_was_started_early_is_handed_its_key_late_and_ends_with_the_block(tmp_path: Path) -> None:
    child = CoreChild(
        ServeOptions(data=tmp_path / "data", config=tmp_path / "anchor", sandbox=True, more=("--people", "20"))
    )
    async with core_of(child, None) as core:
        assert core.process is child
        assert child.returncode is None
        assert core.token.get_secret_value().encode() not in seen_from_outside(child.pid)
    assert child.returncode == 0
    assert await core.ended() == 0


async def test_a_core_that_cannot_start_says_why_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder", encoding="utf-8")
    child = CoreChild(ServeOptions(data=tmp_path / "data", config=tmp_path / "anchor", sandbox=True))
    with pytest.raises(CoreEnded) as ended:
        async with core_of(child, None):
            raise AssertionError("it must not start")
    assert ended.value.message.endswith(".")
    assert child.returncode == 1
    await end_child(child)
