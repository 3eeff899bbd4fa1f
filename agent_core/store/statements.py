"""SQL that runs many times a turn: compiled once, then given straight to the driver's connection.

An SQLAlchemy statement costs some 70 µs each time it is executed, several times what SQLite needs for it. These are still
SQLAlchemy's statements, in the same spelling for every database; only the way to the driver is short. Nothing is converted
on the way: a boolean comes back as the database's own, and an error as the driver's (`Database.translate` knows it).
Must never run outside a transaction that somebody else began.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

Row = Sequence[Any]


class Statement:
    """One statement with named parameters. Expanding ones are not for this: their SQL differs with each call."""

    __slots__ = ("_clause", "_columns", "_compiled")

    def __init__(self, clause: sa.Executable | str, columns: Iterable[str] | None = None) -> None:
        """Takes a statement.

        Args:
            clause: What to run; text with `:name` parameters, where it is text.
            columns: Of an insert, the columns every row gives.
        """
        self._clause = sa.text(clause) if isinstance(clause, str) else clause
        self._columns = None if columns is None else list(columns)
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Runs it; answers how many rows it touched."""
        return self._execute(connection, values).rowcount

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs it for each row."""
        if len(rows) == 1:
            self._execute(connection, rows[0])
        elif rows:
            made = self._for(connection)
            _driver(connection).cursor().executemany(made.sql, [made.given(row) for row in rows])

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """The first row, or None."""
        return self._execute(connection, values).fetchone()

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Every row."""
        return self._execute(connection, values).fetchall()

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        made = self._for(connection)
        return _driver(connection).execute(made.sql, made.given(values))

    def _for(self, connection: Connection) -> "_Compiled":
        name = connection.dialect.name
        made = self._compiled.get(name)
        if made is None:
            clause: Any = self._clause
            compiled: SQLCompiler = clause.compile(dialect=connection.dialect, column_keys=self._columns)
            order = compiled.positiontup
            constants = {key: value for key, value in compiled.params.items() if value is not None}
            made = self._compiled[name] = _Compiled(str(compiled), None if order is None else tuple(order), constants)
        return made


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one kind of database.

    Attributes:
        order: Of its parameters, where they have no names there.
        constants: Parameters that SQLAlchemy made of values in the statement itself.
    """

    sql: str
    order: tuple[str, ...] | None
    constants: Mapping[str, Any]

    def given(self, values: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        if self.constants:
            values = {**self.constants, **values}
        return values if self.order is None else [values[name] for name in self.order]


def _driver(connection: Connection) -> Any:
    """The driver's own connection, inside the transaction that SQLAlchemy began."""
    return connection.connection.driver_connection
