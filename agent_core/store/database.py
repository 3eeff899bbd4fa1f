"""What one database does differently from another, in one place. Everything else in the store is the same SQL for all.

A PostgreSQL implementation follows this protocol later: row locks instead of one writer, `RETURNING` for positions, the
transaction id for the feed. Nothing outside such an implementation may ask which database it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.engine import Connection, Engine

from agent_core.contract.errors import CountersignError


class Database(Protocol):
    """One kind of database, opened."""

    @property
    def writer(self) -> Engine:
        """Begins transactions that may write."""
        ...

    @property
    def reader(self) -> Engine:
        """Begins transactions that cannot write."""
        ...

    @property
    def glance(self) -> Engine | None:
        """Connects what cannot write and never waits, for a few rows by key; None where each is a round trip.

        It begins nothing by itself.
        """
        ...

    @property
    def exclusive(self) -> bool:
        """Whether being open proves that no other process uses it, so every lease found at opening is dead."""
        ...

    def begin(self, connection: Connection, *, wait: bool) -> bool:
        """Begins a writing transaction; whatever SQLAlchemy executes then is part of it.

        Returns:
            False when it would have to wait for another program's lock and must not: nothing has begun.
        """
        ...

    def commit(self, connection: Connection) -> None:
        """Ends what `begin` began, durably."""
        ...

    def insert_events(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Inserts rows into `event` and returns their positions, in the same order."""
        ...

    def translate(self, error: Exception) -> CountersignError | None:
        """Our error for one of the driver's, or None when it is a bug of ours."""
        ...

    def after_erasure(self) -> bool:
        """Makes sure that erased bytes are gone from disk, as far as the database can; False: not yet, try again."""
        ...

    def close(self) -> None:
        """Closes every connection."""
        ...
