"""A letter of another script inside a name is an imitation; another script beside it is a customer (R-D1, R-D3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.boundary.scripts import Level, mixed_script_identifiers, restriction_level, scripts_of

_IMITATIONS = {
    "pаypal": ("Cyrillic", "Latin"),
    "Αmazon": ("Greek", "Latin"),
    "googlе": ("Cyrillic", "Latin"),
    "раураl": ("Cyrillic", "Latin"),
    "МОSCOW": ("Cyrillic", "Latin"),
    "Москвa": ("Cyrillic", "Latin"),
    "ꓐank": ("Latin", "Other"),
    "ꮪony": ("Latin", "Other"),
    "Νike": ("Greek", "Latin"),
    "рaypаl": ("Cyrillic", "Latin"),
    "Αpplе": ("Cyrillic", "Greek", "Latin"),
    "կoфe": ("Armenian", "Cyrillic", "Latin"),
}
_ORDINARY = [
    "Москва iPhone 15", "Где мой NW-10024?", "SMSка и PDFку", "3D-принтер USB-кабель", "10kΩ 5μm ΔT", "naïve Łódź façade",
    "iPhoneは便利ー", "갤럭시S24 사용법", "我的iPhone手機ㄅ", "iPhoneها", "הiPhone", "iPhoneรุ่น", "Ｐａｙpal",
    "नमस्ते१२ iPhoneका",
    "العربية٥ ABC", "Zażółć gęślą jaźń", "Ελλάδα και Amazon", "日本語テキスト", "plain text", "a\u0301bc",
    "кабель-USB", "Wi‑Fi роутер",
]  # fmt: skip


@pytest.mark.parametrize("word", _IMITATIONS)
def test_R_D3_a_foreign_letter_inside_a_name_is_found_where_it_stands(word: str) -> None:
    found = mixed_script_identifiers(f"Привет, 漢字: {word} ok")
    assert [each.text for each in found] == [word]
    assert found[0].scripts == _IMITATIONS[word]
    assert f"Привет, 漢字: {word} ok"[found[0].start : found[0].end] == word


@pytest.mark.parametrize("text", _ORDINARY)
def test_R_D3_what_people_write_in_several_scripts_is_no_finding(text: str) -> None:
    assert mixed_script_identifiers(text) == ()


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("hello", "single"), ("東京タワー", "single"), ("한글漢字", "single"), ("ーー", "single"), ("123", "single"),
        ("Tシャツ", "high"), ("LINEで", "high"), ("K팝", "high"), ("iPhoneها", "moderate"), ("pаypal", "minimal"),
        ("ไทยहिन्दी", "minimal"), ("漢字ไทย", "minimal"),
    ],
)  # fmt: skip
def test_the_levels_are_those_of_the_standard(word: str, level: Level) -> None:
    assert restriction_level(word) == level


def test_a_stricter_reader_may_ask_for_more() -> None:
    assert [each.text for each in mixed_script_identifiers("iPhone paypaו", allowed=("single", "high"))] == ["paypaו"]


def test_scripts_are_named_and_shared_characters_name_none() -> None:
    assert scripts_of("Москва, iPhone 15!") == {"Cyrillic", "Latin"}
    assert scripts_of("12 €ー\u0301") == frozenset()
    assert scripts_of("ᏣᎳᎩ") == {"Other"}


def test_findings_are_bounded() -> None:
    assert len(mixed_script_identifiers("pаypal " * 200)) == 50


@given(st.text(max_size=60))
def test_no_text_is_too_strange_for_it(text: str) -> None:
    for word in mixed_script_identifiers(text):
        assert text[word.start : word.end] == word.text
