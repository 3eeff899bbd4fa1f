"""Whether what a workflow wants to have happened before an action did happen: offered, answered, confirmed (R-B4, R-E1).

Pure, and over what was really sent and received only: what a model says about it counts for nothing. Words are compared
exactly, because a look-alike of a yes is no yes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\\\{([^{}]*)\\\}")
_ESCAPE: Final = re.compile(r"\\(.)")
_GAP: Final = r".{0,300}?"
_BLANK: Final = re.compile(r"\s+")
_SHORTEST: Final = 2
_NO: Final = frozenset(
    {
        "no", "nope", "not", "never", "don't", "do not", "no thanks", "no thank you", "not now", "not yet", "keep it",
        "nein", "nicht", "nee", "nö", "niemals", "nein danke", "noch nicht", "jetzt nicht", "lieber nicht", "behalten",
        "stop", "non", "no gracias", "nunca", "nej", "nee bedankt",
    }
)  # fmt: skip
"""Words that are no confirmation, whatever a model quotes them for."""

_TAKEN_BACK: Final = re.compile(
    r"(?<!\w)(?:no|nope|don't|do not|wait|stop|keep it|changed my mind|never mind|rather not|nein|nicht|warte|halt"
    r"|stopp|behalten|non|attendez|espera|espere)(?!\w)",
    re.IGNORECASE,
)
"""Words in a newer message after which an older yes is not acted upon without asking again."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was really sent or received. `seq` is its place in the log, `text` its clean words."""

    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not proven. `sentence` is read by the model, and may be read out to the customer."""

    code: str
    sentence: str


def delivered(offer: Iterable[str], sent: Sequence[Said], values: Mapping[str, str] = MappingProxyType({})) -> int | None:
    """Where the offer's words last reached the customer; None when they never did.

    Args:
        offer: The step's words, one text for each language; a placeholder stands for whatever it was filled with.
        sent: What was sent in the conversation.
        values: What some placeholders must have been filled with: who says yes to one address has not said yes to another.
    """
    wanted = [_words(text, values) for text in offer]
    places = [each.seq for each in sent if any(one.search(_BLANK.sub(" ", each.text)) for one in wanted)]
    return max(places, default=None)


def confirmed(quote: str | None, offered_at: int, heard: Sequence[Said]) -> Missing | None:
    """What is missing of an answer to an offer, or None.

    Args:
        quote: The customer's words as the model gives them; None where a tool has no place for them.
        offered_at: Where the offer was delivered.
        heard: Messages of the customer that still stand.
    """
    since = [each for each in heard if each.seq > offered_at]
    if not since:
        return Missing("offer_not_answered", "This waits for the customer's answer; nothing was done.")
    if quote is None:
        return None
    words = quote.strip()
    quoted = max((each.seq for each in since if _stands(words, each.text)), default=None)
    if len(words) < _SHORTEST or quoted is None:
        return Missing(
            "not_their_words",
            "This was not confirmed in the customer's own words; nothing was done.",
        )
    if re.sub(r"[^\w\s']", "", words.casefold()).strip() in _NO:
        return Missing("no_confirmation", "With these words nobody agreed; nothing was done.")
    if any(each.seq > quoted and _TAKEN_BACK.search(each.text.replace("\u2019", "'")) for each in since):
        return Missing("taken_back", "Something written since may take this back; nothing was done. It must be asked again.")
    return None


def _words(text: str, values: Mapping[str, str]) -> re.Pattern[str]:
    def filled(found: re.Match[str]) -> str:
        value = values.get(_ESCAPE.sub(r"\1", found[1]))
        return _GAP if value is None else rf"(?<!\w){re.escape(_BLANK.sub(' ', value.strip()))}(?!\w)"

    return re.compile(_PLACEHOLDER.sub(filled, re.escape(_BLANK.sub(" ", text.strip()))))


def _stands(words: str, text: str) -> bool:
    """Whether the words are an exact part of a text, not cut out of the middle of others."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
