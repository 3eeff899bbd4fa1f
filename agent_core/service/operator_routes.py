"""The routes about operators, their keys and the anchor. Thin, like all routes (R-C7)."""

from fastapi import APIRouter

from agent_core.contract.operator_commands import (
    AcceptInvitation,
    AnchorShown,
    InvitationsAnswer,
    InvitationShown,
    InvitationTaken,
    OpenInvitation,
    OperatorsAnswer,
)
from agent_core.service import operator_views
from agent_core.service.commands import anchoring, inviting
from agent_core.service.commands.inviting import Guesses
from agent_core.service.composition import Core
from agent_core.service.seating import REFUSALS, Seated


def operator_routes(core: Core) -> APIRouter:
    """Who may do what here, and who was invited."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)
    guesses = Guesses()

    @routes.get("/operators")
    async def operators(seat: Seated) -> OperatorsAnswer:
        return await operator_views.operators(core.means, seat)

    @routes.get("/invitations")
    async def invitations(seat: Seated) -> InvitationsAnswer:
        return await operator_views.invitations(core.means, seat)

    @routes.get("/anchor")
    async def anchor(_seat: Seated) -> AnchorShown:
        return anchoring.shown(core.means)

    @routes.post("/invitations/open")
    async def open_invitation(body: OpenInvitation) -> InvitationShown:
        return await inviting.open_invitation(core.means, guesses, body.code)

    @routes.post("/invitations/accept")
    async def accept_invitation(body: AcceptInvitation) -> InvitationTaken:
        return await inviting.accept(core.means, guesses, body)

    del operators, invitations, anchor, open_invitation, accept_invitation
    return routes
