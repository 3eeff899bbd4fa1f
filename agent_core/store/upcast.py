"""From a stored event to today's type. Old events are never rewritten: they are lifted, step by step, when they are read.

A step takes the JSON object of one event type from one log version to the next. Every change of an event's fields makes a
new `LOG_VERSION`, so that an older core refuses with `data_newer` instead of finding damage. A new field with a default
needs no step; renaming, splitting or a field without one does. Must never guess: what does not parse is `Corrupt`.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from agent_core.contract.errors import Unusable
from agent_core.contract.events import EVENT, AnyEvent
from agent_core.contract.versions import LOG_VERSION
from agent_core.store.errors import Corrupt

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[tuple[str, int], Step] = MappingProxyType({})
"""`(type, version)` -> what makes it an event of `version + 1`. The step may change `type`, too."""


def parse_event(
    data: str, version: int, *, steps: Mapping[tuple[str, int], Step] = STEPS, newest: int = LOG_VERSION
) -> AnyEvent:
    """The event in stored JSON text.

    Raises:
        Unusable: `data_newer` when a newer core wrote it.
        Corrupt: It is no event of its version.
    """
    if version > newest:
        raise data_newer(f"log version {version}, this core knows {newest}")
    try:
        if version == newest:
            return EVENT.validate_json(data)
        value: dict[str, Any] = json.loads(data)
        for step_version in range(version, newest):
            step = steps.get((value["type"], step_version))
            if step is not None:
                value = step(value)
        return EVENT.validate_json(json.dumps(value))
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise Corrupt(f"event of version {version}: {type(error).__name__}") from error


def data_newer(detail: str) -> Unusable:
    """The one sentence about data that a newer version wrote."""
    return Unusable(
        "data_newer",
        "This data folder was written by a newer version of Countersign. Install that version, or choose another folder.",
        detail=detail,
    )
