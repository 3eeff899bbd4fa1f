"""Actions said to have happened, to wait or not to have happened that did otherwise (R-F2).

Two layers. The brand's own `claims` name a tool and its words; the house knows verbs of common actions (`action_words`) and
lets them pass where a tool of that kind was executed in this conversation or a system's answer speaks of it. What became of
an action is what the log says, not what anybody believes: pending, denied, failed and unknown are not done.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from pydantic import JsonValue

from agent_core.contract.reply_checks import ReplyCheckName
from agent_core.guardrails.action_words import ACTIONS, WAITS, Action
from agent_core.guardrails.finding import Finding, Span
from agent_core.guardrails.phrases import Phrase, phrases
from agent_core.guardrails.policy import ClaimLike, ReplyRelease
from agent_core.guardrails.reading import Reading, Sentence
from agent_core.guardrails.sight import Sight

NAME: Final[ReplyCheckName] = "claims"


def check(reading: Reading) -> Iterator[Finding]:
    """The code of a brand's claim, `CODE_in_doubt`, `claims_action`, `claims_waiting`."""
    covered: list[Span] = []
    for claim, wanted, unless in _worded(reading.context.sight, reading.release):
        yield from _of_brand(reading, claim, wanted, unless, covered)
    yield from _of_house(reading, covered)
    if not reading.context.pending:
        yield from _waiting(reading)


@lru_cache(maxsize=64)
def _worded(sight: Sight, release: ReplyRelease) -> tuple[tuple[ClaimLike, tuple[Phrase, ...], tuple[Phrase, ...]], ...]:
    """Each claim with its words and those that take it back: made once for a release, which never changes."""
    return tuple(
        (claim, tuple(phrases(sight, claim.phrases)), tuple(phrases(sight, claim.unless)))
        for claim in release.behaviour.claims
    )


def _of_brand(
    reading: Reading, claim: ClaimLike, wanted: Sequence[Phrase], unless: Sequence[Phrase], covered: list[Span]
) -> Iterator[Finding]:
    if not reading.words.holds(wanted):
        return
    spoken = [sentence for sentence in reading.sentences if sentence.words.holds(wanted)]
    said = [(sentence, _places(sentence, wanted)) for sentence in spoken]
    covered.extend(sentence.span for sentence in spoken)
    became = reading.context.actions.get(claim.tool, ())
    claimed = [places for sentence, places in said if places and not sentence.words.holds(unless)]
    # Said across sentences: the whole decides.
    if not spoken and not reading.words.holds(unless):
        claimed = [[place for each in wanted for place in reading.words.find(each)]]
    waits = "pending" in became or reading.context.pending
    if claimed and not ("done" in became and not waits) and not _grounded(reading, claim):
        named = claim.code.replace("_", " ")
        yield Finding(
            NAME,
            claim.code,
            f"It says that something was done that was not ({named}). {_STANDING[_standing(became, pending=waits)]}",
            f"It said that an action happened that did not ({named}). {_STANDING[_standing(became, pending=waits)]}",
            tuple(place for places in claimed for place in places),
        )
    if "unknown" in became and "done" not in became:
        denied = [
            places for sentence, places in said
            if sentence.negated and not sentence.conditional and not _UNSURE.search(sentence.folded.text)
        ]  # fmt: skip
        if denied:
            yield Finding(
                NAME,
                f"{claim.code}_in_doubt"[:64],
                "It says that something was not done, and nobody knows whether it was.",
                "It said that an action did not happen. Nobody knows whether it did: say that it is being found out.",
                tuple(place for places in denied for place in places),
            )


_UNSURE: Final = re.compile(
    r"\b(?:certain|sure|know|clear|check\w*|find out|sicher|weiss|wissen|klar|unklar|pruf\w*|gepruft|klaren)\b"
)

_STANDING: Final[Mapping[str, str]] = {
    "pending": "It is waiting or under way, not done.",
    "unknown": "Nobody knows yet whether it happened.",
    "denied": "It was declined.",
    "failed": "It failed.",
    "none": "Nothing of the kind was executed.",
}


def _standing(became: object, *, pending: bool) -> str:
    known = set(became) if isinstance(became, tuple | list | set | frozenset) else set[str]()  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] - names of outcomes
    if pending:
        return "pending"
    return next((name for name in ("unknown", "denied", "failed") if name in known), "none")


def _places(sentence: Sentence, wanted: Sequence[Phrase]) -> list[Span]:
    """Where the sentence claims it; not behind a word that leaves it open, such as `whether`."""
    start, open_from = sentence.span[0], sentence.open_from
    found = ((start + first, start + last) for each in wanted for first, last in sentence.words.find(each))
    return [place for place in found if place[0] < open_from]


def _grounded(reading: Reading, claim: ClaimLike) -> bool:
    """Whether a cited fact says that it is so, whoever did it."""
    patterns = [re.compile(re.escape(key).replace(r"\*", r"[^.]+")) for key in claim.grounded_by]
    return any(
        pattern.fullmatch(key) is not None and _something(value) for key, value in reading.cited for pattern in patterns
    )


def _something(value: JsonValue) -> bool:
    if isinstance(value, Mapping):
        return _something(value.get("amount_minor"))
    return bool(value) and value not in ("failed", "cancelled", "refused", "pending")


def _of_house(reading: Reading, covered: Sequence[Span]) -> Iterator[Finding]:
    names: list[str] = []
    places: list[Span] = []
    for sentence in reading.sentences:
        if sentence.span in covered or sentence.asks or sentence.conditional or sentence.negated:
            continue
        for action in ACTIONS:
            found = action.done.search(sentence.folded.text)
            if found is not None and not borne_out(reading, action):
                names.append(action.name)
                places.append(sentence.at(*found.span()))
    if places:
        listed = ", ".join(dict.fromkeys(names))
        yield Finding(
            NAME,
            "claims_action",
            f"It says that something was done, and no action of the kind was executed: {listed}.",
            f"It said that an action happened ({listed}) that did not. Say only what the results of your calls say.",
            tuple(places),
        )


def borne_out(reading: Reading, action: Action) -> bool:
    """Whether a tool of this kind was executed here; where none was tried, whether a system's answer speaks of it."""
    tried = [became for tool, became in reading.context.actions.items() if any(stem in tool for stem in action.stems)]
    if tried:
        return any("done" in became for became in tried)
    return any(re.search(rf"{stem}(?!able)", reading.told) for stem in action.stems)


def _waiting(reading: Reading) -> Iterator[Finding]:
    places = [
        sentence.at(*found.span())
        for sentence in reading.sentences
        if not (sentence.negated or sentence.conditional or sentence.asks) and (found := WAITS.search(sentence.folded.text))
    ]
    if places:
        yield Finding(
            NAME,
            "claims_waiting",
            "It says that something waits for a decision, and nothing does.",
            "It said that something waits for approval. Nothing does: say what really became of it.",
            tuple(places),
        )
