"""A language nobody speaks: every text half as long again, with accents, between brackets that show where it is cut.

Drawn in every state of the window it shows what clips and what is not in the catalogue (`tests.console.states --language
pseudo`). It is never offered to people.
"""

import re

from console.language.catalogue import Language, Message

_ACCENTS = str.maketrans("aceinorsuyzACEINORSUYZ", "áçéíñöŕšüýžÁÇÉÍÑÖŔŠÜÝŽ")
_PLACE = re.compile(r"(\{[^}]*\})")
_MORE_PERCENT = 40


def pseudo(text: str) -> str:
    """A text as the language nobody speaks writes it; what is filled in stays."""
    parts = _PLACE.split(text)
    said = "".join(part if part.startswith("{") else part.translate(_ACCENTS) for part in parts)
    if not any(sign.isalpha() for sign in text):
        return said
    wanted = len(text) * _MORE_PERCENT // 100
    tail = ""
    while len(tail) < wanted:
        tail += " öñ" if len(tail) % 9 else " žwöü"
    return f"[{said}{tail[:wanted].rstrip()}]"


def _say(message: Message) -> tuple[str, ...] | None:
    if message.context.startswith("texts_numbers."):
        return None
    return tuple(pseudo(one) for one in (message.one, message.other) if one)


PSEUDO = Language("pseudo", "Pseudo", _say)
