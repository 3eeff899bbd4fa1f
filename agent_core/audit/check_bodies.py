"""Every body against what names it: the log, or a model call's manifest that the log names.

A body that was erased on purpose has neither salt nor bytes; its digest in the log proves nothing about it any more, and
everything else about it still does. Bodies are read one at a time.
"""

import json
import sqlite3
from collections import Counter
from typing import Any, Final

from agent_core.audit.check_events import Read, references
from agent_core.audit.copies import Scratch, merged
from agent_core.audit.report import Report
from agent_core.contract.bodies import SALT_BYTES, salted_digest

_BODIES: Final = (
    "SELECT id, stream, brand, kind, digest, salt, data, created_at, erased_at FROM body ORDER BY CAST(id AS BLOB)"
)
_MANIFEST: Final = "SELECT salt, data FROM body WHERE id = ? AND digest = ?"


def check_bodies(connection: sqlite3.Connection, report: Report, scratch: Scratch, read: Read) -> None:
    """Reads and checks every body; everything that is named must be there, and nothing else."""
    unknown = _follow_manifests(connection, scratch)
    gone: Counter[tuple[str, str]] = Counter()
    for row, named in merged(connection.execute(_BODIES), scratch.named()):
        if row is None:
            assert named is not None
            report.wrong("body_missing", named[4], named[5], f"body {named[0]}")
            continue
        report.bodies += 1
        if named is not None:
            _compare(report, read, row, named)
        elif row[6] is not None or row[1] not in unknown:
            report.wrong("body_inserted", "body", None, row[0])
        if row[5] is None and row[6] is None:
            report.erased += 1
            _gone(report, read, row, gone)
    for (stream, at), erased in read.erasures.items():
        if gone[stream, at] != erased.bodies:
            report.wrong("body_vanished", stream, None, f"{gone[stream, at]} erased at {at}, {erased.bodies} on record")


def _follow_manifests(connection: sqlite3.Connection, scratch: Scratch) -> set[str]:
    """Names what manifests name; answers the streams of manifests that were erased, so that nobody knows what they named."""
    unknown: set[str] = set()
    for id_, digest, stream, seq, at in scratch.manifests():
        row = connection.execute(_MANIFEST, (id_, digest)).fetchone()
        if row is None:
            continue
        salt, data = row
        if salt is None or data is None:
            unknown.add(stream)
            continue
        try:
            value = json.loads(data)
        except (ValueError, TypeError, RecursionError):
            continue  # changed: said of its own row
        for each in references(value):
            scratch.name(str(each["id"]), str(each["digest"]), str(each["kind"]), each["size"], stream, seq, at)
    return unknown


def _gone(report: Report, read: Read, row: tuple[Any, ...], gone: Counter[tuple[str, str]]) -> None:
    """Whether the log says that this body was erased, then."""
    id_, stream, _, kind, _, _, _, _, erased_at = row
    erased = read.erasures.get((stream, erased_at))
    if erased is None or kind not in erased.kinds:
        report.wrong("body_vanished", stream, None, f"body {id_}")
    else:
        gone[stream, erased_at] += 1


def _compare(report: Report, read: Read, row: tuple[Any, ...], named: tuple[Any, ...]) -> None:
    id_, stream, brand, kind, digest, salt, data, created_at, erased_at = row
    _, wanted, wanted_kind, size, of, seq, at = named
    where = f"body {id_}"
    tail = read.tails.get(of)
    expected = (wanted, wanted_kind, of, None if tail is None else tail.brand, at)
    for name, found, right in zip(
        ("digest", "kind", "stream", "brand", "created_at"), (digest, kind, stream, brand, created_at), expected, strict=True
    ):
        if found != right:
            report.wrong("body_column", of, seq, f"{where} {name}")
    if salt is None and data is None:
        return  # `_gone` asks the log about it
    if erased_at is not None:
        report.wrong("body_column", of, seq, f"{where} erased_at")
    if (
        not isinstance(salt, bytes)
        or not isinstance(data, bytes)
        or len(salt) != SALT_BYTES
        or len(data) != size
        or salted_digest(salt, data) != wanted
    ):
        report.wrong("body_changed", of, seq, where)
