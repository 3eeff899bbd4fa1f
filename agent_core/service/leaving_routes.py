"""The routes of what leaves: what an erasure would take (R-N5). What is looked for may be a name, so no address holds it."""

from fastapi import APIRouter

from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.service import erasures
from agent_core.service.composition import Core
from agent_core.service.seating import REFUSALS, Seated


def leaving_routes(core: Core) -> APIRouter:
    """Routes for those who may erase."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.post("/erasure/preview")
    async def erasure_preview(seat: Seated, body: ErasureWanted) -> ErasurePreview:
        return await erasures.preview(core.means, seat, body)

    del erasure_preview
    return routes
