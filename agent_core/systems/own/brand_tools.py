"""All systems of a brand behind one `Tools`: each call goes to the system that its tool's declaration names (R-F1).

It must never guess: a tool that nobody performs is refused, and one system's trouble is nobody else's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent_core.contract.errors import Invalid
from agent_core.systems.late import LateTools
from agent_core.systems.port import Json, Reconciled, ToolResult, Tools, Unknown
from agent_core.systems.tallying import NO_LIST, CannotTell, Tallier, Told


class BrandTools:
    """The `Tools` of a brand, of which some answer later (`LateTools`).

    Args:
        systems: By name; `shop` performs the built-in tools.
        performs: Tool to system. A tool that is not there is a built-in one.
    """

    def __init__(self, systems: Mapping[str, Tools], performs: Mapping[str, str]) -> None:
        self._systems = systems
        self._performs = performs

    def system_of(self, tool: str) -> str:
        """The system that performs a tool."""
        return self._performs.get(tool, "shop")

    def named(self, system: str) -> Tools | None:
        """The client of one system."""
        return self._systems.get(system)

    @property
    def late_systems(self) -> frozenset[str]:
        """Every system that answers later."""
        late = (tools.late_systems for tools in self._systems.values() if isinstance(tools, LateTools))
        return frozenset[str]().union(*late)

    def _late(self, tool: str) -> LateTools | None:
        found = self._systems.get(self.system_of(tool))
        return found if isinstance(found, LateTools) else None

    async def perform(
        self, name: str, arguments: Json, *, idempotency_key: str | None, deadline: datetime, customer: str | None
    ) -> ToolResult:
        """Performs one call; see `Tools`."""
        tools = self._systems.get(self.system_of(name))
        if tools is None:
            return ToolResult("refused", code="unknown_tool", sentence="There is no such tool.")
        return await tools.perform(name, arguments, idempotency_key=idempotency_key, deadline=deadline, customer=customer)

    async def reconcile(self, name: str, arguments: Json, idempotency_key: str, *, deadline: datetime) -> Reconciled:
        """Finds out what became of a write; see `Tools`."""
        tools = self._systems.get(self.system_of(name))
        if tools is None:
            return Unknown("not_reconcilable", "The system of this tool is no longer here.", transient=False)
        return await tools.reconcile(name, arguments, idempotency_key, deadline=deadline)

    async def tally(
        self, tool: str, *, customer: str, currency: str, since: datetime, until: datetime, deadline: datetime
    ) -> Told | CannotTell:
        """Asks the tool's own system, where that keeps a list; see `Tallier`."""
        tools = self._systems.get(self.system_of(tool))
        if not isinstance(tools, Tallier):
            return NO_LIST
        return await tools.tally(tool, customer=customer, currency=currency, since=since, until=until, deadline=deadline)

    # -- answers that come later ------------------------------------------------------------------------------------------

    def read_answer(self, name: str, arguments: Json, answer: Mapping[str, Any]) -> ToolResult:
        """What an answer of the tool's system comes to; see `LateTools`.

        Raises:
            Invalid: `bad_answer`.
        """
        tools = self._late(name)
        if tools is None:
            raise Invalid("bad_answer", "This system does not answer later.", detail=name)
        return tools.read_answer(name, arguments, answer)

    async def look_up_answer(self, name: str, arguments: Json, ref: str, *, deadline: datetime) -> ToolResult:
        """Asks the tool's system how far it is; see `LateTools`."""
        tools = self._late(name)
        if tools is None:
            return ToolResult("failed", code="look_up_impossible", sentence="The system of this tool is no longer here.")
        return await tools.look_up_answer(name, arguments, ref, deadline=deadline)
