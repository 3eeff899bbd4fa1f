"""The tables, for life. Plain SQL types only, so that the same definitions serve SQLite and PostgreSQL.

Three groups, and the difference matters: `stream event body meta` are the truth and are never rewritten; `merkle_tile
checkpoint` prove it and are only added to; everything else is an index over them or a schedule, kept in the same
transaction, and could be built again from the log.

What is personal stands in `body.data`, and nowhere else that lasts: ids and keys made of outside identifiers are keyed
hashes (`Store.secret`), and `view.data`, which shows bodies to people, is dropped whenever bodies are erased (R-N5). Search
keeps a file of its own beside this one (`service.search`), from which erased words go as well.

Moments of the log are text as it was hashed (`clock.iso`); moments that are compared are integers, microseconds since 1970.
This module must never run a statement.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""Grows with every row; SQLite calls only `INTEGER` its row id."""


def bytewise(length: int) -> sa.types.TypeEngine[str]:
    """Text that is compared byte by byte on every database: what is sorted for pages, or read by its beginning.

    A database's own order may pass over a stroke or a case: what lies between two keys would be something else there.
    """
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


SortKey = bytewise(120)

stream = sa.Table(
    "stream",
    metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("brand", sa.String(80)),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("head_hash", sa.String(64), nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Index("stream_kind_brand", "kind", "brand", "id"),
)

run_head = sa.Table(
    "run_head",
    metadata,
    sa.Column("stream", sa.String(120), sa.ForeignKey("stream.id"), primary_key=True),
    sa.Column("run", sa.String(40), primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.String(120), sa.ForeignKey("stream.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Column("brand", sa.String(80)),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("run", sa.String(40)),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("prev", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.UniqueConstraint("stream", "seq", name="event_stream_seq"),
)

body = sa.Table(
    "body",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("stream", sa.String(120), sa.ForeignKey("stream.id"), nullable=False),
    sa.Column("brand", sa.String(80)),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("data", sa.LargeBinary),
    sa.Column("created_at", sa.String(27), nullable=False),
    sa.Column("erased_at", sa.String(27)),
    sa.Index("body_stream", "stream"),
)

unique_key = sa.Table(
    "unique_key",
    metadata,
    sa.Column("key", bytewise(400), primary_key=True),
    sa.Column("stream", sa.String(120), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
)

intent = sa.Table(
    "intent",
    metadata,
    sa.Column("intent_key", sa.String(64), primary_key=True),
    sa.Column("conversation", sa.String(120), primary_key=True),
    sa.Column("holder", sa.String(300), primary_key=True),
    sa.Column("brand", sa.String(80), nullable=False),
    sa.Column("resource", sa.String(200), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Index("intent_resource", "brand", "resource"),
    sa.Index("intent_holder", "conversation", "holder"),
    sa.Index(
        "intent_one_open",
        "intent_key",
        unique=True,
        # The migration says the same to both databases; to name the other here loads all that is known of it.
        sqlite_where=sa.text("state <> 'executed'"),
    ),
)

scope_epoch = sa.Table(
    "scope_epoch",
    metadata,
    sa.Column("scope", bytewise(120), primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
)

tally = sa.Table(
    "tally",
    metadata,
    sa.Column("key", sa.String(400), primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
)

wake = sa.Table(
    "wake",
    metadata,
    sa.Column("stream", sa.String(120), sa.ForeignKey("stream.id"), primary_key=True),
    sa.Column("brand", sa.String(80), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("due_us", sa.BigInteger, nullable=False),
    sa.Column("rank_us", sa.BigInteger, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(60)),
    sa.Column("lease_us", sa.BigInteger, nullable=False),
    sa.Column("claimed_priority", sa.Integer, nullable=False),
    sa.Index("wake_free", "owner", "brand", "rank_us"),
    sa.Index("wake_due", "owner", "due_us"),
)

timer = sa.Table(
    "timer",
    metadata,
    sa.Column("stream", sa.String(120), sa.ForeignKey("stream.id"), primary_key=True),
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("due_us", sa.BigInteger, nullable=False),
    sa.Index("timer_due", "due_us"),
)

merkle_tile = sa.Table(
    "merkle_tile",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
    sa.Index("merkle_tile_first", "level", "first"),
)
"""The Merkle log, 256 hashes a row (`audit.tiles`). `first` and `last`: positions of a leaf tile's events."""

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("root", sa.String(64), nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

projection = sa.Table(
    "projection",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)

view = sa.Table(
    "view",
    metadata,
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("brand", sa.String(80), nullable=False),
    sa.Column("bucket", sa.String(40), nullable=False),
    sa.Column("sort_key", SortKey, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("view_page", "kind", "brand", "bucket", "sort_key", "id"),
    sa.Index("view_position", "kind", "position"),
)

listed_row = sa.Table(
    "listed_row",
    metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("brand", sa.String(80), nullable=False),
    sa.Column("bucket", sa.String(40), nullable=False),
    sa.Column("sort_key", SortKey, nullable=False),
    sa.Column("channel", sa.String(80), nullable=False),
    sa.Column("owner", sa.String(16), nullable=False),
    sa.Column("label", sa.String(40), nullable=False),
    sa.Column("intents", sa.Text, nullable=False),
    sa.Column("workflows", sa.Text, nullable=False),
    sa.Column("flagged", sa.Integer, nullable=False),
    sa.Column("waiting_us", sa.BigInteger),
    sa.Column("breach_us", sa.BigInteger),
    sa.Index(
        "listed_row_page",
        "brand",
        "bucket",
        "sort_key",
        "id",
        "channel",
        "owner",
        "label",
        "intents",
        "workflows",
        "flagged",
        "waiting_us",
        "breach_us",
    ),
)
"""What a list of conversations is narrowed by, beside its `view` row; the index covers every question about it."""

present = sa.Table(
    "present",
    metadata,
    sa.Column("session", sa.String(80), primary_key=True),
    sa.Column("brand", sa.String(80), nullable=False),
    sa.Column("operator", sa.String(80), nullable=False),
    sa.Column("conversation", sa.String(120), nullable=False),
    sa.Column("ask", sa.String(120)),
    sa.Column("since_us", sa.BigInteger, nullable=False),
    sa.Column("until_us", sa.BigInteger, nullable=False),
)
"""Who looks at what; a row is nothing once its time is over (R-M9)."""

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.String(60), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
