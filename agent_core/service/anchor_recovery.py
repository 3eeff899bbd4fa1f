"""Moves the anchor of a stopped core, as enough recovery keys have signed (R-C7, DESIGN §4 *Where trust starts*).

First the file outside the database, then the log; a core whose log does not know of the move yet writes it down when it
starts, because the file holds the very statements. Afterwards nobody is enrolled: the key that was named enrols itself, like
the first one did, and invites the others. It must never run beside a core.
"""

from collections.abc import Sequence

from agent_core.authority.recovery import Move, check_move
from agent_core.contract.actors import Actor, System
from agent_core.contract.bodies import new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.clock import Clock
from agent_core.contract.events import AnchorRecovered, AnchorSet
from agent_core.contract.ids import CORE_STREAM
from agent_core.contract.operator_statements import ReanchorStatement
from agent_core.contract.statements import Envelope, read_statement, statement_digest
from agent_core.service.anchor_file import AnchorFile
from agent_core.store import GLOBAL_SCOPE, Append, Draft, Store


async def recover(store: Store, anchors: AnchorFile, core: str, envelopes: Sequence[Envelope], clock: Clock) -> Move:
    """Moves the anchor.

    Raises:
        CountersignError: As `authority.recovery.check_move`; nothing was changed.
        Unusable: `anchor_not_writable`.
    """
    pinned = anchors.pinned(core)
    move = check_move(envelopes, pinned=pinned.recovery, anchor=pinned.anchor, core=core, now=clock())
    anchors.move(core, move, tuple(envelopes))
    await note_move(store, anchors, core)
    return move


async def note_move(store: Store, anchors: AnchorFile, core: str) -> None:
    """Writes the newest move of the anchor into the log, unless it stands there."""
    pinned = anchors.pinned(core)
    if pinned.moved is None or pinned.anchor is None:
        return
    records = await store.records(CORE_STREAM)
    noted = any(isinstance(r.event, AnchorRecovered) and pinned.moved in r.event.statements for r in records)
    if noted:
        return
    previous = next((r.event.key for r in reversed(records) if isinstance(r.event, AnchorSet | AnchorRecovered)), None)
    last: list[Envelope] = []
    for envelope in pinned.moves:
        statement = read_statement(envelope.payload_bytes())
        if isinstance(statement, ReanchorStatement) and (statement.anchor, statement.previous) == (pinned.anchor, previous):
            last.append(envelope)
    if previous is None or not last:
        return  # the log belongs to another anchor: `check_anchor` says so
    kept = [new_body("envelope", canonical(each.model_dump(mode="json")).decode()) for each in last]
    event = AnchorRecovered(
        key=pinned.anchor,
        previous=previous,
        statements=tuple(statement_digest(each.payload_bytes()) for each in last),
        envelopes=tuple(body.ref for body in kept),
    )
    actor: Actor = System(part="recovery")
    await store.append(Append(CORE_STREAM, [Draft(event, actor)], bodies=kept, moves_scope=(GLOBAL_SCOPE,)))
