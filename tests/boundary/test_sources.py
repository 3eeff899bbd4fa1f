"""Every entrance reads by one table: three views, bounded, raw kept (R-D1, R-A10)."""

import json

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.boundary.file_names import FILE_NAME
from agent_core.boundary.raw import read_raw_record
from agent_core.boundary.sources import RULES, SOURCES, Source, read, read_json
from agent_core.contract.bodies import new_body

_pieces = st.lists(
    st.sampled_from(
        ["../", "..\\", "/", "\\", "C:", "con", "NUL", ".", "..", " ", ".pdf", ".exe", "\u202e", "\u200b", "é", "e\u0301",
         "😀", "👨\u200d👩\u200d👧", "a" * 60, "漢" * 60, "\0", "\n", "：", "／", "＼", "|", "*", "-", "~", "\ud800"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
_NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\Users\\x\\invoice.pdf": "invoice.pdf",
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "invoice.pdf" + " " * 60 + ".exe": "invoice.pdf .exe",
    "con.txt": "_con.txt",
    "COM1 .log": "_COM1 .log",
    "nul": "_nul",
    "console.txt": "console.txt",
    "...hidden": "hidden",
    " a .txt. ": "a .txt",
    "a／b＼c.txt": "a_b_c.txt",
    'a<b>:"|?*.txt': "a_b______.txt",
    "": "unnamed",
    "///": "unnamed",
    "..": "unnamed",
    "a\r\nb\0.txt": "a b.txt",
    "x" * 500 + ".tar.gz": "x" * 117 + ".gz",
    "x" * 500: "x" * 120,
    "Rechnung Nr. 5 (1).pdf": "Rechnung Nr. 5 (1).pdf",
    "फ़ाइल.pdf": "फ़ाइल.pdf",
    "صورة.jpg": "صورة.jpg",
}


def _graphemes(text: str) -> list[str]:
    """As the library counts them, in pieces: over many flags it takes quadratic time."""
    return [each for start in range(0, len(text), 840) for each in regex.findall(r"\X", text[start : start + 840])]


def test_every_source_has_its_bounds_and_an_origin() -> None:
    assert set(RULES) == set(SOURCES)
    for rule in RULES.values():
        assert 0 < rule.limits.graphemes <= rule.limits.code_points <= rule.limits.input_code_points
        assert rule.limits.code_points <= rule.limits.text_bytes
        assert rule.origin.isascii()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "é",
        "漢",
        "👨\u200d👩\u200d👧",
        "e\u0301\u0323",
        "กำ",
        "क्ष",
        "🇩🇪",
        "한",
        "ᄀ",
        "\u0301",
        "\u200b",
        "\ud800",
        "\n",
    ],
)
def test_R_A10_every_source_is_bounded_in_bytes_code_points_and_graphemes_and_halves_none(source: Source, unit: str) -> None:
    limits = RULES[source].limits
    views = read(source, unit * (2 * limits.code_points + 500))
    assert views.cleaned.truncated or unit in "\n\u0301\u200b\ud800"
    assert len(views.text.encode()) <= limits.text_bytes
    assert len(views.text) <= limits.code_points
    graphemes = _graphemes(views.text)
    assert len(graphemes) <= limits.graphemes
    if unit not in "ᄀ\n\u0301\u200b\ud800" and source != "file_name":
        assert set(graphemes) <= set(_graphemes(read("line", unit).text))
    again = read(source, views.text)
    assert (again.text, again.cleaned.truncated) == (views.text, False)


def test_R_D1_the_three_views_of_one_text() -> None:
    views = read("order_note", "Ïgnore\u200b\ud800  thіs")
    assert read_raw_record(views.raw) == "Ïgnore\u200b\ud800  thіs"
    assert views.text == "Ïgnore  thіs"
    assert views.match.text == "ignore this"
    assert views.match is views.match
    assert views.origin == "shop"
    assert "gnore" not in repr(views)


def test_R_N5_the_raw_digest_is_that_of_the_body_that_keeps_it() -> None:
    views = read("message", b"caf\xff")
    body = new_body("message_raw", views.raw)
    assert views.raw_digest(body.salt) == body.ref.digest


def test_json_is_read_by_the_bounds_of_its_source() -> None:
    cleaned = read_json("carrier_answer", {"status": "x" * 9_000, "a\u200b": ["\u202e1"]})
    assert len(cleaned.value["status"]) == RULES["carrier_answer"].limits.code_points
    assert cleaned.value["a"] == ["1"]
    assert cleaned.truncated
    json.dumps(cleaned.value)


@pytest.mark.parametrize("name", _NAMES)
def test_R_D1_a_file_name_is_one_harmless_part_with_its_real_extension(name: str) -> None:
    assert read("file_name", name).text == _NAMES[name]


def test_a_name_made_to_deceive_says_so() -> None:
    assert read("file_name", "invoice\u202efdp.exe").cleaned.flags == ("deceptive_name",)
    assert read("file_name", "invoice\u202efdp.exe".encode()).cleaned.flags == ("deceptive_name",)
    assert read("file_name", "a.pdf" + " " * 30 + ".exe").cleaned.flags == ("deceptive_name",)
    assert read("file_name", "a/b.pdf").cleaned.flags == ("path_in_name",)
    assert read("file_name", "חשבונית\u200f.pdf").cleaned.flags == ()


@settings(max_examples=500, deadline=None)
@given(_pieces | st.text(max_size=200))
def test_R_D1_no_name_leaves_its_folder_or_grows(name: str) -> None:
    text = read("file_name", name).text
    assert read("file_name", text).text == text
    assert 0 < len(_graphemes(text)) <= FILE_NAME.graphemes
    assert len(text) <= FILE_NAME.code_points
    assert len(text.encode()) <= FILE_NAME.text_bytes
    assert not set(text) & set('/\\:<>"|?*\0\n\r\t\u202e')
    assert text.strip(" .") == text
    assert text.split(".")[0].strip().lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
