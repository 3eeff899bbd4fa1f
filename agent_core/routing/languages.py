"""Whether a language can be the one a text is written in, told by its script alone.

A small check on what triage says (R-B1): it never guesses between languages of one script.
"""

import re
import unicodedata
from collections import Counter
from typing import Final

_MAX_LETTERS = 2000

_SCRIPT_WORDS: Final = (
    ("LATIN", "latin"), ("CYRILLIC", "cyrillic"), ("GREEK", "greek"), ("ARABIC", "arabic"), ("HEBREW", "hebrew"),
    ("HIRAGANA", "kana"), ("KATAKANA", "kana"), ("CJK", "han"), ("HANGUL", "hangul"), ("THAI", "thai"),
    ("DEVANAGARI", "devanagari"), ("BENGALI", "bengali"), ("TAMIL", "tamil"), ("TELUGU", "telugu"), ("GEORGIAN", "georgian"),
    ("ARMENIAN", "armenian"), ("ETHIOPIC", "ethiopic"), ("KHMER", "khmer"), ("LAO", "lao"), ("MYANMAR", "myanmar"),
)  # fmt: skip

_SCRIPTS: Final[dict[str, frozenset[str]]] = {
    "ru": frozenset({"cyrillic"}), "uk": frozenset({"cyrillic"}), "bg": frozenset({"cyrillic"}),
    "mk": frozenset({"cyrillic"}),
    "be": frozenset({"cyrillic"}), "kk": frozenset({"cyrillic", "latin"}), "sr": frozenset({"cyrillic", "latin"}),
    "el": frozenset({"greek"}), "ar": frozenset({"arabic"}), "fa": frozenset({"arabic"}), "ur": frozenset({"arabic"}),
    "he": frozenset({"hebrew"}), "yi": frozenset({"hebrew"}), "ja": frozenset({"kana", "han"}), "zh": frozenset({"han"}),
    "ko": frozenset({"hangul", "han"}), "th": frozenset({"thai"}), "hi": frozenset({"devanagari"}),
    "mr": frozenset({"devanagari"}), "ne": frozenset({"devanagari"}), "bn": frozenset({"bengali"}),
    "ta": frozenset({"tamil"}),
    "te": frozenset({"telugu"}), "ka": frozenset({"georgian"}), "hy": frozenset({"armenian"}), "am": frozenset({"ethiopic"}),
    "km": frozenset({"khmer"}), "lo": frozenset({"lao"}), "my": frozenset({"myanmar"}),
}  # fmt: skip
_ASCII_LETTER: Final = re.compile("[A-Za-z]")
_LATIN: Final = frozenset({"latin"})

_ONLY: Final = {
    "greek": "el", "hebrew": "he", "kana": "ja", "hangul": "ko", "thai": "th", "georgian": "ka", "armenian": "hy",
    "arabic": "ar", "cyrillic": "ru", "han": "zh", "devanagari": "hi",
}  # fmt: skip


def main_script(text: str) -> str | None:
    """The script of most letters; None without letters. Kana among Han letters makes the text Japanese."""
    if text.isascii():  # all letters of ASCII are of one script
        return "latin" if _ASCII_LETTER.search(text, 0, _MAX_LETTERS * 4) else None
    counts: Counter[str] = Counter()
    for character in text[: _MAX_LETTERS * 4]:
        if character.isalpha():
            name = unicodedata.name(character, "")
            counts[next((script for word, script in _SCRIPT_WORDS if word in name), "other")] += 1
    if not counts:
        return None
    if counts["kana"] and counts["kana"] * 4 >= counts["han"]:
        counts["kana"] += counts.pop("han", 0)
    return counts.most_common(1)[0][0]


def plausible(language: str, text: str) -> str:
    """The language, when the text's script allows it; else one that its script suggests; else `und`.

    Args:
        language: Primary tag, or `und`.
        text: What the customer wrote, without the numbers and codes that belong to no language.
    """
    script = main_script(text)
    if script is None:
        return "und"
    if language != "und" and script in _SCRIPTS.get(language, _LATIN):
        return language
    return _ONLY.get(script, "und")
