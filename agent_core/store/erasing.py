"""Erasing inside a transaction: text and salt of bodies, and whatever beside the log could name a person (R-N5).

The log itself is never touched: its digests prove nothing once the salts are gone, and its chain still holds. Bytes leave
the disk in two steps: `secure_delete` overwrites them in the pages, and emptying the write-ahead log takes its copies of old
pages. That second step is remembered in the same transaction until it was done, so that no crash forgets it.
"""

import secrets

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.erasing import KEPT_KINDS
from agent_core.contract.ids import StreamId
from agent_core.store.requests import Erasure
from agent_core.store.statements import Statement
from agent_core.store.tables import body, meta

SCRUB = "scrub"
"""Key of the mark that says that erased bytes may still stand in the write-ahead log."""

GONE = "erased"
"""Stands in place of what an executed action was about; its key goes on finding equal ones."""

_ERASE = (
    sa.update(body)
    .where(body.c.stream == sa.bindparam("of"), body.c.erased_at.is_(None))
    .values(salt=None, data=None, erased_at=sa.bindparam("moment"))
)
_ERASE_KINDS = _ERASE.where(body.c.kind.in_(sa.bindparam("kinds", expanding=True)))
_ERASE_MOST = _ERASE.where(body.c.kind.not_in(sorted(KEPT_KINDS)))
_DROP_TIMERS = Statement("DELETE FROM timer WHERE stream = :of")
_BLANK = Statement("UPDATE intent SET resource = :gone WHERE conversation = :of AND state = 'executed'")
_FREE = Statement("DELETE FROM intent WHERE conversation = :of AND state = 'open'")
"""Nobody tries again what failed here: it would stand in the way of others, and say about what it was, for ever."""
_MARK = Statement(
    "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_UNMARK = Statement("DELETE FROM meta WHERE key = :key AND value = :value")
_MARKED = sa.select(meta.c.value).where(meta.c.key == SCRUB)


def erase(connection: Connection, stream: StreamId, erasure: Erasure, moment: str) -> None:
    """Erases what stands there before the append writes its own bodies.

    Args:
        connection: In the transaction of the append.
        stream: Whose bodies.
        erasure: Which of them.
        moment: When, as the log spells it.
    """
    if erasure.kinds is None:
        connection.execute(_ERASE_MOST, {"of": stream, "moment": moment})
        _DROP_TIMERS.run(connection, {"of": stream})
        _BLANK.run(connection, {"of": stream, "gone": GONE})
        _FREE.run(connection, {"of": stream})
    elif erasure.kinds:
        kinds = [kind for kind in erasure.kinds if kind not in KEPT_KINDS]
        connection.execute(_ERASE_KINDS, {"of": stream, "moment": moment, "kinds": kinds})
    mark(connection)


def mark(connection: Connection) -> None:
    """Remembers that erased bytes may stand in the write-ahead log: a mark of its own each time."""
    _MARK.run(connection, {"key": SCRUB, "value": secrets.token_hex(8)})


def marked(connection: Connection) -> str | None:
    """The mark that stands there, if one does."""
    found = connection.execute(_MARKED).scalar()
    return None if found is None else str(found)


def unmark(connection: Connection, value: str) -> None:
    """The write-ahead log was emptied since this mark was set; a later one stays."""
    _UNMARK.run(connection, {"key": SCRUB, "value": value})
