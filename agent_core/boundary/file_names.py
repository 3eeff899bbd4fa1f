"""File names from outside: what a person reads is what a program would open, and no path comes along (R-D1).

A name is data about an attachment, never a place: nothing here may ever be joined to a folder. What is cut or replaced is on
record in the raw view.
"""

import re
from typing import Final

from agent_core.boundary.clean import Cleaned, Limits, clean

_LOOKED_AT: Final = 4_096
FILE_NAME: Final = Limits(input_code_points=_LOOKED_AT, text_bytes=240, code_points=160, graphemes=120, one_line=True)
_UNNAMED: Final = "unnamed"
_SEPARATORS = re.compile(r"[/\\]")
_LIKE_SEPARATORS = re.compile("[\u2044\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c]")
_NEVER_IN_NAMES = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?:\.|$)", re.IGNORECASE)
_EDGES: Final = " .\u00a0\u3000\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"
_SPACES = re.compile(r"\s+")
_LONGEST_EXTENSION: Final = 16
_PUSHED_AWAY = re.compile(r"\s{8}\S*\.\w+$")
_TURNING = re.compile("[\u202a\u202b\u202d\u202e\u2066-\u2068]")
"""Controls that turn text around; the plain marks U+200E and U+200F stand in honest names."""


def clean_file_name(value: str | bytes) -> Cleaned:
    """One file name: a single part of a path, harmless on every system, its extension kept.

    Flags besides those of `clean`: `deceptive_name` when the name was made to show another extension than it has, by turning
    text around or by pushing the extension out of sight; `path_in_name` when it named a folder.
    """
    cleaned = clean(value, Limits(input_code_points=_LOOKED_AT, text_bytes=16_384, code_points=4_096, one_line=True))
    text = cleaned.text
    flags = set(cleaned.flags)
    seen = value[:_LOOKED_AT].decode("utf-8", "replace") if isinstance(value, bytes) else value[:_LOOKED_AT]
    if _TURNING.search(seen) or _PUSHED_AWAY.search(text):
        flags.add("deceptive_name")
    if _SEPARATORS.search(text):
        flags.add("path_in_name")
        text = next((part for part in reversed(_SEPARATORS.split(text)) if part.strip(_EDGES)), "")
    text = _NEVER_IN_NAMES.sub("_", _LIKE_SEPARATORS.sub("_", _SPACES.sub(" ", text))).strip(_EDGES)
    if _RESERVED.match(text):
        text = f"_{text}"
    bounded = _bounded(text) or _UNNAMED
    return Cleaned(
        bounded, cleaned.removed, tuple(sorted(flags)), cleaned.truncated or bounded != (text or _UNNAMED), cleaned.smuggled
    )


def _bounded(text: str) -> str:
    """A name within the bounds; what is cut is the stem, for the extension says what it is."""
    if clean(text, FILE_NAME).text == text:
        return text
    stem, dot, extension = text.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION:
        return clean(text, FILE_NAME).text.rstrip(_EDGES)
    room = len(extension.encode()) + 1
    limits = Limits(
        input_code_points=FILE_NAME.input_code_points,
        text_bytes=FILE_NAME.text_bytes - room,
        code_points=FILE_NAME.code_points - len(extension) - 1,
        graphemes=FILE_NAME.graphemes - len(extension) - 1,
        one_line=True,
    )
    return f"{clean(stem, limits).text.rstrip(_EDGES)}.{extension}"
