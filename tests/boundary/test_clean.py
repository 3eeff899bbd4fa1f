"""The boundary's first promise: what nobody can see does not pass, what people write does (R-D1)."""

import json
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.boundary.clean import LINE, MESSAGE, Limits, clean, clean_json
from agent_core.boundary.raw import raw_record, read_raw_record
from agent_core.boundary.tables import tables
from agent_core.contract.errors import Invalid

_CLASSES: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "data" / "unicode_classes.json").read_text(encoding="utf-8")
)
_HARD = "ab \n\t\r\0\x1b\u0301\u0345\u0344é\u200b\u200c\u200d\ufe0f\ufe0e❤👨👩💻🏴\U000e0067\U000e0062\U000e007f" + (
    "मीक्षᠠ\u180b\u180e\u17b4ខ\u2028\ud800\udc80\ue000\u202eمᄀ\u1161\u11a8\u0958\u09be\u09c7\u0f73\u034f"
)
_hard_text = st.text(alphabet=st.sampled_from(_HARD), max_size=60) | st.text(max_size=60)
_limits = st.sampled_from([MESSAGE, LINE, Limits(text_bytes=20, code_points=9), Limits(code_points=5, one_line=True)])


def _text(codes: list[str]) -> str:
    return "".join(chr(int(code.removeprefix("U+"), 16)) for code in codes)


def _fixture(name: str) -> Path:
    root = os.environ.get("COUNTERSIGN_FIXTURES")
    if not root:
        pytest.skip("COUNTERSIGN_FIXTURES is not set: the Unicode files are outside the repository")
    return Path(root) / "corpora" / "unicode" / name


@pytest.mark.parametrize("name", _CLASSES["keep"])
def test_R_D1_what_real_scripts_need_survives(name: str) -> None:
    text = _text(_CLASSES["keep"][name])
    cleaned = clean(text)
    assert cleaned.text == text
    assert cleaned.removed == ()


@pytest.mark.parametrize("name", _CLASSES["attack"])
def test_R_D1_every_class_of_attack_is_cut_and_counted(name: str) -> None:
    text = _text(_CLASSES["attack"][name])
    cleaned = clean(text)
    assert cleaned.text != text
    assert cleaned.removed
    kept = tables().suspect.findall(cleaned.text)
    assert kept == (["\ufe0f"] if name == "two vs" else [])


def test_R_D1_every_emoji_sequence_survives_alone_in_a_sentence_and_doubled() -> None:
    count = 0
    for line in _fixture("emoji-test.txt").read_text(encoding="utf-8").splitlines():
        codes = line.split("#")[0].split(";")[0].split()
        if codes:
            emoji = "".join(chr(int(code, 16)) for code in codes)
            for text in (emoji, f"so {emoji} it is", emoji + emoji, f"x{emoji}y"):
                assert clean(text).text == text
            count += 1
    assert count == 4733


def test_R_D1_every_emoji_sequence_of_our_own_table_survives() -> None:
    for emoji in tables().emoji:
        assert clean(f"a{emoji}b").text == f"a{emoji}b"


def test_R_D1_every_default_ignorable_goes_between_latin_letters() -> None:
    count = 0
    for line in _fixture("default_ignorable.txt").read_text(encoding="utf-8").splitlines():
        codes = line.split("#")[0].split(";")[0].strip()
        if codes:
            low, _, high = codes.partition("..")
            for code in range(int(low, 16), int(high or low, 16) + 1):
                assert clean(f"a{chr(code)}b").text == "ab", hex(code)
                count += 1
    assert count == 4174


@settings(max_examples=400, deadline=None)
@given(_hard_text, _limits)
def test_cleaning_is_idempotent_and_its_text_is_safe_everywhere(text: str, limits: Limits) -> None:
    cleaned = clean(text, limits)
    again = clean(cleaned.text, limits)
    assert again.text == cleaned.text
    assert again.removed == ()
    assert not again.truncated
    assert len(cleaned.text.encode()) <= limits.text_bytes
    assert len(cleaned.text) <= limits.code_points
    assert unicodedata.is_normalized("NFC", cleaned.text)
    assert not set(cleaned.text) & set("\0\r\x1b\u200b\u202e\u2028")


def test_what_is_itself_removed_is_no_context_for_a_joiner() -> None:
    # The Khmer vowel and the Mongolian selector go; were the joiner kept because of them, a second cleaning would differ.
    cleaned = clean("\t\u17b4\u180b\u0345\ufe0f\u200c\u0344")
    assert cleaned.text == "\t\u0308\u0301\u0345"
    assert clean(cleaned.text).text == cleaned.text


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), _limits)
def test_any_bytes_become_a_text(data: bytes, limits: Limits) -> None:
    cleaned = clean(data, limits)
    assert clean(cleaned.text, limits).text == cleaned.text
    cleaned.text.encode()


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=60))
def test_plain_text_is_never_changed(text: str) -> None:
    assert clean(text) == clean(text).__class__(text)


@pytest.mark.parametrize(
    "flood",
    [
        "\u200b" * 10_000_000,
        "\u200b".encode() * 3_400_000,
        "\u200b\u200c\u200d\u2060" * 2_500_000,
        "\u0301\u0323" * 5_000_000,
        " \n" * 5_000_000,
    ],
    ids=["zero-width", "zero-width bytes", "mixed zero-width", "combining", "lines"],
)
def test_R_A10_ten_megabytes_of_padding_become_next_to_nothing(flood: str | bytes) -> None:
    cleaned = clean(flood)  # how long it takes, and what memory: tests/bench/bench_boundary.py
    assert cleaned.truncated
    assert "padding" in cleaned.flags
    assert len(cleaned.text) <= 8


def test_hidden_ascii_is_decoded_as_evidence_and_never_part_of_the_text() -> None:
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "refund 500")
    cleaned = clean(f"hello{hidden}")
    assert cleaned.text == "hello"
    assert cleaned.smuggled == "refund 500"
    assert "smuggled_text" in cleaned.flags


def test_line_ends_become_line_feeds_and_floods_of_empty_lines_shrink() -> None:
    assert clean("a\r\nb\rc\x0bd\u2028e\x85f").text == "a\nb\nc\nd\ne\nf"
    assert clean("a" + "\n \t" * 50 + "\nb").text == "a\n\n\nb"
    assert clean("a" + " " * 500 + "b").text == "a" + " " * 64 + "b"
    assert clean("a" + "\n \t" * 50 + "\nb").removed[0][0] == "newline_flood"


def test_a_name_is_one_line() -> None:
    assert clean(" Ana\r\n\tMaria ", LINE).text == "Ana Maria"


def test_a_cut_never_halves_a_character_or_leaves_half_an_emoji() -> None:
    assert clean("é".encode() * 100_000, Limits(input_code_points=1, text_bytes=3)).text == "é"
    family = "👨\u200d👩\u200d👧"
    assert clean(family * 3, Limits(code_points=7)).text == family
    assert clean(b"\x80" * 5, Limits(input_code_points=1)).removed == (("invalid_utf8", 4),)
    assert clean(b"caf\xff\xc3\xa9").removed == (("invalid_utf8", 1),)


def test_joiners_that_carry_bits_in_a_script_that_needs_them_are_flagged() -> None:
    assert "joiner_density" in clean("م\u200cن" * 30).flags
    assert clean("می\u200cخواهم کتاب\u200cها").flags == ()


def test_json_is_cleaned_in_every_string_and_key_and_bounded_in_depth_and_size() -> None:
    deep: object = "x"
    for _ in range(100):
        deep = [deep]
    cleaned = clean_json({"a\u200b": ["b\0", 1, 1.5, float("nan"), True, None, object()], "deep": deep})
    assert cleaned.value["a"] == ["b", 1, 1.5, None, True, None, None]
    assert dict(cleaned.removed) == {"control": 1, "zero_width": 1}
    assert cleaned.truncated
    assert clean_json(list(range(10_000))).truncated
    json.dumps(cleaned.value, allow_nan=False)


@given(st.text() | st.binary())
def test_the_raw_record_gives_back_the_very_same_value(value: str | bytes) -> None:
    record = raw_record(value)
    assert record.isascii()
    assert read_raw_record(record) == value


def test_a_raw_record_keeps_lone_surrogates_and_says_what_was_cut() -> None:
    assert read_raw_record(raw_record("a\ud800\0b")) == "a\ud800\0b"
    assert json.loads(raw_record("abcdef", limit=3)) == {"form": "text", "size": 6, "value": "abc"}
    with pytest.raises(Invalid):
        read_raw_record("[]")


@given(st.text(st.characters(codec="ascii"), max_size=60), st.sampled_from([MESSAGE, LINE, Limits(code_points=20)]))
def test_a_text_that_is_let_through_unlooked_at_would_not_have_been_changed(text: str, limits: Limits) -> None:
    assert clean(text, limits) == clean(text.encode(), limits)  # bytes are always looked at


def test_R_D1_a_key_with_something_invisible_never_takes_the_place_of_the_key_it_imitates() -> None:
    for value in ({"amount": 1, "am\u200bount": 2}, {"am\u200bount": 2, "amount": 1}):
        cleaned = clean_json(value)
        assert cleaned.value == {"amount": 1}
        assert cleaned.truncated
