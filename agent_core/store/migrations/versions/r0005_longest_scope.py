"""Room for the longest name of a scope, `workflow:BRAND/NAME`; keys that are read by their beginning compare byte by byte.

SQLite keeps to no length, and compares byte by byte unless told otherwise: there only what is declared changes. Of
`unique_key`, which is as long as the log, not even that: nothing of it is written anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def _bytewise(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("scope_epoch") as scopes:
        scopes.alter_column("scope", existing_type=sa.String(90), type_=_bytewise(120), existing_nullable=False)
    if op.get_context().dialect.name != "sqlite":
        op.alter_column("unique_key", "key", existing_type=sa.String(400), type_=_bytewise(400), existing_nullable=False)
