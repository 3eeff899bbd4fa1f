"""A database brought to a revision by the migrations alone, as cores of before brought theirs there."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from agent_core.store import schema
from agent_core.store.folder import DATABASE_NAME


@contextmanager
def migrated(folder: Path, revision: str) -> Generator[Connection]:
    """One in a folder of its own; what is done in the block is committed with it."""
    folder.mkdir()
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    engine = sa.create_engine(f"sqlite:///{folder / DATABASE_NAME}")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            yield connection
    finally:
        engine.dispose()
