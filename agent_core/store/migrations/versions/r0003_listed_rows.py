"""What lists of conversations are narrowed by."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels: str | None = None
depends_on: str | None = None

_SORT_KEY = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "listed_row",
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("brand", sa.String(80), nullable=False),
        sa.Column("bucket", sa.String(40), nullable=False),
        sa.Column("sort_key", _SORT_KEY, nullable=False),
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(16), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("intents", sa.Text, nullable=False),
        sa.Column("workflows", sa.Text, nullable=False),
        sa.Column("flagged", sa.Integer, nullable=False),
        sa.Column("waiting_us", sa.BigInteger),
        sa.Column("breach_us", sa.BigInteger),
    )
    op.create_index(
        "listed_row_page",
        "listed_row",
        [
            "brand", "bucket", "sort_key", "id", "channel", "owner", "label", "intents", "workflows", "flagged",
            "waiting_us", "breach_us",
        ],
    )  # fmt: skip
