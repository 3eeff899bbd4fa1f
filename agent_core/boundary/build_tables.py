"""Makes the boundary's tables from the Unicode files: `python -m agent_core.boundary.build_tables UNICODE_DIR`.

Why: the rules of the boundary are Unicode properties, not a list of favourites, and they must not change with the
interpreter. UNICODE_DIR holds the Unicode Character Database and `emoji/` beside it (or all in one folder); the result is
`resources/unicode/boundary.json`, compact, with the version it came from. `--confusables FILE` makes `confusables.json`
beside it (see `build_confusables` for the forms it reads). It never touches anything else.
"""

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent_core.boundary.build_confusables import build_confusables
from agent_core.boundary.tables import CONFUSABLES_PATH, TABLE_PATH
from agent_core.contract.errors import Unusable

JOINING_SCRIPTS = frozenset({
    "Adlam", "Arabic", "Balinese", "Bengali", "Brahmi", "Chakma", "Devanagari", "Grantha", "Gujarati",
    "Gurmukhi", "Hanifi_Rohingya", "Javanese", "Kaithi", "Kannada", "Khmer", "Lao", "Malayalam", "Mandaic",
    "Manichaean", "Mongolian", "Myanmar", "Newa", "Nko", "Oriya", "Phags_Pa", "Sinhala", "Syriac", "Tamil",
    "Telugu", "Thai", "Tibetan", "Tirhuta",
})  # fmt: skip
"""Scripts whose writers need U+200C and U+200D (R-D1: real scripts survive)."""

_ZWJ = "\u200d"
_LAST_TAG = "\U000e007f"


def main(arguments: list[str] | None = None) -> int:
    """Reads the files and writes the table. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Makes the tables of resources/unicode from the Unicode files.")
    parser.add_argument("folder", type=Path, metavar="UNICODE_DIR", nargs="?")
    parser.add_argument("--confusables", type=Path, metavar="FILE", help="confusables.txt or a package that carries it")
    parser.add_argument("--confusables-version", metavar="VERSION", help="its Unicode version, if the file does not say it")
    parser.add_argument("--output", type=Path, default=TABLE_PATH.parent, metavar="FOLDER")
    given = parser.parse_args(arguments)
    if given.folder is None and given.confusables is None:
        parser.error("nothing to do: name the Unicode files, or --confusables")
    if given.folder is not None:
        _write(given.output / TABLE_PATH.name, build(given.folder))
    if given.confusables is not None:
        _write(given.output / CONFUSABLES_PATH.name, build_confusables(given.confusables, given.confusables_version))
    return 0


def _write(path: Path, table: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table, ensure_ascii=True, separators=(",", ":")) + "\n", encoding="utf-8")


def build(folder: Path) -> dict[str, object]:
    """The table as JSON.

    Raises:
        Unusable: `unicode_files_missing`, naming the file.
    """
    scripts = dict(_properties(_file(folder, "Scripts.txt")))
    kinds = dict(_properties(_file(folder, "extracted/DerivedGeneralCategory.txt")))
    ignorable = {
        code
        for code, value in _properties(_file(folder, "DerivedCoreProperties.txt"))
        if value == "Default_Ignorable_Code_Point"
    }
    letters = {code for code, kind in kinds.items() if kind[0] in "LM"}
    selectors: dict[str, set[int]] = {}
    for name in ("emoji/emoji-variation-sequences.txt", "StandardizedVariants.txt"):
        for sequence in _sequences(_file(folder, name)):
            selectors.setdefault(f"{ord(sequence[1]):04X}", set()).add(ord(sequence[0]))
    emoji: set[str] = set()
    for name in ("emoji/emoji-test.txt", "emoji/emoji-zwj-sequences.txt", "emoji/emoji-sequences.txt"):
        emoji.update(_sequences(_file(folder, name)))
    return {
        "source": "derived from the Unicode Character Database and emoji data files, modified in form; see LICENSE.txt",
        "unicode_version": _version(_file(folder, "Scripts.txt")),
        "default_ignorable": _ranges(ignorable),
        "marks": _ranges(code for code, kind in kinds.items() if kind in {"Mn", "Me"}),
        "joining": _ranges(code for code in letters if scripts.get(code) in JOINING_SCRIPTS),
        "inherited_marks": _ranges(c for c, kind in kinds.items() if kind[0] == "M" and scripts.get(c) == "Inherited"),
        "mongolian": _ranges(c for c in letters - ignorable if scripts.get(c) == "Mongolian"),
        "khmer": _ranges(c for c in letters - ignorable if scripts.get(c) == "Khmer"),
        "variation": {name: _ranges(bases) for name, bases in sorted(selectors.items())},
        "emoji_sequences": sorted(s for s in emoji if _ZWJ in s or _LAST_TAG in s),
    }


def _file(folder: Path, name: str) -> list[str]:
    for path in (folder / name, folder / name.rsplit("/", 1)[-1]):
        if path.is_file():
            return path.read_text(encoding="utf-8").splitlines()
    raise Unusable("unicode_files_missing", f"The folder of Unicode files has no {name}.")


def _version(lines: list[str]) -> str:
    found = re.search(r"-(\d+\.\d+\.\d+)\.txt", lines[0])
    if found is None:
        raise Unusable("unicode_files_missing", "The Unicode files do not say their version.")
    return found.group(1)


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        parts = line.split("#", 1)[0].split(";")
        if len(parts) >= 2:
            yield parts[0].strip(), parts[1].strip()


def _properties(lines: list[str]) -> Iterator[tuple[int, str]]:
    for codes, value in _fields(lines):
        low, _, high = codes.partition("..")
        for code in range(int(low, 16), int(high or low, 16) + 1):
            yield code, value


def _sequences(lines: list[str]) -> Iterator[str]:
    for codes, _ in _fields(lines):
        if ".." not in codes and " " in codes:
            yield "".join(chr(int(code, 16)) for code in codes.split())


def _ranges(codes: Iterable[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return ranges


if __name__ == "__main__":
    raise SystemExit(main())
