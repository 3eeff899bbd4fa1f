"""A turn is run again in thought, from a place of its log, and held against what was recorded (R-M4).

The engine itself runs it, over a store in memory that begins with that place, with ports that answer what was recorded
(`fork_ports`). Writes never fire: there is nothing that could. The conversation's log gets one record that somebody looked,
before anything is asked, and none of what came of it. A core that dies meanwhile leaves that record and nothing else.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from random import Random
from typing import Any, Final

from agent_core.authority.errors import PolicyInvalid
from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.contract.actors import Person
from agent_core.contract.errors import Conflict, CountersignError, Invalid, NotFound, Unavailable
from agent_core.contract.events import (
    EffectStarted,
    ModelSpoke,
    Recorded,
    ReplyDrafted,
    TurnForked,
)
from agent_core.contract.forking import MOST_FORK_STEPS, ForkAnswer, ForkedFrom, ForkedReply, ForkEnd, ForkWanted
from agent_core.contract.ids import BodyId, ConversationId, OperatorId
from agent_core.conversation.erasing import over
from agent_core.engine.declared import judged_tools
from agent_core.engine.reply_context import person_context
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import BrandAtWork, Deadlines, Instance
from agent_core.engine.session import Remembered, Session
from agent_core.guardrails.reply import check_reply
from agent_core.service.commands.common import Means
from agent_core.service.fork_choices import policy_of
from agent_core.service.fork_ports import Thread
from agent_core.service.fork_recorded import Replaced, recorded
from agent_core.service.fork_steps import aligned, of_turn, steps_of, verdicts
from agent_core.service.fork_thought import (
    Asked,
    Different,
    ForkClock,
    ForkedBrands,
    brand_of,
    check_not_stopped,
    counted,
    override,
    run_through,
    store_of,
)
from agent_core.service.in_view import in_view
from agent_core.service.reply_checks import warnings
from agent_core.service.sessions import Seat
from agent_core.service.settled_append import Read, append_on_newest, read_log
from agent_core.service.triage import check_looker
from agent_core.service.triage_blocks import visible
from agent_core.service.triage_steps import resting
from agent_core.store import Append, Draft
from agent_core.store.memory import MemoryStore
from agent_core.workflows.release import Release

_SECONDS: Final = 30.0
_SECONDS_LIVE: Final = 240.0
_MOST_TEXT: Final = 8_000
_MOST_WORDS: Final = 390

_SENTENCES: Final[Mapping[ForkEnd, str]] = {
    "replied": "The turn ends with a reply. Nobody heard it.",
    "proposed": "The turn ends with an action that waits for a person's yes. Nobody was asked.",
    "to_people": "The turn ends with a person who is wanted. Nobody was asked.",
    "quarantined": "The turn ends in quarantine.",
    "waits": "The turn waits for something that does not come in thought.",
    "model_not_recorded": "Here the model would be asked what it was never asked before. Let it be asked to see more.",
    "read_not_recorded": "Here something would be read that was not read then. Let it be read to see more.",
    "write_not_performed": "Here the action would be done. In thought nothing is done.",
    "nothing_to_do": "Nothing is to be done from there on.",
    "too_long": "The turn did not end within what is allowed to one that is run again.",
    "model_failed": "The model was asked, and gave no answer.",
    "time_over": "The turn did not end in time.",
}


class Forking:
    """Where turns are run again, a few at a time, and none once the core is ending."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._room = asyncio.Semaphore(2)
        self._live = asyncio.Lock()

    async def fork(self, means: Means, seat: Seat, conversation: ConversationId, wanted: ForkWanted) -> ForkAnswer:
        """What comes of a turn that is run again.

        Raises:
            Forbidden: `role_not_allowed`.
            NotFound: `not_found`: no such conversation for this session.
            Invalid: `policy_invalid`, `no_such_call`, `model_needs_live`, `no_workflow`, `no_release`, or what else
                cannot be asked for.
            Conflict: `erased`, `nothing_before`, `stopped`, `too_large`, or why a workflow cannot take over there; `busy`:
                others are being run again, and a person may try again in a moment.
            Unavailable: `stopping`.
        """
        check_looker(seat)
        await in_view(means.store, seat, conversation)
        read = await read_log(means.store, conversation)
        if read.state.conversation is None or not seat.sees(read.state.brand):
            raise NotFound("not_found", "There is no such thing here.", detail=conversation)
        if self._room.locked():
            raise Conflict("busy", "Other turns are being run again. Try again in a moment.")
        async with self._room:
            asked = await _asked(means, read, wanted, seat.person().id)
            if not (wanted.live_model or wanted.live_reads):
                return await self._unless_stopping(_forked(means, asked))
            if self._live.locked():
                raise Conflict("busy", "Another turn is being run again with a live model. Try again in a moment.")
            async with self._live:
                return await self._unless_stopping(_forked(means, asked))

    async def _unless_stopping(self, forked: Coroutine[Any, Any, ForkAnswer]) -> ForkAnswer:
        """A core that ends waits for no thought."""
        thinking, stopping = asyncio.create_task(forked), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({thinking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if thinking.done():
                return thinking.result()
        finally:
            for task in (thinking, stopping):
                task.cancel()
            await asyncio.wait({thinking, stopping})
        raise Unavailable("stopping", "The core is shutting down.")


async def _asked(means: Means, read: Read, wanted: ForkWanted, operator: OperatorId) -> Asked:
    """Everything that can be refused is, before anything is done."""
    if over(read.state):
        raise Conflict("erased", "What this conversation held is erased.", detail=read.stream)
    if wanted.model is not None and not wanted.live_model:
        raise Invalid("model_needs_live", "Another model has no recorded answers: let it be asked.")
    brand = means.shelf.active(read.state.brand)
    if wanted.workflow is not None and wanted.workflow not in brand.release.workflows:
        raise Invalid("no_workflow", "This brand has no such workflow.")
    text = wanted.policy
    if wanted.policy_of is not None:
        text = policy_of(means, read.state.brand, wanted.policy_of)
        if text is None:
            raise Invalid("no_release", "This brand has no such release.")
    if wanted.live_model or wanted.live_reads:
        await check_not_stopped(means, read.state, wanted.workflow)
    limit = wanted.position
    if wanted.arguments is not None:
        limit = min(limit, _before_call(read.records, wanted.arguments.tool_use_id))
    position = resting(read.records, limit)
    if position is None:
        raise Conflict("nothing_before", "There is no place before that from which a turn could be run again.")
    given: tuple[tuple[Different, object], ...] = (
        ("workflow", wanted.workflow), ("arguments", wanted.arguments), ("model", wanted.model), ("policy", text),
    )  # fmt: skip
    return Asked(
        wanted=wanted,
        read=read,
        position=position,
        operator=operator,
        different=tuple(name for name, value in given if value is not None),
        gate=None if text is None else _gate(brand.release, text),
        replaced=None if wanted.arguments is None else Replaced(wanted.arguments.tool_use_id, wanted.arguments.arguments),
    )


def _gate(release: Release, text: str) -> Gate:
    """A gate by another policy text, held to everything a brand's own is held to."""
    try:
        policy = AuthorityPolicy.load(text, source="this policy", tools=judged_tools(release.content.tools))
    except PolicyInvalid as error:
        first = error.errors[0]
        words = f"Line {first.line} of the policy: {first.message}"[:_MOST_WORDS].rstrip(" .")
        raise Invalid("policy_invalid", f"{words}.") from error
    return Gate(policy)


def _before_call(records: Sequence[Recorded], tool_use_id: str) -> int:
    """The last place at which the model had not been asked for the answer that made this call."""
    spoke = next(
        (
            record.event
            for record in records
            if isinstance(record.event, ModelSpoke) and any(call.tool_use_id == tool_use_id for call in record.event.calls)
        ),
        None,
    )
    if spoke is None:
        raise Invalid("no_such_call", "The model made no call of that name here.")
    begun = (r.seq for r in records if isinstance(r.event, EffectStarted) and r.event.effect == spoke.effect)
    return next(begun, 1) - 1


async def _forked(means: Means, asked: Asked) -> ForkAnswer:
    read, wanted = asked.read, asked.wanted
    await _note(means, asked, Thread())
    thread = Thread()
    clock = ForkClock(read.records[asked.position - 1].at)
    store = await store_of(means, asked, clock)
    try:
        brand = await brand_of(means, asked, recorded(read.records, asked.position, await store.texts()), thread)
        runner = Runner(
            store,
            ForkedBrands(brand, means.shelf),
            means.people,
            instance=Instance(means.core, "fork"),
            clock=clock,
            deadlines=Deadlines(),
            chance=Random(0),  # noqa: S311 - pauses of a turn in thought, drawn alike each time
        )
        await counted(means, asked, store, runner)
        if wanted.workflow is not None:
            await override(asked, store, runner)
        seconds = _SECONDS_LIVE if wanted.live_model or wanted.live_reads else _SECONDS
        end = await run_through(runner, store, read, thread, clock, seconds)
        answer = await _answer(asked, store, brand, thread, end)
    finally:
        await store.close()
    if thread.model_calls or thread.reads:
        await _note(means, asked, thread)
    return answer


async def _note(means: Means, asked: Asked, thread: Thread) -> None:
    """On record: before anything is asked, and once more with what it took."""
    wanted = asked.wanted
    live = [name for name, on in (("model", wanted.live_model), ("reads", wanted.live_reads)) if on]
    event = TurnForked(
        operator=asked.operator,
        position=asked.position,
        different=asked.different,
        live=tuple(live),
        model_calls=thread.model_calls,
        usage=thread.usage if thread.model_calls else None,
    )

    async def build(read: Read) -> Append:
        return Append(read.stream, [Draft(event, Person(operator=asked.operator))])

    await append_on_newest(means.store, asked.read.stream, build)


async def _answer(asked: Asked, store: MemoryStore, brand: BrandAtWork, thread: Thread, end: ForkEnd) -> ForkAnswer:
    records = await store.records(asked.read.stream)
    here = records[asked.position :]
    everything = await store.texts()
    before = [r for r in of_turn(asked.read.records, asked.position) if not isinstance(r.event, TurnForked)]
    rows, same = aligned(steps_of(before, everything, lambda _: "recorded"), steps_of(here, everything, _sources(thread)))
    titles = {tool.name: tool.title for tool in brand.gate.policy.tools.values()}
    return ForkAnswer(
        conversation=ConversationId(asked.read.stream),
        brand=asked.read.state.brand,
        position=asked.position,
        at=asked.read.records[asked.position - 1].at,
        different=asked.different,
        same=same,
        end=end,
        sentence=_SENTENCES[end],
        would=visible(thread.would),
        steps=rows,
        cut=len(rows) >= MOST_FORK_STEPS,
        verdicts=verdicts(before, here, everything, titles),
        recorded_reply=await _reply(before, everything, None, asked, brand),
        reply=await _reply(here, everything, store, asked, brand),
        model_calls=thread.model_calls,
        input_tokens=thread.usage.input_tokens,
        output_tokens=thread.usage.output_tokens,
        reads=thread.reads,
    )


def _sources(thread: Thread) -> Any:
    """Where a step of the fork came from. Once a model was asked, what it says is live; the rest is code's."""
    live = list(thread.live)

    def source(record: Recorded) -> ForkedFrom:
        if isinstance(record.event, ModelSpoke):
            return "live" if "model" in live else "recorded"
        return "code"

    return source


async def _reply(
    records: Sequence[Recorded], texts: Mapping[BodyId, str], store: MemoryStore | None, asked: Asked, brand: BrandAtWork
) -> ForkedReply | None:
    """The last reply that was drafted, with what the checks have against it where it would be said."""
    drafted = next((r.event for r in reversed(records) if isinstance(r.event, ReplyDrafted)), None)
    if drafted is None:
        return None
    text = texts.get(drafted.text.id, "")
    found = ()
    language = asked.read.state.turn.language
    if store is not None:
        session = Session(store, asked.read.stream, store.clock, Remembered())
        await session.refresh()
        language = session.state.turn.language
        try:
            context = await person_context(session, session.state, brand.release, now=session.now)
            found = warnings(check_reply(text, context))
        except (CountersignError, KeyError):
            found = ()
    return ForkedReply(text=visible(text, _MOST_TEXT), language=language, made_by=drafted.made_by, warnings=found)
