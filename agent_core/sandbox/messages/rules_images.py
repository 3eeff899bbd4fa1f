"""Rules for images: readable, not too many bytes, not too many pixels.

Only the head of a picture is read, by hand, for its kind and size: decoding hostile pictures is not this stand-in's job.
"""

import base64
import binascii
import struct
from collections.abc import Iterator
from typing import Any

from agent_core.sandbox.messages.problems import at

MOST_BYTES = 5_242_880
"""Counted over the base64 text: the stricter of the two countings seen in the field."""

MANY_IMAGES = 20
MOST_PIXELS = 8000
MOST_PIXELS_OF_MANY = 2000
_MEDIA_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_HEAD_CHARACTERS = 262_144


def check_images(request: dict[str, Any]) -> None:
    """Checks every image of the request, those inside tool results included."""
    images = list(_images(request))
    for path, block in images:
        _check_image(path, block, many=len(images) > MANY_IMAGES)


def _images(request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, message in enumerate(request["messages"]):
        content = message["content"]
        for position, block in enumerate(content if isinstance(content, list) else []):
            path = f"messages.{index}.content.{position}"
            if block["type"] == "image":
                yield f"{path}.image", block
            inner = block.get("content") if block["type"] == "tool_result" else None
            for below, part in enumerate(inner if isinstance(inner, list) else []):
                if part["type"] == "image":
                    yield f"{path}.tool_result.content.{below}.image", part


def _check_image(path: str, block: dict[str, Any], *, many: bool) -> None:
    source = block["source"]
    if not isinstance(source, dict) or source.get("type") not in ("base64", "url", "file"):
        raise at(f"{path}.source", "Input tag does not match any of the expected tags: 'base64', 'file', 'url'")
    if source["type"] != "base64":
        held = "url" if source["type"] == "url" else "file_id"
        if not isinstance(source.get(held), str):
            raise at(f"{path}.source.{source['type']}.{held}", "Field required")
        return
    media, data = source.get("media_type"), source.get("data")
    if media not in _MEDIA_TYPES:
        wanted = ", ".join(f"'{name}'" for name in _MEDIA_TYPES[:-1])
        raise at(f"{path}.source.base64.media_type", f"Input should be {wanted} or '{_MEDIA_TYPES[-1]}'")
    if not isinstance(data, str):
        raise at(f"{path}.source.base64.data", "Input should be a valid string")
    if len(data) > MOST_BYTES:
        raise at(
            f"{path}.source.base64",
            f"image exceeds 5 MB maximum: {len(data)} bytes > {MOST_BYTES} bytes",
        )
    if len(data) % 4:
        raise at(f"{path}.source.base64", "invalid base64 data")
    try:
        head = base64.b64decode(data[:_HEAD_CHARACTERS], validate=True)
    except (binascii.Error, ValueError):
        raise at(f"{path}.source.base64", "invalid base64 data") from None
    found = _measure(head)
    if found is None or 0 in found:
        raise at(f"{path}.source.base64.data", "Could not process image")
    kind, width, height = found
    if kind != media:
        raise at(
            f"{path}.source.base64",
            f"The image was specified using the {media} media type, but the image appears to be a {kind} image",
        )
    if many and max(width, height) > MOST_PIXELS_OF_MANY:
        raise at(
            f"{path}.source.base64.data",
            "At least one of the image dimensions exceed max allowed size for many-image requests: "
            f"{MOST_PIXELS_OF_MANY} pixels",
        )
    if max(width, height) > MOST_PIXELS:
        raise at(
            f"{path}.source.base64.data",
            f"At least one of the image dimensions exceed max allowed size: {MOST_PIXELS} pixels",
        )


def _measure(head: bytes) -> tuple[str, int, int] | None:
    """Kind and size in pixels, or None when it is no picture the service takes."""
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
            width, height = struct.unpack(">II", head[16:24])
            return ("image/png", width, height) if width and height else None
        if head[:6] in {b"GIF87a", b"GIF89a"}:
            return ("image/gif", *struct.unpack("<HH", head[6:10]))
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _measure_webp(head)
        if head.startswith(b"\xff\xd8"):
            return _measure_jpeg(head)
    except struct.error:
        return None
    return None


def _measure_webp(head: bytes) -> tuple[str, int, int] | None:
    form = head[12:16]
    if form == b"VP8X" and len(head) >= 30:
        return "image/webp", 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if form == b"VP8L" and len(head) >= 25:
        bits = int.from_bytes(head[21:25], "little")
        return "image/webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 " and len(head) >= 30:
        width, height = struct.unpack("<HH", head[26:30])
        return "image/webp", width & 0x3FFF, height & 0x3FFF
    return None


def _measure_jpeg(head: bytes) -> tuple[str, int, int] | None:
    position = 2
    while position + 9 <= len(head) and head[position] == 0xFF:
        marker, length = head[position + 1], int.from_bytes(head[position + 2 : position + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", head[position + 5 : position + 9])
            return "image/jpeg", width, height
        position += 2 + length
    return None
