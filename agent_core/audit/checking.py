"""Checks an exported conversation, offline: without database, network or this core, from the file alone (R-N5).

What is proven: the events are one unbroken chain, and every one stands in the log that the core signed for; so do those of
the keys' own log. The bodies are what the events name, and what is missing was erased, not withheld. Every signature is by a
key that leads back to the anchor, and every action above what the agent may do alone had its signatures
(`checking_actions`). The transcript is what the rest says.

What is not: that the anchor and the checkpoint's key are the ones you know; compare them, or give `anchor` and `witness`.
And that policy said yes: its text is not in the file, its digest is. Every byte may come from an enemy: a file is never a
reason to raise, and nothing is believed before it was checked. This module must never import a store, an engine or a
service.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent_core.audit.checking_actions import Checked, check_signed
from agent_core.audit.exported import Export, ExportedBody, ExportedEvent, named_bodies, read_export
from agent_core.audit.findings import Finding
from agent_core.audit.notes import is_signed_by
from agent_core.audit.transcripts import transcript
from agent_core.contract.bodies import BodyRef, salted_digest
from agent_core.contract.canonical import canonical, parse_strict
from agent_core.contract.checkpoints import CheckpointKey, SignedCheckpoint, origin_of, read_checkpoint
from agent_core.contract.clock import iso
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import (
    ACTOR,
    EVENT,
    BodiesErased,
    CheckpointKeySet,
    ConversationExported,
    ConversationOpened,
    Recorded,
)  # fmt: skip
from agent_core.contract.ids import CORE_STREAM, BodyId, KeyFingerprint, StreamId
from agent_core.contract.merkle import leaf_hash, verify_consistency, verify_inclusion
from agent_core.contract.versions import LOG_VERSION

_GENESIS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Report:
    """What came of checking a file.

    Attributes:
        findings: Everything that is wrong; none: everything that can be checked holds.
        export: What was checked; none when the file is no export at all.
        executed: Actions above autonomous authority whose signatures were checked.
        signatures: Signed statements that hold.
    """

    findings: tuple[Finding, ...]
    export: Export | None = None
    executed: int = 0
    signatures: int = 0


def check_file(data: bytes, *, anchor: KeyFingerprint | None = None, witness: str | None = None) -> Report:
    """Checks a file.

    Args:
        data: Its bytes.
        anchor: The fingerprint of the first key, as you know it.
        witness: A signed checkpoint of this core that you kept.
    """
    try:
        export = read_export(data)
    except CountersignError as error:
        return Report((Finding(error.code, "file", error.message, error.detail),))
    except RecursionError:
        return Report((Finding("not_an_export", "file", "This is nested too deeply."),))
    return check_export(export, anchor=anchor, witness=witness)


def check_export(export: Export, *, anchor: KeyFingerprint | None = None, witness: str | None = None) -> Report:
    """Checks an export whose form holds."""
    findings: list[Finding] = []
    signed, told = _checkpoint(export, witness)
    findings += told
    records, broken = _chain(export.conversation, export.brand, export.events)
    core, core_broken = _chain(CORE_STREAM, None, export.core_events)
    findings += (*broken, *core_broken)
    if signed is not None:
        for name, events in (("events", export.events), ("core_events", export.core_events)):
            findings += _included(name, events, signed)
    if len(records) != len(export.events) or len(core) != len(export.core_events):
        return Report(tuple(findings), export)  # what cannot be read cannot be judged
    findings += _ends(export, records, core)
    texts, lacking = _bodies(export.bodies, records)
    findings += lacking
    envelopes, core_lacking = _bodies(export.core_bodies, core, only="envelope")
    findings += core_lacking
    findings += _key_of_the_log(export, core)
    if anchor is not None and export.trust.anchor != anchor:
        findings.append(Finding("other_anchor", "trust", "Trust starts at another key than the one you named."))
    case = Checked(export, records, tuple(event.index for event in export.events), core, texts, envelopes)
    actions = check_signed(case)
    findings += actions.findings
    made = transcript(export.core, export.brand, export.conversation, records, texts)
    if made != export.transcript:
        findings.append(Finding("other_transcript", "transcript", "The transcript is not what the events say."))
    return Report(tuple(findings), export, actions.executed, actions.signatures)


def _checkpoint(export: Export, witness: str | None) -> tuple[SignedCheckpoint | None, list[Finding]]:
    """The file's checkpoint, if it is signed by the file's key under this core's name; and what a witness says."""
    try:
        key, signed = CheckpointKey.read(export.checkpoint_key), read_checkpoint(export.checkpoint)
    except CountersignError as error:
        return None, [Finding(error.code, "checkpoint", error.message)]
    found: list[Finding] = []
    if signed.note != export.checkpoint or key.text != export.checkpoint_key:
        found.append(Finding("bad_checkpoint", "checkpoint", "The checkpoint is not in its one spelling."))
    if not is_signed_by(signed, key):
        return None, [*found, Finding("bad_signature", "checkpoint", "The checkpoint is not signed by the file's key.")]
    if signed.checkpoint.origin != origin_of(export.core):
        found.append(Finding("other_core", "checkpoint", "The checkpoint is another core's."))
    found += _consistent(export, signed)
    return signed, [*found, *(() if witness is None else _witnessed(export, signed, key, witness))]


def _consistent(export: Export, signed: SignedCheckpoint) -> list[Finding]:
    told = export.consistency
    if told is None:
        return []
    checkpoint = signed.checkpoint
    proof = [bytes.fromhex(each) for each in told.proof]
    if verify_consistency(told.size, bytes.fromhex(told.root), checkpoint.size, checkpoint.root, proof):
        return []
    return [Finding("not_consistent", "consistency", "The log does not begin with the older one that the file names.")]


def _witnessed(export: Export, signed: SignedCheckpoint, key: CheckpointKey, witness: str) -> list[Finding]:
    """Whether the file's log begins with the one of a checkpoint that somebody kept."""
    try:
        kept = read_checkpoint(witness)
    except CountersignError as error:
        return [Finding(error.code, "witness", error.message)]
    if not is_signed_by(kept, key):
        words = "The checkpoint you kept is signed by another key than the file's."
        return [Finding("other_checkpoint_key", "witness", words)]
    size, root = kept.checkpoint.size, kept.checkpoint.root
    if size == signed.checkpoint.size:
        same = root == signed.checkpoint.root
        return [] if same else [Finding("other_history", "witness", "The log is not the one your checkpoint was about.")]
    told = export.consistency
    if told is None or told.size != size:
        words = f"The file does not say how its log begins: export it again with --against {size}."
        return [Finding("not_comparable", "witness", words)]
    if told.root != root.hex():
        return [Finding("other_history", "witness", "The log does not begin with the one your checkpoint was about.")]
    return []


def _chain(stream: str, brand: str | None, events: Sequence[ExportedEvent]) -> tuple[tuple[Recorded, ...], list[Finding]]:
    """The records of a stream, as far as they can be read, and where its chain does not hold."""
    where = "core_events" if stream == CORE_STREAM else "events"
    found: list[Finding] = []
    records: list[Recorded] = []
    prev, index, epoch = _GENESIS, -1, 0
    for number, event in enumerate(events, 1):
        place = f"{where} {number}"
        if event.seq != number or event.prev != prev:
            found.append(Finding("chain_broken", place, "An event is missing, added or in another place."))
        if event.index <= index:
            found.append(Finding("out_of_order", place, "An event stands in the whole log before the one before it."))
        if event.epoch < epoch:
            found.append(Finding("out_of_order", place, "The epoch goes backwards."))
        prev, index, epoch = event.hash, event.index, event.epoch
        record = _record(StreamId(stream), brand, event)
        if isinstance(record, Finding):
            found.append(Finding(record.code, place, record.sentence, record.detail))
        else:
            records.append(record)
    return tuple(records), found


def _record(stream: StreamId, brand: str | None, event: ExportedEvent) -> Recorded | Finding:
    """One event, if it hashes to what it says and can be read."""
    if event.version > LOG_VERSION:
        return Finding("newer_version", "", "A newer version of Countersign wrote this event: check it with that one.")
    try:
        at = datetime.fromisoformat(event.at)
        whole = canonical({
            "actor": parse_strict(event.actor.encode()), "at": event.at, "brand": brand, "epoch": event.epoch,
            "event": parse_strict(event.event.encode()), "seq": event.seq, "stream": stream, "version": event.version,
        })  # fmt: skip
        if at.tzinfo is None or iso(at) != event.at:
            return Finding("unreadable", "", "An event's time is misspelt.")
        if hashlib.sha256(bytes.fromhex(event.prev) + whole).hexdigest() != event.hash:
            return Finding("other_hash", "", "An event is not the one that was hashed.")
        return Recorded.model_validate({
            "stream": stream, "brand": brand, "seq": event.seq, "epoch": event.epoch, "at": at,
            "actor": ACTOR.validate_json(event.actor), "event": EVENT.validate_json(event.event), "prev": event.prev,
            "hash": event.hash, "position": event.index,
        })  # fmt: skip
    except (CountersignError, ValueError, OverflowError, RecursionError) as error:
        return Finding("unreadable", "", "An event cannot be read.", type(error).__name__)


def _included(name: str, events: Sequence[ExportedEvent], signed: SignedCheckpoint) -> Iterator[Finding]:
    """Events that do not stand in the log that was signed for."""
    checkpoint = signed.checkpoint
    for number, event in enumerate(events, 1):
        proof = [bytes.fromhex(each) for each in event.proof]
        leaf = leaf_hash(bytes.fromhex(event.hash))
        if not verify_inclusion(leaf, event.index, checkpoint.size, proof, checkpoint.root):
            words = "It is not proven that this event stands in the log that was signed for."
            yield Finding("not_included", f"{name} {number}", words)


def _ends(export: Export, records: Sequence[Recorded], core: Sequence[Recorded]) -> list[Finding]:
    """Whether both logs begin and end where the export was made."""
    found: list[Finding] = []
    first, last = records[0].event, records[-1]
    if not isinstance(first, ConversationOpened) or first.brand != export.brand:
        found.append(Finding("no_beginning", "events 1", "The conversation does not begin with its opening."))
    told = last.event
    if not isinstance(told, ConversationExported):
        words = "The file does not end with the record of its own export: the end of it may be missing."
        return [*found, Finding("no_end", f"events {last.seq}", words)]
    if (told.through, told.head) != (last.seq - 1, last.prev):
        found.append(Finding("other_end", f"events {last.seq}", "The export was made of another log than this one."))
    if (told.core_through, told.core_head) != ((core[-1].seq, core[-1].hash) if core else (0, _GENESIS)):
        words = "The keys' log ends elsewhere than where it stood when the export was made."
        found.append(Finding("other_end", "core_events", words))
    return found


def _bodies(
    bodies: Sequence[ExportedBody], records: Sequence[Recorded], only: str | None = None
) -> tuple[Mapping[BodyId, str], list[Finding]]:
    """The texts that are what the events name; and what is missing, added, changed or withheld."""
    named: dict[BodyId, tuple[BodyRef, int]] = {}
    for record in records:
        for ref in named_bodies(record.event):
            if only in (None, ref.kind):
                named.setdefault(ref.id, (ref, record.seq))
    found: list[Finding] = []
    texts: dict[BodyId, str] = {}
    names = [body.id for body in bodies]
    if names != sorted(set(names)):
        found.append(Finding("out_of_order", "bodies", "Bodies are not in the order of their ids, each once."))
    found += [Finding("missing", f"body {name}", "A body that an event names is not there.") for name in {*named} - {*names}]
    for body in bodies:
        known, place = named.get(body.id), f"body {body.id}"
        if known is None:
            found.append(Finding("added", place, "No event names this body."))
        elif known[0] != body.ref:
            found.append(Finding("other_body", place, "This body is not the one that the event names."))
        elif body.text is None or body.salt is None:
            if body.text is not None or body.salt is not None or not _was_erased(body, known[1], records):
                found.append(Finding("withheld", place, "This body is left out, and no event says that it was erased."))
        else:
            data = body.text.encode("utf-8", "surrogatepass")
            if len(data) != body.size or salted_digest(bytes.fromhex(body.salt), data) != body.digest:
                found.append(Finding("other_body", place, "This body is not what its digest says."))
            else:
                texts[body.id] = body.text
    return texts, found


def _was_erased(body: ExportedBody, since: int, records: Sequence[Recorded]) -> bool:
    return any(
        isinstance(record.event, BodiesErased) and record.seq > since and body.kind in record.event.kinds
        for record in records
    )


def _key_of_the_log(export: Export, core: Sequence[Recorded]) -> list[Finding]:
    """Whether the core's own log names the key that the checkpoint is signed with, where it names one."""
    keys = [record.event.key for record in core if isinstance(record.event, CheckpointKeySet)]
    if not keys or keys[-1] == export.checkpoint_key:
        return []
    return [Finding("other_checkpoint_key", "checkpoint", "The core's log names another key for its checkpoints.")]
