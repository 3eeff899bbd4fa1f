"""Counts the write transactions of a store, whoever makes them and on whatever thread."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from agent_core.store import Store


@contextmanager
def counting(store: Store) -> Generator[Callable[[], int]]:
    """Yields what answers how many there were so far."""
    count = 0

    def traced(statement: str) -> None:
        nonlocal count
        count += statement == "COMMIT"

    driver = writing_driver(store)
    driver.set_trace_callback(traced)
    try:
        yield lambda: count
    finally:
        driver.set_trace_callback(None)


def writing_driver(store: Store) -> Any:
    """The one connection that writes, as the driver knows it; nothing may be under way on it."""
    database = getattr(store, "_database")  # noqa: B009 - a test may look where nobody else may
    with database.writer.connect() as connection:
        return connection.connection.driver_connection
