"""Brings a database to the present tables, or refuses one from the future. A new one is made at once as it is by now.

Alembic is loaded only for an older one: a core that starts for the first time waits for no migration of the past. Must never
downgrade, and must never touch a database whose version it does not know.
"""

import io
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.store.tables import metadata
from agent_core.store.upcast import data_newer

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every revision there is, oldest first; a test compares it with the scripts."""

HEAD = REVISIONS[-1]

MIGRATIONS = Path(__file__).parent / "migrations"

_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own, as it makes it."""


def upgrade(connection: Connection) -> None:
    """Makes all tables, or applies what an older database lacks, inside the caller's transaction: all of it or nothing.

    Raises:
        Unusable: `data_newer`.
    """
    found = stored_revision(connection)
    if found == HEAD:
        return
    if found is None:
        metadata.create_all(connection, checkfirst=False)
        _VERSION.create(connection, checkfirst=False)
        connection.execute(sa.insert(_VERSION), {"version_num": HEAD})
        return
    if found not in REVISIONS:
        raise data_newer(f"schema {found}, this core knows {HEAD}")
    from alembic import command
    from alembic.config import Config

    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def stored_revision(connection: Connection) -> str | None:
    """The revision a database says it has; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
