"""What reply checks need to know of a release, as shapes: this package and `workflows` do not import each other."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from agent_core.contract.reply_checks import ReplyCheckName

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

ReplyText = Literal[
    "greeting", "greeting_unnamed", "signature", "handoff", "handoff_part", "quarantine", "outside_language", "clarify",
    "unclear_twice", "nothing_found", "closing", "sign_in", "still_waiting",
    "still_working", "not_proven", "handoff_closed",
]  # fmt: skip
"""Keys of a brand's fixed texts."""


Moment = Literal["first_reply", "asked", "data_requested"]
"""When something must be said: in the first reply, when somebody asks whether this is a machine, when we ask for data."""


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
    def when(self) -> Moment: ...

    @property
    def text(self) -> Mapping[str, str]: ...


class ThresholdsLike(Protocol):
    """Bounds of a reply."""

    @property
    def reply_chars(self) -> int: ...


class CheckRuleLike(Protocol):
    """How one check works for the brand."""

    @property
    def enabled(self) -> bool: ...


class BehaviourLike(Protocol):
    """What reply checks ask of `behaviour.yaml`."""

    @property
    def reply_checks(self) -> Mapping[ReplyCheckName, CheckRuleLike]: ...

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


class TopicsLike(Protocol):
    """What the brand does not talk about."""

    @property
    def refused(self) -> Sequence[str]: ...


class HoursLike(Protocol):
    """When people work, and by which clock."""

    @property
    def timezone(self) -> str: ...

    @property
    def days(self) -> Mapping[Weekday, str]: ...


class BrandLike(Protocol):
    """What reply checks ask of `brand.yaml`."""

    @property
    def languages(self) -> Sequence[str]: ...

    @property
    def topics(self) -> TopicsLike: ...

    @property
    def opening_hours(self) -> HoursLike: ...

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

    @property
    def digest(self) -> str: ...

    def text(self, key: ReplyText, language: str, **values: str) -> str:
        """A fixed text."""
        ...

    def authored(self, workflows: Collection[str]) -> Sequence[str]:
        """What the brand's people wrote for customers: fixed texts, disclosures, and the words of these workflows."""
        ...

    def internal_texts(self) -> Sequence[str]:
        """What they wrote for models and colleagues: instructions, and pages of knowledge that are not published."""
        ...

    def tool_names(self) -> Collection[str]:
        """Names of its tools."""
        ...
