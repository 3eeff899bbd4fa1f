"""SQL that runs many times a turn: compiled once, then given straight to the driver's connection.

An SQLAlchemy statement costs some 70 µs each time it is executed, several times what SQLite needs for it. These are still
SQLAlchemy's statements, in the same spelling for every database; only the way to the driver is short. Nothing is converted
on the way: a boolean comes back as the database's own, and an error as the driver's (`Database.translate` knows it).
Must never run outside a transaction that somebody else began.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
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
            made = self._compiled.get(connection.dialect.name) or self._compile(connection)
            _driver(connection).cursor().executemany(made.sql, list(map(made.given, rows)))

    def insert(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Runs an insert of one row; answers the row's number, where the driver gives one."""
        return self._execute(connection, values).lastrowid

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """The first row, or None."""
        return self._execute(connection, values).fetchone()

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Every row."""
        return self._execute(connection, values).fetchall()

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        # Written out: it runs a hundred times a turn, and each call between here and the driver costs as much as SQLite.
        made = self._compiled.get(connection.dialect.name) or self._compile(connection)
        driver: Any = connection.connection.dbapi_connection
        return driver.execute(made.sql, made.given(values))

    def _compile(self, connection: Connection) -> "_Compiled":
        clause: Any = self._clause
        compiled: SQLCompiler = clause.compile(dialect=connection.dialect, column_keys=self._columns)
        order = compiled.positiontup
        given = set(self._columns or ())  # of an insert every column is a parameter, with a mark in place of its value
        constants = {key: value for key, value in compiled.params.items() if value is not None and key not in given}
        made = _Compiled(str(compiled), _giving(None if order is None else tuple(order), constants))
        self._compiled[connection.dialect.name] = made
        return made


class Several:
    """A select of the rows of several keys at once, instead of once for each: to run a statement costs more than a row."""

    __slots__ = ("_by_count", "_column", "_select")

    def __init__(self, select: sa.Select[*tuple[Any, ...]], column: sa.ColumnElement[str]) -> None:
        """Takes a select and its column that the keys are compared with."""
        self._select = select
        self._column = column
        self._by_count: dict[int, Statement] = {}

    def all(self, connection: Connection, keys: Sequence[str]) -> list[Row]:
        """The rows of these keys, which are a handful, in the select's own order."""
        count = len(keys)
        if not count:
            return []
        known = self._by_count.get(count)
        if known is None:
            named = [sa.bindparam(f"key_{number}") for number in range(count)]
            known = self._by_count[count] = Statement(self._select.where(self._column.in_(named)))
        return known.all(connection, {f"key_{number}": key for number, key in enumerate(keys)})


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one kind of database.

    Attributes:
        given: Makes the parameters as the driver takes them.
    """

    sql: str
    given: Callable[[Mapping[str, Any]], Any]


def _giving(order: tuple[str, ...] | None, constants: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """What makes parameters.

    Args:
        order: Of the parameters, where they have no names; None where they have.
        constants: Parameters that SQLAlchemy made of values in the statement itself.
    """
    if order is None:
        return lambda values: {**constants, **values}
    if not order:
        return lambda _: ()
    if constants:

        def with_constants(values: Mapping[str, Any]) -> Any:
            all_values = {**constants, **values}
            return [all_values[name] for name in order]

        return with_constants
    if len(order) == 1:
        only = order[0]
        return lambda values: (values[only],)
    return itemgetter(*order)


def _driver(connection: Connection) -> Any:
    """The driver's own connection, inside the transaction that SQLAlchemy began."""
    return connection.connection.dbapi_connection
