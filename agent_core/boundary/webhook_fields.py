"""The fields of a signed webhook, one by one: each has its type and form, or the whole body is refused (R-A10).

Shared by everything that comes in as JSON. A refusal names the field, never the value that was sent.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from agent_core.contract.errors import Invalid

NAME: Final = re.compile(r"[!-~]{1,200}")
"""An id of the outside: it only names."""


def json_object(body: bytes, limit: int) -> dict[str, Any]:
    """The JSON object of a body. A body of more than `limit` bytes is not even looked at.

    Raises:
        Invalid: `too_large` or `broken_json`; also where a key is there twice.
    """
    if len(body) > limit:
        raise Invalid("too_large", f"The body is larger than {limit} bytes.", detail=f"{len(body)} bytes")
    try:
        value = json.loads(body.decode("utf-8", "surrogateescape"), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise Invalid("broken_json", "The body is not valid JSON.", detail=type(error).__name__) from error
    if not isinstance(value, dict):
        raise Invalid("broken_json", "The body is not a JSON object.")
    return value  # pyright: ignore[reportUnknownVariableType] - any JSON object


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def bad_field(name: str, wanted: str) -> Invalid:
    """The refusal of a field, by its name and what it must be."""
    return Invalid("bad_field", f"The field {name} must be {wanted}.", detail=name)


def object_field(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that is an object.

    Raises:
        Invalid: `bad_field`.
    """
    value = parent.get(name)
    if not isinstance(value, dict):
        raise bad_field(name, "an object")
    return value  # pyright: ignore[reportUnknownVariableType] - any JSON object


def text_field(parent: dict[str, Any], name: str, path: str) -> str:
    """A field that is a text.

    Raises:
        Invalid: `bad_field`.
    """
    value = parent.get(name)
    if not isinstance(value, str):
        raise bad_field(path, "a text")
    return value


def optional_text(parent: dict[str, Any], name: str, path: str) -> str | None:
    """A field that is a text or not there.

    Raises:
        Invalid: `bad_field`.
    """
    return None if parent.get(name) is None else text_field(parent, name, path)


def name_field(parent: dict[str, Any], name: str, path: str, pattern: re.Pattern[str]) -> str:
    """A field that only names something.

    Raises:
        Invalid: `bad_field`.
    """
    value = text_field(parent, name, path)
    if not pattern.fullmatch(value):
        raise bad_field(path, "a short name of visible ASCII characters")
    return value


def moment_field(event: dict[str, Any]) -> datetime:
    """The field `occurred_at`: a moment with its offset, in UTC.

    Raises:
        Invalid: `bad_field`.
    """
    value = text_field(event, "occurred_at", "occurred_at")
    refusal = bad_field("occurred_at", "an ISO 8601 time with its offset from UTC")
    if len(value) > 40:
        raise refusal
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise refusal
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refusal from error
