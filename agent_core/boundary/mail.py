"""A raw mail becomes the words somebody wrote now, and evidence of everything else in it (R-A10, R-D1).

Bytes in, a typed value out: the newest words, history and signature apart, names and digests of attachments, what was
hidden, where links lead. Nothing is fetched, no attachment is opened, nothing is decompressed. Two bodies that tell
different things are an attack or a newsletter, and say so. It must never drop a message: what cannot be read is flagged
and kept in the raw view. Sources: RFC 5322, 2045 to 2047, 2231, 3676, 3834 (automatic answers).
"""

import email.utils
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from agent_core.boundary.clean import Cleaned
from agent_core.boundary.html import Hidden, HtmlText, Link, read_html
from agent_core.boundary.html_links import deceives
from agent_core.boundary.mail_parts import Part, content, decoded, header, headers, take_apart, text_of, unflowed
from agent_core.boundary.mail_quotes import Split, count_lines, is_forward, split_quotes
from agent_core.boundary.sources import read

_MOST_ATTACHMENTS: Final = 50
_MOST_TEXT_PARTS: Final = 10
_MOST_REFERENCES: Final = 50
_ADDRESS = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,255}")
_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_WORDS = re.compile(r"\w+", re.UNICODE)
_URLS = re.compile(r"<?\b(?:https?|ftp|mailto|cid|tel):\S+|\[(?:cid|image|inline)[^\]]*\]|\bwww\.\S+", re.IGNORECASE)
_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|bounces?|no-?reply-?bounce)(?:[+=-][^@]*)?@", re.IGNORECASE)
_ONCE: Final = (
    "from",
    "sender",
    "reply-to",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "content-type",
    "mime-version",
)
_LEAST_DIFFERENCE: Final = 4


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came along, never opened.

    Attributes:
        name: Clean; safe to show, never to be used as a path.
        type: The content type it claims.
        size: Bytes, with the transfer encoding undone.
        digest: SHA-256 of those bytes, hexadecimal; empty when they are not at hand.
        inline: It belongs to the body, such as a logo.
    """

    name: str
    type: str
    size: int
    digest: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class MailRead:
    """A mail, read.

    Attributes:
        subject: Clean.
        sender: Address and name that `From` claims; nothing here has proven them.
        reply_to: Address answers are wanted at, empty when it is the sender's.
        message_id: Of this mail; `in_reply_to` and `references` of those before it.
        text: The newest words, clean.
        quoted: History, clean; `quoted_lines` of it hold text.
        hidden: What a person would not have seen, with the reason; bounded evidence, not clean.
        other: The body that was not taken, where the two told different things; clean.
        automatic: No person wrote this: it must not be answered (RFC 3834).
        flags: Of all parts.
    """

    subject: Cleaned
    sender: str
    sender_name: Cleaned
    reply_to: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    date: datetime | None
    text: Cleaned
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
class BodyRead:
    """The words of a mail's body; see `MailRead`."""

    text: Cleaned
    quoted: str = ""
    quoted_lines: int = 0
    signature: str = ""
    other: str = ""
    hidden: tuple[Hidden, ...] = ()
    links: tuple[Link, ...] = ()
    flags: frozenset[str] = frozenset()
    truncated: bool = False


def read_mail(raw: bytes) -> MailRead:
    """Reads a raw message (RFC 5322). Never raises: whatever the bytes are, there is an answer."""
    taken = take_apart(raw)
    head, flags = taken.headers, set(taken.flags)
    if any(len(headers(head, name)) > 1 for name in _ONCE):
        flags.add("duplicate_header")
    subject = _words(header(head, "subject"), flags)
    sender, name = _address(header(head, "from"), flags)
    reply_to, _ = _address(header(head, "reply-to"), set())
    if reply_to and sender and reply_to.rpartition("@")[2].lower() != sender.rpartition("@")[2].lower():
        flags.add("other_reply_address")
    bodies, files = _sorted(taken.parts, flags)
    body = _body(bodies, subject.text)
    attachments = tuple(_attachment(file, flags) for file in files[:_MOST_ATTACHMENTS])
    if any(file.type in {"application/ms-tnef", "application/vnd.ms-tnef"} for file in files):
        flags.add("tnef")
    automatic = is_automatic(lambda wanted: headers(head, wanted), sender) or any(
        "multipart/report" in part.within for part in taken.parts
    )
    if automatic:
        flags.add("auto_reply")
    return MailRead(
        subject=subject,
        sender=sender,
        sender_name=name,
        reply_to=reply_to if reply_to.lower() != sender.lower() else "",
        message_id=next(iter(_ID.findall(header(head, "message-id"))), ""),
        in_reply_to=next(iter(_ID.findall(header(head, "in-reply-to"))), ""),
        references=tuple(_ID.findall(header(head, "references"))[:_MOST_REFERENCES]),
        date=_date(header(head, "date")),
        text=body.text,
        quoted=body.quoted,
        quoted_lines=body.quoted_lines,
        signature=body.signature,
        other=body.other,
        attachments=attachments,
        hidden=body.hidden,
        links=body.links,
        flags=tuple(sorted(flags | body.flags)),
        automatic=automatic,
        truncated=taken.truncated or body.truncated or len(files) > _MOST_ATTACHMENTS,
    )


def read_body(plain: str | None, html: str | None, *, subject: str = "") -> BodyRead:
    """Reads a body that somebody else has taken apart already.

    Args:
        plain: The text, or none.
        html: The HTML that says the same, or none.
        subject: The clean subject.
    """
    return _combined(plain, None if html is None else read_html(html), subject)


def is_automatic(header_of: Callable[[str], list[str]], sender: str) -> bool:
    """Whether a program wrote this, and answering it could go on for ever (RFC 3834 §2, RFC 3464).

    Args:
        header_of: The values of a header, by lower-case name.
        sender: The address it claims to be from.
    """

    def has(name: str, *words: str) -> bool:
        values = [" ".join(value.lower().split()) for value in header_of(name)]
        return any(any(word in value for word in words) if words else bool(value) for value in values)

    submitted = [value.partition(";")[0].strip().lower() for value in header_of("auto-submitted")]
    return (
        any(value not in {"", "no"} for value in submitted)
        or has("precedence", "bulk", "junk", "auto_reply", "auto-reply", "list")
        or has("x-auto-response-suppress", "all", "autoreply", "oof")
        or any(
            has(name)
            for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-failed-recipients")
        )
        or any(not value.strip("<> \t") for value in header_of("return-path"))
        or has("content-type", "multipart/report")
        or _ROBOTS.match(sender) is not None
    )


# -- headers -----------------------------------------------------------------------------------------------------------


def _words(value: str, flags: set[str]) -> Cleaned:
    text = decoded(value)
    if re.search(r"[\r\n\0]", text):
        flags.add("header_injection")
    return read("subject", text).cleaned


def _address(value: str, flags: set[str]) -> tuple[str, Cleaned]:
    """The first address and its name. Addresses are read before encoded words are: an encoded one cannot become another."""
    try:
        found = [(name, address) for name, address in email.utils.getaddresses([value]) if address]
    except (ValueError, IndexError, TypeError):
        found = []
    if not found:
        plain = _ADDRESS.findall(value)
        return (read("line", plain[0]).text if plain else ""), Cleaned("")
    if len(found) > 1:
        flags.add("several_senders")
    name, address = found[0]
    shown = _words(name, flags)
    clean_address = read("line", address).text
    known = clean_address if _ADDRESS.fullmatch(clean_address) else ""
    if known and deceives(shown.text, known.rpartition("@")[2].lower(), mail=True):
        flags.add("deceptive_sender")
    return known, shown


def _date(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# -- parts -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Bodies:
    """Text parts: those that are alternatives of each other, and those that follow."""

    plain: list[Part] = field(default_factory=list[Part])
    html: list[Part] = field(default_factory=list[Part])
    after: list[Part] = field(default_factory=list[Part])


def _sorted(parts: list[Part], flags: set[str]) -> tuple[_Bodies, list[Part]]:
    bodies, files = _Bodies(), list[Part]()
    for part in parts:
        readable = part.type in {"text/plain", "text/html"} and part.disposition != "attachment" and not part.name
        taken = len(bodies.plain) + len(bodies.html) + len(bodies.after)
        if part.compressed:
            flags.add("compressed_part")
        if not readable or part.compressed or taken >= _MOST_TEXT_PARTS or "multipart/report" in part.within[1:]:
            files.append(part)
        elif "multipart/alternative" in part.within:
            (bodies.plain if part.type == "text/plain" else bodies.html).append(part)
        else:
            bodies.after.append(part)
    return bodies, files


def _attachment(part: Part, flags: set[str]) -> Attachment:
    data, _ = content(part)
    name = read("file_name", part.name or ("message.eml" if part.type == "message/rfc822" else "")).cleaned
    flags.update(name.flags)
    inline = part.disposition == "inline" or bool(part.id and part.disposition != "attachment")
    return Attachment(name.text, part.type, len(data), hashlib.sha256(data).hexdigest(), inline)


# -- bodies ------------------------------------------------------------------------------------------------------------


def _body(bodies: _Bodies, subject: str) -> BodyRead:
    flags, whole = set[str](), True

    def text(part: Part) -> str:
        nonlocal whole
        found, more, all_of_it = text_of(part)
        flags.update(more)
        whole = whole and all_of_it
        return unflowed(found, deletes_space=part.deletes_space) if part.flowed and part.type == "text/plain" else found

    def page(part: Part) -> HtmlText:
        return read_html(text(part)) if part.type == "text/html" else HtmlText(text(part))

    plain, html = [text(part) for part in bodies.plain], [page(part) for part in bodies.html]
    after = [page(part) for part in bodies.after]
    if not html and not any(part.type == "text/html" for part in bodies.after):
        body = _combined("\n\n".join((*plain, *(each.visible for each in after))), None, subject)
    elif plain and html:
        both = "\n\n".join((*plain, *(each.visible for each in after)))
        body = _combined(both, _together([*html, *after]), subject)
    else:
        body = _combined(None, _together([*map(HtmlText, plain), *html, *after]), subject)
    return replace(body, flags=body.flags | flags, truncated=body.truncated or not whole)


def _together(pages: list[HtmlText]) -> HtmlText:
    if len(pages) == 1:
        return pages[0]
    return HtmlText(
        "\n\n".join(page.visible for page in pages).strip(),
        "\n\n".join(page.quoted for page in pages).strip(),
        tuple(each for page in pages for each in page.hidden),
        tuple(each for page in pages for each in page.links),
        sum(page.images for page in pages),
        sum(page.inline_images for page in pages),
        tuple(dict.fromkeys(host for page in pages for host in page.image_hosts)),
        tuple(sorted({flag for page in pages for flag in page.flags})),
        any(page.truncated for page in pages),
    )


def _combined(plain: str | None, page: HtmlText | None, subject: str) -> BodyRead:
    """One body of two. The plain one when it says the same; the one a person saw when it does not."""
    if page is None:
        return _of_plain(plain or "", subject)
    flags = set(page.flags)
    written = None if plain is None or not plain.strip() else plain
    said = f"{page.visible}\n{page.quoted}"
    other = ""
    if written is not None and said.strip() and _tell_different_things(written, said, page):
        flags.add("parts_disagree")
        other, written = read("mail_history", written).text, None
    body = _of_page(page, subject) if written is None else _of_plain(written, subject)
    return replace(
        body, other=other, hidden=page.hidden, links=page.links, flags=frozenset(flags),
        truncated=body.truncated or page.truncated,
    )  # fmt: skip


def _of_plain(plain: str, subject: str) -> BodyRead:
    whole = read("mail_history", plain).cleaned
    return _newest(whole, split_quotes(whole.text, subject=subject))


def _of_page(page: HtmlText, subject: str) -> BodyRead:
    visible, quoted = page.visible, page.quoted
    if quoted and (not visible.strip() or is_forward(quoted, subject)):
        visible, quoted = f"{visible}\n\n{quoted}".strip(), ""
    whole = read("mail_history", visible).cleaned
    split = split_quotes(whole.text, subject=subject)
    history = read("mail_history", quoted).cleaned
    older = "\n\n".join(each for each in (split.quoted, history.text) if each)
    both = Split(split.newest, older, split.signature, split.quoted_lines + count_lines(history.text))
    return _newest(whole, both, truncated=history.truncated)


def _newest(whole: Cleaned, split: Split, *, truncated: bool = False) -> BodyRead:
    newest = read("mail", split.newest).cleaned
    text = replace(newest, removed=whole.removed, flags=whole.flags, smuggled=whole.smuggled)
    return BodyRead(
        text, split.quoted, split.quoted_lines, split.signature, truncated=truncated or newest.truncated or whole.truncated
    )


def _tell_different_things(plain: str, said: str, page: HtmlText) -> bool:
    """Whether one of the two holds words that the other does not, beyond links and descriptions of images."""
    described = " ".join(each.text for each in page.hidden if each.reason == "alternative_text")
    one, other = _bag(plain), _bag(said)
    allowed = _bag(described) + _bag(" ".join(f"{link.words} {link.url}" for link in page.links))
    more = sum((one - other - allowed).values())
    less = sum((other - one).values())
    most = max(_LEAST_DIFFERENCE, sum(one.values()) // 20)
    return more >= most or less >= max(_LEAST_DIFFERENCE, sum(other.values()) // 20)


def _bag(text: str) -> Counter[str]:
    return Counter(_WORDS.findall(_URLS.sub(" ", text[:200_000]).casefold()))
