"""The routes of Triage (R-M4): what is stuck, one conversation, what the other side says, a turn run again, a file.

They only look. The one thing that changes a conversation is the signed repair, which has a route of its own.
"""

from fastapi import APIRouter

from agent_core.contract.triage import DiagnoseAnswer, DiagnoseWanted
from agent_core.service.composition import Core
from agent_core.service.file_diagnosis import Diagnosing
from agent_core.service.seating import REFUSALS, Seated


def triage_routes(core: Core) -> APIRouter:
    """Routes for those who are on call."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)
    files = Diagnosing()
    del core

    @routes.post("/diagnose")
    async def diagnose(seat: Seated, body: DiagnoseWanted) -> DiagnoseAnswer:
        return await files.diagnose(seat, body)

    del diagnose
    return routes
