"""What examining outside texts comes to in the log: one event for each text about which there is something to say (R-D3).

Appended beside the text itself, never instead of it. For every entrance: webhooks, tool results, and whatever comes next.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from agent_core.boundary.clean import Cleaned
from agent_core.boundary.examine import Entrance, Examined, examine, own_numbers
from agent_core.boundary.masking import mask_json
from agent_core.boundary.sources import TextViews
from agent_core.boundary.sources import read as read_text
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.events import Detected, MaskedKind, TextFlagged
from agent_core.systems.port import ToolResult
from agent_core.workflows.release import Release


@dataclass(frozen=True, slots=True)
class Flagged:
    """The event, and the bodies it names."""

    event: TextFlagged
    bodies: tuple[Body, ...]


def examine_text(release: Release, entrance: Entrance, views: Cleaned | TextViews) -> Examined:
    """Examines a text by the brand's own thresholds; numbers of its own are not masked."""
    return examine(entrance, views, release.behaviour.boundary, protected=_own(release))


def examine_answer(release: Release, entrance: Entrance, value: Any) -> tuple[Any, Examined]:
    """Examines every text in a JSON value from a system: the value with texts masked, and what was found in all of them.

    Args:
        release: The brand's release.
        entrance: `tool_answer`, or the kind of text it is.
        value: A JSON value whose strings are clean.
    """
    masked, counts = mask_json(value, _own(release))
    texts: list[str] = []
    _gather(masked, texts)
    read = read_text("model_output", "\n".join(texts)).cleaned
    found = examine(entrance, read, release.behaviour.boundary, masks=False)
    return masked, Examined(entrance, found.text, found.findings, (), counts)


def flagged(examined: Examined, about: str, *, language: str | None = None) -> Flagged | None:
    """The event about an examined text; none when there is nothing to say.

    Args:
        examined: Of `examine_text` or `examine_answer`.
        about: Id of the message, effect or proposal it belongs to.
        language: The language code read in it, when it was sure.
    """
    if not examined.told:
        return None
    evidence = examined.evidence()
    body = None if evidence is None else new_body("evidence", evidence)
    event = TextFlagged(
        entrance=examined.entrance,
        about=about,
        findings=tuple(
            Detected(detector=each.detector, code=each.code, score_percent=each.score_percent, count=each.count)
            for each in examined.findings
        ),
        masked=tuple(MaskedKind(kind=kind, count=count) for kind, count in examined.masked),
        language=language,
        evidence=None if body is None else body.ref,
    )
    return Flagged(event, () if body is None else (body,))


def seen_answer(release: Release, about: str, result: ToolResult) -> tuple[ToolResult, tuple[Flagged, ...]]:
    """What a tool answered, as it may be shown, and the events about it; `facts` stay exact, for policy reads them."""
    masked, found = examine_answer(release, "tool_answer", dict(result.result))
    made = [flagged(found, about)]
    sentence = result.sentence
    if sentence and result.outcome != "succeeded":
        error = examine_text(release, "tool_error", read_text("tool_error", sentence).cleaned)
        made.append(flagged(error, about))
        sentence = error.text
    return replace(result, result=masked, sentence=sentence), tuple(each for each in made if each is not None)


def seen_values(release: Release, facts: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Facts as a model may read them."""
    return [(key, mask_json(value, _own(release))[0]) for key, value in facts]


_MOST_TEXTS = 2_000
_SHORTEST = 8


@lru_cache(maxsize=256)
def _own(release: Release) -> tuple[re.Pattern[str], ...]:
    """A release is immutable, and equal to another when their digests are."""
    return own_numbers(entity.pattern for entity in release.entities.values())


def _gather(value: Any, into: list[str]) -> None:
    """Texts somebody may have written: strings long enough to say anything."""
    if len(into) >= _MOST_TEXTS:
        return
    if isinstance(value, str):
        if len(value) >= _SHORTEST:
            into.append(value)
    elif isinstance(value, dict):
        for item in value.values():  # pyright: ignore[reportUnknownVariableType] - any JSON value
            _gather(item, into)
    elif isinstance(value, list | tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType] - any JSON value
            _gather(item, into)
