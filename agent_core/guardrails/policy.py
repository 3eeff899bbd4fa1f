"""What reply checks need to know of a release, as shapes: this package and `workflows` do not import each other."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

ReplyText = Literal[
    "greeting", "greeting_unnamed", "signature", "handoff", "handoff_part", "quarantine", "outside_language", "clarify",
    "unclear_twice", "nothing_found", "closing", "sign_in", "still_waiting",
    "still_working",
]  # fmt: skip
"""Keys of a brand's fixed texts."""


class ProhibitedLike(Protocol):
    """Something no reply may say."""

    @property
    def code(self) -> str: ...

    @property
    def phrases(self) -> Mapping[str, Sequence[str]]: ...


class ClaimLike(Protocol):
    """Words that claim an action happened."""

    @property
    def code(self) -> str: ...

    @property
    def tool(self) -> str: ...

    @property
    def phrases(self) -> Mapping[str, Sequence[str]]: ...

    @property
    def unless(self) -> Mapping[str, Sequence[str]]: ...

    @property
    def grounded_by(self) -> Sequence[str]: ...


class DisclosureLike(Protocol):
    """Something a reply must say at the right moment."""

    @property
    def code(self) -> str: ...

    @property
    def when(self) -> Literal["first_reply", "asked"]: ...

    @property
    def text(self) -> Mapping[str, str]: ...


class ThresholdsLike(Protocol):
    """Bounds of a reply."""

    @property
    def reply_chars(self) -> int: ...


class BehaviourLike(Protocol):
    """What reply checks ask of `behaviour.yaml`."""

    @property
    def prohibited(self) -> Sequence[ProhibitedLike]: ...

    @property
    def claims(self) -> Sequence[ClaimLike]: ...

    @property
    def disclosures(self) -> Sequence[DisclosureLike]: ...

    @property
    def thresholds(self) -> ThresholdsLike: ...


class EntityLike(Protocol):
    """A value customers name."""

    @property
    def pattern(self) -> str: ...

    @property
    def example(self) -> str: ...

    @property
    def reference(self) -> bool: ...


class BrandLike(Protocol):
    """What reply checks ask of `brand.yaml`."""

    @property
    def currency(self) -> str: ...

    @property
    def default_language(self) -> str: ...

    @property
    def link_hosts(self) -> Sequence[str]: ...


class ReplyRelease(Protocol):
    """A release as reply checks see it."""

    @property
    def brand(self) -> BrandLike: ...

    @property
    def behaviour(self) -> BehaviourLike: ...

    @property
    def entities(self) -> Mapping[str, EntityLike]: ...

    def text(self, key: ReplyText, language: str, **values: str) -> str:
        """A fixed text."""
        ...
