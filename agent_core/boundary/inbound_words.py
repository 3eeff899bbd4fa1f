"""The words of an inbound message, in whichever form a channel brings them, and what came beside them (R-A10, R-D1).

Three forms: a text; a text, HTML, headers and a list of files that somebody has taken apart; or a whole raw mail. The raw
record keeps what was given exactly. It must never let a form lose words that another would have shown.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agent_core.boundary.clean import Cleaned
from agent_core.boundary.html import Hidden, Link
from agent_core.boundary.mail import Attachment, BodyRead, is_automatic, read_body, read_mail
from agent_core.boundary.raw import raw_record
from agent_core.boundary.sources import read
from agent_core.boundary.webhook_fields import bad_field, optional_text

_MOST_FILES: Final = 50
_MOST_HEADERS: Final = 100
_MOST_HEADER: Final = 2_000
_LARGEST_FILE: Final = 2**53
_MAIL_CHANNELS: Final = frozenset({"email", "mail"})


@dataclass(frozen=True, slots=True)
class Beside:
    """What came with the words and is not the message itself.

    Attributes:
        quoted: History below the message, clean; `quoted_lines` of it hold text. `signature`: what was split off with it.
        other: The body that was not shown, where two told different things; clean.
        attachments: Files by name, type and size; never opened.
        hidden: What a person would not have seen; bounded evidence, not clean.
        links: Where the message's links lead.
        automatic: A program wrote it: it is never answered.
    """

    quoted: str = ""
    quoted_lines: int = 0
    signature: str = ""
    other: str = ""
    attachments: tuple[Attachment, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    links: tuple[Link, ...] = ()
    flags: tuple[str, ...] = ()
    automatic: bool = False
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A message's own words, clean, with the exact record of what was received."""

    text: Cleaned
    subject: Cleaned | None
    raw: str
    beside: Beside = field(default_factory=Beside)


def read_words(event: Mapping[str, Any], message: dict[str, Any], channel: str, sender: str) -> Words:
    """Reads the words of an event.

    Args:
        event: The whole event; `email.raw` is a raw mail in base64.
        message: Its `message`: `text`, `subject`, `html`, `headers`, `attachments`.
        channel: The kind of channel: history and signature are split off mails only.
        sender: The customer's address, or empty.

    Raises:
        Invalid: `bad_field`; the detail names it.
    """
    raw = _raw_mail(event)
    if raw is not None:
        return _of_mail(raw)
    html = optional_text(message, "html", "message.html")
    text = optional_text(message, "text", "message.text") if html is None or message.get("text") is not None else None
    if text is None and html is None:
        raise bad_field("message.text", "a text")
    subject = optional_text(message, "subject", "message.subject")
    headers, files = _headers(message), _files(message)
    shown = None if subject is None else read("subject", subject).cleaned
    if html is None and not headers and not files:
        assert text is not None
        record = raw_record(text if subject is None else f"{subject}\0{text}")
    else:
        record = raw_record(json.dumps(dict(message), ensure_ascii=True, separators=(",", ":")))
    if html is None and channel not in _MAIL_CHANNELS:
        assert text is not None
        return Words(read("message", text).cleaned, shown, record, Beside(attachments=files))
    automatic = is_automatic(lambda name: headers.get(name, []), sender)
    body = read_body(text, html, subject="" if shown is None else shown.text)
    return Words(body.text, shown, record, _beside(body, files, automatic=automatic))


def _of_mail(raw: bytes) -> Words:
    mail = read_mail(raw)
    beside = Beside(
        mail.quoted, mail.quoted_lines, mail.signature, mail.other, mail.attachments, mail.hidden, mail.links, mail.flags,
        mail.automatic, mail.truncated,
    )  # fmt: skip
    return Words(mail.text, mail.subject if mail.subject.text else None, raw_record(raw), beside)


def _beside(body: BodyRead, files: tuple[Attachment, ...], *, automatic: bool) -> Beside:
    flags = body.flags | {"auto_reply"} if automatic else body.flags
    return Beside(
        body.quoted, body.quoted_lines, body.signature, body.other, files, body.hidden, body.links, tuple(sorted(flags)),
        automatic, body.truncated,
    )  # fmt: skip


def _raw_mail(event: Mapping[str, Any]) -> bytes | None:
    email = event.get("email")
    if email is None:
        return None
    raw: Any = email.get("raw") if isinstance(email, dict) else None  # pyright: ignore[reportUnknownMemberType] - any JSON object
    if not isinstance(raw, str):
        raise bad_field("email.raw", "the base64 of a mail")
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_field("email.raw", "the base64 of a mail") from error


def _headers(message: Mapping[str, Any]) -> dict[str, list[str]]:
    """Headers by lower-case name; a value is a text or a list of texts."""
    given: Any = message.get("headers")
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > _MOST_HEADERS:  # pyright: ignore[reportUnknownArgumentType] - any JSON object
        raise bad_field("message.headers", f"an object of at most {_MOST_HEADERS} headers")
    found: dict[str, list[str]] = {}
    for name, value in given.items():  # pyright: ignore[reportUnknownVariableType] - any JSON object
        values: list[Any] = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in values):
            raise bad_field("message.headers", "an object of texts")
        found.setdefault(str(name).lower(), []).extend(each[:_MOST_HEADER] for each in values[:20])  # pyright: ignore[reportUnknownArgumentType] - likewise
    return found


def _files(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    given: Any = message.get("attachments")
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > _MOST_FILES:  # pyright: ignore[reportUnknownArgumentType] - any JSON list
        raise bad_field("message.attachments", f"a list of at most {_MOST_FILES} files")
    return tuple(map(_file, given))  # pyright: ignore[reportUnknownArgumentType] - any JSON list


def _file(value: Any) -> Attachment:
    if not isinstance(value, dict):
        raise bad_field("message.attachments", "a list of objects")
    name: Any = value.get("name")  # pyright: ignore[reportUnknownMemberType] - any JSON object
    type: Any = value.get("content_type", "application/octet-stream")  # pyright: ignore[reportUnknownMemberType] - likewise
    size: Any = value.get("size")  # pyright: ignore[reportUnknownMemberType] - likewise
    if not isinstance(name, str) or not isinstance(type, str):
        raise bad_field("message.attachments.name", "a text")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < _LARGEST_FILE:
        raise bad_field("message.attachments.size", "a number of bytes")
    return Attachment(read("file_name", name).text, read("line", type).text[:100], size)
