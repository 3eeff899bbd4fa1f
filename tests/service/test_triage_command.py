"""On-call at a terminal: what is poisoned or stuck and which turns were run again, from a core or from a database (R-M4)."""

import asyncio
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.cli.main import main
from agent_core.contract.clock import system_clock
from agent_core.contract.forking import ForkWanted
from agent_core.service.offline_triage import triage_of
from agent_core.service.triage_steps import fork_points
from agent_core.store.folder import DATABASE_NAME
from console.headless.triage import OnCall
from tests.service.scene import scene, settled
from tests.service.test_operators_command import kept
from tests.service.test_triage import WHERE, held

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with one line of standard input; answers its code and what it printed."""

    def run(*argv: str, line: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(line + "\n"))
        capsys.readouterr()
        code = main(argv)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_R_M4_a_terminal_lists_what_is_held_and_what_was_run_again_with_and_without_a_core(
    tmp_path: Path, command: Run, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    database = tmp_path / "data" / DATABASE_NAME

    async def run() -> str:
        async with scene(tmp_path, require_proof=True) as it:
            boss = await it.admin()
            client, signer = boss
            _, sue = await it.colleague(boss, "Sue Supervisor")
            conversation = await it.write(WHERE)
            await settled(client, conversation, 2)

            async def ran(*argv: str, line: str = "") -> tuple[int, str, str]:
                return await asyncio.to_thread(command, *argv, line=line or kept(signer))

            online = ("--url", it.url)
            assert await ran("triage", *online) == (0, "Nothing is poisoned or stuck.\n", "")
            none = await ran("forks", *online, "--conversation", conversation)
            assert none == (0, "No turn of this conversation was run again.\n", "")
            place = fork_points(await it.core.store.records(conversation))[-1].position
            await OnCall(client).fork(conversation, ForkWanted(position=place, policy="use commerce;\n"))
            await held(it, client, conversation)

            code, out, error = await ran("triage", *online)
            assert (code, error) == (1, "")
            assert out.startswith(f"{conversation}  northwind  quarantined since ")
            assert WHERE not in out, "nothing a customer wrote is printed"
            code, out, _ = await ran("triage", *online, "--json")
            (row,) = json.loads(out)["rows"]
            assert (row["conversation"], row["kind"], row["repairable"]) == (conversation, "quarantined", True)
            forks = (await ran("forks", *online, "--conversation", conversation, "--json"))[1]
            refused = await ran("triage", *online, line=kept(sue))
            assert refused[0] == 1
            assert "on-call" in refused[2]

            beside = await ran("triage", "--db", str(database), "--json")
            assert json.loads(beside[1])["rows"] == [row], "the database of a running core says the same"
            assert (await ran("forks", "--db", str(database), "--conversation", conversation, "--json"))[1] == forks
            (fork,) = json.loads(forks)["forks"]
            assert (fork["operator"], fork["position"], fork["different"]) == (signer.operator, place, ["policy"])
            return conversation

    conversation = asyncio.run(run())
    before = database.read_bytes()
    code, out, _ = command("triage", "--db", str(database))
    assert (code, conversation in out) == (1, True)
    code, out, _ = command("forks", "--db", str(database), "--conversation", conversation)
    assert code == 0
    assert ": policy\n" in out
    assert database.read_bytes() == before, "it only looks"


def test_what_cannot_be_looked_at_is_said_in_one_sentence(tmp_path: Path, command: Run) -> None:
    absent = str(tmp_path / "none.db")
    assert command("triage", "--db", absent) == (1, "", "There is no such file.\n")
    assert command("forks", "--db", absent, "--conversation", "c_1") == (1, "", "There is no such file.\n")
    code, _, error = command("triage", "--db", absent, "--as-of", "yesterday")
    assert (code, error) == (1, "Write the moment as 2026-11-21T14:00:00Z.\n")
    with pytest.raises(SystemExit):
        command("triage")
    with pytest.raises(SystemExit):
        command("triage", "--db", absent, "--url", "http://127.0.0.1:1")


def test_a_database_of_nobody_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"SQLite format 3\x00")
    with pytest.raises(Exception, match="cannot be read as a database"):
        asyncio.run(triage_of(other, system_clock, system_clock()))
