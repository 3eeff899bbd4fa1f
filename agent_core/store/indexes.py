"""What is kept true beside the log in the same transaction: unique keys, intents, scopes, counters.

Each exists because two conversations could otherwise both believe they were first. Nothing here reads an event back.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.events import ProposalSettled, Proposed
from agent_core.contract.ids import BrandId, StreamId
from agent_core.store.errors import DuplicateIntent, IntentState, Taken
from agent_core.store.tables import intent

_TAKE = sa.text("INSERT INTO unique_key (key, stream, seq) VALUES (:key, :stream, :seq) ON CONFLICT (key) DO NOTHING")
_TAKEN = sa.text("SELECT stream, seq FROM unique_key WHERE key = :key")
_SCOPE_ROW = sa.text("INSERT INTO scope_epoch (scope, epoch, paused) VALUES (:scope, 0, :no) ON CONFLICT (scope) DO NOTHING")
_SCOPE_MOVES = sa.text(
    "INSERT INTO scope_epoch (scope, epoch, paused) VALUES (:scope, 1, :no) "
    "ON CONFLICT (scope) DO UPDATE SET epoch = scope_epoch.epoch + 1"
)
_SCOPE_PAUSES = sa.text("UPDATE scope_epoch SET paused = :paused WHERE scope = :scope")
_ADD = sa.text(
    "INSERT INTO tally (key, amount) VALUES (:key, :amount) "
    "ON CONFLICT (key) DO UPDATE SET amount = tally.amount + excluded.amount"
)
_HOLDERS = (
    sa.select(intent.c.conversation, intent.c.holder, intent.c.state)
    .where(intent.c.intent_key == sa.bindparam("wanted"))
    .order_by(intent.c.state.desc())
    .with_for_update()
)
_HELD_BY = (
    sa.select(intent.c.intent_key, intent.c.state)
    .where(intent.c.conversation == sa.bindparam("by"), intent.c.holder == sa.bindparam("whom"))
    .with_for_update()
)
_CLAIM = sa.insert(intent)
_SETTLE = (
    sa.update(intent)
    .where(intent.c.conversation == sa.bindparam("by"), intent.c.holder == sa.bindparam("whom"))
    .where(intent.c.state != "executed")
)
_FREE = (
    sa.delete(intent)
    .where(intent.c.conversation == sa.bindparam("by"), intent.c.holder == sa.bindparam("whom"))
    .where(intent.c.state != "executed")
)


def take_keys(connection: Connection, stream: StreamId, seq: int, keys: Sequence[str]) -> None:
    """Takes unique keys.

    Raises:
        Taken: One is used already.
    """
    for key in keys:
        if connection.execute(_TAKE, {"key": key, "stream": stream, "seq": seq}).rowcount == 0:
            where, at = connection.execute(_TAKEN, {"key": key}).one()
            raise Taken(key, str(where), int(at))


def know_scope(connection: Connection, scope: str) -> None:
    """Makes sure the scope has a row, so that a fence can lock it."""
    connection.execute(_SCOPE_ROW, {"scope": scope, "no": False})


def move_scopes(connection: Connection, moved: Sequence[str], paused: Mapping[str, bool]) -> tuple[str, ...]:
    """Bumps the epoch of scopes, and stops or starts them.

    Returns:
        Every scope that moved, each once.
    """
    scopes = tuple(dict.fromkeys((*moved, *paused)))
    for scope in scopes:
        connection.execute(_SCOPE_MOVES, {"scope": scope, "no": False})
        if scope in paused:
            connection.execute(_SCOPE_PAUSES, {"scope": scope, "paused": paused[scope]})
    return scopes


def add_tallies(connection: Connection, tallies: Mapping[str, int]) -> None:
    """Adds to counters."""
    if tallies:
        connection.execute(_ADD, [{"key": key, "amount": amount} for key, amount in tallies.items()])


def propose(connection: Connection, conversation: StreamId, brand: BrandId, event: Proposed, repeats: Sequence[str]) -> None:
    """Takes the intent of a proposal; one that supersedes an open proposal takes its place.

    Raises:
        DuplicateIntent: An equal intent is held, or the superseded proposal may have happened.
    """
    proposal = event.proposal
    if proposal.supersedes is not None:
        for intent_key, state in connection.execute(_HELD_BY, {"by": conversation, "whom": proposal.supersedes}).all():
            if state != "open":
                raise DuplicateIntent(str(intent_key), proposal.supersedes, conversation, _state(state))
        connection.execute(_FREE, {"by": conversation, "whom": proposal.supersedes})
    claim_intent(connection, conversation, brand, proposal.intent_key, proposal.resource, proposal.id, repeats)


def claim_intent(
    connection: Connection,
    conversation: StreamId,
    brand: BrandId,
    intent_key: str,
    resource: str,
    holder: str,
    repeats: Sequence[str],
) -> None:
    """Takes an intent for a holder; taking it twice for the same holder is harmless.

    Raises:
        DuplicateIntent: Somebody else holds it, or it was executed and is not to be repeated.
    """
    for by, whom, state in connection.execute(_HOLDERS, {"wanted": intent_key}).all():
        if (by, whom) == (conversation, holder) and state == "open":
            return
        if state != "executed" or intent_key not in repeats or (by, whom) == (conversation, holder):
            raise DuplicateIntent(intent_key, str(whom), str(by), _state(state))
    row = {"intent_key": intent_key, "conversation": conversation, "holder": holder, "brand": brand, "resource": resource}
    connection.execute(_CLAIM, {**row, "state": "open"})


def settle(connection: Connection, conversation: StreamId, event: ProposalSettled) -> None:
    """A proposal ended. One of unknown outcome keeps its intent: it may have happened."""
    end_intent(connection, conversation, event.proposal, event.outcome)


def end_intent(connection: Connection, conversation: StreamId, holder: str, outcome: str) -> None:
    """`executed` and `unknown` keep the intent, everything else frees it; what was executed stays executed."""
    if outcome in {"executed", "unknown"}:
        connection.execute(_SETTLE.values(state=outcome), {"by": conversation, "whom": holder})
    else:
        connection.execute(_FREE, {"by": conversation, "whom": holder})


def _state(value: str) -> IntentState:
    match value:
        case "open" | "unknown" | "executed":
            return value
        case _:
            raise AssertionError(value)
