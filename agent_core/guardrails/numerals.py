"""Numbers written as words, in English and German: `zwei Pakete` says as much as `2 Pakete`."""

from typing import Final

_NUMBERS: Final = {
    word: value
    for value, words in {
        2: "two zwei zwo", 3: "three drei", 4: "four vier", 5: "five fünf fuenf", 6: "six sechs",
        7: "seven sieben", 8: "eight acht", 9: "nine neun", 10: "ten zehn", 11: "eleven elf", 12: "twelve zwölf zwoelf",
        13: "thirteen dreizehn", 14: "fourteen vierzehn", 15: "fifteen fünfzehn", 20: "twenty zwanzig",
        24: "vierundzwanzig", 25: "fünfundzwanzig", 30: "thirty dreißig dreissig", 40: "forty vierzig",
        48: "achtundvierzig", 50: "fifty fünfzig", 60: "sixty sechzig", 70: "seventy siebzig", 80: "eighty achtzig",
        90: "ninety neunzig", 100: "hundred hundert einhundert",
    }.items()
    for word in words.split()
}  # fmt: skip
"""One is not here: `one`, `ein` and `eine` are hardly ever meant as a number."""

NUMBER_WORD: Final = "|".join(sorted(_NUMBERS, key=len, reverse=True))


def number_of(text: str) -> int | None:
    """The number a word or digits stand for."""
    return int(text) if text.isdecimal() else _NUMBERS.get(text.lower())
