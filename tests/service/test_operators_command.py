"""Operators from a terminal: invited, stopped, revoked; the anchor shown, and moved while the core is stopped (R-C7)."""

import asyncio
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.cli.main import main
from agent_core.store.folder import DATABASE_NAME
from console.headless.operators import Operators
from console.headless.signing import KeyPair, Signer
from tests.service.scene import CONSOLE, scene
from tests.service.test_operator_keys import refused

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with one line of standard input; answers its code and what it printed."""

    def run(*argv: str, line: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(line + "\n"))
        capsys.readouterr()
        code = main(["operators", *argv])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def kept(signer: Signer) -> str:
    return json.dumps({"seed": signer.key.seed(), "operator": signer.operator, "role": signer.role})


def test_R_C7_a_terminal_invites_stops_revokes_and_recovers_the_anchor(tmp_path: Path, command: Run) -> None:
    made = [json.loads(command("recovery-key")[1]) for _ in range(2)]
    recovery = [each for key in made for each in ("--recovery-key", key["public"])]
    told: dict[str, Any] = {}

    async def online() -> None:
        async with scene(tmp_path, require_proof=True) as it:
            ada = await it.admin()
            url = ("--url", it.url)

            async def ran(*argv: str, line: str | None = None) -> tuple[int, str, str]:
                return await asyncio.to_thread(command, *argv, line=kept(ada[1]) if line is None else line)

            code, out, _ = await ran(
                "invite", *url, "--name", "Bo Becker", "--brand", "northwind", "--limit", "5000:EUR", "--day-count", "3"
            )
            assert code == 0
            invited = json.loads(out)
            door = Operators(await it.console())
            shown = await door.open_invitation(invited["code"])
            assert (shown.name, shown.day_count, shown.limit and shown.limit.amount_minor) == ("Bo Becker", 3, 5000)
            bo = Signer(KeyPair.new(), shown.operator, shown.role, CONSOLE)
            await door.accept(invited["code"], shown, bo)
            assert "accepted" in (await ran("invitations", *url))[1]
            (row,) = await Operators(ada[0]).invitations()
            await Operators(ada[0]).countersign(row, bo.key.fingerprint)
            listed = (await ran("list", *url))[1]
            assert bo.key.fingerprint in listed
            assert "Bo Becker" in listed
            assert (await ran("stop", *url, "--key", bo.key.fingerprint, "--reason", "suspicious"))[0] == 0
            assert await refused(door.client.sign_in(bo)) == "key_stopped"
            assert (await ran("revoke", *url, "--key", bo.key.fingerprint, "--reason", "lost_laptop"))[0] == 0
            assert await refused(door.client.sign_in(bo)) == "key_revoked"
            code, out, error = await ran("revoke", *url, "--key", bo.key.fingerprint, "--reason", "lost_laptop")
            assert (code, out, error) == (1, "", "This key counts for nothing already.\n")
            for line in ("", "{}", '{"seed":"x","operator":"o","role":"admin"}'):
                code, _, error = await ran("list", *url, line=line)
                assert code == 1
                assert error.endswith("standard input.\n")
            await Operators(ada[0]).rotate(KeyPair.new())
            ada = (ada[0], ada[0].signer)
            assert (await ran("protect", *url, "--need", "2", *recovery))[0] == 0
            told.update(core=it.core.instance.core, anchor=(await Operators(ada[0]).anchor()).anchor)

    asyncio.run(online())
    database = str(tmp_path / "data" / DATABASE_NAME)
    assert main(["verify-audit", database]) == 0  # whatever was signed about people is proven, also read from outside
    folders = ("--data", str(tmp_path / "data"), "--config", str(tmp_path / "config"))
    code, out, _ = command("anchor", "show", *folders)
    shown = json.loads(out)
    assert (code, shown["anchor"], shown["need"], shown["log_agrees"]) == (0, told["anchor"], 2, "yes")
    root = KeyPair.new()
    files: list[str] = []
    for number, key in enumerate(made):
        code, out, _ = command(
            "anchor", "sign", "--core", told["core"], "--from", told["anchor"], "--to", root.fingerprint, "--need", "2",
            *recovery, line=key["secret"],
        )  # fmt: skip
        (tmp_path / f"{number}.json").write_text(out, encoding="utf-8")
        files += ["--envelope", str(tmp_path / f"{number}.json")]
    code, _, error = command("anchor", "recover", *folders, *files[:2])
    assert (code, error) == (1, "2 different recovery keys must sign this; 1 did.\n")
    code, out, _ = command("anchor", "recover", *folders, *files)
    assert (code, json.loads(out)["anchor"]) == (0, root.fingerprint)
    assert json.loads(command("anchor", "show", *folders)[1])["keys"] == 0
    assert main(["verify-audit", database, "--anchor", root.fingerprint]) == 0
    assert command("anchor", "show", "--data", str(tmp_path / "none"), "--config", str(tmp_path / "config"))[0] == 1
    with pytest.raises(SystemExit):
        command("invite", "--url", "x", "--name", "x", "--brand", "*", "--limit", "5,00 EUR")
