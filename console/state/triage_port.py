"""What Triage needs of the world: a core that tells what is wrong, asks other sides, and reads a file (R-M4).

Beside `console.state.ports`, whose errors every method here raises. No implementation may block.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from agent_core.contract.commands import CommandDone
from agent_core.contract.forking import ForkAnswer, ForkWanted
from agent_core.contract.ids import ConversationId, RunId
from agent_core.contract.repairing import CallAnswerWord
from agent_core.contract.triage import ConversationTriage, DiagnoseAnswer, ReconcileAnswer, RequestShown, TriageAnswer


class TriageCore(Protocol):
    """The part of a core that on-call asks."""

    async def triage(self) -> TriageAnswer:
        """What is poisoned or stuck."""
        ...

    async def look(self, conversation: ConversationId) -> ConversationTriage:
        """Everything on-call needs of one conversation; nothing is asked of other systems."""
        ...

    async def request_page(self, conversation: ConversationId, run: RunId, first: int) -> RequestShown | None:
        """Further messages of a request; None when there are none."""
        ...

    async def reconcile(self, conversation: ConversationId, calls: Sequence[str]) -> ReconcileAnswer:
        """Ask the other sides what became of calls; nothing is written."""
        ...

    async def diagnose(self, file: bytes, known: Mapping[str, CallAnswerWord]) -> DiagnoseAnswer:
        """What is wrong with a file, and what it would be healed; it is not stored."""
        ...

    async def fork(self, conversation: ConversationId, wanted: ForkWanted) -> ForkAnswer:
        """Run a turn again in memory; nothing is sent."""
        ...

    async def repair_look(
        self, shown: ConversationTriage, answers: Mapping[str, CallAnswerWord], comment: str | None
    ) -> CommandDone:
        """Repair exactly what was shown; signed. Also raises `NoKey`."""
        ...
