"""Texts in several languages, and the checks of small words that brand files share.

A text without a language of its own (`any`) serves every language. Placeholders are placed by `put`, never by a format
language: what fills them comes from outside.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

ANY_LANGUAGE = "any"

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""Names of workflows, steps, intents, entities, queues, codes."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""Primary tag of BCP 47."""

LanguageKey = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""A language, or `any`."""


def _in_any_language(value: object) -> object:
    return {ANY_LANGUAGE: value} if isinstance(value, str) else value


LocalText = Annotated[
    Mapping[LanguageKey, Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]],
    BeforeValidator(_in_any_language),
    Field(min_length=1, max_length=40),
]
"""One text for every language, or a text per language."""

_PLACE = re.compile(r"\{([a-z_]{1,40})\}")


def spoken(text: Mapping[str, str], language: str, default: str) -> str:
    """The text in a language, else in the brand's default language, else the first there is."""
    for key in (language, ANY_LANGUAGE, default):
        if key in text:
            return text[key]
    return next(iter(text.values()))


def put(text: str, values: Mapping[str, str]) -> str:
    """The text with `{name}` replaced by values; unknown names stay. Values are placed, not interpreted."""
    return _PLACE.sub(lambda match: values.get(match.group(1), match.group(0)), text)
