"""What is wrong with an image: its bytes, its kind, its size in pixels.

Reads headers only and never a whole picture. Sources: the provider's limits as its error texts state them (5 MB counted on
the base64 text, the stricter reading; 8000 pixels, 2000 with more than 20 images), and the formats' own specifications.
It must never decode more than the head of an image.
"""

import base64
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.view import Block, View, nested_blocks

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_PIXELS: Final = 8000
MANY: Final = 20
MOST_PIXELS_OF_MANY: Final = 2000

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_HEAD: Final = 262_144
"""Characters of base64 looked at: the frame of a photograph may stand behind a long preview."""


def images(view: View) -> Iterator[Finding]:
    """Findings about every image; an image inside a result is reported at the result."""
    found: list[tuple[int, int, tuple[str, ...], Block]] = []
    for index, turn in enumerate(view.turns):
        for position, block in enumerate(turn.blocks):
            if block is None:
                continue
            kind = block.get("type")
            if kind == "image":
                found.append((index, position, (), block))
            elif kind == "tool_result":
                call = block.get("tool_use_id")
                ids = (call,) if isinstance(call, str) else ()
                found.extend(
                    (index, position, ids, cast("Block", inner))
                    for inner in nested_blocks(block)
                    if isinstance(inner, dict) and cast("Block", inner).get("type") == "image"
                )
    many = len(found) > MANY
    for index, position, ids, block in found:
        diagnosis = fault_of(block, many=many)
        if diagnosis is not None:
            yield finding(diagnosis, index, position, ids)


def fault_of(block: Block, *, many: bool) -> str | None:
    """The diagnosis of one image block, or none. Images by address or file id are not looked at.

    Args:
        block: An `image` block.
        many: The request holds more than 20 images.
    """
    source = block.get("source")
    if not isinstance(source, dict):
        return "image_undecodable"
    fields = cast("Mapping[str, Any]", source)
    kind = fields.get("type")
    if kind in ("url", "file"):
        return None if isinstance(fields.get("url" if kind == "url" else "file_id"), str) else "image_undecodable"
    data = fields.get("data")
    if kind != "base64" or not isinstance(data, str):
        return "image_undecodable"
    if len(data) > MOST_BYTES:
        return "image_bytes:over_5MB"
    head = _decoded(data)
    seen = None if head is None else size_of(head)
    if seen is None:
        return "image_undecodable"
    media_type, width, height = seen
    if fields.get("media_type") != media_type:
        return "image_undecodable:media_type_mismatch"
    if max(width, height) > MOST_PIXELS:
        return "image_dimension:over_8000"
    if many and max(width, height) > MOST_PIXELS_OF_MANY:
        return "image_dimension:many_image_limit"
    return None


def _decoded(data: str) -> bytes | None:
    if len(data) % 4 or _BASE64.fullmatch(data) is None:
        return None
    return base64.b64decode(data[:_HEAD])


def size_of(head: bytes) -> tuple[str, int, int] | None:
    """Media type, width and height in pixels of the image that begins like this, or none when it is no image."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR" and len(head) >= 24:
        return _measured("image/png", *struct.unpack(">II", head[16:24]))
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        return _measured("image/gif", *struct.unpack("<HH", head[6:10]))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(head)
    return None


def _measured(media_type: str, width: int, height: int) -> tuple[str, int, int] | None:
    """What was measured; a picture without a pixel is none."""
    return (media_type, width, height) if width and height else None


def _webp(head: bytes) -> tuple[str, int, int] | None:
    if len(head) < 30:
        return None
    chunk = head[12:16]
    if chunk == b"VP8X":
        return "image/webp", 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return _measured("image/webp", width & 0x3FFF, height & 0x3FFF)
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return "image/webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def _jpeg(head: bytes) -> tuple[str, int, int] | None:
    place = 2
    while place + 9 <= len(head):
        if head[place] != 0xFF:
            return None
        marker = head[place + 1]
        if marker == 0xFF:
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return "image/jpeg", width, height
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            place += 2
        else:
            length = int.from_bytes(head[place + 2 : place + 4], "big")
            if length < 2:
                return None
            place += 2 + length
    # A frame behind the head that was looked at: a picture all the same, of unknown size.
    return ("image/jpeg", 0, 0) if len(head) * 4 // 3 >= _HEAD - 4 else None
