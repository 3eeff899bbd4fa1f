"""How many rows and asks stand in each part of the list at this moment, kept as they change (R-M1).

Every answer of the feed names these numbers; counting them anew would read every row there is. They are rows of the table
of views, moved in the very transaction that moves what they count. They must never be written by anything else.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.ids import BrandId
from agent_core.store.tables import view

KIND: Final = "count"
COUNTED: Final = ("row", "ask")
"""Kinds of views that are counted."""

_WAS = sa.text("SELECT kind, brand, bucket FROM view WHERE kind = :kind AND id = :id")
_MOVE = sa.text(
    "INSERT INTO view (kind, id, brand, bucket, sort_key, version, position, data) "
    "VALUES (:kind, :id, :brand, :bucket, :of, :by, 0, '{}') "
    "ON CONFLICT (kind, id) DO UPDATE SET version = view.version + excluded.version"
)
_NONE_LEFT = sa.text("DELETE FROM view WHERE kind = :kind AND id = :id AND version = 0")


class Moves:
    """What one transaction of the projector changes of the numbers.

    Args:
        connection: In that transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._moved: Counter[tuple[str, str, str]] = Counter()

    def gone(self, views: Iterable[Any]) -> None:
        """Views that are about to be dropped: kind, brand and bucket of each."""
        for kind, brand, bucket in views:
            if kind in COUNTED:
                self._moved[kind, brand, bucket] -= 1

    def comes(self, kind: str, name: str, brand: str, bucket: str) -> None:
        """A view that is about to be stored, new or in place of its former self."""
        if kind not in COUNTED:
            return
        self.gone(self._connection.execute(_WAS, {"kind": kind, "id": name}))
        self._moved[kind, brand, bucket] += 1

    def store(self) -> None:
        """Move the numbers; one of nothing is none."""
        for (kind, brand, bucket), by in sorted(self._moved.items()):
            if by:
                name = f"{kind}:{brand}:{bucket}"
                moved = {"kind": KIND, "id": name, "brand": brand, "bucket": bucket, "of": kind, "by": by}
                self._connection.execute(_MOVE, moved)
                self._connection.execute(_NONE_LEFT, {"kind": KIND, "id": name})


def standing(connection: Connection, brands: Sequence[BrandId]) -> dict[str, dict[tuple[str, str], int]]:
    """For each of these brands that has any: how many stand at each kind and bucket."""
    query = sa.select(view.c.brand, view.c.sort_key, view.c.bucket, view.c.version).where(
        view.c.kind == KIND, view.c.brand.in_(list(brands))
    )
    found: dict[str, dict[tuple[str, str], int]] = {}
    for brand, kind, bucket, count in connection.execute(query):
        found.setdefault(str(brand), {})[str(kind), str(bucket)] = int(count)
    return found
