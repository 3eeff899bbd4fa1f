"""On-call at a console: what is stuck, one conversation whole, other sides asked, a file diagnosed, a repair signed (R-M4).

A thin layer over `CoreClient`. What is signed is what the core showed; it must never make up anything a signature is about,
and never read a file by itself.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_core.contract.commands import CommandDone
from agent_core.contract.forking import ForkAnswer, ForkWanted
from agent_core.contract.ids import ConversationId, RunId
from agent_core.contract.repairing import CallAnswerWord, CallSettled
from agent_core.contract.triage import (
    MOST_MESSAGES_A_PAGE,
    ConversationTriage,
    DiagnoseAnswer,
    DiagnoseWanted,
    ReconcileAnswer,
    ReconcileWanted,
    RequestShown,
    TriageAnswer,
)
from console import texts_headless
from console.headless.client import CoreClient
from console.headless.errors import NoKey
from console.headless.repairing import repair_order


@dataclass(frozen=True, slots=True)
class OnCall:
    """A person who looks after what is broken.

    Attributes:
        client: Signed in.
    """

    client: CoreClient

    async def triage(self) -> TriageAnswer:
        """What is poisoned or stuck, the worst first."""
        return await self.client.query(TriageAnswer, "/v1/triage")

    async def look(self, conversation: ConversationId) -> ConversationTriage:
        """Everything about one conversation; nothing is asked of other systems."""
        path = f"/v1/conversations/{conversation}/triage"
        return await self.client.query(ConversationTriage, path, limit=MOST_MESSAGES_A_PAGE)

    async def request_page(self, conversation: ConversationId, run: RunId, first: int) -> RequestShown | None:
        """Further messages of a run's request, from message `first` on."""
        path = f"/v1/conversations/{conversation}/triage"
        found = await self.client.query(ConversationTriage, path, run=run, first=first, limit=MOST_MESSAGES_A_PAGE)
        return next((one for one in found.requests if one.run == run), None)

    async def reconcile(self, conversation: ConversationId, calls: Sequence[str] = ()) -> ReconcileAnswer:
        """Asks the other sides what became of calls; all that can be asked about with none named."""
        path = f"/v1/conversations/{conversation}/triage/reconcile"
        return await self.client.tell(ReconcileAnswer, path, ReconcileWanted(calls=tuple(calls)))

    async def diagnose(self, file: bytes, known: Mapping[str, CallAnswerWord] | None = None) -> DiagnoseAnswer:
        """What is wrong with a transcript, and what it would be healed."""
        wanted = DiagnoseWanted(file=base64.b64encode(file).decode("ascii"), known=dict(known or {}))
        return await self.client.tell(DiagnoseAnswer, "/v1/diagnose", wanted)

    async def fork(self, conversation: ConversationId, wanted: ForkWanted) -> ForkAnswer:
        """Runs a turn again in memory, without side effects, and compares."""
        return await self.client.tell(ForkAnswer, f"/v1/conversations/{conversation}/forks", wanted)

    async def repair(
        self,
        shown: ConversationTriage,
        answers: Mapping[str, CallAnswerWord],
        *,
        comment: str | None = None,
        key: str | None = None,
    ) -> CommandDone:
        """Repairs exactly what was shown. `answers` by the key of a call replace what is presumed about it.

        Raises:
            NoKey: `nothing_to_sign`: there is nothing to repair; `read_only`.
        """
        if shown.plan is None:
            raise NoKey("nothing_to_sign", texts_headless.NOTHING_TO_REPAIR)
        calls = [one.call for one in shown.calls if one.settle_by == "repair"]
        settled = tuple(CallSettled(call=call.key, answer=answers.get(call.key, call.presumed)) for call in calls)
        command = repair_order(
            self.client.signer, await self.client.challenge(), settled,
            plan=shown.plan, conversation=shown.conversation, brand=shown.brand, log_head=shown.log_head, comment=comment,
        )  # fmt: skip
        return await self.client.command(command, key=key)
