"""The longest workflow can be stopped, and what is read by its beginning is that on every database (R-M3).

A stop that a database's own order puts elsewhere would not be found, and the workflow would go on.
"""

import asyncio
import io
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.store import Append, workflow_scope
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.migrations.versions import r0005_longest_scope
from agent_core.store.tables import listed_row, scope_epoch, unique_key, view
from tests.store.logs import conversation, opened, opening
from tests.store.migrated import migrated

BRAND, WORKFLOW = BrandId("b" * 40), WorkflowName("w" * 64)
"""As long as a brand folder and a workflow file may name them."""


def test_R_M3_what_was_stopped_stays_stopped_in_a_database_of_before(tmp_path: Path) -> None:
    with migrated(tmp_path / "data", "0004") as older:
        row = {"scope": workflow_scope(BrandId("northwind"), WorkflowName("refund_order")), "epoch": 3, "paused": True}
        older.execute(sa.insert(scope_epoch), row)

    async def body() -> None:
        async with opened(tmp_path / "data") as store:
            await store.append(opening())
            stops = await store.read(lambda tx: tx.stops(BrandId("northwind")))
            assert stops.workflows == {"refund_order"}
            await store.append(Append(conversation(), scope_paused={workflow_scope(BRAND, WORKFLOW): True}))
            assert (await store.read(lambda tx: tx.stops(BRAND))).workflows == {WORKFLOW}

    asyncio.run(body())
    connection = sqlite3.connect(tmp_path / "data" / DATABASE_NAME)
    try:
        (declared,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'scope_epoch'").fetchone()
        rows = connection.execute("SELECT scope, epoch, paused FROM scope_epoch WHERE scope LIKE '%refund%'").fetchall()
    finally:
        connection.close()
    assert "VARCHAR(120)" in declared
    assert rows == [("workflow:northwind/refund_order", 3, 1)]


def test_the_longest_scope_fits_its_column() -> None:
    assert len(workflow_scope(BRAND, WORKFLOW)) == 114
    length = scope_epoch.c.scope.type.length  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType] - of text
    assert length == 120


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (scope_epoch, 'scope VARCHAR(120) COLLATE "C"'),
        (unique_key, 'key VARCHAR(400) COLLATE "C"'),
        (view, 'sort_key VARCHAR(120) COLLATE "C"'),
        (listed_row, 'sort_key VARCHAR(120) COLLATE "C"'),
    ],
    ids=lambda given: given.name if isinstance(given, sa.Table) else "",
)
def test_what_is_read_by_its_beginning_compares_byte_by_byte_where_a_database_would_not(table: sa.Table, said: str) -> None:
    made = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportCallIssue] - SQLAlchemy's stubs
    assert said in made


def test_the_migration_says_the_same_to_such_a_database() -> None:
    out = io.StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": out})
    with Operations.context(context):
        r0005_longest_scope.upgrade()
    assert 'ALTER TABLE scope_epoch ALTER COLUMN scope TYPE VARCHAR(120) COLLATE "C"' in out.getvalue()
    assert 'ALTER TABLE unique_key ALTER COLUMN key TYPE VARCHAR(400) COLLATE "C"' in out.getvalue()
