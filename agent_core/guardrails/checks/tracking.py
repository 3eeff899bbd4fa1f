"""A state of a parcel or an order that no system reported (R-F2).

Only what is stated counts: questions and conditions say nothing, and neither does naming back what the customer reports.
A sentence about one number is held against what was read about that number.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.finding import Finding, Span
from agent_core.guardrails.reading import Reading, Sentence, texts_of
from agent_core.guardrails.specifics import references
from agent_core.guardrails.states import STATES, State

NAME: Final[ReplyCheckName] = "tracking"

_REPORTED: Final = re.compile(
    r"\b(?:you (?:say|said|write|wrote|mention|mentioned|report|reported|told)|sorry (?:to hear )?that|du (?:schreibst"
    r"|sagst|schriebst|"
    r"berichtest|meldest)|sie (?:schreiben|sagen)|schade,? dass|tut mir leid,? dass|that you (?:have )?received)\b"
)
_MONEY: Final = re.compile(
    r"\b(?:refund|money|payment|charge|amount|erstattung|ruckzahlung|ruckerstattung|geld|zahlung|betrag|gutschrift)\w*\b"
)
_LETTERS: Final = re.compile(r"\b(?:e-?mail|mail|message|confirmation|link|code|invoice|nachricht|bestatigung|rechnung)\b")


def check(reading: Reading) -> Iterator[Finding]:
    """`unknown_state`."""
    names: list[str] = []
    places: list[Span] = []
    for sentence in reading.sentences:
        text = sentence.folded.text
        for state in STATES:
            found = state.said.search(text)
            if found is None or not _stated(sentence) or _MONEY.search(text) or _LETTERS.search(text):
                continue
            if state.name == "cancelled" and any("done" in became for became in reading.context.actions.values()):
                continue
            place = sentence.at(*found.span())
            if place[0] < sentence.open_from and not _borne_out(reading, sentence, state):
                names.append(state.name)
                places.append(place)
    if places:
        listed = ", ".join(dict.fromkeys(names))
        yield Finding(
            NAME,
            "unknown_state",
            f"No system reported this state: {listed}.",
            f"It said that something is {listed}, which no result reports. Say only what the shop or the carrier reported.",
            tuple(places),
        )


def _stated(sentence: Sentence) -> bool:
    text = sentence.folded.text
    return not (sentence.asks or sentence.conditional or sentence.negated or _REPORTED.search(text))


def _borne_out(reading: Reading, sentence: Sentence, state: State) -> bool:
    numbers = {each.value for each in references(sentence.text, reading.patterns)}
    if len(numbers) == 1:
        about = _about(reading, next(iter(numbers)))
        if about:
            return state.told.search(about) is not None
    return state.told.search(reading.told) is not None


def _about(reading: Reading, number: str) -> str:
    """What was read about one number: facts that name it, results that hold it, and facts of parcels that belong to it."""
    facts = [(key, value) for key, value in reading.cited if number in key.casefold()]
    parcels = {
        key.split(".")[1] for key, value in reading.cited if key.endswith(".order") and str(value).casefold() == number
    }
    facts += [(key, value) for key, value in reading.cited if key.count(".") > 1 and key.split(".")[1] in parcels]
    holders: list[tuple[str, JsonValue]] = [
        ("", source) for source in reading.context.sources if isinstance(source, Mapping) and number in _flat(source)
    ]
    if not holders and not any(key.endswith(".status") for key, _ in facts):
        return ""
    # Results of a parcel do not name their order: what travels was asked for with the order's number.
    others: list[tuple[str, JsonValue]] = [
        ("", source) for source in reading.context.sources if isinstance(source, Mapping) and "parcels" in source
    ]
    return reading.context.sight.fold(texts_of([*facts, *holders, *others])).text


def _flat(source: Mapping[str, JsonValue]) -> str:
    return texts_of([("", dict(source))]).casefold()
