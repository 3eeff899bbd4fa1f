"""What is kept true beside the log in the same transaction: unique keys, intents, scopes, counters.

Each exists because two conversations could otherwise both believe they were first. Nothing here reads an event back.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.events import ProposalSettled, Proposed
from agent_core.contract.ids import BrandId, StreamId
from agent_core.store.errors import DuplicateIntent, IntentState, Taken
from agent_core.store.scopes import scope_around
from agent_core.store.statements import Statement
from agent_core.store.tables import intent

_EXECUTED: sa.ColumnElement[str] = sa.literal_column("'executed'")

_TAKE = Statement("INSERT INTO unique_key (key, stream, seq) VALUES (:key, :stream, :seq) ON CONFLICT (key) DO NOTHING")
_TAKEN = Statement("SELECT stream, seq FROM unique_key WHERE key = :key")
_SCOPE_ROW = Statement(
    "INSERT INTO scope_epoch (scope, epoch, paused) VALUES (:scope, 0, :no) ON CONFLICT (scope) DO NOTHING"
)
_SCOPE_MOVES = Statement(
    "INSERT INTO scope_epoch (scope, epoch, paused) VALUES (:scope, 1, :no) "
    "ON CONFLICT (scope) DO UPDATE SET epoch = scope_epoch.epoch + 1"
)
_SCOPE_PAUSES = Statement("UPDATE scope_epoch SET paused = :paused WHERE scope = :scope")
_ADD = Statement(
    "INSERT INTO tally (key, amount) VALUES (:key, :amount) "
    "ON CONFLICT (key) DO UPDATE SET amount = tally.amount + excluded.amount"
)
_HOLDERS = Statement(
    sa.select(intent.c.conversation, intent.c.holder, intent.c.state)
    .where(intent.c.intent_key == sa.bindparam("wanted"))
    .order_by(intent.c.state.desc())
    .with_for_update()
)
_HELD_BY = Statement(
    sa.select(intent.c.intent_key, intent.c.state)
    .where(intent.c.conversation == sa.bindparam("by"), intent.c.holder == sa.bindparam("whom"))
    .with_for_update()
)
_CLAIM = Statement(sa.insert(intent), intent.c.keys())
_SETTLE = Statement(
    sa.update(intent)
    .values(state=sa.bindparam("became"))
    .where(intent.c.conversation == sa.bindparam("by"), intent.c.holder == sa.bindparam("whom"))
    .where(intent.c.state != _EXECUTED)
)
_FREE = Statement(
    sa.delete(intent)
    .where(intent.c.conversation == sa.bindparam("by"), intent.c.holder == sa.bindparam("whom"))
    .where(intent.c.state != _EXECUTED)
)


def take_keys(connection: Connection, stream: StreamId, seq: int, keys: Sequence[str]) -> None:
    """Takes unique keys.

    Raises:
        Taken: One is used already.
    """
    for key in keys:
        if _TAKE.run(connection, {"key": key, "stream": stream, "seq": seq}) == 0:
            ((where, at),) = _TAKEN.all(connection, {"key": key})
            raise Taken(key, str(where), int(at))


def know_scope(connection: Connection, scope: str) -> None:
    """Makes sure the scope has a row, so that a fence can lock it."""
    _SCOPE_ROW.run(connection, {"scope": scope, "no": False})


def move_scopes(connection: Connection, moved: Sequence[str], paused: Mapping[str, bool]) -> tuple[str, ...]:
    """Bumps the epoch of scopes, and stops or starts them. A workflow's moves its brand's: that is what fences compare.

    Returns:
        Every scope that moved, each once.
    """
    around = (scope_around(scope) for scope in (*moved, *paused))
    scopes = tuple(dict.fromkeys((*moved, *paused, *(scope for scope in around if scope is not None))))
    for scope in scopes:
        _SCOPE_MOVES.run(connection, {"scope": scope, "no": False})
        if scope in paused:
            _SCOPE_PAUSES.run(connection, {"scope": scope, "paused": paused[scope]})
    return scopes


def add_tallies(connection: Connection, tallies: Mapping[str, int]) -> None:
    """Adds to counters, in one order, whoever asks: where rows are locked one by one, nobody then waits in a circle."""
    if tallies:
        _ADD.many(connection, [{"key": key, "amount": tallies[key]} for key in sorted(tallies)])


def propose(connection: Connection, conversation: StreamId, brand: BrandId, event: Proposed, repeats: Sequence[str]) -> None:
    """Takes the intent of a proposal; one that supersedes an open proposal takes its place.

    Raises:
        DuplicateIntent: An equal intent is held, or the superseded proposal may have happened.
    """
    proposal = event.proposal
    if proposal.supersedes is not None:
        for intent_key, state in _HELD_BY.all(connection, {"by": conversation, "whom": proposal.supersedes}):
            if state != "open":
                raise DuplicateIntent(str(intent_key), proposal.supersedes, conversation, _state(state))
        _FREE.run(connection, {"by": conversation, "whom": proposal.supersedes})
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
    for by, whom, state in _HOLDERS.all(connection, {"wanted": intent_key}):
        if (by, whom) == (conversation, holder) and state == "open":
            return
        if state != "executed" or intent_key not in repeats or (by, whom) == (conversation, holder):
            raise DuplicateIntent(intent_key, str(whom), str(by), _state(state))
    row = {"intent_key": intent_key, "conversation": conversation, "holder": holder, "brand": brand, "resource": resource}
    _CLAIM.run(connection, {**row, "state": "open"})


def settle(connection: Connection, conversation: StreamId, event: ProposalSettled) -> None:
    """A proposal ended. One of unknown outcome keeps its intent: it may have happened."""
    end_intent(connection, conversation, event.proposal, event.outcome)


def end_intent(connection: Connection, conversation: StreamId, holder: str, outcome: str) -> None:
    """`executed` and `unknown` keep the intent, everything else frees it; what was executed stays executed."""
    if outcome in {"executed", "unknown"}:
        _SETTLE.run(connection, {"became": outcome, "by": conversation, "whom": holder})
    else:
        _FREE.run(connection, {"by": conversation, "whom": holder})


def _state(value: str) -> IntentState:
    match value:
        case "open" | "unknown" | "executed":
            return value
        case _:
            raise AssertionError(value)
