"""What a person is told when this console pins something new about a core: where trust starts there, and who may move it.

What is seen for the first time is the core's word. It is kept, and other words are refused from then on; whether it is what
the house wanted only people know. It must never be silent about recovery keys that came later.
"""

from typing import Final

from console import texts_people
from console.headless.anchor_pin import Pin
from console.language.numbers import number
from console.state.happenings import News

_READ: Final = 16
"""Characters of a fingerprint that people compare."""


def anchor_news(core: str, pin: Pin) -> News | None:
    """What is told of a pin; none where nothing is new."""
    key = f"anchor:{core}"
    match pin.learned:
        case "":
            return None
        case "first":
            return News(key, texts_people.TRUSTED, texts_people.TRUSTED_WORDS.format(anchor=_read(pin.anchor)), "info")
        case "recovery":
            title = texts_people.RECOVERY_PINNED
        case "moved":
            title = texts_people.ANCHOR_MOVED.format(anchor=_read(pin.anchor))
    words = texts_people.RECOVERY_PINNED_WORDS.format(
        need=number(pin.need), of=number(len(pin.keys)), keys=", ".join(map(_read, pin.recovery))
    )
    return News(key, title, words, "warn")


def _read(fingerprint: str) -> str:
    return fingerprint.rpartition(":")[2][:_READ]
