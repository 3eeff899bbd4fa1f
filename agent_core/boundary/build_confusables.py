"""Makes the table of confusable characters (UTS 39) from a copy of Unicode's data; a part of `build_tables`.

Why apart: the data is published beside the Unicode Character Database with a version of its own, and is often at hand only
as the Python package `confusable-homoglyphs` carries it. Both forms are read and give the same table. It must never be
used at run time: `fold` reads the result.
"""

import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from agent_core.contract.errors import Unusable

SOURCE: Final = "derived from Unicode's confusables.txt (UTS 39), modified in form; see LICENSE.txt"
_IN_WHEEL: Final = "confusable_homoglyphs/confusables.json"
_VERSION = re.compile(r"^# Version: (\d+\.\d+\.\d+)", re.MULTILINE)
_ROW = re.compile(r"^([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;", re.MULTILINE)
_SHOWN_LEFT_TO_RIGHT = "\u200e"
"""What the file's own comments put around right-to-left characters; no part of them."""


def build_confusables(path: Path, version: str | None = None) -> dict[str, object]:
    """The table as JSON: for each prototype the characters that look like it, in one string.

    Args:
        path: `confusables.txt`, or a wheel of `confusable-homoglyphs`, or the `confusables.json` in it.
        version: The Unicode version, for a form that does not say it.

    Raises:
        Unusable: `unicode_files_missing`: there is no such file, or it does not say its version.
    """
    if not path.is_file():
        raise Unusable("unicode_files_missing", f"There is no file {path.name}.")
    text = _text(path)
    if text.startswith("{"):
        prototypes = _of_pairs(json.loads(text))
    else:
        prototypes = {chr(int(code, 16)): _characters(codes) for code, codes in _ROW.findall(text)}
        found = _VERSION.search(text)
        version = found.group(1) if found else version
    if version is None:
        raise Unusable("unicode_files_missing", "The file of confusables does not say its version: give it.")
    grouped: dict[str, list[str]] = {}
    for source, prototype in sorted(prototypes.items()):
        grouped.setdefault(prototype, []).append(source)
    return {
        "source": SOURCE,
        "unicode_version": version,
        "prototypes": {prototype: "".join(sources) for prototype, sources in sorted(grouped.items())},
    }


def _text(path: Path) -> str:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(_IN_WHEEL).decode("utf-8")
    return path.read_text(encoding="utf-8-sig")


def _characters(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


def _of_pairs(matrix: Mapping[str, list[Mapping[str, str]]]) -> dict[str, str]:
    """Prototypes from pairs written in both directions.

    In Unicode's file a source has one prototype, and no prototype is a source: so a character with several partners is a
    prototype, and of two that only have each other the one that was written first is the source.
    """
    partners: dict[str, set[str]] = {}
    for left, rights in matrix.items():
        name = left.strip(_SHOWN_LEFT_TO_RIGHT)
        partners.setdefault(name, set()).update(right["c"].strip(_SHOWN_LEFT_TO_RIGHT) for right in rights)
    order = {name: place for place, name in enumerate(partners)}
    prototypes: dict[str, str] = {}
    for name, others in partners.items():
        if len(name) == 1 and len(others) == 1:
            (other,) = others
            if len(other) > 1 or len(partners[other]) > 1 or order[name] < order[other]:
                prototypes[name] = other
    return prototypes
