"""What stands beside the log and must say the same: streams, heads of runs, keys against doing twice, stops.

Views, wakes and timers are caches and schedules: nobody believes them, and they are built again. Counters and held intents
are not compared here; that is said in every report.
"""

import json
import re
import sqlite3
from typing import Any, Final

from agent_core.audit.check_events import Read
from agent_core.audit.copies import Scratch, merged
from agent_core.audit.report import Report
from agent_core.contract.ids import CORE_STREAM
from agent_core.store.chain import GENESIS
from agent_core.store.schema import HEAD

_STREAMS: Final = "SELECT id, kind, brand, seq, epoch, head_hash, created_at FROM stream"
_RUNS: Final = "SELECT stream, run, seq FROM run_head"
_KEYS: Final = "SELECT key, stream, seq FROM unique_key ORDER BY CAST(key AS BLOB)"
_DERIVED: Final = (":start", ":finish")
"""Keys that events alone take, as `engine.work` spells them: one without its event is a finding."""
_HEX: Final = re.compile(r"[0-9a-f]+", re.ASCII)


def check_indexes(connection: sqlite3.Connection, report: Report, scratch: Scratch, read: Read) -> None:
    """Compares the tables that are kept with the log in the same transaction."""
    _check_meta(connection, report)
    _check_streams(connection, report, read)
    _check_runs(connection, report, read)
    _check_keys(connection, report, scratch, read)
    _check_scopes(connection, report, read)


def core_of(connection: sqlite3.Connection) -> str:
    """The name of the core whose database this says it is."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    return f"core_{row[0] if row else ''}"


def _check_meta(connection: sqlite3.Connection, report: Report) -> None:
    rows = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    for key, length in (("generation", 16), ("secret", 64)):
        value = rows.pop(key, "")
        if len(value) != length or not _HEX.fullmatch(value):
            report.wrong("stream_differs", "meta", None, key)
    if connection.execute("SELECT version_num FROM alembic_version").fetchall() != [(HEAD,)]:
        report.wrong("stream_differs", "alembic_version", None)


def _check_streams(connection: sqlite3.Connection, report: Report, read: Read) -> None:
    left = set(read.tails)
    for id_, kind, brand, seq, epoch, head, created_at in connection.execute(_STREAMS):
        report.streams += 1
        tail = read.tails.get(id_)
        if tail is None:
            if (id_, kind, brand, seq, epoch, head) != (CORE_STREAM, "core", None, 0, 0, GENESIS):
                report.wrong("stream_differs", id_, None, "no events")
            continue
        left.discard(id_)
        expected: dict[str, Any] = {
            "kind": _kind(id_), "brand": tail.brand, "seq": tail.seq, "epoch": tail.epoch, "head_hash": tail.hash,
        }  # fmt: skip
        found = {"kind": kind, "brand": brand, "seq": seq, "epoch": epoch, "head_hash": head}
        if id_ == CORE_STREAM:  # made before its first event
            early = isinstance(created_at, str) and created_at <= str(tail.began)
            found["created_at"], expected["created_at"] = early, True
        else:
            found["created_at"], expected["created_at"] = created_at, tail.began
        for name, right in expected.items():
            if found[name] != right:
                report.wrong("stream_differs", id_, None, name)
    for id_ in left:
        report.wrong("stream_differs", id_, None, "no row")


def _kind(stream: str) -> str:
    if stream == CORE_STREAM:
        return "core"
    return "brand" if stream.startswith("brand:") else "conversation"


def _check_runs(connection: sqlite3.Connection, report: Report, read: Read) -> None:
    count = 0
    for stream, run, seq in connection.execute(_RUNS):
        tail = read.tails.get(stream)
        count += 1
        if tail is None or tail.runs.get(run) != seq:
            report.wrong("run_differs", stream, seq if isinstance(seq, int) else None, run)
            count -= int(tail is None or run not in tail.runs)
    if count != (expected := sum(len(tail.runs) for tail in read.tails.values())):
        report.wrong("run_differs", "run_head", None, f"{expected} runs in the log, {count} rows")


def _check_keys(connection: sqlite3.Connection, report: Report, scratch: Scratch, read: Read) -> None:
    for row, taken in merged(connection.execute(_KEYS), scratch.taken()):
        if row is None:
            assert taken is not None
            report.wrong("key_missing", taken[1], taken[2], taken[0])
            continue
        key, stream, seq = row
        tail = read.tails.get(stream)
        if taken is not None:
            if stream != taken[1] or not isinstance(seq, int) or not 1 <= seq <= taken[2]:
                report.wrong("key_differs", taken[1], taken[2], key)
        elif not isinstance(key, str) or key.endswith(_DERIVED):
            report.wrong("key_inserted", stream, None, key)
        elif not isinstance(seq, int) or seq < 1 or seq > (0 if tail is None else tail.seq) + 1:
            report.wrong("key_differs", stream, None, key)


def _check_scopes(connection: sqlite3.Connection, report: Report, read: Read) -> None:
    paused = dict(read.paused)
    for scope, epoch, stopped in connection.execute("SELECT scope, epoch, paused FROM scope_epoch"):
        if stopped not in (0, 1) or bool(stopped) != paused.pop(scope, False) or not isinstance(epoch, int) or epoch < 0:
            report.wrong("scope_differs", scope)
    for scope in paused:
        report.wrong("scope_differs", scope, None, "no row")


def said_core(data: str) -> dict[str, Any]:
    """An event of the core's stream as JSON; empty when it is none."""
    try:
        value: Any = json.loads(data)
    except (ValueError, TypeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] - any JSON object
