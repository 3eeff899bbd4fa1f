"""The route of people's own actions (R-C3, R-E3): what there is to propose in a conversation, and what it would come to."""

from fastapi import APIRouter

from agent_core.contract.ids import ConversationId, StreamId
from agent_core.contract.proposing import ActionAsked, ActionPreview
from agent_core.service import action_previews
from agent_core.service.composition import Core
from agent_core.service.seating import REFUSALS, Seated


def acting_routes(core: Core) -> APIRouter:
    """Routes for those who have a conversation."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.post("/conversations/{conversation}/propose-preview")
    async def propose_preview(seat: Seated, conversation: str, body: ActionAsked) -> ActionPreview:
        return await action_previews.preview(core.means, seat, ConversationId(StreamId(conversation)), body)

    del propose_preview
    return routes
