"""What routing needs to know of a release, as shapes: this package and `workflows` do not import each other."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from agent_core.contract.ids import WorkflowName


class IntentLike(Protocol):
    """Something customers want."""

    @property
    def description(self) -> str: ...

    @property
    def phrases(self) -> Sequence[str]: ...


class RoutedIntentLike(Protocol):
    """An intent's owner."""

    @property
    def workflow(self) -> WorkflowName: ...

    @property
    def intent(self) -> IntentLike: ...


class WorkflowLike(Protocol):
    """What routing asks of a workflow."""

    @property
    def authenticated(self) -> bool: ...

    @property
    def topic(self) -> str: ...

    @property
    def entities(self) -> Sequence[str]: ...

    @property
    def channels(self) -> Sequence[str]: ...


class EntityLike(Protocol):
    """A value customers name."""

    @property
    def pattern(self) -> str: ...


class RoutingLike(Protocol):
    """The brand's rows of the routing table."""

    @property
    def critical(self) -> Literal["people", "workflow"]: ...

    @property
    def complex(self) -> Literal["people", "workflow"]: ...

    @property
    def unauthenticated(self) -> Literal["people", "ask"]: ...

    @property
    def closing(self) -> Literal["text", "silent", "people"]: ...

    @property
    def people_languages(self) -> Sequence[str]: ...

    @property
    def closing_words(self) -> Mapping[str, Sequence[str]]: ...


class TopicsLike(Protocol):
    """What the agent does not talk about."""

    @property
    def refused(self) -> Sequence[str]: ...


class BrandLike(Protocol):
    """What routing asks of `brand.yaml`."""

    @property
    def languages(self) -> Sequence[str]: ...

    @property
    def default_language(self) -> str: ...

    @property
    def routing(self) -> RoutingLike: ...

    @property
    def topics(self) -> TopicsLike: ...

    @property
    def texts(self) -> Mapping[Any, object]: ...


class ThresholdsLike(Protocol):
    """Whole percentages."""

    @property
    def intent_percent(self) -> int: ...

    @property
    def unquoted_percent(self) -> int: ...


class BehaviourLike(Protocol):
    """What routing asks of `behaviour.yaml`."""

    @property
    def thresholds(self) -> ThresholdsLike: ...


class RoutingRelease(Protocol):
    """A release as routing sees it."""

    @property
    def brand(self) -> BrandLike: ...

    @property
    def behaviour(self) -> BehaviourLike: ...

    @property
    def intents(self) -> Mapping[str, RoutedIntentLike]: ...

    @property
    def workflows(self) -> Mapping[WorkflowName, WorkflowLike]: ...

    @property
    def entities(self) -> Mapping[str, EntityLike]: ...

    def language(self, code: str) -> str | None:
        """The brand's language for a detected one; None when nobody speaks it."""
        ...

    def text(self, key: Literal["clarify", "sign_in", "not_proven"], language: str, **values: str) -> str:
        """A fixed text."""
        ...
