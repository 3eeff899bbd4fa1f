"""A long conversation's page as it was last shown, beside the log, so that it opens at once also years later (R-M5).

Nothing rests on it. It names what it was made of: the head of the conversation's log, the people, the brand's release, the
shape of views and the code that made it; where one of these has moved it is worthless. So what an update masks is not shown
as it was before, and no update is taken for a row that somebody changed. What is shown from it is made anew from the log
right behind it (`Projector`), and one that said anything else is on record. It is dropped with the bodies it shows (R-N5).
It must never be written for a head that the log has left.
"""

import base64
import zlib
from functools import cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.canonical import digest
from agent_core.contract.ids import ReleaseDigest, StreamId
from agent_core.service.operators import People
from agent_core.service.projection.views import VERSION
from agent_core.service.settings import ROOT
from agent_core.service.settings import VERSION as PRODUCT
from agent_core.store import StreamHead
from agent_core.store.tables import stream, view

LONG: Final = 1_000
"""Events from which on a page is kept: fewer are read about as fast."""

KIND: Final = "page"
_KEPT: Final = sa.select(view.c.data).where(
    view.c.kind == KIND, view.c.id == sa.bindparam("of"), view.c.sort_key == sa.bindparam("made_of")
)
_DROP: Final = sa.delete(view).where(view.c.kind == KIND, view.c.id == sa.bindparam("of"))
_HEAD: Final = sa.select(stream.c.head_hash).where(stream.c.id == sa.bindparam("of"))
_KEEP: Final = sa.text(
    "INSERT INTO view (kind, id, brand, bucket, sort_key, version, position, data) "
    "VALUES (:kind, :id, :brand, '', :made_of, :version, 0, :data) ON CONFLICT (kind, id) DO UPDATE SET "
    "sort_key = excluded.sort_key, version = excluded.version, data = excluded.data"
)


def made_of(head: StreamHead, people: People, release: ReleaseDigest) -> str:
    """Names everything that a page shows something of."""
    return digest([VERSION, code(), head.hash, people.seq, release])


@cache
def code() -> str:
    """Names our own code as it lies there: names, sizes and moments of its files; its version alone where there are none."""
    files = ((path, path.stat()) for path in sorted((ROOT / "agent_core").rglob("*.py")))
    return digest([PRODUCT, *(f"{path.relative_to(ROOT)} {found.st_size} {found.st_mtime_ns}" for path, found in files)])


def kept(connection: Connection, conversation: StreamId, of: str) -> str | None:
    """The page made of exactly this, packed; none where there is none."""
    found = connection.execute(_KEPT, {"of": conversation, "made_of": of}).scalar()
    return None if found is None else str(found)


def keep(connection: Connection, head: StreamHead, of: str, packed_page: str) -> bool:
    """Keeps a page in place of the one before; False where the log has gone on: it may show what was erased since."""
    if connection.execute(_HEAD, {"of": head.id}).scalar() != head.hash:
        return False
    given = {"kind": KIND, "id": head.id, "brand": head.brand or "", "version": head.seq}
    connection.execute(_KEEP, {**given, "made_of": of, "data": packed_page})
    return True


def drop(connection: Connection, conversation: StreamId) -> None:
    """Forgets the page of a conversation whose log cannot be read."""
    connection.execute(_DROP, {"of": conversation})


def packed(page: str) -> str:
    """As it is stored: a tenth of its length."""
    return base64.b64encode(zlib.compress(page.encode(), 1)).decode("ascii")


def unpacked(stored: str) -> bytes | None:
    """The page; none where what is stored is none."""
    try:
        return zlib.decompress(base64.b64decode(stored, validate=True))
    except (ValueError, zlib.error):
        return None
