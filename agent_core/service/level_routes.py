"""The routes of the authority ladder (R-C8): what holds, what a change would come to, what other policies would decide."""

from fastapi import APIRouter

from agent_core.contract.ids import BrandId
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.contract.levels import LevelPreview, LevelsAnswer, PolicyReplay, ReplayWanted
from agent_core.service import levels
from agent_core.service.composition import Core
from agent_core.service.seating import REFUSALS, Seated


def level_routes(core: Core) -> APIRouter:
    """Routes for whoever looks at levels; signing one is a command."""
    routes = APIRouter(prefix="/v1/authority", responses=REFUSALS)

    @routes.get("/levels")
    async def workflow_levels(seat: Seated) -> LevelsAnswer:
        return await levels.shown(core.means, seat)

    @routes.get("/levels/{brand}/{workflow}/preview")
    async def level_preview(seat: Seated, brand: str, workflow: str, level: AuthorityLevel = "read_only") -> LevelPreview:
        return await levels.preview(core.means, seat, BrandId(brand), workflow, level)

    @routes.post("/replay")
    async def policy_replay(seat: Seated, body: ReplayWanted) -> PolicyReplay:
        return await levels.candidate(core.means, seat, body)

    del workflow_levels, level_preview, policy_replay
    return routes
