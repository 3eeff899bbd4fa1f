"""Every default-ignorable goes except where a writing system needs it; every writing system survives (R-D1)."""

import os
import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.boundary import invisible
from agent_core.boundary.clean import LINE, MESSAGE, Limits, clean
from agent_core.boundary.invisible import Tally, settled
from agent_core.boundary.tables import tables

_JOINERS = {0x200C, 0x200D}
_EMOJI_OR_TEXT = {0xFE0E, 0xFE0F}
_NEEDED = {
    "a": set[int](), "é": set[int](), "я": set[int](), "Ω": set[int](), "כ": set[int](), "葛": set[int](), "あ": set[int](),
    "한": set[int](), " ": set[int](), "😀": set[int](), "👩": set[int](), "🏴": set[int](), "\u0301": set[int](),
    "م": _JOINERS, "ک": _JOINERS, "क": _JOINERS, "ক": _JOINERS, "ක": _JOINERS, "ก": _JOINERS, "்": _JOINERS,
    "ᠠ": _JOINERS | {0x180B, 0x180C, 0x180D, 0x180E, 0x180F}, "ក": _JOINERS | {0x17B4, 0x17B5},
    "1": _EMOJI_OR_TEXT, "#": _EMOJI_OR_TEXT, "❤": _EMOJI_OR_TEXT, "☎": _EMOJI_OR_TEXT, "0": _EMOJI_OR_TEXT | {0xFE00},
    "∩": {0xFE00}, "م\u0651": _JOINERS, "م\u200c": set[int](), "❤\ufe0f": set[int](), "1\u200b": _EMOJI_OR_TEXT,
}  # fmt: skip
"""After which text which default-ignorable code points may stay: from the standard and RFC 5892, not from our table."""

_WRITING = {
    "Persian": "می\u200cخواهم بدانم سفارش من کجاست؛ کتاب\u200cهایم را نگرفته\u200cام.",
    "Urdu": "آپ کا بہت شکریہ، میرا آرڈر کہاں ہے؟",
    "Kurdish": "سڵاو، داواکارییەکەم لە کوێیە؟ نه\u200cهات",
    "Arabic with vowels": "السَّلَامُ عَلَيْكُمْ، أَيْنَ طَلَبِي؟ الطلب رقم ١٢٣",
    "Hebrew with points": "שָׁלוֹם, אֵיפֹה הַהַזְמָנָה שֶׁלִּי? מספר 123",
    "Yiddish": "וווּ איז מײַן באַשטעלונג?",
    "Hindi": "मेरा ऑर्डर कहाँ है? क्षमा करें, क्\u200dष और क्\u200cष",
    "Marathi": "दऱ्\u200dया खोऱ्\u200dयातून ऑर्डर आली नाही",
    "Nepali": "गर्\u200dयो, मेरो सामान आएन",
    "Bengali": "আমার অর্ডার কোথায়? র\u200d্যাব",
    "Tamil": "என் ஆர்டர் எங்கே? க்\u200cஷ",
    "Telugu": "నా ఆర్డర్ ఎక్కడ ఉంది? ర్\u200cక",
    "Kannada": "ನನ್ನ ಆರ್ಡರ್ ಎಲ್ಲಿದೆ? ರ\u200d್ಕ",
    "Malayalam": "എന്റെ ഓർഡർ എവിടെ? അവന്\u200d",
    "Sinhala": "මගේ ඇණවුම කොහෙද? ශ්\u200dරී ලංකාව",
    "Gujarati": "મારો ઓર્ડર ક્યાં છે?",
    "Punjabi": "ਮੇਰਾ ਆਰਡਰ ਕਿੱਥੇ ਹੈ?",
    "Thai": "คำสั่งซื้อของฉันอยู่ที่ไหน น้ำ ป่า ผู้",
    "Lao": "ຄໍາສັ່ງຊື້ຂອງຂ້ອຍຢູ່ໃສ?",
    "Khmer": "ការបញ្ជាទិញរបស់ខ្ញុំនៅឯណា? ក៊្រ",
    "Burmese": "ကျွန်ုပ်၏ အော်ဒါ ဘယ်မှာလဲ။",
    "Tibetan": "ངའི་མངགས་ཉོ་ག་པར་ཡོད། རྫོགས་ཆེན ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ\u180e ᠪᠢᠴᠢᠭ\u180b ᠤᠳ",
    "Amharic": "ትዕዛዜ የት ነው?",
    "Georgian": "სად არის ჩემი შეკვეთა?",
    "Armenian": "Որտե՞ղ է իմ պատվերը։",
    "Russian": "Где мой заказ? Ёлка, объём, №5",
    "Ukrainian": "Де моє замовлення? Ґанок, під’їзд",
    "Greek": "Πού είναι η παραγγελία μου; Ὀδυσσεύς",
    "Vietnamese": "Đơn hàng của tôi ở đâu? Tiếng Việt rất đẹp",
    "Yoruba": "Níbo ni àṣẹ mi wà? Ọ̀ṣun, ẹ̀ṣọ́",
    "Lithuanian": "Kur mano užsakymas? ė̃ ū̃ į̇́",
    "Chinese": "我的订单在哪里？「漢字」、，。",
    "Japanese": "注文はどこですか？ガギグ　ｶﾞ々〆ヶ葛飾区",
    "Korean": "제 주문은 어디에 있나요? ㅋㅋㅋ ㅠㅠ",
    "Danish": "Hvor er min ordre? Smørrebrød på Ærø",
    "German": "Wo ist meine Bestellung? Straße, 5 000 €, „ja“",
    "French": "Où est ma commande\u202f? 1\u202f234,50\u00a0€ «\u00a0oui\u00a0»",
    "Turkish": "Siparişim nerede? İstanbul’da ığdır",
    "Emoji": "👍🏽 👩🏾‍🤝‍👨🏼 🏳️‍🌈 🏴‍☠️ 1️⃣ ❤️‍🔥 👁️‍🗨️ 🧑‍🦽‍➡️".replace("\u200d➡\ufe0f", ""),
    "Flags": "🇩🇪🇫🇷🇯🇵 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
    "Mathematics": "x² + y² = z², ∀ε>0 ∃δ: |x|<δ ⇒ |f(x)|<ε, 𝛼 ∩\ufe00 ∅",
    "Currencies and signs": "€ £ ¥ ₹ ₺ ₽ ₿ § ¶ † ‡ • … – — ‘ ’ “ ” ™ ® ©",
}
_HOSTILE = [
    "a", "b ", " ", "\n", "\r", "\t", "\x00", "\x1b[31m", "\x85", "\u0301", "\u0345", "\u0344", "\u0323", "é", "e", "ﬁ",
    "Å", "Ω",
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u3164", "\uffa0", "\u17b4", "\u17b5", "\u180b", "\u180e", "\u200b",
    "\u200c", "\u200d", "\u200e", "\u200f", "\u2028", "\u202a", "\u202e", "\u2060", "\u2063", "\u2066", "\u2069", "\u206a",
    "\u2800", "\ufeff", "\ufff9", "\ufffc", "\ufffe", "\ue000", "\ud800", "\udfff", "\udc80", "\ufe00", "\ufe0e", "\ufe0f",
    "\U000e0100", "\U000e01ef", "\U000e0001", "\U000e0067", "\U000e0062", "\U000e0065", "\U000e006e", "\U000e007f",
    "\U000f0000", "\U0010ffff", "\U0001d173", "\U0001bca0", "❤", "☎", "1", "#", "0", "\u20e3", "👨", "👩", "👧", "💻", "🏽",
    "🏴",
    "🏳", "🌈", "🇩", "🇪", "😀", "👨\u200d👩\u200d👧", "م", "ی", "\u0651", "क", "\u094d", "ष", "ী", "\u09cd",
    "র", "ᠠ", "ក", "ก", "\u0e48",
    "ᄀ", "\u1161", "\u11a8", "각", "漢", "葛", "が", "か\u3099", "\u0958", "\u0f73", "\u0f71", "\U0001d15e",
    "؀", "x" * 40, " " * 70,
    "\n" * 5, "\u0301" * 12, "\u200d" * 9,
]  # fmt: skip
_LIMITS = (
    MESSAGE, LINE, Limits(text_bytes=60, code_points=30, graphemes=20), Limits(code_points=9, graphemes=4, one_line=True),
    Limits(input_code_points=12),
)  # fmt: skip


_ALL = Limits(text_bytes=100_000, code_points=50_000, graphemes=50_000)


def _fixture(name: str) -> list[str]:
    root = os.environ.get("COUNTERSIGN_FIXTURES")
    if not root:
        pytest.skip("COUNTERSIGN_FIXTURES is not set: the Unicode files are outside the repository")
    return (Path(root) / "corpora" / "unicode" / name).read_text(encoding="utf-8").splitlines()


def _ignorable() -> list[int]:
    found: list[int] = []
    for line in _fixture("default_ignorable.txt"):
        codes = line.split("#")[0].split(";")[0].strip()
        if codes:
            low, _, high = codes.partition("..")
            found += range(int(low, 16), int(high or low, 16) + 1)
    return found


@pytest.mark.parametrize("context", _NEEDED, ids=ascii)
def test_R_D1_every_default_ignorable_goes_except_after_what_needs_it(context: str) -> None:
    ignorable = _ignorable()
    assert len(ignorable) == 4_174
    visible = unicodedata.normalize("NFC", context.replace("\u200b", ""))
    kept = {code for code in ignorable if clean(f"{context}{chr(code)}b").text != f"{visible}b"}
    assert kept == _NEEDED[context]
    assert {code for code in ignorable if clean(f"b{chr(code)}{context}").text != f"b{visible}"} == set()


@pytest.mark.parametrize("language", _WRITING)
def test_R_D1_every_writing_system_survives(language: str) -> None:
    written = _WRITING[language]
    text = unicodedata.normalize("NFC", written)
    for form in (written, unicodedata.normalize("NFD", written)):
        cleaned = clean(form)
        assert cleaned.text == text
        assert (cleaned.removed, cleaned.flags, cleaned.smuggled) == ((), (), "")
    assert clean(written.encode()).text == text


def test_R_D1_flags_of_parts_of_other_countries_carry_nothing() -> None:
    texas = "🏴" + "".join(chr(0xE0000 + ord(each)) for each in "ustx") + "\U000e007f"
    cleaned = clean(f"I am from {texas}!")
    assert cleaned.text == "I am from 🏴!"
    assert cleaned.removed == (("tag", 5),)
    assert cleaned.smuggled == "ustx"


def test_R_D1_what_is_hidden_between_flags_is_told_without_the_flags() -> None:
    wales = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
    hidden = "".join(chr(0xE0000 + ord(each)) for each in "pay")
    more = "".join(chr(0xE0100 + ord(each) - 16) for each in "me")
    cleaned = clean(f"{wales}x{hidden}{more}{wales}")
    assert cleaned.text == f"{wales}x{wales}"
    assert cleaned.smuggled == "payme"
    assert dict(cleaned.removed) == {"tag": 3, "variation_selector": 2}


def test_R_D1_every_emoji_in_a_run_of_others_survives() -> None:
    everything = sorted(tables().emoji)
    for start in range(0, len(everything), 40):
        text = "".join(everything[start : start + 40])
        assert clean(text).text == text


def test_R_A10_every_character_there_is_is_clean_after_one_cleaning_and_few_are_remembered() -> None:
    for start in range(0, 0x110000, 8_192):
        text = "".join(map(chr, range(start, start + 8_192)))
        cleaned = clean(text, _ALL)
        assert clean(cleaned.text, _ALL).text == cleaned.text
    kept = invisible._properties()  # pyright: ignore[reportPrivateUsage] - the bound itself
    assert [len(each) for each in (kept.suspect, kept.mark)] == [20_000, 20_000]


def _hostile_texts(count: int, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(count):
        text = "".join(chance.choices(_HOSTILE, k=chance.randrange(1, 24)))
        limits = _LIMITS[number % len(_LIMITS)]
        cleaned = clean(text, limits)
        again = clean(cleaned.text, limits)
        assert again.text == cleaned.text, (seed, number, ascii(text))
        assert (again.removed, again.truncated, again.smuggled) == ((), False, ""), (seed, number, ascii(text))
        assert len(cleaned.text) <= limits.code_points
        assert len(cleaned.text.encode()) <= limits.text_bytes


def test_R_D1_thirty_thousand_hostile_texts_are_clean_after_one_cleaning() -> None:
    _hostile_texts(30_000, seed=1)


@pytest.mark.slow
def test_R_D1_a_million_hostile_texts_are_clean_after_one_cleaning() -> None:
    _hostile_texts(1_000_000, seed=2)


def test_R_D1_what_composing_takes_from_a_joiner_is_seen() -> None:
    cleaned = clean("\U0001d15e\u09cd\u200d")
    assert cleaned.text == "\U0001d157\u09cd\U0001d165"
    assert cleaned.removed == (("zero_width", 1),)


@pytest.mark.parametrize("most_looks", [0, 1])
def test_R_D1_a_text_that_does_not_come_to_rest_loses_everything_invisible(most_looks: int) -> None:
    tally = Tally(from_bytes=False)
    text = settled("e\u0301\u200dक\u200d\U0001d15e\u09cd\u200d" + "\u0323" * 20, tally, most_looks=most_looks)
    assert settled(text, Tally(from_bytes=False)) == text
    assert not set(text) & set("\u200c\u200d")
    assert tally.counts["zero_width"] == 3
    assert tally.counts["combining_flood"] > 10


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(_HOSTILE) | st.characters(), max_size=20).map("".join), st.sampled_from(_LIMITS))
def test_cleaning_is_idempotent_whatever_is_mixed(text: str, limits: Limits) -> None:
    cleaned = clean(text, limits)
    assert clean(cleaned.text, limits).text == cleaned.text
    assert clean(cleaned.text, limits).removed == ()
