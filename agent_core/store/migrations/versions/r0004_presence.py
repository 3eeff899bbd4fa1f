"""Who looks at what: rows that expire."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "present",
        sa.Column("session", sa.String(80), primary_key=True),
        sa.Column("brand", sa.String(80), nullable=False),
        sa.Column("operator", sa.String(80), nullable=False),
        sa.Column("conversation", sa.String(120), nullable=False),
        sa.Column("ask", sa.String(120)),
        sa.Column("since_us", sa.BigInteger, nullable=False),
        sa.Column("until_us", sa.BigInteger, nullable=False),
    )
