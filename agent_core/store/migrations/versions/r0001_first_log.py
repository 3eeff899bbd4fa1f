"""The first log: streams, events, bodies, fences, wakes, timers, views."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_POSITION = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_SORT_KEY = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")


def upgrade() -> None:
    _log()
    _fences()
    _schedule()
    _views()


def _log() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(60), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "stream",
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("brand", sa.String(80)),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("head_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
    )
    op.create_index("stream_kind_brand", "stream", ["kind", "brand", "id"])
    op.create_table(
        "event",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=True),
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
    op.create_table(
        "body",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("stream", sa.String(120), sa.ForeignKey("stream.id"), nullable=False),
        sa.Column("brand", sa.String(80)),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("data", sa.LargeBinary),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("erased_at", sa.String(27)),
    )
    op.create_index("body_stream", "body", ["stream"])


def _fences() -> None:
    op.create_table(
        "run_head",
        sa.Column("stream", sa.String(120), sa.ForeignKey("stream.id"), primary_key=True),
        sa.Column("run", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_table(
        "scope_epoch",
        sa.Column("scope", sa.String(90), primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
    )
    op.create_table(
        "unique_key",
        sa.Column("key", sa.String(400), primary_key=True),
        sa.Column("stream", sa.String(120), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_table(
        "intent",
        sa.Column("intent_key", sa.String(64), primary_key=True),
        sa.Column("conversation", sa.String(120), primary_key=True),
        sa.Column("holder", sa.String(300), primary_key=True),
        sa.Column("brand", sa.String(80), nullable=False),
        sa.Column("resource", sa.String(200), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
    )
    op.create_index("intent_resource", "intent", ["brand", "resource"])
    op.create_index("intent_holder", "intent", ["conversation", "holder"])
    only_open = sa.text("state <> 'executed'")
    op.create_index(
        "intent_one_open", "intent", ["intent_key"], unique=True, sqlite_where=only_open, postgresql_where=only_open
    )
    op.create_table(
        "tally",
        sa.Column("key", sa.String(400), primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )


def _schedule() -> None:
    op.create_table(
        "wake",
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
    )
    op.create_index("wake_free", "wake", ["owner", "brand", "rank_us"])
    op.create_index("wake_due", "wake", ["owner", "due_us"])
    op.create_table(
        "timer",
        sa.Column("stream", sa.String(120), sa.ForeignKey("stream.id"), primary_key=True),
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("due_us", sa.BigInteger, nullable=False),
    )
    op.create_index("timer_due", "timer", ["due_us"])


def _views() -> None:
    op.create_table(
        "projection",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "view",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("brand", sa.String(80), nullable=False),
        sa.Column("bucket", sa.String(40), nullable=False),
        sa.Column("sort_key", _SORT_KEY, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_index("view_page", "view", ["kind", "brand", "bucket", "sort_key", "id"])
    op.create_index("view_position", "view", ["kind", "position"])
