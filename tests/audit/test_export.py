"""A conversation leaves the house with its proofs, and whoever gets the file checks it alone (R-N5, R-C4)."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.audit.checking import check_export, check_file
from agent_core.audit.exported import Export, file_bytes, read_export
from agent_core.cli.main import main
from agent_core.contract.ids import KeyFingerprint
from agent_core.store.folder import DATABASE_NAME
from tests.audit.exported_files import Made
from tests.service.scene import NORTHWIND


def codes(data: bytes, **more: Any) -> set[str]:
    return {finding.code for finding in check_file(data, **more).findings}


def forged(made: Made, change: Callable[[dict[str, Any]], object], *, data: bytes | None = None) -> set[str]:
    """What is found where somebody changed the file and wrote its own digest anew."""
    value = json.loads(made.readable if data is None else data)
    del value["digest"]
    change(value)
    return {finding.code for finding in check_export(Export.model_validate(value)).findings}


def test_R_N5_an_exported_conversation_is_checked_without_database_and_network(made: Made) -> None:
    report = check_file(made.readable, anchor=KeyFingerprint(made.anchor), witness=made.kept)
    assert report.findings == ()
    assert (report.executed, report.signatures) == (1, 1)
    assert report.export is not None
    assert "approve of" in report.export.transcript
    assert "\n# not a heading" in report.export.transcript
    assert "````text\nPlease refund" in report.export.transcript, "what came from outside cannot leave its fence"


def test_R_N5_an_erased_conversation_is_still_proven_and_holds_nothing_personal(made: Made) -> None:
    report = check_file(made.erased, anchor=KeyFingerprint(made.anchor))
    assert report.findings == ()
    assert report.executed == 1
    assert report.signatures == 2, "the approval and the order"
    assert b"Please refund" not in made.erased
    assert report.export is not None
    assert {body.kind for body in report.export.bodies if body.text is not None} == {"envelope"}


def test_R_N5_another_anchor_or_another_history_than_the_one_that_was_kept_is_found(made: Made) -> None:
    assert codes(made.readable, anchor=KeyFingerprint("ed25519:" + "0" * 64)) == {"other_anchor"}
    assert codes(made.erased, witness=made.kept) == {"not_comparable"}
    size, root = made.kept.split("\n")[1:3]
    assert "other_checkpoint_key" not in codes(made.readable, witness=made.kept)
    assert codes(made.readable, witness=made.kept.replace(root, root[::-1][1:] + "=")) & {
        "other_checkpoint_key", "bad_checkpoint", "other_history",
    }  # fmt: skip
    assert codes(made.readable, witness="nothing") == {"bad_checkpoint"}
    assert forged(made, lambda v: v["consistency"].update(root="0" * 64)) == {"not_consistent"}
    assert int(size) > 0


def test_R_N5_every_flipped_bit_is_found(made: Made) -> None:
    chance = random.Random(7)
    places = [chance.randrange(len(made.readable) * 8) for _ in range(60)]
    for place in (*places, 0, len(made.readable) * 8 - 1):
        data = bytearray(made.readable)
        data[place // 8] ^= 1 << (place % 8)
        assert check_file(bytes(data)).findings, place
    for cut in (0, 1, len(made.readable) // 2, len(made.readable) - 1):
        assert check_file(made.readable[:cut]).findings
    assert check_file(made.readable + b" ").findings


@pytest.mark.parametrize("where", ["events", "core_events", "bodies", "core_bodies"])
def test_R_N5_whatever_is_removed_doubled_or_put_elsewhere_is_found_though_the_digest_is_made_anew(
    made: Made, where: str
) -> None:
    count = len(json.loads(made.readable)[where])
    assert count > 1 or where == "core_bodies"
    step = max(1, count // 12)
    for number in (*range(0, count, step), count - 1):
        assert forged(made, lambda v, n=number: v[where].pop(n)), f"{where} {number} removed"
        assert forged(made, lambda v, n=number: v[where].insert(n, v[where][n])), f"{where} {number} doubled"
    for number in range(0, count - 1, step):

        def swap(value: dict[str, Any], n: int = number) -> None:
            value[where][n], value[where][n + 1] = value[where][n + 1], value[where][n]

        assert forged(made, swap), f"{where} {number} swapped"


def test_R_N5_whatever_is_changed_is_found_though_the_digest_is_made_anew(made: Made) -> None:
    text = json.loads(made.readable)
    long = next(n for n, body in enumerate(text["bodies"]) if body["kind"] == "message")
    wrong: dict[str, Callable[[dict[str, Any]], object]] = {
        "other_body": lambda v: v["bodies"][long].update(text="Please refund everything."),
        "withheld": lambda v: v["bodies"][long].update(text=None, salt=None),
        "other_hash": lambda v: v["events"][3].update(epoch=v["events"][3]["epoch"] + 1),
        "not_included": lambda v: v["events"][5].update(proof=v["events"][5]["proof"][:-1]),
        "other_transcript": lambda v: v.update(transcript=v["transcript"] + "\nAll is well."),
        "bad_signature": lambda v: v.update(checkpoint=v["checkpoint"].replace("\nat 2", "\nat 1")),
        "other_core": lambda v: v.update(core="core_0000000000000000"),
        "out_of_order": lambda v: v["events"][4].update(index=0),
    }
    for code, change in wrong.items():
        assert code in forged(made, change), code
    assert "unknown_key" in forged(made, lambda v: v["trust"].update(anchor=None))


def test_R_N5_a_flipped_bit_in_any_value_of_any_event_is_found_though_the_digest_is_made_anew(made: Made) -> None:
    chance = random.Random(11)
    value = json.loads(made.readable)
    for _ in range(40):
        where = chance.choice(["events", "core_events"])
        number = chance.randrange(len(value[where]))
        name = chance.choice(["at", "actor", "event", "prev", "hash", "seq", "index", "epoch", "version"])

        def flip(v: dict[str, Any], where: str = where, number: int = number, name: str = name) -> None:
            old = v[where][number][name]
            if isinstance(old, int):
                v[where][number][name] = old + 1
            elif name in ("prev", "hash"):
                v[where][number][name] = ("0" if old[0] != "0" else "1") + old[1:]
            else:
                at = chance.randrange(len(old))
                v[where][number][name] = old[:at] + chr(ord(old[at]) ^ 1) + old[at + 1 :]

        assert forged(made, flip), (where, number, name)


def test_R_N5_the_file_is_made_and_checked_on_the_command_line(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, told = tmp_path / "c.json", tmp_path / "c.md"
    data, config = str(made.folder / "data"), str(made.folder / "config")
    arguments = ["export", "--data", data, "--config", config, "--conversation", made.conversation, "--out", str(out)]
    assert main(arguments) == 0
    assert out.stat().st_mode & 0o077 == 0
    assert main(arguments) == 1, "never over a file that is there"
    assert "exists already" in capsys.readouterr().err
    assert main(["verify-audit", str(made.folder / "data" / DATABASE_NAME)]) == 0, "an erasure is no damage"
    assert main(["verify-export", str(out), "--anchor", made.anchor, "--transcript", str(told)]) == 0
    kept = tmp_path / "kept"
    for text in (made.kept, json.dumps({"note": made.kept}), json.dumps({"last": made.kept, "key": "k"})):
        kept.write_text(text, encoding="utf-8")
        assert main(["verify-export", str(out), "--checkpoint", str(kept)]) == 1
        assert "--against" in capsys.readouterr().out, "the file was not made against it"
    assert main(["verify-export", str(out)]) == 0
    printed = capsys.readouterr()
    assert "Everything that can be checked holds" in printed.out
    assert told.read_text(encoding="utf-8").startswith(f"# Conversation {made.conversation}")
    out.chmod(0o600)
    out.write_bytes(out.read_bytes().replace(NORTHWIND.encode(), b"northwand", 1))
    assert main(["verify-export", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_R_N5_the_checker_needs_no_store_no_engine_and_no_service() -> None:
    script = (
        "import sys, agent_core.cli.verify_export;"
        "print([m for m in sys.modules if m.startswith(('agent_core.store', 'agent_core.engine', 'agent_core.service',"
        " 'sqlalchemy', 'httpx', 'anthropic', 'cedarpy', 'PySide6'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_file_in_its_one_spelling_is_read_back_as_it_was(made: Made) -> None:
    assert file_bytes(read_export(made.readable)) == made.readable
