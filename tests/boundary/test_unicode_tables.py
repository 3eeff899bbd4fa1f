"""The tables come from a command, with the Unicode version they were made of."""

import json
from pathlib import Path

import pytest

from agent_core.boundary import build_tables
from agent_core.boundary.tables import TABLE_PATH, read_tables, tables
from agent_core.contract.errors import Unusable

_FILES = {
    "Scripts.txt": "# Scripts-15.0.0.txt\n0627..0628 ; Arabic # Lo\n0301 ; Inherited # Mn\n"
    "1820 ; Mongolian # Lo\n1780 ; Khmer # Lo\n",
    "extracted/DerivedGeneralCategory.txt": "0627..0628 ; Lo\n0301 ; Mn\n1820 ; Lo\n1780 ; Lo\n0041 ; Lu\n",
    "DerivedCoreProperties.txt": "200B..200D ; Default_Ignorable_Code_Point # Cf\n0041 ; Alphabetic\n",
    "emoji/emoji-variation-sequences.txt": "2764 FE0F ; emoji style;\n",
    "StandardizedVariants.txt": "0030 FE00; short diagonal stroke form; # DIGIT ZERO\n",
    "emoji/emoji-test.txt": "1F468 200D 1F469 ; fully-qualified # x\n1F600 ; fully-qualified # y\n",
    "emoji/emoji-zwj-sequences.txt": "",
    "emoji/emoji-sequences.txt": "231A..231B ; Basic_Emoji ; watch\n",
}


def _folder(root: Path) -> Path:
    for name, text in _FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_the_command_selects_properties_and_keeps_their_version(tmp_path: Path) -> None:
    output = tmp_path / "made"
    assert build_tables.main([str(_folder(tmp_path)), "--output", str(output)]) == 0
    made = json.loads((output / "boundary.json").read_text(encoding="utf-8"))
    assert made["unicode_version"] == "15.0.0"
    assert made["default_ignorable"] == [[0x200B, 0x200D]]
    assert made["joining"] == [[0x627, 0x628], [0x1780, 0x1780], [0x1820, 0x1820]]
    assert made["variation"] == {"FE00": [[0x30, 0x30]], "FE0F": [[0x2764, 0x2764]]}
    assert made["emoji_sequences"] == ["👨\u200d👩"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"Scripts\.txt"):
        build_tables.build(tmp_path)


def test_the_shipped_table_says_its_version_and_stands_beside_its_licence() -> None:
    assert tables().unicode_version == "15.0.0"
    assert "COPYRIGHT AND PERMISSION NOTICE" in (TABLE_PATH.parent / "LICENSE.txt").read_text(encoding="utf-8")


def test_files_without_a_version_are_refused(tmp_path: Path) -> None:
    (_folder(tmp_path) / "Scripts.txt").write_text("# no version\n", encoding="utf-8")
    with pytest.raises(Unusable, match="version"):
        build_tables.build(tmp_path)


def test_a_missing_or_damaged_table_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for name in ("none.json", "broken.json"):
        with pytest.raises(Unusable) as refused:
            read_tables(tmp_path / name)
        assert refused.value.code == "unicode_tables_missing"
