"""What the console shows of the systems a brand works with: how each fares, and what of them is not used (R-A7, R-F1).

A view is replaced, never patched; `views` says the rest.
"""

from typing import Literal

from agent_core.contract.base import Instant, Value
from agent_core.contract.ids import BrandId
from agent_core.contract.outcomes import IntegrationState


class IntegrationShown(Value):
    """How one system of a brand fares, by kind of operation (R-A7).

    Attributes:
        since: Since when it works, or does not.
        requests: Requests of the last minute when it changed, and `failures` those of them that failed.
        next_probe: When one request tries it again; none where it works.
    """

    brand: BrandId
    system: str
    operation: Literal["read", "write", "ask"]
    state: IntegrationState
    since: Instant
    requests: int
    failures: int
    code: str | None
    sentence: str
    next_probe: Instant | None


class StoppedTool(Value):
    """A tool of a brand's own server that is not used, because the server says something else of it than was agreed to."""

    brand: BrandId
    system: str
    tool: str
    code: str
    sentence: str
    since: Instant


class RefusedFolder(Value):
    """A brand whose folder was edited into something that cannot go live; the release of before is at work (R-F1)."""

    brand: BrandId
    code: str
    sentence: str
    since: Instant


class IntegrationsAnswer(Value):
    """Every system that ever changed its state, of the brands this session sees; those that need somebody first."""

    integrations: tuple[IntegrationShown, ...]
    stopped_tools: tuple[StoppedTool, ...] = ()
    refused_folders: tuple[RefusedFolder, ...] = ()
