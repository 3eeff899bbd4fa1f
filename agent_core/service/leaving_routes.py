"""The routes of what leaves (R-N5): what an erasure would take, and a conversation with its proofs.

What is looked for may be a name, so no address holds it. An export is on record before its first byte is sent.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.ids import ConversationId, StreamId
from agent_core.contract.merkle import LARGEST_SIZE
from agent_core.service import erasures, exports
from agent_core.service.composition import Core
from agent_core.service.seating import REFUSALS, Seated

EXPORT_TYPE: Final = "application/vnd.countersign.export.v1+json"


def leaving_routes(core: Core) -> APIRouter:
    """Routes for those who may erase or export."""
    routes = APIRouter(prefix="/v1", responses=REFUSALS)

    @routes.post("/erasure/preview")
    async def erasure_preview(seat: Seated, body: ErasureWanted) -> ErasurePreview:
        return await erasures.preview(core.means, seat, body)

    @routes.get(
        "/conversations/{conversation}/export",
        response_class=Response,
        responses={200: {"content": {EXPORT_TYPE: {}}, "description": "The file, as `verify-export` reads it"}},
    )
    async def export(
        seat: Seated, conversation: str, against: Annotated[int | None, Query(ge=0, le=LARGEST_SIZE)] = None
    ) -> Response:
        found = await exports.export(core.means, core.audit, seat, ConversationId(StreamId(conversation)), against)
        headers = {"content-disposition": f'attachment; filename="{found.name}"', "x-content-type-options": "nosniff"}
        return Response(found.data, media_type=EXPORT_TYPE, headers=headers)

    del erasure_preview, export
    return routes
