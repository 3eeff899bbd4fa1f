"""Fingers on a keyboard: how long a text takes to type, and which typos happen on the way.

Why it exists: exact spelling and instant messages hide defects that real customers find at once. It must never damage an
order number: people copy those.
"""

import random
import re

_NUMBER = re.compile(r"(NW-\d+)")
_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "k": "jl",
    "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe",
    "y": "tu",
}  # fmt: skip
_SECONDS_PER_LETTER = 0.16


def typing_seconds(dice: random.Random, text: str) -> float:
    """Answers how long somebody needs to write ``text``: half a second to two minutes."""
    return round(min(120.0, 0.5 + len(text) * _SECONDS_PER_LETTER * dice.uniform(0.6, 1.7)), 2)


def with_typos(dice: random.Random, text: str, rate: float) -> str:
    """Answers ``text`` with about ``rate`` typos per ASCII letter; order numbers stay whole."""
    parts = _NUMBER.split(text)
    return "".join(part if _NUMBER.fullmatch(part) else _mistype(dice, part, rate) for part in parts)


def _mistype(dice: random.Random, text: str, rate: float) -> str:
    letters = list(text)
    place = 0
    while place < len(letters):
        letter = letters[place]
        if letter.isascii() and letter.isalpha() and dice.random() < rate:
            slip = dice.randrange(4)
            if slip == 0:
                letters[place] = ""
            elif slip == 1:
                letters[place] = letter * 2
            elif slip == 2 and place + 1 < len(letters) and letters[place + 1].isalpha():
                letters[place], letters[place + 1] = letters[place + 1], letter
                place += 1
            else:
                letters[place] = dice.choice(_NEAR.get(letter, letter))
        place += 1
    return "".join(letters)
