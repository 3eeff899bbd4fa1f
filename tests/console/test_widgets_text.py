"""Whatever a stranger writes is shown as it is: bounded, plain, with nothing hidden (R-D1, R-M8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from console.theme.controller import Theme
from console.widgets.plain_label import PlainLabel, plain_tooltip
from console.widgets.visible_text import breakable, is_right_to_left, one_line, unbroken, visible

pytestmark = pytest.mark.qt


def test_ordinary_words_stay_as_they_are() -> None:
    for words in ("Hello, world", "¿Puedo?", "Το δέμα", "荷物", "שלום", "مرحبا", "64.90 €", "one\ntwo"):
        assert visible(words) == words


def test_emoji_families_and_persian_keep_their_joiners() -> None:
    family = "👨\u200d👩\u200d👧"
    persian = "می\u200cخواهم"
    assert visible(family) == family
    assert visible(persian) == persian


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("a\u202eb", "a‹RLO›b"),
        ("a\u200bb", "a‹ZWSP›b"),
        ("a\u200db", "a‹ZWJ›b"),
        ("a\x00b", "a␀b"),
        ("a\x1bb", "a␛b"),
        ("a\x7fb", "a␡b"),
        ("a\u2066b\u2069", "a‹LRI›b‹PDI›"),
        ("a\ud800b", "a\ufffdb"),
        ("a\U000e0041b", "a‹TAG›b"),
        ("a\ue000b", "a‹U+E000›b"),
        ("a\u00adb", "a‹SHY›b"),
        ("a\r\nb\u2028c", "a\nb\nc"),
    ],
)
def test_R_D1_what_is_invisible_becomes_visible(hidden: str, shown: str) -> None:
    assert visible(hidden) == shown


def test_R_D1_a_flood_of_invisible_signs_is_said_once_with_its_number() -> None:
    assert visible("a" + "\u200b" * 412 + "b") == "a‹ZWSP×412›b"


def test_R_D1_ten_megabytes_of_nothing_are_cut_before_they_cost_anything() -> None:
    shown = visible("\u200b" * 10_000_000, 4_000)
    assert shown == "‹ZWSP×4000›…"


def test_towers_of_marks_are_cut_to_four() -> None:
    assert visible("e" + "\u0301" * 50) == "e" + "\u0301" * 4


def test_one_line_has_one_line() -> None:
    assert one_line(" a \n\n b\tc ") == "a b c"


def test_a_masked_number_cannot_be_torn_apart() -> None:
    assert unbroken("Visa •••• 4417") == "Visa ••••\u00a04417"


def test_an_amount_cannot_be_torn_apart() -> None:
    assert unbroken("Refund 64.90 EUR of 1,200.00 €, twice") == "Refund 64.90\u00a0EUR of 1,200.00\u00a0€, twice"
    assert unbroken("order 88213 EURO and 7 items") == "order 88213 EURO and 7 items"


@given(st.text(alphabet=st.sampled_from("ab é\u0301\u200d\ufe0f👩🏽荷\n"), max_size=200))
def test_R_D1_a_long_word_may_be_torn_apart_and_nothing_is_lost(words: str) -> None:
    torn = breakable(words)
    assert torn.replace("\u200b", "") == words
    assert "\u200b\u0301" not in torn
    assert "\u200d\u200b" not in torn


def test_R_D1_a_long_word_never_pushes_its_card_wide(theme: Theme) -> None:
    label = PlainLabel(theme, "Donaudampfschiff" * 120, wrap=True)
    assert label.minimumSizeHint().width() < 200
    assert label.whole_text() == "Donaudampfschiff" * 120
    label.deleteLater()


def test_outside_words_cannot_reorder_ours() -> None:
    assert one_line("a\u2069b\u202ec") == "a‹PDI›b‹RLO›c"


def test_direction_follows_the_first_strong_sign() -> None:
    assert is_right_to_left("123 שלום abc")
    assert not is_right_to_left("123 abc שלום")
    assert not is_right_to_left("123")


@given(st.text(max_size=300))
def test_R_D1_no_text_keeps_a_control_or_direction_sign(words: str) -> None:
    shown = visible(words, 200)
    forbidden = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff\x00\x1b\x7f\x85")
    assert not forbidden & set(shown)
    assert all(char == "\n" or ord(char) >= 0x20 for char in shown)
    shown.encode("utf-8")


@pytest.mark.parametrize("markup", ["<b>bold</b>", "<img src='http://evil.example/x.png'>", "<a href='x'>y</a>", "&lt;"])
def test_R_D1_a_label_never_reads_markup(theme: Theme, markup: str) -> None:
    label = PlainLabel(theme, markup)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == markup
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setText(markup)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.accessibleName() == markup


def test_R_D1_a_label_is_bounded_and_shows_what_hides(theme: Theme) -> None:
    label = PlainLabel(theme, "x" * 100_000 + "\u202e", limit=100)
    assert len(label.whole_text()) == 101
    label.setText("evil\u202etxt")
    assert label.text() == "evil‹RLO›txt"


def test_R_D1_a_tooltip_never_reads_markup(theme: Theme) -> None:
    label = PlainLabel(theme, "x")
    plain_tooltip(label, "<img src=x>\nb")
    assert label.toolTip() == "<span>&lt;img src=x&gt;<br/>b</span>"
    plain_tooltip(label, "")
    assert label.toolTip() == ""


def test_a_label_takes_over_the_colours_of_the_other_theme(theme: Theme) -> None:
    label = PlainLabel(theme, "x", ink="quiet")
    before = label.palette().windowText().color().name()
    theme.choose("dark")
    after = label.palette().windowText().color().name()
    assert before != after
    assert after.upper() == theme.tokens.text_quiet
