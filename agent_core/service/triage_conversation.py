"""Everything on-call needs of one conversation that is stuck or damaged (R-M4, R-A8). Only reads, and asks nothing outside.

The request stands there as the API would see it, each fault at its block; the repair as before and after; the turn that
would follow. It must never show a request otherwise than it would be sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent_core.contract.errors import CountersignError, NotFound, Unavailable
from agent_core.contract.ids import ConversationId
from agent_core.contract.repairing import CallAnswerWord
from agent_core.contract.statements import LogHead
from agent_core.contract.triage import ConversationTriage, DryRun, RequestShown, RunCompared, ToolShown
from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.findings import Aside, Finding, Outcome
from agent_core.conversation.holding import on_call
from agent_core.conversation.state import Run
from agent_core.engine.common import Context
from agent_core.engine.examining import Broken, Examined, examine
from agent_core.engine.repairing import Successor, answers_presumed, successors
from agent_core.engine.requests import run_request
from agent_core.models.port import ModelRequest
from agent_core.service import triage_dry_run
from agent_core.service.commands.common import Means
from agent_core.service.commands.overriding import context_of
from agent_core.service.commands.repairing import REPAIRERS
from agent_core.service.fork_choices import choices
from agent_core.service.in_view import in_view
from agent_core.service.projection import views
from agent_core.service.projection.health import Integrations
from agent_core.service.repairs import evidence_of, held_since, obstacle_of, said_in
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import Read, read_log
from agent_core.service.triage import check_looker, down_at, row_of
from agent_core.service.triage_blocks import aligned, findings_shown, json_shown, messages_shown, visible
from agent_core.service.triage_calls import calls_of
from agent_core.service.triage_faults import faults
from agent_core.service.triage_steps import fork_points
from agent_core.store.stuck import stuck_wakes

_MOST_SYSTEM: Final = 60_000
_MOST_TOOL: Final = 8_000
_MOST_PARAMETERS: Final = 8_000


@dataclass(frozen=True, slots=True)
class Page:
    """Which messages of a request are shown: of one run, or the first of each."""

    run: str | None = None
    first: int = 0
    limit: int = 50


async def conversation(
    means: Means, known: Integrations, seat: Seat, conversation: ConversationId, page: Page
) -> ConversationTriage:
    """Everything on-call needs of one conversation.

    Raises:
        Forbidden: `role_not_allowed`.
        NotFound: `not_found`: no such conversation for this session.
    """
    check_looker(seat)
    await in_view(means.store, seat, conversation)
    read = await read_log(means.store, conversation)
    state = read.state
    if state.conversation is None or not seat.sees(state.brand):
        raise NotFound("not_found", "There is no such thing here.", detail=conversation)
    now = means.clock()
    stuck, row = await means.store.read(
        lambda tx: (
            stuck_wakes(tx.connection, (state.brand,), now, 1, conversation),
            views.row(tx.connection, conversation),
        )
    )
    held = state.control == "quarantined"
    wrong = faults(
        state, held_since(read) if held else None, stuck[0] if stuck else None, down_at(known, (state.brand,)), now
    )
    context = await context_of(means, read)
    examined = await examine(context) if held else None
    evidence = await evidence_of(context, None if state.quarantine is None else state.quarantine.evidence) if held else {}
    requests = await _requests(context, examined, page)
    calls = await calls_of(context, read.records, examined, now)
    compared, dry_run, obstacle = await _repair(means, read, seat, examined)
    ask = on_call(state)
    places = evidence.get("places")
    return ConversationTriage(
        conversation=conversation,
        brand=state.brand,
        row=row_of(conversation, row, read, wrong) if wrong else None,
        cause="" if state.quarantine is None or not held else state.quarantine.cause,
        said=await said_in(context, evidence),
        places=tuple(visible(str(each), 200) for each in places[:20]) if isinstance(places, list) else (),
        requests=requests,
        calls=calls,
        compared=compared,
        dry_run=dry_run,
        left_alone=tuple(p.proposal.id for p in state.open_proposals() if p.effect is None),
        points=fork_points(read.records),
        choices=await choices(means, state),
        plan=None if examined is None else examined.digest,
        ask=None if ask is None else ask.ask.id,
        obstacle=obstacle,
        log_head=LogHead(seq=state.seq, hash=state.head),
        seen_through=state.last_customer_seq,
        roles=REPAIRERS,
    )


async def _repair(
    means: Means, read: Read, seat: Seat, examined: Examined | None
) -> tuple[tuple[RunCompared, ...], DryRun, str]:
    """Before and after, and the turn that would follow. Each is found out in a session that is thrown away."""
    if examined is None:
        return (), await triage_dry_run.as_it_stands(await context_of(means, read)), ""
    context = await context_of(means, read)
    before = {broken.run: await _request(context, context.session.state.runs[broken.run]) for broken in examined.runs}
    made = await successors(context, examined, answers_presumed(examined))
    obstacle = obstacle_of(examined, damaged=any(each.verdict for each in made))
    building, foreseen = await context_of(means, read), await context_of(means, read)
    dry_run = await triage_dry_run.of_repaired(building, foreseen, examined, made, seat.person().id)
    return tuple(_compared(broken, before[broken.run], made) for broken in examined.runs), dry_run, obstacle


def _compared(broken: Broken, before: ModelRequest | None, made: Sequence[Successor]) -> RunCompared:
    after = next(each for each in made if each.run == broken.run)
    columns = aligned(() if before is None else before.messages, after.request.messages)
    return RunCompared(
        run=broken.run,
        successor=after.successor,
        why=broken.why,
        blocks=columns.rows,
        cut=columns.cut,
        kept=columns.kept,
        changed=columns.changed,
        added=columns.added,
        removed=columns.removed,
        verdict=findings_shown(after.verdict, after.request.messages),
    )


async def _request(context: Context, run: Run) -> ModelRequest | None:
    """The request of a run as it would be sent; with its open calls, if it has any. None where none can be made."""
    try:
        return await run_request(context, replace(run, calls=()))
    except Unavailable:
        raise
    except (CountersignError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return None


async def _requests(context: Context, examined: Examined | None, page: Page) -> tuple[RequestShown, ...]:
    state = context.session.state
    why = {} if examined is None else {broken.run: broken.why for broken in examined.runs}
    presumed = {} if examined is None else answers_presumed(examined)
    shown: list[RequestShown] = []
    for run in state.runs.values():
        if run.phase in ("failed", "withdrawn") or page.run not in (None, run.run):
            continue
        request = await _request(context, run)
        found = () if request is None else diagnose(request.request_body(), _aside(run, presumed, held=examined is not None))
        shown.append(_shown(context, run, request, found, why.get(run.run, "unreadable" if request is None else ""), page))
    return tuple(shown)


_SAID: Final[Mapping[CallAnswerWord, Outcome]] = {
    "executed": Outcome("happened"),
    "not_executed": Outcome("did_not_happen"),
    "unknown": Outcome("unknown"),
}


def _aside(run: Run, presumed: Mapping[str, CallAnswerWord], *, held: bool) -> Aside:
    """What is known of calls without a result: in quarantine what the record says, else that they are being worked on."""
    known = {
        call.tool_use_id: _SAID[presumed.get(f"{run.run}/{call.tool_use_id}", "unknown")] if held else Outcome("in_flight")
        for call in run.open_calls
    }
    return Aside(outcomes=known)


def _shown(
    context: Context, run: Run, request: ModelRequest | None, found: Sequence[Finding], why: str, page: Page
) -> RequestShown:
    blank = RequestShown(
        run=run.run, workflow=run.workflow, title=_title(context, run), phase=run.phase, why=why if request is None else ""
    )
    if request is None:
        return blank
    first = max(0, page.first) if page.run is not None else 0
    end = min(first + page.limit, len(request.messages))
    try:
        size = len(request.request_text().encode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        size = 0
    return blank.model_copy(
        update={
            "model": request.model,
            "parameters": visible(json_shown(request.parameters()), _MOST_PARAMETERS),
            "system": visible(request.system, _MOST_SYSTEM),
            "system_cut": len(request.system) > _MOST_SYSTEM,
            "tools": tuple(_tool(each) for each in request.tools),
            "messages": messages_shown(request.messages, found, first, page.limit),
            "size": size,
            "total": len(request.messages),
            "first": first,
            "next": end if end < len(request.messages) else None,
            "findings": findings_shown(found, request.messages),
        }
    )


def _title(context: Context, run: Run) -> str:
    try:
        return context.workflow_of(run).title
    except (CountersignError, KeyError):
        return run.workflow


def _tool(each: Mapping[str, object]) -> ToolShown:
    return ToolShown(
        name=visible(str(each.get("name", "")), 128),
        description=visible(str(each.get("description", "")), _MOST_TOOL),
        input_schema=visible(json_shown(each.get("input_schema")), _MOST_TOOL),
    )
