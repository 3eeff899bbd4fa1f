"""How far workflows may go by themselves, as a person sees it, and what a change would come to (R-C8). Only reads.

A preview says what the signature must say, who else must sign, which proposals would lapse, and what would have been decided
otherwise in the last days at that level. It must never let anything go above what a workflow's file declares.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from agent_core.authority.gate import Gate
from agent_core.authority.levels import LEVELLERS, Levels
from agent_core.authority.policy import AuthorityPolicy
from agent_core.contract.errors import Forbidden, NotFound, Unavailable
from agent_core.contract.events import LevelSigned
from agent_core.contract.ids import BrandId, OperatorId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel, is_above
from agent_core.contract.levels import (
    BrandLevels,
    LevelObstacle,
    LevelPreview,
    LevelsAnswer,
    LevelShown,
    LevelWaiting,
    PolicyReplay,
    ReplayWanted,
)
from agent_core.engine.common import Context
from agent_core.engine.declared import judged_tools
from agent_core.service.commands.common import Means
from agent_core.service.commands.overriding import context_of
from agent_core.service.level_reach import would_lapse
from agent_core.service.policy_replay import Candidate, House, OneLevel, replayed
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import Read
from agent_core.workflows.workflow import Workflow

DAYS: Final = 14
"""How far back a preview looks."""

ABOVE_THE_FILE: Final = "Its file declares less: let a release declare more first."
SAME: Final = "It works at this level already."
NOT_YOURS: Final = "A lead or an admin of this brand signs levels."
ONE_PERSON: Final = "You have signed this already; another lead or admin must sign it, too."


async def shown(means: Means, seat: Seat) -> LevelsAnswer:
    """The levels of every brand of the session."""
    found: list[BrandLevels] = []
    people = await means.people.people()
    for brand in seat.brands(means.shelf.names()):
        try:
            release = means.shelf.active(brand).release
        except Unavailable:
            continue
        levels = await means.levels.levels(brand)
        rows = [_row(flow, levels, means, people.name) for flow in release.workflows.values()]
        found.append(BrandLevels(brand=brand, release=release.digest, workflows=tuple(rows)))
    return LevelsAnswer(brands=tuple(found))


def _row(flow: Workflow, levels: Levels, means: Means, name: Callable[[OperatorId | None], str]) -> LevelShown:
    known = levels.signed.get(flow.name)
    first = waiting(levels, flow.name, means)
    return LevelShown(
        workflow=flow.name,
        title=flow.title,
        declared=flow.authority,
        level=levels.of(flow.name, flow.authority),
        since=None if known is None else known.at,
        by=() if known is None else known.by,
        statement=None if known is None else known.statement,
        unproven=known is not None and known.unproven,
        waiting=None if first is None else LevelWaiting(
            level=first.level, operator=first.operator, name=name(first.operator), statement=first.statement,
            until=first.until,
        ),
    )  # fmt: skip


def waiting(levels: Levels, workflow: WorkflowName, means: Means) -> LevelSigned | None:
    """What the first of two people signed, while it counts."""
    first = levels.waiting.get(workflow)
    return None if first is None or first.until <= means.clock() else first


async def preview(means: Means, seat: Seat, brand: BrandId, workflow: str, level: AuthorityLevel) -> LevelPreview:
    """What a change of a level would come to.

    Raises:
        NotFound: `no_brand`, `no_such_workflow`.
        Forbidden: `read_only_session`.
    """
    person = seat.person()
    seat.check_brand(brand)
    flow = flow_of(means, brand, workflow)
    active = means.shelf.active(brand)
    levels = await means.levels.levels(brand)
    was = levels.of(flow.name, flow.authority)
    first = waiting(levels, flow.name, means)
    mine = first is not None and first.level == level and first.was == was
    obstacles: list[LevelObstacle] = []
    if person.role not in LEVELLERS:
        obstacles.append(LevelObstacle(code="role_not_allowed", sentence=NOT_YOURS))
    if is_above(level, flow.authority):
        obstacles.append(LevelObstacle(code="above_the_file", sentence=ABOVE_THE_FILE))
    elif level == was:
        obstacles.append(LevelObstacle(code="same_level", sentence=SAME))
    if mine and first is not None and first.operator == person.id:
        obstacles.append(LevelObstacle(code="same_person", sentence=ONE_PERSON))
    wanted = OneLevel(active.levels, flow.name, level)

    async def at_that_level(read: Read) -> Context:
        context = await context_of(means, read)
        return replace(context, brand=replace(context.brand, levels=wanted))

    return LevelPreview(
        brand=brand,
        workflow=flow.name,
        was=was,
        level=level,
        declared=flow.authority,
        release=active.release.digest,
        follows=levels.follows(flow.name),
        required_people=2 if is_above(level, was) else 1,
        first=first.statement if mine and first is not None else None,
        obstacles=tuple(obstacles),
        lapses=await would_lapse(means, brand, flow.name, at_that_level),
        replay=await _replayed(means, brand, Candidate(active.gate, wanted), DAYS),
    )


async def candidate(means: Means, seat: Seat, wanted: ReplayWanted) -> PolicyReplay:
    """What a candidate for the brand's policies would have decided in the last days.

    Raises:
        Forbidden: `role_not_allowed`.
        NotFound: `not_found`.
        PolicyInvalid: It cannot go live at all.
    """
    if seat.person().role not in LEVELLERS:
        raise Forbidden("role_not_allowed", "A lead or an admin replays policies.")
    seat.check_brand(wanted.brand)
    active = means.shelf.active(wanted.brand)
    tools = judged_tools(active.release.content.tools)
    gate = Gate(AuthorityPolicy.load(wanted.policy, source="authority.cedar", tools=tools))
    return await _replayed(means, wanted.brand, Candidate(gate, active.levels), wanted.days)


async def _replayed(means: Means, brand: BrandId, wanted: Candidate, days: int) -> PolicyReplay:
    until = means.clock() + timedelta(microseconds=1)
    house = House(means.store, means.shelf, means.people, means.runner.instance, brand)
    return await replayed(house, wanted, until - timedelta(days=days), until)


def flow_of(means: Means, brand: BrandId, workflow: str) -> Workflow:
    """The workflow as it is active now.

    Raises:
        NotFound: `no_such_workflow`.
    """
    found = means.shelf.active(brand).release.workflows.get(WorkflowName(workflow))
    if found is None:
        raise NotFound("no_such_workflow", "There is no such workflow here.", detail=workflow[:80])
    return found
