"""Events of a brand's own log about its folder and the tools it brings itself."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Event, Sentence
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import BrandId, ToolName


class ReleaseRefused(Event):
    """A brand folder was not made live, and what was live stays (R-F1). `findings`: every reason, with file and line."""

    type: Literal["release_refused"] = "release_refused"
    brand: BrandId
    code: Code
    sentence: Sentence
    findings: BodyRef | None = None


class ToolStateChanged(Event):
    """A tool of a brand's own server is used no more, or again (R-B3). Other tools go on.

    Attributes:
        system: The server, as `tools.yaml` calls it.
        code: Why: `schema_changed`, `tool_gone`; `as_agreed` when it is used again.
        offered: Digest of what the server says of the tool now; none when it has it no more.
    """

    type: Literal["tool_state_changed"] = "tool_state_changed"
    tool: ToolName
    system: str = Field(max_length=40)
    to: Literal["stopped", "working"]
    code: Code
    sentence: Sentence
    offered: Digest | None = None
