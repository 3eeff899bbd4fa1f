"""Empty, too long, or with characters that nobody sees (R-F2, R-D1)."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reading import Reading

NAME: Final[ReplyCheckName] = "shape"

_INVISIBLE: Final = frozenset(
    "\u200b\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u180e"
    + "".join(map(chr, range(0xE0000, 0xE0080)))
)


def check(reading: Reading) -> Iterator[Finding]:
    """`empty_reply`, `too_long`, `hidden_characters`."""
    text, most = reading.text, reading.release.behaviour.thresholds.reply_chars
    if not text.strip():
        yield Finding(NAME, "empty_reply", "Nothing is said.", "It was empty.")
    if len(text) > most:
        yield Finding(
            NAME,
            "too_long",
            f"It is longer than the {most} characters this brand allows.",
            f"It had {len(text)} characters; at most {most} are allowed. Say the same in fewer words.",
            ((most, len(text)),),
        )
    hidden = {each for each in set(text) if not each.isprintable() and _hidden(each)}
    if hidden:
        places = tuple((place, place + 1) for place, each in enumerate(text) if each in hidden)
        yield Finding(
            NAME,
            "hidden_characters",
            "It holds characters nobody sees.",
            "It held control characters or invisible ones. Write plain text.",
            places[:40],
        )


def _hidden(c: str) -> bool:
    return c in _INVISIBLE or (unicodedata.category(c) in {"Cc", "Cs", "Co"} and c not in "\n\t")
