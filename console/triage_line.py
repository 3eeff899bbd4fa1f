"""The line of Triage: what on-call asks of a core, fulfilled by the headless client (`console.state.triage_port`).

It must never keep anything, and never speak to a core that is not attached.
"""

from collections.abc import Mapping, Sequence

from agent_core.contract.commands import CommandDone
from agent_core.contract.forking import ForkAnswer, ForkWanted
from agent_core.contract.ids import ConversationId, RunId
from agent_core.contract.repairing import CallAnswerWord
from agent_core.contract.triage import ConversationTriage, DiagnoseAnswer, ReconcileAnswer, RequestShown, TriageAnswer
from console.connected import Connected
from console.headless.triage import OnCall
from console.telling import told


class TriageLine:
    """The line.

    Args:
        connected: This console's line to a core.
    """

    def __init__(self, connected: Connected) -> None:
        self._connected = connected

    def _on_call(self) -> OnCall:
        return OnCall(self._connected.client)

    async def triage(self) -> TriageAnswer:
        """What is poisoned or stuck."""
        with told():
            return await self._on_call().triage()

    async def look(self, conversation: ConversationId) -> ConversationTriage:
        """Everything on-call needs of one conversation."""
        with told():
            return await self._on_call().look(conversation)

    async def request_page(self, conversation: ConversationId, run: RunId, first: int) -> RequestShown | None:
        """Further messages of a request."""
        with told():
            return await self._on_call().request_page(conversation, run, first)

    async def reconcile(self, conversation: ConversationId, calls: Sequence[str]) -> ReconcileAnswer:
        """Ask the other sides what became of calls."""
        with told():
            return await self._on_call().reconcile(conversation, calls)

    async def diagnose(self, file: bytes, known: Mapping[str, CallAnswerWord]) -> DiagnoseAnswer:
        """What is wrong with a file."""
        with told():
            return await self._on_call().diagnose(file, known)

    async def fork(self, conversation: ConversationId, wanted: ForkWanted) -> ForkAnswer:
        """Run a turn again in memory."""
        with told():
            return await self._on_call().fork(conversation, wanted)

    async def repair_look(
        self, shown: ConversationTriage, answers: Mapping[str, CallAnswerWord], comment: str | None
    ) -> CommandDone:
        """Repair exactly what was shown; signed."""
        with told():
            return await self._on_call().repair(shown, answers, comment=comment)
