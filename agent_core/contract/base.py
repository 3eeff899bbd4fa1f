"""The shape of every value on the wire: frozen, closed, strict.

A misspelt or unknown field is an error at the boundary, never a silently ignored wish.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from agent_core.contract.clock import iso
from agent_core.contract.once import once


class Value(BaseModel):
    """An immutable value. Unknown fields are refused; instances compare and hash by content."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_timedelta="float", allow_inf_nan=False, ignored_types=(once,)
    )


V = TypeVar("V", bound=Value)


def of_checked(kind: type[V], values: dict[str, Any]) -> V:
    """A value of parts that were checked, or made here: what `model_construct` makes, without going through the fields.

    Args:
        kind: Its type.
        values: Every field, each as validation would leave it. It becomes the value's own.
    """
    made = kind.__new__(kind)
    put = object.__setattr__
    put(made, "__dict__", values)
    put(made, "__pydantic_fields_set__", set(values))
    put(made, "__pydantic_extra__", None)
    put(made, "__pydantic_private__", None)
    return made


class Event(Value):
    """Base of everything that can be appended to a log. Subclasses carry a `Literal` field `type`.

    `MOVES_FENCE` says whether appending it moves the conversation's epoch, and so makes every start that was decided
    before it stale (R-A3, DESIGN §1.4).
    """

    MOVES_FENCE: ClassVar[bool] = False


_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FIRST_YEAR: Final = 1000
"""Earlier years would be spelt with fewer digits; nothing that is recorded here happened then."""


def _only_moments(value: Any) -> Any:
    """Numbers and texts of digits are no moments: seconds, milliseconds and days look alike."""
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise ValueError("a moment is ISO 8601 with its offset from UTC")


def _in_utc(value: datetime) -> datetime:
    try:
        moment = value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of the range of moments") from error
    if moment.year < _FIRST_YEAR:
        raise ValueError("out of the range of moments")
    return moment


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_only_moments),
    AfterValidator(_in_utc),
    PlainSerializer(iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in UTC, in JSON always spelt by `clock.iso`: what is hashed or signed has one spelling. Naive times, numbers and
texts of digits are refused."""

ResourceName = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(:[A-Za-z0-9_.-]{1,120})?$", max_length=200)]
"""What an action is about, e.g. `order:NW-10023`: an id, never an address, a name or a sentence."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hexadecimal."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A machine-readable reason, for life once it is on the wire."""

Sentence = Annotated[str, StringConstraints(max_length=400)]
"""A sentence made by our own code, safe to show a person; never outside text."""
