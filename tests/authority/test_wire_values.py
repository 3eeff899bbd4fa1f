"""Values that stand in hashed and signed JSON have one spelling, and nothing else is let in (DESIGN §4)."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from agent_core.contract.base import Instant, Value
from agent_core.contract.clock import iso

TOKYO = timezone(timedelta(hours=9))


class Seen(Value):
    at: Instant
    until: Instant | None = None


SPELLINGS: list[Any] = [
    datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
    datetime(2026, 3, 2, 19, 0, tzinfo=TOKYO),
    "2026-03-02T10:00:00Z",
    "2026-03-02T10:00Z",
    "2026-03-02T10:00:00.000Z",
    "2026-03-02T19:00:00.000000+09:00",
]


@pytest.mark.parametrize("given", SPELLINGS)
def test_every_spelling_of_a_moment_is_kept_and_written_as_one(given: Any) -> None:
    seen = Seen(at=given, until=given)
    assert seen == Seen(at=SPELLINGS[0], until=SPELLINGS[0])
    assert seen.at.tzinfo is UTC
    assert seen.model_dump(mode="json") == {"at": "2026-03-02T10:00:00.000000Z", "until": "2026-03-02T10:00:00.000000Z"}
    assert Seen.model_validate_json(seen.model_dump_json()) == seen
    assert iso(seen.at) == "2026-03-02T10:00:00.000000Z"


@pytest.mark.parametrize(
    "given",
    [
        1_772_445_600, 1_772_445_600.5, "1772445600", "1772445600000", True, None, date(2026, 3, 2), "2026-03-02",
        datetime(2026, 3, 2, 10, 0),  # noqa: DTZ001 - a naive time is what is refused
        "2026-03-02T10:00:00", "2026-03-02 10:00:00Z", "2026-03-02T10:00:00.1234567Z", "2026-13-02T10:00:00Z",
        "２026-03-02T10:00:00Z", "2026-03-02T10:00:00Z\n", "0001-01-01T00:00:00+09:00", "0999-12-31T00:00:00Z",
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-9))),
    ],
)  # fmt: skip
def test_what_is_no_plain_moment_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="at"):
        Seen(at=given)


def test_the_schema_still_says_that_it_is_a_time() -> None:
    for mode in ("validation", "serialization"):
        schema = Seen.model_json_schema(mode=mode)
        assert schema["properties"]["at"] == {"format": "date-time", "title": "At", "type": "string"}
