"""Makes the file of one conversation from the log (R-N5). That it left the house is on record before it does.

The event that says so is the last one in the file, and a checkpoint is signed over it. It must never change anything else,
and never leave anything out: what is erased goes along as its digest.
"""

from collections.abc import Iterable

from agent_core.audit import tiles
from agent_core.audit.exported import Consistency, Export, ExportedBody, ExportedEvent, Trust, named_bodies
from agent_core.audit.merkle import consistency_proof, inclusion_proof, root_at
from agent_core.audit.sequencer import Sequencer
from agent_core.audit.transcripts import transcript
from agent_core.authority.keys import KeyRing
from agent_core.contract.actors import Actor
from agent_core.contract.bodies import BodyRef
from agent_core.contract.errors import Invalid, NotFound, Unavailable
from agent_core.contract.events import ConversationExported, ConversationOpened, Recorded
from agent_core.contract.ids import CORE_STREAM, BodyId, ConversationId, StreamId
from agent_core.store import Append, Draft, ReadTx, Stale, Store, StreamHead

_TRIES = 10


async def export_conversation(
    store: Store, audit: Sequencer, ring: KeyRing, conversation: ConversationId, by: Actor, against: int | None = None
) -> Export:
    """Puts on record that a conversation leaves the house, and makes its file.

    Args:
        store: The log.
        audit: Signs the checkpoint.
        ring: Where trust starts, and this core's name.
        conversation: Which one; whether somebody may see it was asked before.
        by: Who takes it.
        against: The size of a checkpoint that somebody kept: the file proves that its log begins with that one.

    Raises:
        NotFound: `not_found`.
        Invalid: `no_such_size`.
        Unavailable: `not_checkpointed`: the log is not the one that was signed for, and nobody has said that they know.
    """
    told = await _on_record(store, conversation, by)
    signed = await audit.sign()
    if signed is None or audit.alarm is not None:
        raise Unavailable(
            "not_checkpointed", "The log is not the one this core last signed for. An admin must look at that first."
        )
    size = signed.checkpoint.size

    def read(tx: ReadTx) -> Export:
        connection = tx.connection
        node = tiles.nodes(connection)
        records = [record for record in tx.events(conversation) if record.seq <= told.seq]
        core = [record for record in tx.events(CORE_STREAM) if record.seq <= _core_through(told)]

        def exported(stream: StreamId, wanted: list[Recorded]) -> tuple[ExportedEvent, ...]:
            made: list[ExportedEvent] = []
            for link, record in zip(tx.links(stream), wanted, strict=False):
                index = tiles.index_of(connection, record.position)
                if index is None or index >= size:
                    raise Unavailable("not_checkpointed", "The audit log has not come so far yet. Try again in a moment.")
                proof = tuple(each.hex() for each in inclusion_proof(index, size, node))
                made.append(
                    ExportedEvent(
                        seq=link.seq, epoch=link.epoch, version=link.version, at=link.at, actor=link.actor,
                        event=link.event, prev=link.prev, hash=link.hash, index=index, proof=proof,
                    )
                )  # fmt: skip
            return tuple(made)

        refs = {ref.id: ref for record in records for ref in named_bodies(record.event)}
        envelopes = {ref.id: ref for record in core for ref in named_bodies(record.event) if ref.kind == "envelope"}
        bodies = _bodies(tx, refs.values())
        opened = records[0].event
        if not isinstance(opened, ConversationOpened):
            raise NotFound("not_found", "There is no such thing here.")
        texts = {body.id: body.text for body in bodies if body.text is not None}
        return Export(
            core=ring.core,
            brand=opened.brand,
            conversation=conversation,
            trust=Trust(anchor=ring.anchor, four_eyes=ring.four_eyes, recovered=ring.recovered),
            checkpoint=signed.note,
            checkpoint_key=audit.key.text,
            consistency=None if against is None else _consistency(tx, against, size),
            events=exported(conversation, records),
            bodies=bodies,
            core_events=exported(CORE_STREAM, core),
            core_bodies=_bodies(tx, envelopes.values()),
            transcript=transcript(ring.core, opened.brand, conversation, records, texts),
        )

    return await store.read(read)


async def _on_record(store: Store, conversation: ConversationId, by: Actor) -> Recorded:
    """Appends that it leaves the house, counted on exactly the log that goes along."""
    for _ in range(_TRIES):

        def look(tx: ReadTx) -> tuple[StreamHead | None, StreamHead | None, tuple[Recorded, ...]]:
            return tx.head(conversation), tx.head(CORE_STREAM), tx.events(conversation)

        head, core, records = await store.read(look)
        if head is None or core is None or head.kind != "conversation":
            raise NotFound("not_found", "There is no such thing here.")
        refs = {ref.id: ref for record in records for ref in named_bodies(record.event)}
        standing = await store.bodies(refs.values())
        event = ConversationExported(
            through=head.seq,
            head=head.hash,
            core_through=core.seq,
            core_head=core.hash,
            bodies=len(standing),
            erased=len(refs) - len(standing),
        )

        def unmoved(tx: ReadTx, head: StreamHead = head, core: StreamHead = core) -> None:
            if tx.head(conversation) != head or tx.head(CORE_STREAM) != core:
                raise Stale("epoch", detail=f"{conversation} moved")

        try:
            return (await store.append(Append(conversation, [Draft(event, by)], checks=(unmoved,)))).records[0]
        except Stale:
            continue
    raise Unavailable("too_busy", "Too much happens in this conversation at this moment. Try again.", detail=conversation)


def _core_through(told: Recorded) -> int:
    assert isinstance(told.event, ConversationExported)
    return told.event.core_through


def _bodies(tx: ReadTx, refs: Iterable[BodyRef]) -> tuple[ExportedBody, ...]:
    """Bodies by name in order of their ids; erased ones without text and salt."""
    wanted: dict[BodyId, BodyRef] = {ref.id: ref for ref in refs}
    found = tx.bodies(wanted.values())
    made: list[ExportedBody] = []
    for name in sorted(wanted):
        ref, body = wanted[name], found.get(name)
        salt, text = (None, None) if body is None else (body.salt.hex(), body.text)
        made.append(ExportedBody(id=name, kind=ref.kind, digest=ref.digest, size=ref.size, salt=salt, text=text))
    return tuple(made)


def _consistency(tx: ReadTx, old: int, size: int) -> Consistency:
    if not 0 <= old <= size:
        raise Invalid("no_such_size", "The log does not have so many events.")
    node = tiles.nodes(tx.connection)
    proof = tuple(each.hex() for each in consistency_proof(old, size, node))
    return Consistency(size=old, root=root_at(old, node).hex(), proof=proof)
