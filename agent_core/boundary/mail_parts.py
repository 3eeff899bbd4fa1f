"""Takes a raw message apart: headers, and the parts of its body, by slices of the same bytes (RFC 5322, 2045, 2046).

The standard library reads headers, encodings and parameters; the tree of parts is cut here. Its own parser asks every
open boundary about every line and recurses for every level, so a small message with many levels costs minutes; a slice
per level, of few levels, does not. It must never decode what nobody reads as text, and never decompress anything.
"""

import binascii
import codecs
import email
import email.errors
import email.header
import email.policy
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Final

MOST_HEADER_BYTES: Final = 65_536
_MOST_HEADER: Final = 2_000
_MOST_HEADERS: Final = 300
_MOST_PARTS: Final = 100
_MOST_DEPTH: Final = 8
MOST_TEXT_BYTES: Final = 2_400_000
"""Of one text part, before its encoding is undone."""

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_TYPE = re.compile(r"[\w!#$&^.+-]{1,60}/[\w!#$&^.+-]{1,80}", re.ASCII)
_ONE_BYTE: Final = ("ascii", "iso8859", "cp12", "cp4", "cp8", "koi8", "mac", "tis")
_CHARSETS: Final = frozenset({
    "ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255",
    "cp1256", "cp1257", "cp1258", "iso8859-1", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6",
    "iso8859-7", "iso8859-8", "iso8859-9", "iso8859-10", "iso8859-11", "iso8859-13", "iso8859-14", "iso8859-15",
    "iso8859-16", "koi8-r", "koi8-u", "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "shift_jis", "cp932", "euc_jp",
    "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "euc_kr", "cp949", "iso2022_kr", "johab", "mac-roman", "tis-620",
    "cp874", "cp437", "cp850", "cp866", "hz",
})  # fmt: skip
"""What a message may be written in. Codecs that run, such as `unicode_escape`, or cost a square, such as `idna`, are not."""


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of a message.

    Attributes:
        type: Content type, lower case, such as `text/plain`.
        name: The file name it claims, decoded, not clean; empty without one.
        disposition: `attachment`, `inline` or empty.
        id: Content-ID without brackets.
        charset: The character set it claims.
        encoding: The transfer encoding it claims, lower case.
        compressed: It claims a content encoding; nothing of it is read.
        data: Its bytes as they stand in the message.
        within: Types of the containers around it, outermost first.
    """

    type: str
    name: str
    disposition: str
    id: str
    charset: str
    encoding: str
    compressed: bool
    flowed: bool
    deletes_space: bool
    data: bytes
    within: tuple[str, ...]


@dataclass(slots=True)
class Taken:
    """A message in parts.

    Attributes:
        headers: The message's own headers.
        parts: Leaves in order.
        flags: `too_nested`, `broken_structure`.
    """

    headers: Message
    parts: list[Part] = field(default_factory=list[Part])
    flags: set[str] = field(default_factory=set[str])
    truncated: bool = False


def take_apart(raw: bytes) -> Taken:
    """Cuts a raw message into its parts."""
    headers, body, whole = _split(raw)
    taken = Taken(headers, truncated=not whole)
    waiting: list[tuple[Message, bytes, tuple[str, ...]]] = [(headers, body, ())]
    while waiting:
        head, data, within = waiting.pop()
        type = _type(head)
        boundary = _parameter(head, "boundary") if type.startswith("multipart/") else ""
        if len(taken.parts) + len(waiting) >= _MOST_PARTS:
            taken.flags.add("too_nested")
            taken.truncated = True
            return taken
        if boundary and len(within) < _MOST_DEPTH:
            children = list(_children(data, boundary[:200]))
            if not children:
                taken.flags.add("broken_structure")
                taken.parts.append(_leaf(head, "text/plain", data, within))
            waiting.extend(
                (inner, content, (*within, type)) for inner, content, _ in map(_split, reversed(children[: _MOST_PARTS + 1]))
            )
            continue
        if type.startswith("multipart/"):
            taken.flags.add("too_nested" if boundary else "broken_structure")
            taken.truncated = taken.truncated or bool(boundary)
            type = "text/plain" if not boundary and not within else "application/octet-stream"
        taken.parts.append(_leaf(head, type, data, within))
    return taken


def _split(data: bytes) -> tuple[Message, bytes, bool]:
    """Headers, body, and whether all headers were looked at."""
    if data[:5] == b"From ":
        data = data[data.find(b"\n") + 1 :]
    found = _END_OF_HEADERS.search(data, 0, MOST_HEADER_BYTES)
    head = data[: found.start()] if found else data[:MOST_HEADER_BYTES]
    body = data[found.end() :] if found else data[MOST_HEADER_BYTES:]
    # A bare CR in a header ends a line for some readers and not for others: for nobody here.
    lines = head.replace(b"\r\n", b"\n").replace(b"\r", b" ").replace(b"\0", b"").split(b"\n")
    kept: list[bytes] = []
    length = 0
    for line in lines:
        folded = line[:1] in b" \t" and bool(kept) and bool(line)
        length = length + len(line) if folded else len(line)
        if (folded or b":" in line[:200]) and length <= 8 * _MOST_HEADER and len(kept) < _MOST_HEADERS:
            kept.append(line)
    message = email.message_from_bytes(b"\n".join(kept) + b"\n\n", policy=email.policy.compat32)
    return message, body, found is not None or len(data) <= MOST_HEADER_BYTES


def _children(data: bytes, boundary: str) -> Iterator[bytes]:
    mark = re.compile(
        rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("utf-8", "surrogateescape")) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
    )
    start: int | None = None
    for found in mark.finditer(data):
        if start is not None:
            yield data[start : max(start, found.start())]
        if found.group(1):
            return
        start = found.end() + (2 if data[found.end() : found.end() + 2] == b"\r\n" else 1)
    if start is not None:
        yield data[start:]


def _type(head: Message) -> str:
    type = header(head, "content-type").partition(";")[0].strip().lower()
    return type if _TYPE.fullmatch(type) else "text/plain"


def _leaf(head: Message, type: str, data: bytes, within: tuple[str, ...]) -> Part:
    encoding = " ".join(header(head, "content-transfer-encoding").lower().split())
    return Part(
        type=type,
        name=_file_name(head),
        disposition=header(head, "content-disposition").partition(";")[0].strip().lower()[:20],
        id=header(head, "content-id").strip().strip("<>")[:200],
        charset=_parameter(head, "charset").strip("\"' ").lower()[:40],
        encoding=encoding[:40],
        compressed=header(head, "content-encoding").strip().lower() not in {"", "identity", "7bit", "8bit", "binary"},
        flowed=_parameter(head, "format").lower() == "flowed",
        deletes_space=_parameter(head, "delsp").lower() == "yes",
        data=data,
        within=within,
    )


def _file_name(head: Message) -> str:
    for place, name in (("content-disposition", "filename"), ("content-type", "name")):
        value = _parameter(head, name, place)
        if value:
            return decoded(value)
    return ""


def _parameter(head: Message, name: str, place: str = "content-type") -> str:
    """A header's parameter, with RFC 2231's continuations and character sets."""
    bounded = Message()
    bounded[place] = header(head, place)
    try:
        value = bounded.get_param(name, header=place, failobj="")
    except (ValueError, LookupError, TypeError):
        return ""
    if isinstance(value, tuple):
        charset, _, text = value
        codec = codec_of(charset or "")
        return text.encode("latin-1", "replace").decode(codec, "replace") if codec and charset else text
    return value


def header(head: Message, name: str) -> str:
    """The first header of a name, unfolded, bounded, with lone bytes as UTF-8 or Latin-1; empty without one."""
    return next(iter(headers(head, name)), "")


def headers(head: Message, name: str) -> list[str]:
    """Every header of a name; see `header`."""
    return [
        _repaired(" ".join(str(value).split())[:_MOST_HEADER]) for known, value in head.raw_items() if known.lower() == name
    ]


def _repaired(text: str) -> str:
    """Header text in which bytes stand for themselves, as text."""
    if text.isascii():
        return text
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decoded(value: str) -> str:
    """Undoes RFC 2047's encoded words."""
    if "=?" not in value:
        return value
    try:
        found = email.header.decode_header(value[:_MOST_HEADER])
    except (ValueError, binascii.Error, email.errors.HeaderParseError):
        return value
    parts: list[str] = []
    for text, charset in found:
        if isinstance(text, str):
            parts.append(text)
        else:
            parts.append(text.decode(codec_of(charset or "ascii") or "utf-8", "replace") if charset else _bytes(text))
    return "".join(parts)


def _bytes(text: bytes) -> str:
    return _repaired(text.decode("utf-8", "surrogateescape"))


def codec_of(charset: str) -> str:
    """Python's name of a character set a message may use; empty when it is none."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError, TypeError):
        return ""
    return name if name in _CHARSETS else ""


def content(part: Part) -> tuple[bytes, bool]:
    """A part's bytes with its transfer encoding undone, which never makes them more; and whether that was possible."""
    match part.encoding:
        case "base64":
            return _base64(part.data)
        case "quoted-printable":
            return quopri.decodestring(part.data), True
        case "" | "7bit" | "8bit" | "binary":
            return part.data, True
        case _:
            return part.data, False


def _base64(data: bytes) -> tuple[bytes, bool]:
    for padding in (b"", b"=", b"=="):
        try:
            return binascii.a2b_base64(data + padding), not padding
        except binascii.Error:
            continue
    return data, False


def text_of(part: Part) -> tuple[str, frozenset[str], bool]:
    """A text part as text.

    Returns:
        The text; flags `wrong_charset` (it is written otherwise than it says) and `broken_encoding`; whether it is whole.
    """
    whole = len(part.data) <= MOST_TEXT_BYTES
    data, known = content(part if whole else _cut(part))
    flags = set[str]() if known else {"broken_encoding"}
    claimed = codec_of(part.charset or "utf-8")
    if part.charset and not claimed:
        flags.add("wrong_charset")
    claimed = claimed or "utf-8"
    if claimed in {"gb2312", "gbk"}:
        claimed = "gb18030"  # which holds both, and is what is meant
    # Bytes that are UTF-8 although one byte per letter was promised are no accident.
    first = "utf-8" if claimed.startswith(_ONE_BYTE) else claimed
    for codec in dict.fromkeys((first, claimed, "utf-8")):
        try:
            text = data.decode(codec)
        except ValueError:
            continue
        if codec != claimed and not text.isascii():
            flags.add("wrong_charset")
        return _lines(text), frozenset(flags), whole
    flags.add("wrong_charset" if claimed in {"utf-8", "ascii"} else "broken_encoding")
    text = data.decode("cp1252" if claimed in {"utf-8", "ascii"} else claimed, "replace")
    return _lines(text), frozenset(flags), whole


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cut(part: Part) -> Part:
    return replace(part, data=part.data[:MOST_TEXT_BYTES])


def unflowed(text: str, *, deletes_space: bool) -> str:
    """Joins the lines that a mail program broke (RFC 3676): a line that ends in a space goes on."""
    lines: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        line = line[1:] if line.startswith(" ") else line
        if goes_on and not quoted and line != "-- ":
            lines[-1] += line
        else:
            lines.append(line)
        goes_on = line.endswith(" ") and line != "-- " and not quoted
        if goes_on and deletes_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
