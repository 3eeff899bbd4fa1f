"""The routes of Triage (R-M4): what is stuck, one conversation, what the other side says, a turn run again, a file.

They only look. The one thing that changes a conversation is the signed repair, which has a route of its own.
"""

from typing import Annotated

from fastapi import APIRouter, Query

from agent_core.contract.forking import ForkAnswer, ForkWanted
from agent_core.contract.ids import ConversationId, StreamId
from agent_core.contract.triage import (
    MOST_MESSAGES_A_PAGE,
    ConversationTriage,
    DiagnoseAnswer,
    DiagnoseWanted,
    ReconcileAnswer,
    ReconcileWanted,
    TriageAnswer,
)
from agent_core.service import reconciling, triage, triage_conversation
from agent_core.service.composition import Core
from agent_core.service.file_diagnosis import Diagnosing
from agent_core.service.forks import Forking
from agent_core.service.seating import REFUSALS, Seated
from agent_core.service.triage_conversation import Page


def triage_routes(core: Core) -> APIRouter:
    """Routes for those who are on call."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)
    files, forking = Diagnosing(), Forking(core.stopping)

    @routes.get("/triage")
    async def stuck(seat: Seated) -> TriageAnswer:
        return await triage.listed(core.means, core.projector.integrations, seat)

    @routes.get("/conversations/{conversation}/triage")
    async def triaged(
        seat: Seated,
        conversation: str,
        run: Annotated[str | None, Query(max_length=40)] = None,
        first: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_MESSAGES_A_PAGE)] = 50,
    ) -> ConversationTriage:
        name, page = ConversationId(StreamId(conversation)), Page(run, first, limit)
        return await triage_conversation.conversation(core.means, core.projector.integrations, seat, name, page)

    @routes.post("/conversations/{conversation}/triage/reconcile")
    async def reconcile(seat: Seated, conversation: str, body: ReconcileWanted) -> ReconcileAnswer:
        return await reconciling.reconcile(core.means, seat, ConversationId(StreamId(conversation)), body.calls)

    @routes.post("/conversations/{conversation}/forks")
    async def fork(seat: Seated, conversation: str, body: ForkWanted) -> ForkAnswer:
        return await forking.fork(core.means, seat, ConversationId(StreamId(conversation)), body)

    @routes.post("/diagnose")
    async def diagnose(seat: Seated, body: DiagnoseWanted) -> DiagnoseAnswer:
        return await files.diagnose(seat, body)

    del stuck, triaged, reconcile, fork, diagnose
    return routes
