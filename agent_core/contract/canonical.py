"""Canonical bytes: RFC 8785 JSON, strict parsing, and digests over it.

Whatever is hashed or signed goes through here. Floats, duplicate keys, NaN and lone surrogates are refused, because two
readers could understand them differently.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from agent_core.contract.errors import Invalid


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value of strings, integers, booleans, nulls, lists and objects.

    Raises:
        Invalid: `not_canonical` when the value holds a float, an integer above 2**53, or a lone surrogate.
    """
    _refuse_floats(value)
    try:
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


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise Invalid("not_canonical", "Fractions have no place in signed values.")
    if isinstance(value, Mapping):
        for item in value.values():  # pyright: ignore[reportUnknownVariableType] - any JSON value
            _refuse_floats(item)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:  # pyright: ignore[reportUnknownVariableType] - any JSON value
            _refuse_floats(item)
