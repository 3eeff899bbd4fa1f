"""A system of a brand that cannot be asked from here: a credential or a permission of the installation is missing.

The brand is live all the same: its other tools work, and who needs this one is told. Nothing is ever sent.
"""

from datetime import datetime

from agent_core.systems.port import Json, Reconciled, ToolResult, Unknown


class UnreadyTools:
    """The `Tools` of such a system.

    Args:
        code: Machine-readable reason.
        sentence: What is missing, safe to show.
    """

    def __init__(self, code: str, sentence: str) -> None:
        self._code = code
        self._sentence = sentence

    async def perform(
        self, name: str, arguments: Json, *, idempotency_key: str | None, deadline: datetime, customer: str | None
    ) -> ToolResult:
        """Nothing was sent, and trying again does not help."""
        del name, arguments, idempotency_key, deadline, customer
        return ToolResult("failed", code=self._code, sentence=self._sentence)

    async def reconcile(self, name: str, arguments: Json, idempotency_key: str, *, deadline: datetime) -> Reconciled:
        """Somebody may have sent it before: nobody here can tell."""
        del name, arguments, idempotency_key, deadline
        return Unknown(self._code, self._sentence, transient=True)
