"""The shape of every value on the wire: frozen, closed, strict.

A misspelt or unknown field is an error at the boundary, never a silently ignored wish.
"""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints


class Value(BaseModel):
    """An immutable value. Unknown fields are refused; instances compare and hash by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float", allow_inf_nan=False)


class Event(Value):
    """Base of everything that can be appended to a log. Subclasses carry a `Literal` field `type`.

    `MOVES_FENCE` says whether appending it moves the conversation's epoch, and so makes every start that was decided
    before it stale (R-A3, DESIGN §1.4).
    """

    MOVES_FENCE: ClassVar[bool] = False


Instant = AwareDatetime
"""A moment in UTC; naive times are refused."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hexadecimal."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A machine-readable reason, for life once it is on the wire."""

Sentence = Annotated[str, StringConstraints(max_length=400)]
"""A sentence made by our own code, safe to show a person; never outside text."""
