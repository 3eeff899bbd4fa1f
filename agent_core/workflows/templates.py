"""Templates that name things from a call's arguments: `order:{order_id}`, `payment.{payment_id}.refundable`.

Only `{name}` is understood; the values come from outside, so they are placed, never interpreted, and bounded.
"""

import re
from collections.abc import Mapping

from pydantic import JsonValue

_FIELD = re.compile(r"\{([a-z][a-z0-9_]{0,63})\}")
_MAX_VALUE = 120


def fields_of(template: str) -> tuple[str, ...]:
    """The names a template needs, in order, without repetition."""
    return tuple(dict.fromkeys(_FIELD.findall(template)))


def well_formed(template: str) -> bool:
    """Whether every brace belongs to a `{name}`."""
    rest = _FIELD.sub("", template)
    return "{" not in rest and "}" not in rest


def filled(template: str, values: Mapping[str, JsonValue]) -> str | None:
    """The template with its names replaced; None when a value is missing, not a plain value, or too long."""
    for name in fields_of(template):
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int) or not 0 < len(str(value)) <= _MAX_VALUE:
            return None
    return _FIELD.sub(lambda match: str(values[match.group(1)]), template)
