"""Reads a request body the way the provider does: bounded in size, strict UTF-8, strict JSON, no lone surrogates.

Python's own JSON reader lets lone surrogates and ``NaN`` through; the provider does not, and that difference has broken
real conversations. Nothing of the body is ever quoted in an error.
"""

import json
import re
from typing import Any, NoReturn

from agent_core.sandbox.messages.problems import ApiProblem, invalid

MOST_BYTES = 32 * 1024 * 1024

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


def too_large() -> ApiProblem:
    """The 413 answer for a body over 32 MB."""
    return ApiProblem(413, "request_too_large", "Request exceeds the maximum size")


def parse(raw: bytes) -> Any:
    """Parses a body.

    Raises:
        ApiProblem: 400 with the provider's text when it is not valid JSON.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _broken("str is not valid UTF-8: surrogates not allowed", "", 0) from None
    try:
        value = json.loads(text, parse_constant=lambda _: _refuse_constant(text))
    except json.JSONDecodeError as error:
        raise _broken(error.msg[:1].lower() + error.msg[1:], text, error.pos) from None
    except RecursionError:
        raise _broken("recursion limit exceeded", text, 0) from None
    except ValueError:
        # Python refuses integers of thousands of digits with a plain ValueError.
        raise _broken("number is out of range", text, 0) from None
    _check_surrogates(text)
    return value


def _refuse_constant(text: str) -> NoReturn:
    raise _broken("unexpected character", text, 0)


def _check_surrogates(text: str) -> None:
    pending: re.Match[str] | None = None
    for match in _ESCAPE.finditer(text):
        code = int(match[1], 16) if match[1] else 0
        if pending is not None:
            adjacent = match.start() == pending.end() and match[1] is not None
            if not adjacent:
                raise _broken("no low surrogate in string", text, pending.start())
            if not 0xDC00 <= code <= 0xDFFF:
                raise _broken("invalid low surrogate in string", text, match.start())
            pending = None
        elif 0xD800 <= code <= 0xDBFF:
            pending = match
        elif 0xDC00 <= code <= 0xDFFF:
            raise _broken("invalid high surrogate in string", text, match.start())
    if pending is not None:
        raise _broken("no low surrogate in string", text, pending.start())


def _broken(reason: str, text: str, position: int) -> ApiProblem:
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return invalid(f"The request body is not valid JSON: {reason}: line {line} column {column} (char {position})")
