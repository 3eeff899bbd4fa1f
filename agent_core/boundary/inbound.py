"""An inbound webhook becomes a typed message, or a refusal with a code and a sentence (R-A10, R-D1, R-I3).

Text is never a reason to refuse: it is cleaned, and what was removed is on record. A form that is not agreed is refused
whole. It must never trust a field beyond its type: ids only name, `authenticated` is only what the channel says.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from agent_core.boundary.clean import Cleaned
from agent_core.boundary.inbound_words import Beside, read_words
from agent_core.boundary.sources import read
from agent_core.boundary.webhook_fields import (
    NAME,
    bad_field,
    json_object,
    moment_field,
    name_field,
    object_field,
    optional_text,
    text_field,
)
from agent_core.contract.errors import Invalid

MAX_BODY_BYTES: Final = 33_554_432
"""Larger bodies are refused. Ten million invisible characters, escaped, still get through to be cleaned and recorded."""

_CHANNEL = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message as the channel reported it.

    Attributes:
        event_id: The provider's id of the event; a repeated one names the same message (R-A6).
        occurred_at: The provider's time, aware, UTC.
        conversation: The provider's id of the thread.
        channel: The kind of channel, e.g. `chat`.
        customer: The provider's id of the customer.
        name: Their name as they gave it; outside text.
        email: Their address, or none when it has no address's form.
        authenticated: The channel says it knows who this is.
        message_id: The provider's id of the message.
        author: `person` when one of our people wrote in the channel itself.
        text: The message, clean.
        subject: The subject line, clean.
        language: The language tag the channel claims, lower case.
        raw: Exact record of the words as received (`raw.read_raw_record`): the text, subject and text, the whole `message`
            object, or the bytes of a raw mail.
        beside: What came with a mail: history, files, what was hidden.
    """

    event_id: str
    occurred_at: datetime
    conversation: str
    channel: str
    customer: str
    name: Cleaned
    email: str | None
    authenticated: bool
    message_id: str
    author: Literal["customer", "person"]
    text: Cleaned
    subject: Cleaned | None
    language: str | None
    raw: str
    beside: Beside = field(default_factory=Beside)


def read_message(
    body: bytes, *, limit: int = MAX_BODY_BYTES, kind: Literal["message.created", "message.updated"] = "message.created"
) -> InboundMessage:
    """Reads the body of a webhook whose signature has been verified.

    A body of more than `limit` bytes is not even looked at. Unknown fields are ignored; known ones must have their type.

    Raises:
        Invalid: `too_large`, `broken_json`, `unknown_type`, or `bad_field` (the detail names it).
    """
    event = json_object(body, limit)
    if text_field(event, "type", "type") != kind:
        raise Invalid("unknown_type", f"Only events of type {kind} are taken here.")
    conversation = object_field(event, "conversation")
    customer = object_field(event, "customer")
    message = object_field(event, "message")
    email = read("line", optional_text(customer, "email", "customer.email") or "").text
    language = optional_text(message, "language", "message.language")
    channel = name_field(conversation, "channel", "conversation.channel", _CHANNEL)
    words = read_words(event, message, channel, email)
    return InboundMessage(
        event_id=name_field(event, "id", "id", NAME),
        occurred_at=moment_field(event),
        conversation=name_field(conversation, "id", "conversation.id", NAME),
        channel=channel,
        customer=name_field(customer, "id", "customer.id", NAME),
        name=read("name", optional_text(customer, "name", "customer.name") or "").cleaned,
        email=email if _MAIL.fullmatch(email) else None,
        authenticated=_authenticated(customer),
        message_id=name_field(message, "id", "message.id", NAME),
        author=author_of(event, message),
        text=words.text,
        subject=words.subject,
        language=language.lower() if language is not None and _LANGUAGE.fullmatch(language) else None,
        raw=words.raw,
        beside=words.beside,
    )


def _authenticated(customer: dict[str, Any]) -> bool:
    value = customer.get("authenticated", False)
    if not isinstance(value, bool):
        raise bad_field("customer.authenticated", "true or false")
    return value


def author_of(event: dict[str, Any], message: dict[str, Any]) -> Literal["customer", "person"]:
    """Who wrote: `message.author`, or the kind of the event's own `author` object; the customer unless one says a person.

    Raises:
        Invalid: `bad_field`.
    """
    told = event.get("author")
    values = (message.get("author"), told.get("kind") if isinstance(told, dict) else told)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - any JSON value
    if any(value not in (None, "customer", "person") for value in values):  # pyright: ignore[reportUnknownVariableType] - likewise
        raise bad_field("message.author", "customer or person")
    return "person" if "person" in values else "customer"
