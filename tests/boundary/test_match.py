"""Detectors compare what a reader would take for the same; every place leads back to what was written (R-D1, R-D3)."""

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.boundary import build_tables
from agent_core.boundary.build_confusables import build_confusables
from agent_core.boundary.clean import clean
from agent_core.boundary.match import fold, fold_pattern, match_view, prototypes, read_prototypes, skeleton
from agent_core.boundary.tables import CONFUSABLES_PATH
from agent_core.contract.errors import Unusable

_LOOKS_LIKE_IGNORE = [
    "IGNORE", "Ïgñõrę", "іgnоrе", "𝐢𝐠𝐧𝐨𝐫𝐞", "ｉｇｎｏｒｅ", "ⓘⓖⓝⓞⓡⓔ", "i\u0337g\u0337n\u0337o\u0337r\u0337e\u0337",
    "ig\u200dno\u200cre", "ΙGNORE", "IGΝORE", "𝓲𝓰𝓷𝓸𝓻𝓮", "i\u05b4gnore", "ig\u0488nore", "🅸🅶🅽🅾🆁🅴", "İGNORE", "ıgnore",
]  # fmt: skip
_FOLDED = {
    "ﬁne ½ ①": "fine 1/2 1",
    "٥۵५๕５𝟝": "555555",
    "“x” ‘y’ …": "\"x\" 'y' ...",
    "— – − ‐": "- - - -",
    "‹tag› ＜": "<tag> <",
    "a\u00a0b\u3000c\t\t d": "a b c d",
    "a\n\nb": "a\n\nb",
    "Straße": "strasse",
    "m 1 0 | rn": "m 1 0 | rn",
    "ⅿ": "m",
    "がぎ パ 한국어 漢字ー": "がぎ パ 한국어 漢字ー",
    "हिन्दी ที่นี่": "हिन्दी ฑี่นี่",
    "КВТ квт": "kbt kbt",
    "∣": "|",
    "´": "'",
    "½℡": "1/2tel",
}
_texts = st.text(max_size=80) | st.text(
    st.sampled_from("a b\t \u00a0ßﬁ①\u0301\u0337\u200dиМΝvΗ漢が한🏳\ud800\n½…'\""), max_size=40
)


@pytest.mark.parametrize("text", _LOOKS_LIKE_IGNORE)
def test_R_D3_what_looks_like_a_word_is_that_word(text: str) -> None:
    assert match_view(text).text == "ignore"


@pytest.mark.parametrize("text", _FOLDED)
def test_R_D1_compatibility_case_accents_spaces_digits_and_signs_are_folded(text: str) -> None:
    assert match_view(text).text == _FOLDED[text]


def test_greek_capitals_are_what_they_look_like_in_latin_words_only() -> None:
    assert fold("ΝIKE ΗELLO ΥES") == "nike hello yes"
    assert fold("ΝΑ ΑΓΝΟΗΣΕΙΣ") == fold("να αγνοησεις")


@settings(max_examples=400, deadline=None)
@given(_texts)
def test_every_place_leads_back_to_the_text_and_folding_twice_changes_nothing(text: str) -> None:
    view = match_view(text)
    assert len(view.offsets) == len(view.text) + 1
    assert list(view.offsets) == sorted(view.offsets)
    assert view.offsets[-1] == len(text)
    assert fold(view.text) == view.text
    for place in range(len(view.text)):
        start, end = view.span(place, place + 1)
        assert 0 <= start < end <= len(text)
        assert view.text[place] in fold(text[start:end]) or text[start] in "ΗΝΥ"
    assert view.span(0, len(view.text)) == (view.offsets[0], len(text))


def test_a_place_covers_what_was_folded_away_with_it() -> None:
    text = "x i\u0337g\u0337n  ﬁ"
    view = match_view(text)
    assert view.text == "x ign fi"
    assert [text[slice(*view.span(n, n + 1))] for n in range(8)] == [
        "x", " ", "i\u0337", "g\u0337", "n", "  ", "ﬁ", "ﬁ",
    ]  # fmt: skip
    assert view.span(3, 3) == (4, 4)


def test_a_place_in_plain_text_is_the_same_place() -> None:
    text = "Where is NW-10024?"
    view = match_view(text)
    assert view.text == text.lower()
    assert view.span(9, 17) == (9, 17)


def test_every_character_of_unicode_folds_and_stays_folded() -> None:
    for code in range(0, 0x30000, 7):
        folded = fold(chr(code))
        assert fold(folded) == folded, hex(code)


def test_a_pattern_is_folded_beyond_ascii_only() -> None:
    assert fold_pattern(r"\bпросьба\W+(?:все|ВСЕ)\s*") == rf"\b{fold('просьба')}\W+(?:{fold('все')}|{fold('все')})\s*"
    assert fold_pattern("é\\é") == "e\\é"


def test_names_that_look_alike_have_one_skeleton() -> None:
    assert skeleton("rnicrosoft") == skeleton("microsoft")
    assert skeleton("раураl") == skeleton("paypal") == skeleton("pay\u200bpa1")
    assert skeleton("apple") != skeleton("ample")


def test_a_text_of_all_of_unicode_does_not_make_the_memory_grow() -> None:
    match_view("".join(chr(code) for code in range(0x80, 0x20000) if not 0xD800 <= code < 0xE000))
    from agent_core.boundary import match

    assert len(match._FOLD) <= match._MOST_REMEMBERED  # pyright: ignore[reportPrivateUsage] - the bound itself


def test_the_shipped_table_holds_prototypes_that_are_no_sources() -> None:
    table = prototypes()
    assert len(table) > 6_000
    assert (table["а"], table["m"], table["Ι"]) == ("a", "rn", "l")
    assert not any(each in table for prototype in table.values() for each in prototype)
    assert json.loads(CONFUSABLES_PATH.read_text(encoding="utf-8"))["unicode_version"] == "15.1.0"


_PUBLISHED = """# confusables.txt
# Version: 15.1.0
05AD ;\t0596 ;\tMA\t# ( ֭ → ֖ ) ...
0430 ;\t0061 ;\tMA\t# ( а → a ) ...
03B1 ;\t0061 ;\tMA\t#
006D ;\t0072 006E ;\tMA\t# ( m → rn )
"""
_PAIRS = {
    "\u05ad": [{"c": "\u0596", "n": ""}],
    "\u0596": [{"c": "\u05ad", "n": ""}],
    "а": [{"c": "a", "n": ""}],
    "a": [{"c": "а", "n": ""}, {"c": "\u200eα\u200e", "n": ""}],
    "\u200eα\u200e": [{"c": "a", "n": ""}],
    "m": [{"c": "rn", "n": ""}],
    "rn": [{"c": "m", "n": ""}],
}


def test_both_forms_of_the_data_give_the_same_table(tmp_path: Path) -> None:
    published, pairs, wheel = tmp_path / "confusables.txt", tmp_path / "confusables.json", tmp_path / "x.whl"
    published.write_text(_PUBLISHED, encoding="utf-8")
    pairs.write_text(json.dumps(_PAIRS), encoding="utf-8")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("confusable_homoglyphs/confusables.json", json.dumps(_PAIRS))
    made = build_confusables(published)
    assert made == build_confusables(pairs, "15.1.0") == build_confusables(wheel, "15.1.0")
    assert made["prototypes"] == {"a": "αа", "rn": "m", "\u0596": "\u05ad"}
    assert build_tables.main(["--confusables", str(published), "--output", str(tmp_path / "made")]) == 0
    assert read_prototypes(tmp_path / "made" / "confusables.json")["а"] == "a"


def test_data_without_a_version_a_missing_file_and_a_damaged_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.json").write_text("{}", encoding="utf-8")
    for path in (tmp_path / "pairs.json", tmp_path / "none"):
        with pytest.raises(Unusable) as refused:
            build_confusables(path)
        assert refused.value.code == "unicode_files_missing"
    for path in (tmp_path / "pairs.json", tmp_path / "none"):
        with pytest.raises(Unusable) as refused:
            read_prototypes(path)
        assert refused.value.code == "unicode_tables_missing"
    with pytest.raises(SystemExit):
        build_tables.main([])


def test_the_match_view_of_what_was_hidden_between_letters_is_the_word() -> None:
    assert fold(clean("i\u200bg\U000e0041n\u2060o\u00adr\ufe0fe").text) == "ignore"
