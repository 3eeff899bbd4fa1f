"""``countersign-core sandbox NAME``: each stand-in starts alone, says where it is, and ends cleanly."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from agent_core.cli.main import main
from agent_core.sandbox.serving import bind

ROOT = Path(__file__).parents[2]
CREDENTIAL = {"messages": "api_key", "shop": "token", "channel": "token", "customers": "token"}
HEALTH = {"messages": "/v1/models", "shop": "/v1/orders/NW-10023", "channel": "/_sandbox/outbox"}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals end these processes")


@contextmanager
def started(*arguments: str, **environment: str) -> Generator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "agent_core", "sandbox", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            _, told = process.communicate(timeout=300)
            pytest.fail(f"ended with {process.returncode}: {told}")
        yield process, json.loads(line)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str], how: signal.Signals) -> tuple[int, str, str]:
    process.send_signal(how)
    said, told = process.communicate(timeout=300)
    return process.returncode, said, told


@pytest.mark.parametrize(
    ("name", "how"), [("messages", signal.SIGTERM), ("shop", signal.SIGINT), ("channel", signal.SIGTERM)]
)
def test_R_I5_each_stand_in_starts_alone_and_ends_cleanly(name: str, how: signal.Signals) -> None:
    with started(name, "--seed", "3") as (process, line):
        assert (line["name"], line["seed"]) == (name, 3)
        credential = line[CREDENTIAL[name]]
        url, headers = line["url"] + HEALTH[name], {"Authorization": f"Bearer {credential}"}
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
        assert httpx.get(url, trust_env=False).status_code == 401
        assert stop(process, how) == (0, "", "")


def test_the_customers_start_alone_with_a_channel_of_their_own() -> None:
    with started("customers", "--rate", "6000", "--speed", "50") as (process, line):
        headers = {"Authorization": f"Bearer {line['channel_token']}"}
        with httpx.Client(trust_env=False, timeout=120, headers=headers) as client:
            shown: list[dict[str, Any]] = []
            while len(shown) < 3:
                shown = client.get(line["channel_url"] + "/v1/conversations").json()["conversations"]
        own = {"Authorization": f"Bearer {line['token']}"}
        report = httpx.get(line["url"] + "/_sandbox/report", headers=own, trust_env=False).json()
        assert report["opened"] >= 3
        code, said, told = stop(process, signal.SIGINT)
        assert (code, told) == (0, "")
        assert cast("dict[str, Any]", json.loads(said))["report"]["opened"] >= 3


def test_customers_write_to_a_running_channel_about_the_orders_of_a_running_shop_and_end_by_themselves() -> None:
    with (
        started("shop", "--people", "40") as (_, shop),
        started("channel", COUNTERSIGN_SANDBOX_TOKEN="known") as (_, channel),
        started(
            "customers",
            *("--count", "1", "--speed", "2000", "--shop-url", shop["url"], "--channel-url", channel["url"]),
            COUNTERSIGN_SANDBOX_SHOP_TOKEN=shop["token"],
            COUNTERSIGN_SANDBOX_CHANNEL_TOKEN="known",
        ) as (process, _),
    ):
        said, told = process.communicate(timeout=300)
        assert (process.returncode, told) == (0, "")
        assert json.loads(said)["report"]["opened"] == 1
        headers = {"Authorization": "Bearer known"}
        answer = httpx.get(channel["url"] + "/v1/conversations", headers=headers, trust_env=False)
        assert len(answer.json()["conversations"]) == 1


def test_a_shop_in_a_file_remembers_after_a_restart(tmp_path: Path) -> None:
    token = {"COUNTERSIGN_SANDBOX_TOKEN": "known"}
    headers = {"Authorization": "Bearer known", "Idempotency-Key": "k"}
    answers: list[int] = []
    for _ in range(2):
        with started("shop", "--people", "40", "--data", str(tmp_path / "shop.db"), **token) as (process, line):
            with httpx.Client(base_url=line["url"], headers=headers, trust_env=False, timeout=120) as client:
                payment = client.get("/v1/orders/NW-10023/payments").json()["payments"][0]["id"]
                body = {"amount_minor": 100, "currency": "EUR", "reason": ""}
                answers.append(client.post(f"/v1/payments/{payment}/refunds", json=body).status_code)
            assert stop(process, signal.SIGTERM)[0] == 0
    assert answers == [201, 200]


def test_a_script_that_was_not_played_makes_the_process_fail(tmp_path: Path) -> None:
    script = tmp_path / "turns.json"
    script.write_text(json.dumps({"turns": [{"answer": [{"text": "Hello"}]}]}), encoding="utf-8")
    with started("messages", "--script", str(script)) as (process, _):
        code, _, told = stop(process, signal.SIGTERM)
        assert code == 1
        assert told.count("\n") == 1
        assert "1 turns are left" in told


@pytest.mark.parametrize("name", ["messages", "shop", "channel", "customers"])
def test_a_port_in_use_is_one_sentence_and_exit_1(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    taken = bind("127.0.0.1", 0)
    try:
        port = taken.getsockname()[1]
        assert main(["sandbox", name, "--port", str(port)]) == 1
    finally:
        taken.close()
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (f"Port {port} on 127.0.0.1 is already in use. Stop the other program or choose another port.\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["channel", "--core-url", "http://example.com"], "The channel cannot start"),
        (["channel", "--brand", "../x"], "The channel cannot start"),
        (["customers", "--shop-url", "http://127.0.0.1:9"], "Set COUNTERSIGN_SANDBOX_SHOP_TOKEN"),
        (["customers", "--channel-url", "ftp://x"], "A stand-in's URL must read like"),
        (["messages", "--script", "no-such-file.yaml"], "The script no-such-file.yaml cannot be read"),
        (["shop", "--data", "/no/such/folder/shop.db"], "The shop's file cannot be opened"),
        (["channel", "--data", "/no/such/folder/channel.db"], "The channel's file cannot be opened"),
    ],
)
def test_what_cannot_start_says_why_in_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", *arguments]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(sentence)
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sandbox"],
        ["sandbox", "fridge"],
        ["sandbox", "shop", "--port", "70000"],
        ["sandbox", "shop", "--port", "x"],
        ["sandbox", "customers", "--rate", "0"],
        ["sandbox", "customers", "--speed", "nan"],
        ["sandbox", "customers", "--count", "0"],
    ],
)
def test_arguments_that_make_no_sense_are_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: countersign-core" in capsys.readouterr().err
