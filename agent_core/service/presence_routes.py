"""The route by which a console says where it stands (R-M9). What others do is told with the feed."""

from fastapi import APIRouter

from agent_core.contract.presence import Heard, Looking
from agent_core.service.composition import Core
from agent_core.service.seating import REFUSALS, Seated


def presence_routes(core: Core) -> APIRouter:
    """For every session; only people are shown to others."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.post("/presence")
    async def looking(seat: Seated, body: Looking) -> Heard:
        await core.presence.look(seat, body)
        return Heard()

    del looking
    return routes
