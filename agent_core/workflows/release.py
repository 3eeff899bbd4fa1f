"""A release: one validated brand folder as an immutable value, named by the digest of its whole content (R-H4).

It is stored as JSON and loaded again by digest, so that an old run keeps the text it began with. Nothing is looked up
elsewhere: workflows, tools, policy text and fixed texts are all inside.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from pydantic import ValidationError

from agent_core.contract.base import Value
from agent_core.contract.canonical import canonical
from agent_core.contract.errors import Invalid, NotFound
from agent_core.contract.ids import ReleaseDigest, ToolName, WorkflowName
from agent_core.workflows.behaviour import Behaviour
from agent_core.workflows.brand import BrandConfig, Entity, TextKey
from agent_core.workflows.commerce_tools import WITHDRAW
from agent_core.workflows.outside import OutsideSystem
from agent_core.workflows.reviewing import Reviewing, default_reviewing
from agent_core.workflows.spoken_texts import authored_texts, internal_texts
from agent_core.workflows.texts import put, spoken
from agent_core.workflows.tools import ToolDeclaration
from agent_core.workflows.workflow import Intent, Workflow


class KnowledgeFile(Value):
    """A page of `knowledge/`, as it stands in the folder."""

    name: str
    text: str


class ReleaseContent(Value):
    """Everything a release is made of; workflows and tools sorted by name."""

    format: Literal[1] = 1
    brand: BrandConfig
    behaviour: Behaviour
    workflows: tuple[Workflow, ...]
    tools: tuple[ToolDeclaration, ...]
    systems: tuple[OutsideSystem, ...] = ()
    policy: str
    knowledge: tuple[KnowledgeFile, ...] = ()
    review: Reviewing | None = None
    """None where the brand has no `review.yaml`; then it stands in no digest either."""


@dataclass(frozen=True, slots=True)
class RoutedIntent:
    """An intent and the workflow that owns it."""

    intent: Intent
    workflow: WorkflowName


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """An immutable release. Two are equal when their digests are. Build it with `Release.of` or `Release.from_json`."""

    content: ReleaseContent = field(repr=False)
    digest: ReleaseDigest
    policy_digest: str
    workflows: Mapping[WorkflowName, Workflow] = field(repr=False)
    intents: Mapping[str, RoutedIntent] = field(repr=False)
    tools: Mapping[ToolName, ToolDeclaration] = field(repr=False)

    @classmethod
    def of(cls, content: ReleaseContent) -> "Release":
        """The release of a checked content.

        The content is taken in its canonical form, so that prompts made of it are the same bytes before and after storage.
        """
        stored = _stored(content)
        return cls._made(ReleaseContent.model_validate_json(stored), _digest(stored))

    @classmethod
    def _made(cls, content: ReleaseContent, digest: ReleaseDigest) -> "Release":
        return cls(
            content=content,
            digest=digest,
            policy_digest=hashlib.sha256(content.policy.encode()).hexdigest(),
            workflows=MappingProxyType({workflow.name: workflow for workflow in content.workflows}),
            intents=MappingProxyType(
                {
                    intent.id: RoutedIntent(intent, workflow.name)
                    for workflow in content.workflows
                    for intent in workflow.intents
                }
            ),
            tools=MappingProxyType({ToolName(tool.name): tool for tool in content.tools}),
        )

    @classmethod
    def from_json(cls, text: str, *, digest: str | None = None) -> "Release":
        """The release of a stored text. With `digest` it is that of the text itself, whatever fields have come since.

        Raises:
            Invalid: `bad_release` when the text is none, `release_digest_mismatch` when it is another one.
        """
        try:
            content = ReleaseContent.model_validate_json(text)
        except ValidationError as error:
            raise Invalid("bad_release", "The stored release cannot be read.", detail=str(error)[:500]) from error
        if digest is None:
            return cls.of(content)
        if digest != _digest(text.encode("utf-8", "surrogatepass")):
            raise Invalid("release_digest_mismatch", "The stored release is not the one that was activated.")
        return cls._made(content, ReleaseDigest(digest))

    def to_json(self) -> str:
        """The canonical JSON that `digest` is over."""
        return _stored(self.content).decode()

    @property
    def brand(self) -> BrandConfig:
        """What `brand.yaml` says."""
        return self.content.brand

    @property
    def behaviour(self) -> Behaviour:
        """What `behaviour.yaml` says."""
        return self.content.behaviour

    @property
    def reviewing(self) -> Reviewing:
        """By what its conversations are reviewed: what `review.yaml` says, or the default."""
        return self.content.review or default_reviewing()

    @property
    def policy_text(self) -> str:
        """What `authority.cedar` says."""
        return self.content.policy

    @property
    def entities(self) -> Mapping[str, Entity]:
        """The brand's entities by name."""
        return self.content.brand.entities

    def workflow(self, name: str) -> Workflow:
        """The workflow of that name.

        Raises:
            NotFound: `no_workflow`.
        """
        found = self.workflows.get(WorkflowName(name))
        if found is None:
            raise NotFound("no_workflow", "This release has no such workflow.", detail=name[:80])
        return found

    def tools_of(self, workflow: str) -> Mapping[ToolName, ToolDeclaration]:
        """The tools a run of this workflow can name, in the order they are offered. Everything else is refused (R-B3).

        A workflow that can write can also take a proposal back (DESIGN §4).
        """
        return _offered(self, workflow)

    def tool_names_of(self, workflow: str) -> frozenset[str]:
        """Their names."""
        return _names_offered(self, workflow)

    def language(self, code: str) -> str | None:
        """The brand's language for a detected one: itself, the default for an unsure one, None when nobody speaks it."""
        if code in self.brand.languages:
            return code
        return self.brand.default_language if code in {"", "und"} else None

    def text(self, key: TextKey, language: str, **values: str) -> str:
        """A fixed text in a language (or the default one), with its placeholders filled."""
        return put(
            spoken(self.brand.texts[key], language, self.brand.default_language), {"brand": self.brand.title, **values}
        )

    def authored(self, workflows: Collection[str]) -> Sequence[str]:
        """What the brand's people wrote for customers: fixed texts, disclosures, and the words of these workflows."""
        return _authored(self, frozenset(workflows))

    def internal_texts(self) -> Sequence[str]:
        """What they wrote for models and colleagues: instructions, and pages of knowledge that are not published."""
        pages = [page.text for page in self.content.knowledge]
        return tuple(internal_texts(self.content.workflows, self.content.tools, pages))

    def tool_names(self) -> Collection[str]:
        """Names of its tools, and of the one that takes a proposal back."""
        return (*self.tools, WITHDRAW.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@lru_cache(maxsize=256)
def _authored(release: Release, workflows: frozenset[str]) -> tuple[str, ...]:
    content = release.content
    pages = [page.text for page in content.knowledge]
    chosen = [workflow for workflow in content.workflows if workflow.name in workflows]
    return tuple(authored_texts(content.brand, content.behaviour, chosen, pages))


def _digest(stored: bytes) -> ReleaseDigest:
    return ReleaseDigest(hashlib.sha256(stored).hexdigest())


@lru_cache(maxsize=1024)
def _offered(release: Release, workflow: str) -> Mapping[ToolName, ToolDeclaration]:
    """Kept, because it is asked for at every call; a release is immutable and equal to another when their digests are."""
    offered = {name: release.tools[name] for name in release.workflow(workflow).tools}
    if any(tool.writes for tool in offered.values()):
        offered[ToolName(WITHDRAW.name)] = WITHDRAW
    return MappingProxyType(offered)


@lru_cache(maxsize=1024)
def _names_offered(release: Release, workflow: str) -> frozenset[str]:
    return frozenset(str(name) for name in _offered(release, workflow))


def _stored(content: ReleaseContent) -> bytes:
    exclude = {"review"} if content.review is None else None
    return canonical(json.loads(content.model_dump_json(by_alias=True, exclude=exclude)))
