"""`replace` as `dataclasses` has it, for values of many fields: a fold makes several copies of the state for each event.

The library's own goes through every field in Python and then through `__init__`; this one copies the dictionary. It must be
used for values whose `__post_init__`, if any, need not run again: those of `state` have none.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def replace(value: T, **changes: Any) -> T:
    """A copy of a frozen dataclass with some fields changed.

    Raises:
        TypeError: It has no such field.
    """
    fields = getattr(value, "__dict__", None)
    if fields is None:  # it has slots: few fields, then
        return dataclasses.replace(value, **changes)  # pyright: ignore[reportType, reportUnknownVariableType, reportArgumentType, reportCallIssue] - every caller gives a dataclass
    changed = fields.copy()  # as one piece; field by field it takes several times as long
    changed.update(changes)
    if len(changed) != len(fields):
        raise TypeError(f"{type(value).__name__} has no field {min(changes.keys() - fields.keys())}")
    made = object.__new__(type(value))
    object.__setattr__(made, "__dict__", changed)
    return made


def again(made: T, changes: Mapping[str, Any]) -> T:
    """Further changes to a copy that `replace` has just made and nobody else has seen: it is not copied a second time."""
    made.__dict__.update(changes)
    return made
