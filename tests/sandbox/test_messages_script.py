"""A script answers what it says, refuses what it does not expect, and tells what was never asked for."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anthropic
import pytest

from agent_core.sandbox.errors import ScriptInvalid
from agent_core.sandbox.messages.answer import Answer, Call, Say
from agent_core.sandbox.messages.app import create_messages_app
from agent_core.sandbox.messages.matching import Match
from agent_core.sandbox.messages.script import MARK, Script, ScriptFailed, Turn
from agent_core.sandbox.messages.standalone import run_until
from tests.sandbox.messages_scene import Scene, hello, play, tool

YAML_SCRIPT = """
order: sequence
turns:
  - match: {purpose: triage, model: "claude-haiku-*"}
    answer:
      - json: {intents: [], clear: true, since: 2026-11-20}
  - match: {contains: "REFUND my"}
    answer:
      - text: One moment.
      - tool_use: {name: get_order, input: {order_id: NW-10023}, id: toolu_first}
  - optional: true
    match: {purpose: compose}
    answer: [never]
  - answer: [done]
    stop_reason: max_tokens
    times: 2
"""


def test_a_script_from_a_file_is_played_turn_by_turn(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(YAML_SCRIPT, encoding="utf-8")
    script = Script.load(path)

    async def work(stage: Scene) -> None:
        first = await stage.client.messages.create(**hello(model="claude-haiku-5-5", system="<triage brand='x'>"))
        assert json.loads(first.content[0].model_dump()["text"])["since"] == "2026-11-20"
        second = await stage.client.messages.create(
            **hello(messages=[{"role": "user", "content": "refund my order"}], tools=[tool("get_order")])
        )
        assert second.stop_reason == "tool_use"
        assert second.content[1].model_dump()["id"] == "toolu_first"
        state = (await stage.http.get("/_sandbox/script")).json()
        assert (state["unconsumed"], state["fulfilled"]) == ([4], False)
        for _ in range(2):
            assert (await stage.client.messages.create(**hello())).stop_reason == "max_tokens"
        assert (await stage.http.get("/_sandbox/script")).json()["fulfilled"] is True

    play(work, script=script)
    script.require_fulfilled()


def test_an_unexpected_request_is_refused_with_a_mark_and_remembered() -> None:
    script = Script([Turn(Answer((Say("hi"),)), Match(purpose="compose"))])

    async def work(stage: Scene) -> None:
        with pytest.raises(anthropic.BadRequestError, match=MARK):
            await stage.client.messages.create(**hello())

    play(work, script=script)
    assert not script.fulfilled
    with pytest.raises(ScriptFailed, match=r"purpose 'other' is not 'compose'.*turn 1 was never asked for"):
        script.require_fulfilled()


def test_a_request_after_the_last_turn_is_unexpected() -> None:
    script = Script([Turn(Answer((Say("hi"),)))])
    assert script.take(hello()) is not None
    assert script.take(hello()) is None
    assert "no turn is left" in script.failures[0]


def test_requests_in_any_order_take_the_turn_that_fits() -> None:
    script = Script([Turn(match=Match(contains="b")), Turn(match=Match(contains="a", stream=False))], "any")
    assert script.take(hello(messages=[{"role": "user", "content": "an A"}])) is script.turns[1]
    assert script.unconsumed() == [1]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "turns: expected a list"),
        ({"turns": [], "mode": "x"}, "script: unknown field 'mode'"),
        ({"turns": [], "order": "random"}, "order: expected sequence or any"),
        ([3], "turns[1]: expected an object"),
        ([{}], "turns[1]: needs an answer, a stop_reason or a fault"),
        ([{"answer": "x"}], "turns[1].answer: expected a list of blocks"),
        ([{"answer": [{"image": 1}]}], "turns[1].answer[1]: expected a text or one of"),
        ([{"answer": [{"text": ""}]}], "turns[1].answer[1].text: expected a text that is not empty"),
        ([{"answer": [{"tool_use": {"input": {}}}]}], "turns[1].answer[1].tool_use.name: expected a text"),
        ([{"answer": [{"tool_use": {"name": "a", "input": []}}]}], "tool_use.input: expected an object"),
        ([{"answer": [{"tool_use": {"name": "a", "args": {}}}]}], "unknown field 'args'"),
        ([{"answer": ["x"], "stop_reason": "done"}], "turns[1].stop_reason: expected one of"),
        ([{"answer": ["x"], "times": 0}], "turns[1].times: expected a whole number"),
        ([{"answer": ["x"], "match": {"purpose": "chat"}}], "turns[1].match.purpose: expected triage"),
        ([{"fault": "boom"}], "turns[1].fault.kind: expected one of"),
    ],
)
def test_a_script_that_breaks_the_format_is_refused_with_file_and_place(tmp_path: Path, data: Any, reason: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ScriptInvalid) as raised:
        Script.load(path)
    assert raised.value.message.startswith("The script broken.json is not valid: ")
    assert reason in raised.value.message


def test_a_script_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptInvalid, match="cannot be read"):
        Script.load(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("turns: [", encoding="utf-8")
    with pytest.raises(ScriptInvalid, match="is not valid"):
        Script.load(tmp_path / "bad.yaml")


@pytest.mark.parametrize(("turns", "status"), [([], 0), ([Turn(Answer((Call("a"),)))], 1)])
def test_the_verdict_over_the_script_is_the_exit_status(turns: list[Turn], status: int) -> None:
    async def live() -> int:
        stop = asyncio.Event()
        return await run_until(create_messages_app(script=Script(turns)), stop, on_ready=lambda _: stop.set())

    assert asyncio.run(live()) == status


def test_the_stand_in_alone_ends_with_an_error_when_its_script_was_not_played(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text("turns: [{answer: [hi]}]", encoding="utf-8")
    command = [sys.executable, "-m", "agent_core.sandbox.messages", "--script", str(path)]
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("messages stand-in on http://127.0.0.1:")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert errors.strip() == "turn 1 of the script was never asked for"
