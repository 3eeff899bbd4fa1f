"""What an override of the routing would change, and the overrides there were (R-B7). Only reads; nothing happens here.

The preview compares with the very function that carries an override out, on the newest log, so it shows what would happen.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from agent_core.contract.errors import NotFound
from agent_core.contract.events import EffectFinished, EffectStarted, Recorded
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, RunId, ToolName, WorkflowName
from agent_core.contract.overriding import (
    MOST_OFFERED,
    OverridePreview,
    OverridesAnswer,
    OverrideShown,
    QueueOffered,
    RunAffected,
    RunDone,
    ToolReach,
    WorkflowEntering,
    WorkflowOffered,
    override_value,
)  # fmt: skip
from agent_core.contract.statements import LogHead
from agent_core.conversation.state import Run
from agent_core.engine.common import Context
from agent_core.engine.overriding import Wanted, change_of, obstacles, proposals_of, under_way, warnings, widens
from agent_core.routing.override import OVER, LiveRun
from agent_core.service.commands.common import Means
from agent_core.service.commands.overriding import context_of
from agent_core.service.cursors import opened, sealed
from agent_core.service.in_view import in_view
from agent_core.service.projection import override_rows
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import read_log

_LIST: Final = "overrides"
MOST_DONE: Final = 40
"""Things a run has done that a preview lists."""


async def preview(
    means: Means, seat: Seat, conversation: ConversationId, workflows: Sequence[str], queue: str | None
) -> OverridePreview:
    """What the set of workflows and the queue would change.

    Raises:
        NotFound: `not_found`: no such conversation for this session.
    """
    await in_view(means.store, seat, conversation)
    read = await read_log(means.store, conversation)
    if read.state.conversation is None or not seat.sees(read.state.brand):
        raise NotFound("not_found", "There is no such thing here.", detail=conversation)
    context = await context_of(means, read)
    state = context.session.state
    chosen = tuple(dict.fromkeys(WorkflowName(name) for name in workflows))
    who = OperatorId("") if seat.operator is None else seat.operator.id
    changed = change_of(context, chosen)
    proven = (await context.session.facts(["customer.authenticated"])).get("customer.authenticated")
    done = _done(read.records)
    return OverridePreview(
        conversation=conversation,
        brand=state.brand,
        control=state.control,
        now=tuple(dict.fromkeys(run.workflow for run in state.runs.values() if run.phase not in OVER)),
        then=chosen,
        queue=queue,
        staying=tuple(_affected(context, run, done) for run in changed.staying),
        entering=tuple(_entering(context, name) for name in changed.entering if name in context.brand.release.workflows),
        leaving=tuple(_affected(context, run, done) for run in changed.leaving),
        gained=_reach(context, changed.gained),
        lost=_reach(context, changed.lost),
        obstacles=obstacles(context, Wanted(chosen, queue, who), changed),
        warnings=warnings(context, changed, proven=proven is not None and proven.value is True),
        needs_signature=widens(state, changed, chosen),
        value_digest=override_value(chosen, queue),
        log_head=LogHead(seq=state.seq, hash=state.head),
        offered=_offered(context),
        queues=tuple(QueueOffered(name=queue.name, title=queue.title) for queue in context.brand.release.brand.queues),
    )


async def listed(means: Means, brands: Sequence[BrandId], after: str | None, limit: int) -> OverridesAnswer:
    """The newest overrides of these brands."""
    behind = None if after is None else str(opened(means.store, _LIST, after)[0])
    rows = await means.store.read(lambda tx: override_rows.page(tx.connection, brands, behind, limit + 1))
    more = sealed(means.store, _LIST, rows[limit - 1][0]) if len(rows) > limit else None
    return OverridesAnswer(overrides=tuple(OverrideShown.model_validate_json(data) for _, data in rows[:limit]), next=more)


def _offered(context: Context) -> tuple[WorkflowOffered, ...]:
    flows = sorted(context.brand.release.workflows.values(), key=lambda flow: (flow.title, flow.name))
    return tuple(
        WorkflowOffered(workflow=flow.name, title=flow.title, authority=flow.authority) for flow in flows[:MOST_OFFERED]
    )


def _entering(context: Context, name: WorkflowName) -> WorkflowEntering:
    release = context.brand.release
    flow = release.workflow(name)
    return WorkflowEntering(
        workflow=name,
        title=flow.title,
        version=flow.version,
        authority=flow.authority,
        authenticated=flow.authenticated,
        instructions=flow.instructions,
        tools=tuple(release.tools_of(name)),
    )


def _affected(context: Context, live: LiveRun, done: Mapping[RunId, Sequence[EffectStarted]]) -> RunAffected:
    state = context.session.state
    run = state.runs[live.run]
    return RunAffected(
        run=live.run,
        workflow=live.workflow,
        title=_title(context, run),
        phase=live.phase,
        done=tuple(
            RunDone(
                tool=str(start.tool),
                title=_tool_title(context, str(start.tool)),
                writes=start.kind == "write",
                at=start.deadline,
            )
            for name, starts in done.items()
            if state.heir(name) == live.run
            for start in starts
        )[-MOST_DONE:],
        proposals=tuple(known.proposal.id for known in proposals_of(state, live.run)),
        under_way=under_way(state, live.run),
    )


def _title(context: Context, run: Run) -> str:
    try:
        return context.workflow_of(run).title
    except NotFound:
        return run.workflow


def _tool_title(context: Context, name: str) -> str:
    declared = context.brand.gate.policy.tools.get(ToolName(name))
    return name if declared is None else declared.title


def _reach(context: Context, tools: Mapping[str, Iterable[WorkflowName]]) -> tuple[ToolReach, ...]:
    declared = context.brand.gate.policy.tools
    return tuple(
        ToolReach(
            tool=name,
            title=_tool_title(context, name),
            writes=name in declared and declared[ToolName(name)].writes,
            workflows=tuple(through),
        )
        for name, through in tools.items()
    )


def _done(records: Iterable[Recorded]) -> dict[RunId, list[EffectStarted]]:
    """What really succeeded, by run: `deadline` is put to when it was known."""
    started: dict[str, EffectStarted] = {}
    found: dict[RunId, list[EffectStarted]] = {}
    for record in records:
        event = record.event
        if isinstance(event, EffectStarted) and event.run is not None and event.tool is not None:
            started[event.effect] = event
        elif isinstance(event, EffectFinished) and event.outcome == "succeeded" and event.effect in started:
            start = started.pop(event.effect)
            assert start.run is not None
            found.setdefault(start.run, []).append(start.model_copy(update={"deadline": record.at}))
    return found
