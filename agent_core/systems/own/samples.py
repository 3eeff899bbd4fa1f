"""Stand-ins for a brand's own systems in a sandbox: answers made from the declared schemas, nothing is called.

A folder is walked before it goes live, and whoever tries a brand out must not change a real system. It must never be used
for a brand that is connected to the outside.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from agent_core.systems.own.results import read_result
from agent_core.systems.port import DidNotHappen, Json, Reconciled, ToolResult
from agent_core.workflows.json_shapes import sample
from agent_core.workflows.templates import filled
from agent_core.workflows.tools import ToolDeclaration, argument_faults


class SampleTools:
    """The `Tools` of systems that are not there.

    Args:
        tools: Their declarations by name.
    """

    def __init__(self, tools: Mapping[str, ToolDeclaration]) -> None:
        self._tools = tools

    async def perform(
        self, name: str, arguments: Json, *, idempotency_key: str | None, deadline: datetime, customer: str | None
    ) -> ToolResult:
        """Answers as the schema says; everything belongs to whoever asks."""
        del idempotency_key, deadline
        tool = self._tools[name]
        if argument_faults(tool, dict(arguments)):
            return ToolResult("refused", code="bad_arguments", sentence="The arguments are not those of this tool.")
        given = {**arguments, "customer": customer, "customer_id": customer}
        made = sample(tool.result_schema, given)
        result = read_result(tool, arguments, made) or ToolResult("succeeded", made)
        owner = None if tool.owner is None else filled(tool.owner, dict(arguments))
        if owner is None or customer is None:
            return result
        return replace(result, facts=(*(fact for fact in result.facts if fact[0] != owner), (owner, customer)))

    async def reconcile(self, name: str, arguments: Json, idempotency_key: str, *, deadline: datetime) -> Reconciled:
        """Nothing ever happened here."""
        del name, arguments, idempotency_key, deadline
        return DidNotHappen()
