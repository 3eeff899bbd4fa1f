"""The routes about operators, their keys and the anchor. Thin, like all routes (R-C7)."""

from fastapi import APIRouter

from agent_core.contract.operator_commands import InvitationsAnswer, OperatorsAnswer
from agent_core.service import operator_views
from agent_core.service.composition import Core
from agent_core.service.seating import REFUSALS, Seated


def operator_routes(core: Core) -> APIRouter:
    """Who may do what here, and who was invited."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.get("/operators")
    async def operators(seat: Seated) -> OperatorsAnswer:
        return await operator_views.operators(core.means, seat)

    @routes.get("/invitations")
    async def invitations(seat: Seated) -> InvitationsAnswer:
        return await operator_views.invitations(core.means, seat)

    del operators, invitations
    return routes
