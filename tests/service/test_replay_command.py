"""Recorded conversations through the signed webhook: nothing lost, nothing stuck."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent_core.cli.main import main
from agent_core.service.settings import ROOT

CORPORA = ("abcd.jsonl", "multidogo100.jsonl", "twitter100.jsonl")


def replay(path: Path, *more: str) -> dict[str, int]:
    line = [sys.executable, "-m", "agent_core", "replay", str(path), "--brand", "northwind", *more]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=580, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_R_A6_each_recorded_message_comes_to_rest(tmp_path: Path) -> None:
    file = tmp_path / "few.jsonl"
    texts = ["hi\u200b\u200b my parcel!!", "WHERE IS NW-10024 ???", "ty", "\ud83d\ude2d\x00 refnd pls"]
    lines = [
        {"stream": "x", "conv": f"c{n % 2}", "seq": n, "t": n * 1.5, "author": "customer", "text": text, "labels": {}}
        for n, text in enumerate(texts)
    ]
    lines.append({"stream": "x", "conv": "c0", "seq": 9, "t": 9, "author": "agent", "text": "not posted", "labels": {}})
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    told = replay(file)
    assert (told["conversations"], told["messages"], told["taken"], told["lost"], told["stuck"]) == (2, 4, 4, 0, 0)
    assert told["answered"] + told["asked"] + told["with_a_person"] == 2


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"conv": "1"}\n', encoding="utf-8")
    for path, sentence in ((tmp_path / "none.jsonl", "cannot be read"), (bad, "Line 1 is not a message")):
        assert main(["replay", str(path), "--brand", "northwind"]) == 1
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
        assert sentence in told.err


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("COUNTERSIGN_FIXTURES"), reason="needs the recorded conversations (fixtures)")
@pytest.mark.parametrize("name", CORPORA)
def test_R_A6_every_real_thread_comes_to_rest(fixtures: Path, name: str) -> None:
    told = replay(fixtures / "corpora" / "conversations" / name)
    assert (told["lost"], told["stuck"]) == (0, 0)
    assert told["taken"] == told["messages"]
