"""Where outside text comes in: one name, one set of bounds and one function for every entrance (R-D1, R-A10).

Every string from outside is read here, as three views that never mix: the raw one is evidence, the clean one is shown and
sent, the match one is only compared. It must never refuse a text, and never let an entrance invent bounds of its own.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from agent_core.boundary.clean import LINE, MESSAGE, Cleaned, CleanedJson, Limits, clean, clean_json
from agent_core.boundary.file_names import FILE_NAME, clean_file_name
from agent_core.boundary.match import MatchView, match_view
from agent_core.boundary.raw import raw_record
from agent_core.contract.bodies import salted_digest

Source = Literal[
    "message", "mail", "mail_history", "subject", "line", "name", "ticket_field", "file_name", "order_note", "product_text",
    "carrier_answer", "tool_answer", "tool_error", "tool_description", "knowledge", "model_output", "provider_error",
    "person",
]  # fmt: skip
"""Every kind of outside text; `person` is what one of our people types.

A new entrance is added here, with its bounds, before it is built."""

SOURCES: Final[tuple[Source, ...]] = get_args(Source)


@dataclass(frozen=True, slots=True)
class SourceRule:
    """What holds for one source.

    Attributes:
        limits: Its bounds.
        origin: Whose text it is, as a block's `origin` names it: what a model and a person are told.
    """

    limits: Limits
    origin: str


_FIELD: Final = Limits(input_code_points=20_000, text_bytes=16_384, code_points=4_000, graphemes=4_000)
_NOTE: Final = Limits(input_code_points=8_192, text_bytes=8_192, code_points=2_000, graphemes=2_000)
_SENTENCES: Final = Limits(input_code_points=4_096, text_bytes=4_096, code_points=1_000, graphemes=1_000)
_DOCUMENT: Final = Limits(input_code_points=1_048_576, text_bytes=1_048_576, code_points=262_144, graphemes=262_144)
_HISTORY: Final = Limits(input_code_points=262_144, text_bytes=262_144, code_points=100_000, graphemes=100_000)
_ANSWER: Final = Limits(input_code_points=131_072, text_bytes=131_072, code_points=64_000, graphemes=64_000)

RULES: Final[Mapping[Source, SourceRule]] = {
    "message": SourceRule(MESSAGE, "customer"),
    "mail": SourceRule(MESSAGE, "customer"),
    "mail_history": SourceRule(_HISTORY, "customer"),
    "subject": SourceRule(LINE, "customer"),
    "line": SourceRule(LINE, "customer"),
    "name": SourceRule(LINE, "customer"),
    "ticket_field": SourceRule(_NOTE, "channel"),
    "file_name": SourceRule(FILE_NAME, "customer"),
    "order_note": SourceRule(_NOTE, "shop"),
    "product_text": SourceRule(_FIELD, "shop"),
    "carrier_answer": SourceRule(_NOTE, "carrier"),
    "tool_answer": SourceRule(_FIELD, "tool"),
    "tool_error": SourceRule(_SENTENCES, "tool"),
    "tool_description": SourceRule(_NOTE, "tool"),
    "knowledge": SourceRule(_DOCUMENT, "knowledge"),
    "model_output": SourceRule(_ANSWER, "model"),
    "provider_error": SourceRule(_SENTENCES, "provider"),
    "person": SourceRule(MESSAGE, "person"),
}


@dataclass(frozen=True)
class TextViews:
    """The three views of one outside text.

    Attributes:
        source: Which entrance it came through.
        received: The text or bytes exactly as received; only evidence.
        cleaned: The clean view, with what was removed.
    """

    source: Source
    received: str | bytes
    cleaned: Cleaned

    def __repr__(self) -> str:
        """Shows no outside text: this value may end up in a log."""
        return f"TextViews({self.source}, {len(self.text)} clean of {len(self.received)} received)"

    @property
    def text(self) -> str:
        """The clean text: what is shown and sent."""
        return self.cleaned.text

    @property
    def origin(self) -> str:
        """Whose text it is."""
        return RULES[self.source].origin

    @functools.cached_property
    def raw(self) -> str:
        """The exact ASCII record of what was received (`raw.read_raw_record`)."""
        return raw_record(self.received)

    def raw_digest(self, salt: bytes) -> str:
        """Equals the digest of a body that keeps `raw` under this salt (R-N5)."""
        return salted_digest(salt, self.raw.encode("ascii"))

    @functools.cached_property
    def match(self) -> MatchView:
        """The match view, made when first asked for."""
        return match_view(self.cleaned.text)


def read(source: Source, value: str | bytes) -> TextViews:
    """Reads one text from outside. Never raises for anything in the text.

    Args:
        source: The entrance; it chooses the bounds.
        value: Text, possibly with lone surrogates, or UTF-8 bytes, possibly broken.
    """
    if source == "file_name":
        return TextViews(source, value, clean_file_name(value))
    return TextViews(source, value, clean(value, RULES[source].limits))


def read_json(source: Source, value: Any) -> CleanedJson:
    """Reads a JSON value from outside: every string and key clean, its depth and size bounded."""
    return clean_json(value, RULES[source].limits)
