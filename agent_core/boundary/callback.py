"""A system answers later what it had taken: its webhook becomes a typed callback, or a refusal with a code (R-A5, R-A10).

What is in the answer is the adapter's business; here it is cleaned and bounded like every text from outside. A form that is
not agreed is refused whole. It must never trust a field beyond its type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agent_core.boundary.raw import raw_record
from agent_core.boundary.sources import read_json
from agent_core.boundary.webhook_fields import NAME, json_object, moment_field, name_field, object_field, text_field
from agent_core.contract.errors import Invalid

MOST_CALLBACK_BYTES: Final = 262_144

TYPE: Final = "operation.answered"


@dataclass(frozen=True, slots=True)
class Callback:
    """An answer as a system sent it.

    Attributes:
        event_id: The system's id of this event; a repeated one names the same answer (R-A6).
        occurred_at: When the system says it happened, UTC.
        ref: Its own name for the call it took.
        answer: What it says, cleaned.
        removed: What was stripped, by class.
        raw: Exact record of what arrived.
    """

    event_id: str
    occurred_at: datetime
    ref: str
    answer: Mapping[str, Any]
    removed: tuple[tuple[str, int], ...]
    raw: str


def read_callback(body: bytes) -> Callback:
    """Reads the body of a webhook whose signature has been verified.

    Raises:
        Invalid: `too_large`, `broken_json`, `unknown_type`, or `bad_field`.
    """
    event = json_object(body, MOST_CALLBACK_BYTES)
    if text_field(event, "type", "type") != TYPE:
        raise Invalid("unknown_type", f"Only events of type {TYPE} are taken here.")
    cleaned = read_json("tool_answer", object_field(event, "answer"))
    return Callback(
        event_id=name_field(event, "id", "id", NAME),
        occurred_at=moment_field(event),
        ref=name_field(event, "ref", "ref", NAME),
        answer=cleaned.value,
        removed=cleaned.removed,
        raw=raw_record(body.decode("utf-8", "surrogateescape")),
    )
