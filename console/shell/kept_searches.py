"""The searches a person saved, as one line of the settings file and back (R-M5).

What somebody typed to find things stays on this computer. A line that cannot be read loses nothing but itself: it must
never keep the console from starting.
"""

import json
from typing import Any, cast

from pydantic import ValidationError

from agent_core.contract.searching import SearchAsked
from console.state.searching import LONGEST_NAME, MOST_SAVED, SavedSearch

_LONGEST = 200_000


def written(saved: tuple[SavedSearch, ...]) -> str:
    """The searches as a text."""
    value = [
        {"name": one.name, "asked": one.asked.model_dump(mode="json", exclude_defaults=True)} for one in saved[:MOST_SAVED]
    ]
    return json.dumps(value, ensure_ascii=True)


def read(text: str) -> tuple[SavedSearch, ...]:
    """The searches in a text; those that cannot be read are left out."""
    try:
        value: Any = json.loads(text) if text and len(text) <= _LONGEST else []
    except (ValueError, RecursionError):
        return ()
    found: dict[str, SavedSearch] = {}
    for one in cast("list[Any]", value) if isinstance(value, list) else []:
        try:
            name = str(one["name"]).strip()[:LONGEST_NAME]
            asked = SearchAsked.model_validate(one["asked"]).model_copy(update={"after": None})
        except (ValidationError, KeyError, TypeError):
            continue
        if name:
            found[name] = SavedSearch(name, asked)
    return tuple(found.values())[:MOST_SAVED]
