"""A log record nobody expected fails the test that caused it.

Why: a warning in the log is how our own code says that something went wrong where nobody was looking. A test that means
to cause one says so beforehand, and fails when it does not come.
"""

import logging
import re
from dataclasses import dataclass


@dataclass
class Expectation:
    """One record a test means to cause.

    Args:
        logger: The logger's name or the name of a parent of it.
        pattern: Regular expression searched in the message.
        required: Whether its absence fails the test.
        seen: How often it came.
    """

    logger: str
    pattern: re.Pattern[str]
    required: bool
    seen: int = 0

    def covers(self, record: logging.LogRecord) -> bool:
        """Say whether this record was meant, and count it."""
        same = record.name == self.logger or record.name.startswith(f"{self.logger}.")
        if same and self.pattern.search(record.getMessage()):
            self.seen += 1
            return True
        return False


class LogWatch(logging.Handler):
    """Collects every record from WARNING up that reaches the root logger while one test runs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: list[logging.LogRecord] = []
        self._expected: list[Expectation] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)

    def expect(self, logger: str, pattern: str = "", *, required: bool = True) -> Expectation:
        """Announce a record at WARNING or above.

        Args:
            logger: The logger's name or the name of a parent of it.
            pattern: Regular expression searched in the message; empty fits every message.
            required: False where the record may or may not come.
        """
        expectation = Expectation(logger, re.compile(pattern), required)
        self._expected.append(expectation)
        return expectation

    def problems(self) -> list[str]:
        """Answer one line for each record nobody expected, and for each that was expected and never came."""
        surprises = [
            f"unexpected log record: {record.levelname} {record.name}: {record.getMessage()}"
            for record in self._records
            if not any(expectation.covers(record) for expectation in self._expected)
        ]
        absent = [
            f"expected log record never came: {expectation.logger} /{expectation.pattern.pattern}/"
            for expectation in self._expected
            if expectation.required and not expectation.seen
        ]
        return surprises + absent
