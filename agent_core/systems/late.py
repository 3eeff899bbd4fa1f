"""Systems that take a call and answer it later, by a webhook of theirs or when they are asked (R-A5).

Beside `Tools`, for those who have it: what an answer says is the adapter's knowledge, so it reads them; when one counts is
the engine's. Nothing here waits: an answer that is not there yet is `accepted` once more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from agent_core.systems.port import Json, ToolResult


@runtime_checkable
class LateTools(Protocol):
    """Tools of which some answer later. A call of theirs comes back as `accepted` with an `external_ref`."""

    @property
    def late_systems(self) -> frozenset[str]:
        """The systems that answer later, as the paths of their callbacks name them."""
        ...

    def system_of(self, tool: str) -> str:
        """The system that performs a tool."""
        ...

    def read_answer(self, name: str, arguments: Json, answer: Mapping[str, Any]) -> ToolResult:
        """What an answer of the system comes to.

        Args:
            name: The tool that was called.
            arguments: What it was called with.
            answer: The system's words, cleaned.

        Returns:
            `succeeded`, `refused` or `failed`; `accepted` while it is still under way.

        Raises:
            Invalid: `bad_answer` when it is in no agreed form.
        """
        ...

    async def look_up_answer(self, name: str, arguments: Json, ref: str, *, deadline: datetime) -> ToolResult:
        """Asks the system what became of a call it took: as `read_answer`, or `failed`/`timed_out` of the look-up itself.

        A failed look-up carries `transient`, and a code beginning with `look_up_`.
        """
        ...
