"""The route of what can be stopped in a brand: its workflows, and how far each stop would reach (R-M3)."""

from fastapi import APIRouter

from agent_core.contract.ids import BrandId
from agent_core.contract.stopping import WorkflowReachAnswer
from agent_core.service import workflow_stops
from agent_core.service.composition import Core
from agent_core.service.seating import REFUSALS, Seated


def stop_routes(core: Core) -> APIRouter:
    """Routes for whoever may stop something; stopping and resuming are commands."""
    routes = APIRouter(prefix="/v1/brands", responses=REFUSALS)

    @routes.get("/{brand}/workflows")
    async def workflows_of_brand(seat: Seated, brand: str) -> WorkflowReachAnswer:
        return await workflow_stops.reach(core.means, seat, BrandId(brand))

    del workflows_of_brand
    return routes
