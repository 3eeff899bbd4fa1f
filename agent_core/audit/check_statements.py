"""Every statement in the log against its signature, its key and the event that carries it.

Keys are proven to the anchor as the core itself proves them (`authority.keys`). Times are not judged again: whether a
statement counted when it came was decided then, and stands in the log. It must never believe a row about a key.
"""

import sqlite3
from datetime import datetime
from typing import Any, Final

from agent_core.audit.check_events import Read
from agent_core.audit.check_indexes import said_core
from agent_core.audit.report import Report
from agent_core.authority.errors import CheckFailed
from agent_core.authority.keys import KeyRing
from agent_core.authority.verify import open_envelope, read_envelope
from agent_core.contract.checkpoints import CheckpointKey
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import ACTOR, AnchorRecovered, Recorded
from agent_core.contract.ids import CORE_STREAM, BodyId, KeyFingerprint
from agent_core.contract.statements import Statement, fingerprint, statement_json, strict_base64
from agent_core.store.upcast import parse_event

Witnessed = tuple[int, str, str, int]
"""A checkpoint that a signed statement names: size, root, and where the statement stands."""

_BODY: Final = "SELECT data FROM body WHERE id = ?"
_SAME: Final = (
    "proposal", "ask", "decision", "nonce", "role", "brands", "limit", "public_key", "simulated", "level", "was", "declared",
)  # fmt: skip
"""Fields that, where event and statement both have them, say the same."""


def anchor_in(read: Read) -> KeyFingerprint | None:
    """The anchor that the log itself names: good for comparing, no proof."""
    found: KeyFingerprint | None = None
    for row in read.core:
        said = said_core(row[5])
        if said.get("type") in ("anchor_set", "anchor_recovered") and isinstance(said.get("key"), str):
            found = KeyFingerprint(str(said["key"]))
    return found


def checkpoint_keys_in(read: Read) -> tuple[CheckpointKey, ...]:
    """The keys of checkpoints that the log itself names, in order."""
    found: list[CheckpointKey] = []
    for row in read.core:
        said = said_core(row[5])
        if said.get("type") == "checkpoint_key_set":
            try:
                found.append(CheckpointKey.read(str(said.get("key"))))
            except CountersignError:
                continue
    return tuple(found)


def acknowledged_in(read: Read) -> frozenset[str]:
    """Digests of checkpoints that were lost, by alarms that an admin acknowledged (their signatures: elsewhere)."""
    raised = {
        said["alarm"]: said for said in map(said_core, (row[5] for row in read.core)) if _is(said, "audit_alarm_raised")
    }
    over = [said["alarm"] for said in map(said_core, (row[5] for row in read.core)) if _is(said, "audit_acknowledged")]
    return frozenset(str(raised[alarm]["expected"]) for alarm in over if alarm in raised and raised[alarm].get("expected"))


def _is(said: dict[str, Any], kind: str) -> bool:
    return said.get("type") == kind and isinstance(said.get("alarm"), str)


def check_statements(
    connection: sqlite3.Connection, report: Report, read: Read, *, anchor: KeyFingerprint | None, core: str
) -> list[Witnessed]:
    """Checks every signature, and that every key's right is proven up to the anchor.

    Returns:
        What signers had verified of the whole log: `(size, root, stream, seq)`; whoever writes a history anew cannot sign
        these anew.
    """
    witnessed: list[Witnessed] = []
    texts: dict[BodyId, str] = {}
    for _, _, _, event in read.signed:
        _text(connection, event, texts)
    ring = _ring(report, read, texts, anchor, core)
    offered = _offered(read)
    for stream, seq, _, event in read.signed:
        report.statements += 1
        text = texts.get(BodyId(_id(event)))
        if text is None:
            continue  # erased, or missing: said of the body itself
        fault = _fault(text, event, ring, offered, core)
        if fault is None and stream != CORE_STREAM and event.get("type") == "countersigned":
            fault = _other_conversation(text, stream)
        if fault is not None:
            report.wrong("statement_bad", stream, seq, fault)
        else:
            witnessed.extend(_witnessed(text, stream, seq))
    return witnessed


def _witnessed(text: str, stream: str, seq: int) -> list[Witnessed]:
    signed = said_core(read_envelope(text).payload_bytes().decode("utf-8", "replace"))
    seen: Any = signed.get("checkpoint")
    return [(int(seen["size"]), str(seen["root_hash"]), stream, seq)] if isinstance(seen, dict) else []


def _ring(report: Report, read: Read, texts: dict[BodyId, str], anchor: KeyFingerprint | None, core: str) -> KeyRing:
    records: list[Recorded] = []
    for seq, epoch, version, at, actor, data, prev, hash_, position in read.core:
        try:
            records.append(
                Recorded(
                    stream=CORE_STREAM,
                    brand=None,
                    seq=seq,
                    epoch=epoch,
                    at=datetime.fromisoformat(at),
                    actor=ACTOR.validate_json(actor),
                    event=parse_event(data, version),
                    prev=prev,
                    hash=hash_,
                    position=position,
                )
            )
        except (ValueError, TypeError, CountersignError):
            report.wrong("event_unreadable", CORE_STREAM, seq)
    moves = [record.event for record in records if isinstance(record.event, AnchorRecovered) and record.event.key == anchor]
    ring = KeyRing.fold(records, anchor, texts, core=core, recovered=moves[-1].statements[0] if moves else None)
    for ignored in ring.ignored:
        report.wrong("statement_unproven", CORE_STREAM, ignored.seq, ignored.code)
    return ring


def _offered(read: Read) -> dict[str, bytes]:
    """Public keys that stand in the core's log, by their fingerprint: an enrolment may be signed by the key it enrols."""
    found: dict[str, bytes] = {}
    for row in read.core:
        for text in _public_keys(said_core(row[5])):
            try:
                raw = strict_base64(text)
            except CountersignError:
                continue
            found[fingerprint(raw)] = raw
    return found


def _public_keys(value: Any) -> list[str]:
    found: list[str] = []
    queue: list[Any] = [value]
    for item in queue:
        if isinstance(item, dict):
            for name, each in item.items():  # pyright: ignore[reportUnknownVariableType] - any JSON object
                if name == "public_key" and isinstance(each, str):
                    found.append(each)
                else:
                    queue.append(each)
        elif isinstance(item, list):
            queue.extend(item)  # pyright: ignore[reportUnknownArgumentType] - any JSON list
    return found


def _id(event: dict[str, Any]) -> str:
    envelope = event.get("envelope")
    return str(envelope.get("id")) if isinstance(envelope, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - any JSON object


def _text(connection: sqlite3.Connection, event: dict[str, Any], texts: dict[BodyId, str]) -> None:
    name = _id(event)
    row = connection.execute(_BODY, (name,)).fetchone()
    if row is not None and isinstance(row[0], bytes):
        texts[BodyId(name)] = row[0].decode("utf-8", "replace")


def _fault(text: str, event: dict[str, Any], ring: KeyRing, offered: dict[str, bytes], core: str) -> str | None:
    try:
        envelope = read_envelope(text)
        if len(envelope.signatures) != 1:
            return "not_one_signature"
        name = envelope.signatures[0].keyid
        key = ring.get(name)
        public = offered.get(name) if key is None else key.public
        if public is None:
            return "unknown_key"
        opened = open_envelope(envelope, public, name)
    except CheckFailed as failed:
        return failed.code
    if opened.digest != event.get("statement"):
        return "another statement"
    if opened.statement.core != core:
        return "another core"
    return _difference(opened.statement, event)


def _difference(statement: Statement, event: dict[str, Any]) -> str | None:
    signed = statement_json(statement)
    if event.get("type") == "proposal_edited":  # what was signed is the one that took the other's place
        event = {**event, "proposal": event.get("successor"), "ask": signed.get("ask")}
    for name in _SAME:
        if name in signed and name in event and signed[name] != event[name]:
            return name
    if event.get("type") == "countersigned" and signed["signed_by"]["operator"] != event.get("operator"):
        return "operator"
    return None


def _other_conversation(text: str, stream: str) -> str | None:
    signed = said_core(read_envelope(text).payload_bytes().decode("utf-8", "replace"))
    return None if signed.get("conversation") == stream else "another conversation"
