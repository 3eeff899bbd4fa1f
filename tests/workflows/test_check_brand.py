"""`countersign-core check-brand` tells the author of a brand what is wrong, and the shell whether anything is."""

import json
from pathlib import Path

import pytest

from agent_core.cli.main import main
from tests.workflows.releases import BRANDS, copy, edit


@pytest.mark.parametrize("brand", ["northwind", "lumen"])
def test_R_F1_the_demo_brands_may_go_live_with_their_policies(brand: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-brand", str(BRANDS / brand), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is True
    assert said["brand"] == brand
    assert len(said["release"]) == 64
    assert main(["check-brand", str(BRANDS / brand)]) == 0
    assert "may go live" in capsys.readouterr().out


def test_R_F1_an_error_is_printed_with_its_place_and_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy(tmp_path)
    edit(folder, "brand.yaml", "undo_s: 5", "undo_s: soon")
    assert main(["check-brand", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out == "brand.yaml:13:80: This must be a whole number. [bad_value]\n"
    assert said.err == "The brand folder has 1 error; nothing of it was activated.\n"
    assert main(["check-brand", str(folder), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["file"], finding["line"], finding["code"]) == ("brand.yaml", 13, "bad_value")


def test_a_policy_error_is_found_at_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy(tmp_path)
    edit(folder, "authority.cedar", "principal is Workflow,", "principal,")
    assert main(["check-brand", str(folder)]) == 1
    assert capsys.readouterr().out.startswith("authority.cedar:")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-brand", str(tmp_path / "none")]) == 1
    assert "not a readable folder" in capsys.readouterr().out
