"""What a level reaches when it goes down: proposals that could not be executed at it any more lapse at once (R-C8).

That none of them is executed does not rest on this: right before an action policy is asked again, at the level that holds
then, under a fence that the change has moved. This is so that nobody is asked about what cannot happen, and the agent hears
of it. It is done once per change; a core that died before does it when it starts. It must never touch what is being
carried out already.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import structlog

from agent_core.authority.facts import Caps
from agent_core.contract.actors import Actor, System
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import AnyEvent, LevelChanged, ProposalSettled, Recorded
from agent_core.contract.ids import BrandId, ProposalId, StreamId, WorkflowName, brand_stream
from agent_core.conversation.state import ProposalState
from agent_core.engine.common import Context, resolve_asks
from agent_core.engine.judging import judged_call
from agent_core.service.commands.common import Means
from agent_core.service.commands.overriding import context_of
from agent_core.service.settled_append import Read, append_on_newest, read_log
from agent_core.store import Append, Draft, Priority, ReadTx, WakeRequest
from agent_core.store.picking import of_stream, with_open_intents

log = structlog.get_logger(__name__)

CODE: Final = "level_lowered"
WORDS: Final = "This workflow may not do this any more, so it was not done."
_ACTOR: Actor = System(part="levels")


async def reach(means: Means, brand: BrandId, record: Recorded) -> None:
    """Ends what does not fit the level any more. Harmless when done twice."""
    event = record.event
    assert isinstance(event, LevelChanged)
    for stream in await waiting_streams(means, brand):
        await _undo(means, stream, event.workflow)
    if not await means.store.read(lambda tx: tx.unique_key_exists(_done(record))):
        await means.store.append(Append(brand_stream(brand), keys=(_done(record),)))


async def reach_at_once(means: Means, brand: BrandId, records: Iterable[Recorded]) -> None:
    """After a command: a store that cannot be written now leaves it to the next start, and to the check before acting."""
    for record in records:
        if isinstance(record.event, LevelChanged):
            try:
                await reach(means, brand, record)
            except CountersignError as error:
                log.warning("level_reach_put_off", code=error.code, detail=error.detail)


async def reach_unfinished(means: Means) -> None:
    """Does what a core that died left undone."""
    for brand in means.shelf.names():
        stream = brand_stream(brand)

        def question(tx: ReadTx, stream: StreamId = stream) -> tuple[Recorded, ...]:
            changed = of_stream(tx.connection, stream, "level_changed")
            return tuple(record for record in changed if not tx.unique_key_exists(_done(record)))

        for record in await means.store.read(question):
            await reach(means, brand, record)


async def waiting_streams(means: Means, brand: BrandId) -> Sequence[StreamId]:
    """The brand's conversations in which something waits for people."""

    def question(tx: ReadTx) -> Sequence[StreamId]:
        heads = [tx.head(stream) for stream in with_open_intents(tx.connection)]
        return [head.id for head in heads if head is not None and head.brand == brand]

    return await means.store.read(question)


async def lapsing(context: Context, workflow: WorkflowName) -> list[ProposalState]:
    """The open proposals of a workflow that no number of people could execute, at the level the context asks for."""
    session = context.session
    found: list[ProposalState] = []
    for known in session.state.open_proposals():
        run = session.state.runs.get(known.proposal.run)
        busy = known.effect is not None or known.attempts or known.asked_unknown
        tool = context.brand.gate.policy.tools.get(known.proposal.tool)
        if busy or run is None or run.workflow != workflow or tool is None:
            continue
        arguments: dict[str, Any] = json.loads(await session.text(known.proposal.arguments))
        call = await judged_call(context, run, tool, arguments, await session.facts(), Caps(), ignore_pending=True)
        if context.brand.gate.required_people(call) is None:
            found.append(known)
    return found


async def would_lapse(means: Means, brand: BrandId, workflow: WorkflowName, contexts: Any) -> tuple[ProposalId, ...]:
    """The proposals that would lapse; `contexts` makes the context in which a conversation is asked about."""
    found: list[ProposalId] = []
    for stream in await waiting_streams(means, brand):
        read = await read_log(means.store, stream)
        if read.state.conversation is not None:
            found += [known.proposal.id for known in await lapsing(await contexts(read), workflow)]
    return tuple(found)


async def _undo(means: Means, stream: StreamId, workflow: WorkflowName) -> None:
    first = await read_log(means.store, stream)
    if first.state.conversation is None or not await _drafts(means, first, workflow):
        return

    async def build(read: Read) -> Append:
        return Append(stream, await _drafts(means, read, workflow), wake=WakeRequest(priority=Priority.COMMAND))

    await append_on_newest(means.store, stream, build)


async def _drafts(means: Means, read: Read, workflow: WorkflowName) -> list[Draft]:
    context = await context_of(means, read)
    events: list[AnyEvent] = []
    for known in await lapsing(context, workflow):
        proposal = known.proposal
        events.append(
            ProposalSettled(run=proposal.run, proposal=proposal.id, outcome="lapsed", by="policy", code=CODE, sentence=WORDS)
        )
        events += resolve_asks(context, proposal.id, "policy", CODE, WORDS)
    return [Draft(event, _ACTOR) for event in events]


def _done(record: Recorded) -> str:
    return f"levelled:{record.stream}:{record.seq}"
