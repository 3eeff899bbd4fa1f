"""An inbound webhook becomes a typed message, or a refusal with a code and a sentence (R-A10, R-D1, R-I3).

Text is never a reason to refuse: it is cleaned, and what was removed is on record. A form that is not agreed is refused
whole. It must never trust a field beyond its type: ids only name, `authenticated` is only what the channel says.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from agent_core.boundary.clean import Cleaned
from agent_core.boundary.raw import raw_record
from agent_core.boundary.sources import read
from agent_core.contract.errors import Invalid

MAX_BODY_BYTES: Final = 33_554_432
"""Larger bodies are refused. Ten million invisible characters, escaped, still get through to be cleaned and recorded."""

_ID = re.compile(r"[!-~]{1,200}")
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
        raw: Exact record of text and subject as received (`raw.read_raw_record`).
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


def read_message(body: bytes, *, limit: int = MAX_BODY_BYTES) -> InboundMessage:
    """Reads the body of a webhook whose signature has been verified.

    A body of more than `limit` bytes is not even looked at. Unknown fields are ignored; known ones must have their type.

    Raises:
        Invalid: `too_large`, `broken_json`, `unknown_type`, or `bad_field` (the detail names it).
    """
    event = _json_object(body, limit)
    if _text(event, "type", "type") != "message.created":
        raise Invalid("unknown_type", "Only events of type message.created are taken here.")
    conversation = _object(event, "conversation")
    customer = _object(event, "customer")
    message = _object(event, "message")
    text = _text(message, "text", "message.text")
    subject = _optional_text(message, "subject", "message.subject")
    email = read("line", _optional_text(customer, "email", "customer.email") or "").text
    language = _optional_text(message, "language", "message.language")
    return InboundMessage(
        event_id=_matching(event, "id", "id", _ID),
        occurred_at=_moment(event),
        conversation=_matching(conversation, "id", "conversation.id", _ID),
        channel=_matching(conversation, "channel", "conversation.channel", _CHANNEL),
        customer=_matching(customer, "id", "customer.id", _ID),
        name=read("name", _optional_text(customer, "name", "customer.name") or "").cleaned,
        email=email if _MAIL.fullmatch(email) else None,
        authenticated=_authenticated(customer),
        message_id=_matching(message, "id", "message.id", _ID),
        author=_author(event, message),
        text=read("message", text).cleaned,
        subject=None if subject is None else read("subject", subject).cleaned,
        language=language.lower() if language is not None and _LANGUAGE.fullmatch(language) else None,
        raw=raw_record(text if subject is None else f"{subject}\0{text}"),
    )


def _json_object(body: bytes, limit: int) -> dict[str, Any]:
    if len(body) > limit:
        raise Invalid("too_large", f"The body is larger than {limit} bytes.", detail=f"{len(body)} bytes")
    try:
        value = json.loads(body.decode("utf-8", "surrogateescape"), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise Invalid("broken_json", "The body is not valid JSON.", detail=type(error).__name__) from error
    if not isinstance(value, dict):
        raise Invalid("broken_json", "The body is not a JSON object.")
    return value  # pyright: ignore[reportUnknownVariableType] - any JSON object


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _bad(name: str, wanted: str) -> Invalid:
    return Invalid("bad_field", f"The field {name} must be {wanted}.", detail=name)


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise _bad(name, "an object")
    return value  # pyright: ignore[reportUnknownVariableType] - any JSON object


def _text(parent: dict[str, Any], name: str, path: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str):
        raise _bad(path, "a text")
    return value


def _optional_text(parent: dict[str, Any], name: str, path: str) -> str | None:
    return None if parent.get(name) is None else _text(parent, name, path)


def _matching(parent: dict[str, Any], name: str, path: str, pattern: re.Pattern[str]) -> str:
    value = _text(parent, name, path)
    if not pattern.fullmatch(value):
        raise _bad(path, "a short name of visible ASCII characters")
    return value


def _authenticated(customer: dict[str, Any]) -> bool:
    value = customer.get("authenticated", False)
    if not isinstance(value, bool):
        raise _bad("customer.authenticated", "true or false")
    return value


def _author(event: dict[str, Any], message: dict[str, Any]) -> Literal["customer", "person"]:
    """Who wrote: `message.author`, or the kind of the event's own `author` object; the customer unless said otherwise."""
    told = event.get("author")
    value = message.get("author", told.get("kind") if isinstance(told, dict) else told)  # pyright: ignore[reportUnknownVariableType] - any JSON value
    if value is None or value == "customer":
        return "customer"
    if value == "person":
        return "person"
    raise _bad("message.author", "customer or person")


def _moment(event: dict[str, Any]) -> datetime:
    value = _text(event, "occurred_at", "occurred_at")
    refusal = _bad("occurred_at", "an ISO 8601 time with its offset from UTC")
    if len(value) > 40:
        raise refusal
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise refusal
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refusal from error
