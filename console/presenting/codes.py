"""Codes of events as words in the reader's language, each by what it stands for; which codes a line says otherwise (R-M8).

The words are the catalogue's, so they are looked up when they are shown. It must never touch an id, a name, or a sentence.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final, cast

from agent_core.contract.base import Event, Value
from agent_core.contract.bodies import BodyRef
from console import texts_codes, texts_levels, texts_reasons, words

_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_Words = Callable[[], Mapping[str, str]]

_BY_EVENT: Final[Mapping[str, _Words]] = {
    "AskBreached.what": lambda: texts_codes.CLOCKS,
    "AskEscalated.what": lambda: words.ROLE_WORDS,
    "AssessmentFlagged.part": lambda: {**words.PACKET_KINDS, **words.ASSESSED_PARTS},
    "AssessmentFlagged.wrong": lambda: words.ASSESSED_AS,
    "BodiesErased.what": lambda: texts_codes.BODIES,
    "BodiesErased.reason": lambda: texts_codes.ERASED_FOR,
    "ControlChanged.to": lambda: texts_codes.CONTROLS,
    "CustomerSilent.why": lambda: texts_codes.QUIET,
    "ErasureOrdered.reason": lambda: texts_codes.ERASED_FOR,
    "InboundContradicted.what": lambda: texts_codes.TOLD_OTHERWISE,
    "IntegrationStateChanged.system": lambda: texts_codes.SYSTEMS,
    "IntegrationStateChanged.to": lambda: words.BREAKER_WORDS,
    "ReplyChecksSwitched.what": lambda: texts_codes.CHECKS,
    "SteeringEnded.why": lambda: texts_codes.STEERING_ENDS,
    "ToolStateChanged.to": lambda: texts_codes.TOOL_STATES,
    "TransitionRefused.now": lambda: {**texts_codes.OUTCOMES, **texts_codes.PHASES, **texts_codes.CONTROLS},
    "TurnForked.what": lambda: texts_codes.FORKED,
}
"""What a place means in one sentence only, by the event's name and the placeholder's."""
_BY_PLACE: Final[Mapping[str, _Words]] = {
    "at": lambda: texts_codes.MOMENTS,
    "author": lambda: texts_codes.AUTHORS,
    "became": lambda: texts_codes.BECAME,
    "by": lambda: texts_codes.BY,
    "cause": lambda: texts_codes.CAUSES,
    "channel": lambda: words.CHANNEL_WORDS,
    "decision": lambda: texts_codes.DECISIONS,
    "detector": lambda: texts_codes.DETECTORS,
    "diagnosis": lambda: texts_reasons.DIAGNOSES,
    "flag": lambda: texts_codes.FLAGS,
    "entrance": lambda: texts_codes.ENTRANCES,
    "kind": lambda: words.ASK_KINDS,
    "known_by": lambda: texts_codes.KNOWN_BY,
    "fork_end": lambda: texts_codes.FORK_ENDS,
    "level": lambda: texts_levels.LEVELS,
    "machine": lambda: texts_codes.MACHINES,
    "masked": lambda: texts_codes.MASKED,
    "operation": lambda: texts_codes.OPERATIONS,
    "outcome": lambda: texts_codes.OUTCOMES,
    "part": lambda: texts_codes.PARTS,
    "phase": lambda: texts_codes.PHASES,
    "purpose": lambda: texts_codes.PURPOSES,
    "role": lambda: words.ROLE_WORDS,
    "rule": lambda: texts_codes.ROUTED_BY,
    "scope": lambda: texts_codes.SCOPES,
    "stripped": lambda: texts_codes.STRIPPED,
    "sentiment": lambda: texts_codes.LEVELS,
    "settled_by": lambda: texts_codes.SETTLED_BY,
    "of_a_brand": lambda: texts_codes.SYSTEMS,
    "urgency": lambda: texts_codes.LEVELS,
    "verdict": lambda: texts_codes.VERDICTS,
    "was": lambda: texts_levels.LEVELS,
}
_NAMES = frozenset(
    {
        "who", "other", "run", "successor", "ask", "proposal", "effect", "call", "reply", "turn", "steering", "subject",
        "name", "resource", "key", "previous", "alarm", "release", "invitation", "brand", "system", "why",
        "about",
    }
)  # fmt: skip
"""Placeholders that hold an id, a name or a sentence: somebody may want to look them up."""


def in_words(place: str, value: str, event: str = "") -> str:
    """A code as words, those of a list each by itself; ids, keys and sentences stay as they are.

    Args:
        place: The placeholder it stands in.
        value: One code, or several with a comma and a space between them.
        event: The name of the event whose sentence it is; empty where it stands elsewhere.
    """
    special = _BY_EVENT.get(f"{event}.{place}")
    if special is None and place in _NAMES:
        return value
    group = special or _BY_PLACE.get(place)
    known = group() if group is not None else {}
    return ", ".join(known.get(one) or _reason(one) for one in value.split(", "))


def as_head(place: str, value: str) -> str:
    """A code as words that begin a line."""
    said = in_words(place, value)
    return f"{said[:1].upper()}{said[1:]}"


def _reason(code: str) -> str:
    """What has no group of its own: a reason, a diagnosis by its head, else the code with spaces in it."""
    head, _, _ = code.partition(":")
    said = texts_reasons.REASONS.get(code) or texts_reasons.DIAGNOSES.get(head)
    return said or (code.replace("_", " ") if _CODE.fullmatch(code) else code)


def codes_behind(event: Event, said: str) -> tuple[str, ...]:
    """The codes of an event that its sentence says in other words, in the event's order, for those who look them up.

    Args:
        event: The event.
        said: Its sentence, as it is shown.
    """
    found = (code for name, value in event for code in _texts(name, value))
    known = _known()
    return tuple(
        dict.fromkeys(
            one
            for one in found
            if one not in said
            and (one.partition(":")[0] in known or (_CODE.fullmatch(one) and one.replace("_", " ") in said))
        )
    )


@cache
def _known() -> frozenset[str]:
    """Every code there are words for; which codes there are is the same in every language."""
    groups = (*_BY_EVENT.values(), *_BY_PLACE.values())
    return frozenset({code for group in groups for code in group()} | {*texts_reasons.REASONS, *texts_reasons.DIAGNOSES})


def _texts(name: str, value: object) -> Iterator[str]:
    """The texts of a field and of what is in it; what names a body says nothing about the event."""
    if name == "type" or isinstance(value, BodyRef):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Value):
        for inner, one in value:
            yield from _texts(inner, one)
    elif isinstance(value, tuple):
        for one in cast("tuple[object, ...]", value):
            yield from _texts("", one)
