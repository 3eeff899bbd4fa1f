"""Whatever is written into a core's database by hand is found, and the row is named (R-M9, R-N5)."""

import json
import random
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from agent_core.audit.report import Report
from agent_core.audit.verifying import verify, verify_open
from agent_core.cli.main import main
from agent_core.contract.checkpoints import SignedCheckpoint
from tests.audit.played import left_behind, tampered, unnoticed, writable
from tests.audit.tampering import KEYS, columns_of, mutations, rewritten

SAMPLE = 200
LONG = 10_000


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SignedCheckpoint]:
    """A database at rest, and the checkpoint that its core kept outside."""
    return left_behind(tmp_path_factory.mktemp("day"))


@contextmanager
def open_copy(database: Path) -> Generator[sqlite3.Connection]:
    """A connection that may write, to be rolled back."""
    with closing(writable(database)) as db:
        yield db


def play(day: tuple[Path, SignedCheckpoint], seed: int, count: int) -> None:
    database, outside = day
    with open_copy(database) as db:
        done, missed = 0, list[str]()
        for mutation in mutations(db, seed):
            report = tampered(db, mutation, outside)
            if report is None:
                continue
            done += 1
            if unnoticed(report):
                missed.append(mutation.name)
            if done >= count:
                break
        assert verify_open(db, checkpoints=(outside,)).holds, "the database is as it was"
    assert not missed, f"seed {seed}: {len(missed)} of {done} were not found: {missed[:10]}"


def test_an_honest_database_holds(day: tuple[Path, SignedCheckpoint]) -> None:
    database, outside = day
    report = verify(database, checkpoints=(outside,))
    assert report.findings == []
    assert report.events == report.size == report.signed == outside.checkpoint.size
    assert report.root == outside.checkpoint.root.hex()
    assert report.statements >= 4
    assert report.unsigned == []


def test_R_M9_whatever_is_written_into_a_database_is_found(day: tuple[Path, SignedCheckpoint]) -> None:
    play(day, seed=random.SystemRandom().randrange(10**9), count=SAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_R_M9_ten_thousand_ways_to_tamper_are_found(day: tuple[Path, SignedCheckpoint], seed: int) -> None:
    play(day, seed=seed, count=LONG // 4)


def named(report: Report) -> set[tuple[str, str, int | None]]:
    return {(each.code, each.where, each.seq) for each in report.findings}


def test_the_row_is_named_by_its_stream_and_number(day: tuple[Path, SignedCheckpoint]) -> None:
    database, outside = day
    with open_copy(database) as db:
        rows = db.execute("SELECT position, stream, seq FROM event WHERE stream LIKE 'c_%' ORDER BY position").fetchall()
        position, stream, seq = rows[40]

        def found(statement: str, *values: object) -> set[tuple[str, str, int | None]]:
            db.execute("BEGIN")
            try:
                db.execute(statement, values)
                return named(verify_open(db))
            finally:
                db.execute("ROLLBACK")

        assert ("event_changed", stream, seq) in found("UPDATE event SET data = data || ' ' WHERE position = ?", position)
        assert ("column_differs", stream, seq) in found("UPDATE event SET type = 'routed' WHERE position = ?", position)
        gone = found("DELETE FROM event WHERE position = ?", position)
        assert ("event_missing", stream, seq + 1) in gone
        assert ("event_removed", "event", None) in gone
        assert len([code for code, _, _ in gone if code == "event_removed"]) == 1
        (name,) = db.execute("SELECT id FROM body WHERE kind = 'message'").fetchone()
        bodies = found("UPDATE body SET data = x'00' WHERE id = ?", name)
        assert {code for code, _, _ in bodies} == {"body_changed"}
        bodies = found("UPDATE body SET salt = NULL, data = NULL, erased_at = created_at WHERE id = ?", name)
        assert {code for code, _, _ in bodies} == {"body_vanished"}
        db.execute("BEGIN")
        rewritten(position, tiles=True, checkpoints=True).apply(db)
        alone, beside = verify_open(db), verify_open(db, checkpoints=(outside,))
        db.execute("ROLLBACK")
        assert ("checkpoint_differs", "the checkpoint from outside", None) in named(beside)
        db.execute("BEGIN")
        rewritten(3, tiles=True, checkpoints=True).apply(db)
        alone_early = verify_open(db)
        db.execute("ROLLBACK")
        assert "witness_differs" in alone_early.counts, "what somebody signed for later cannot be written anew"
        assert alone.unsigned, "without one only that nobody has signed for the rest"
        assert any("--checkpoint" in note for note in alone.notes)


def test_what_is_no_text_any_more_is_named_and_hides_nothing_else(day: tuple[Path, SignedCheckpoint]) -> None:
    database, _ = day
    with open_copy(database) as db:
        rows = db.execute("SELECT position, stream, seq FROM event WHERE stream LIKE 'c_%' ORDER BY position").fetchall()
        (position, stream, seq), (other, beside, number) = rows[40], rows[50]
        for broken in (
            "UPDATE event SET data = CAST(data || x'ff' AS TEXT) WHERE position = ?",
            "UPDATE event SET data = CAST(x'eda080' || data AS TEXT) WHERE position = ?",
            "UPDATE event SET data = CAST(data AS BLOB) WHERE position = ?",
        ):
            db.execute("BEGIN")
            db.execute(broken, (position,))
            db.execute("UPDATE event SET type = 'routed' WHERE position = ?", (other,))
            found = named(verify_open(db))
            db.execute("ROLLBACK")
            assert ("event_changed", stream, seq) in found, broken
            assert ("column_differs", beside, number) in found, broken
            assert ("database_damaged", "file", None) not in found, broken


def test_a_body_named_in_other_letters_of_json_is_still_named(day: tuple[Path, SignedCheckpoint]) -> None:
    database, _ = day
    with open_copy(database) as db:
        position, stream, seq = db.execute(
            "SELECT position, stream, seq FROM event WHERE data LIKE '%\"digest\"%' AND stream LIKE 'c_%' LIMIT 1"
        ).fetchone()
        db.execute("BEGIN")
        escaped = '"\\u0064igest"'
        db.execute("UPDATE event SET data = replace(data, '\"digest\"', ?) WHERE position = ?", (escaped, position))
        found = named(verify_open(db))
        db.execute("ROLLBACK")
    assert found == {("event_changed", stream, seq)}, "its bodies are still the ones it names"


def test_the_command_prints_what_is_wrong_and_says_so_by_its_exit_code(
    day: tuple[Path, SignedCheckpoint], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database, outside = day
    note = tmp_path / "checkpoint.txt"
    note.write_text(outside.note, encoding="utf-8")
    assert main(["verify-audit", str(database), "--checkpoint", str(note)]) == 0
    assert "The log holds." in capsys.readouterr().out
    copy = Path(shutil.copy(database, tmp_path / "copy.sqlite3"))
    with sqlite3.connect(copy) as db:
        db.execute("UPDATE event SET data = data || ' ' WHERE stream = 'core' AND seq = 2")
    db.close()
    before = copy.read_bytes()
    assert main(["verify-audit", str(copy), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["holds"] is False
    assert {"event_changed"} <= {each["code"] for each in told["findings"]}
    assert copy.read_bytes() == before, "it only reads"
    assert main(["verify-audit", str(note)]) == 1
    assert main(["verify-audit", str(tmp_path / "nothing")]) == 1
    assert main(["verify-audit", str(copy), "--checkpoint", str(database)]) == 1
    assert "no such file" in capsys.readouterr().err


def test_no_kind_of_value_in_any_column_ends_the_verification(day: tuple[Path, SignedCheckpoint]) -> None:
    database, _ = day
    with open_copy(database) as db:
        for table in KEYS:
            for column in columns_of(db, table):
                for value in (b"x", "\u00e9", -5, 1.5):
                    db.execute("BEGIN")
                    with suppress(sqlite3.IntegrityError):
                        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = 2", (value,))  # noqa: S608 - our own names
                        verify_open(db)
                    db.execute("ROLLBACK")
