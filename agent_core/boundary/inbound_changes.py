"""What a channel tells besides new messages: one was deleted, or its people closed the conversation (R-A6).

An edited message has the form of a new one and is read as such. It must never trust a field beyond its type.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from agent_core.boundary.inbound import author_of
from agent_core.boundary.raw import raw_record
from agent_core.boundary.webhook_fields import NAME, json_object, moment_field, name_field, object_field, text_field
from agent_core.contract.errors import Invalid

Kind = Literal["message.created", "message.updated", "message.deleted", "conversation.closed"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class InboundChange:
    """A deletion, or the end of a conversation.

    Attributes:
        event_id: The provider's id of the event.
        conversation: The provider's id of the thread.
        message_id: The provider's id of the message that was deleted; none when the conversation was closed.
        author: Who did it.
        raw: Exact record of what arrived.
    """

    kind: Kind
    event_id: str
    occurred_at: datetime
    conversation: str
    message_id: str | None
    author: Literal["customer", "person"]
    raw: str


def kind_of(body: bytes, *, limit: int) -> Kind:
    """What a webhook tells.

    Raises:
        Invalid: `too_large`, `broken_json`, `bad_field`, or `unknown_type`.
    """
    told = text_field(json_object(body, limit), "type", "type")
    if told not in KINDS:
        raise Invalid("unknown_type", f"Only events of type {', '.join(KINDS)} are taken here.")
    return told


def read_change(body: bytes, kind: Kind, *, limit: int) -> InboundChange:
    """Reads a deletion or an end, whose signature has been verified.

    Raises:
        Invalid: `bad_field`.
    """
    event = json_object(body, limit)
    message: dict[str, Any] = object_field(event, "message") if kind == "message.deleted" else {}
    return InboundChange(
        kind=kind,
        event_id=name_field(event, "id", "id", NAME),
        occurred_at=moment_field(event),
        conversation=name_field(object_field(event, "conversation"), "id", "conversation.id", NAME),
        message_id=name_field(message, "id", "message.id", NAME) if kind == "message.deleted" else None,
        author=author_of(event, message),
        raw=raw_record(body.decode("utf-8", "surrogateescape")),
    )
