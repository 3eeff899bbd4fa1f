"""Canonical bytes: RFC 8785 JSON, strict parsing, and digests over it.

Whatever is hashed or signed goes through here. Floats, duplicate keys, NaN and lone surrogates are refused, because two
readers could understand them differently.

Nearly every value that is stored is a *plain* one, whose canonical form Python's own encoder writes many times faster than
the reference implementation; what is not plain goes through the latter. A test compares both on whatever it can think of.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from agent_core.contract.errors import Invalid
from agent_core.contract.json_writing import sorted_json_text

_MOST = 100_000
"""Values of a plain value; what has more is huge, or holds itself."""

_LARGEST = 2**53 - 1
"""The largest integer RFC 8785 knows."""


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value of strings, integers, booleans, nulls, lists and objects.

    Raises:
        Invalid: `not_canonical` when the value holds a float, an integer above 2**53, or a lone surrogate.
    """
    try:
        if _is_plain(value):
            return sorted_json_text(value).encode()
        _refuse_floats(value)
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise Invalid("not_canonical", "This value has no canonical form.", detail=str(error)) from error


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def keyed_digest(secret: bytes, value: Any) -> str:
    """HMAC-SHA256 of the canonical bytes, hexadecimal: for what could be guessed and stands where it cannot be erased.

    Raises:
        Invalid: `not_canonical`.
    """
    return hmac.new(secret, canonical(value), hashlib.sha256).hexdigest()


def parse_strict(data: bytes) -> Any:
    """The JSON value of bytes that must already be canonical.

    Raises:
        Invalid: `not_canonical` on duplicate keys, floats, NaN, invalid UTF-8, or any other byte than the canonical ones.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_no_duplicates, parse_float=_no_float, parse_constant=_no_float)
    except ValueError as error:
        raise Invalid("not_canonical", "This is not canonical JSON.", detail=str(error)) from error
    except RecursionError as error:
        raise Invalid("not_canonical", "This is nested too deeply.") from error
    if canonical(value) != data:
        raise Invalid("not_canonical", "This is not canonical JSON.")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _no_float(text: str) -> Any:
    raise ValueError(f"float {text[:20]}")


def _is_plain(value: Any) -> bool:
    """Whether Python's encoder writes this value as RFC 8785 wants it.

    Strings, integers up to 2**53 - 1, booleans, nulls, lists and objects of these very types; keys in ASCII, because the
    RFC sorts keys by UTF-16 units and Python by code points, which is the same up to U+D7FF only.
    """
    queue: list[Any] = [value]
    for item in queue:  # grows while it is walked: every nested value is looked at once
        kind = type(item)
        if kind is str or item is None or kind is bool:
            continue
        if kind is dict:
            for key in item:
                if type(key) is not str or not key.isascii():
                    return False
            queue.extend(item.values())
            if len(queue) > _MOST:
                return False
        elif kind is list or kind is tuple:
            queue.extend(item)
            if len(queue) > _MOST:
                return False
        elif kind is not int or not -_LARGEST <= item <= _LARGEST:
            return False
    return True


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise Invalid("not_canonical", "Fractions have no place in signed values.")
    if isinstance(value, Mapping):
        for item in value.values():  # pyright: ignore[reportUnknownVariableType] - any JSON value
            _refuse_floats(item)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:  # pyright: ignore[reportUnknownVariableType] - any JSON value
            _refuse_floats(item)
