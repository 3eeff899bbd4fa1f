"""What the engine needs of the world, passed in at the composition root: brands, their clients, deadlines.

Nothing here knows a vendor, and nothing is looked up globally.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from agent_core.authority.gate import Gate
from agent_core.authority.keys import KeyRing
from agent_core.contract.ids import BrandId, ReleaseDigest, StreamId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.conversation.plan import TurnRules
from agent_core.engine.pace import rules_of
from agent_core.models.port import Alias, ModelClient, ModelNames
from agent_core.systems.integrations import Integrations
from agent_core.systems.port import Channel, Prover, Tools
from agent_core.workflows.release import Release


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long an attempt may take before it counts as timed out, by kind of effect."""

    model: timedelta = timedelta(seconds=120)
    read: timedelta = timedelta(seconds=15)
    write: timedelta = timedelta(seconds=20)
    reply: timedelta = timedelta(seconds=15)


class WorkflowLevels(Protocol):
    """How far workflows may go by themselves at this moment (R-C8)."""

    async def level(self, workflow: WorkflowName, declared: AuthorityLevel) -> AuthorityLevel:
        """The level that holds: never above what the workflow's file declares."""
        ...


class DeclaredLevels:
    """Nobody signed anything: what the files declare holds."""

    async def level(self, workflow: WorkflowName, declared: AuthorityLevel) -> AuthorityLevel:
        """What the file declares."""
        del workflow
        return declared


@dataclass(frozen=True, slots=True)
class BrandAtWork:
    """A brand as it is active now. Workflow text is pinned per run; policy, tools and channels are always these."""

    release: Release
    gate: Gate
    tools: Tools
    channels: Mapping[str, Channel]
    model: ModelClient
    names: ModelNames
    sandbox: bool
    prover: Prover | None = None
    """Checks who a customer is, where the brand asks for a proof."""
    integrations: Integrations = field(default_factory=Integrations)
    """How its systems fare; one for each brand, so that one brand's broken shop stops no other's (R-A9)."""
    levels: WorkflowLevels = field(default_factory=DeclaredLevels)
    """How far its workflows may go, as people signed; always as of now, whatever release a run is pinned to."""

    @property
    def rules(self) -> TurnRules:
        """The pace of its conversations."""
        return rules_of(self.release)

    def model_name(self, alias: Alias, *, fallback: bool = False) -> str:
        """The model behind an alias, or behind the brand's other one where the usual one does not answer."""
        other = self.release.brand.models.fallback
        if not fallback or other is None:
            return self.names.resolve(alias)
        if other == alias:  # what the brand falls back to is what does not answer here: then it is the usual one
            other = "standard" if alias == "small" else "small"
        return self.names.resolve(other)


class Brands(Protocol):
    """The brands this core serves."""

    def active(self, brand: BrandId) -> BrandAtWork:
        """The brand as it is now.

        Raises:
            NotFound: `no_brand`.
        """
        ...

    def release(self, digest: ReleaseDigest) -> Release:
        """A release by digest, active or not: old runs keep their text.

        Raises:
            NotFound: `no_release`.
        """
        ...


class Operators(Protocol):
    """Whose keys count, folded from signed statements chained to the anchor."""

    async def keyring(self) -> KeyRing:
        """The keys as of now."""
        ...


def _never() -> bool:
    return False


async def _holds(_stream: StreamId) -> bool:
    return True


async def _no_roots(_sizes: frozenset[int]) -> Mapping[int, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Instance:
    """Which core this is: the audience of every statement.

    Attributes:
        actions_stopped: Whether nothing may be written outside at the moment, neither alone nor with a yes: the log is not
            the one that was signed for. Reads, replies and conversations go on (R-M9).
        roots: The roots of the audit log at these sizes, hexadecimal; sizes it never had are left out.
        holds: Whether a conversation's log is what it was: asked right before something approved is done in it.
    """

    core: str
    version: str
    actions_stopped: Callable[[], bool] = _never
    roots: Callable[[frozenset[int]], Awaitable[Mapping[int, str]]] = _no_roots
    holds: Callable[[StreamId], Awaitable[bool]] = _holds
