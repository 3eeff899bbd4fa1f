"""Brings a database to the present tables, or refuses one from the future. Alembic is loaded only when there is work.

Must never downgrade, and must never touch a database whose version it does not know.
"""

import io
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.store.upcast import data_newer

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every revision there is, oldest first; a test compares it with the scripts."""

HEAD = REVISIONS[-1]

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection) -> None:
    """Applies what is missing, inside the caller's transaction: all of it or nothing.

    Raises:
        Unusable: `data_newer`.
    """
    found = stored_revision(connection)
    if found == HEAD:
        return
    if found is not None and found not in REVISIONS:
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
