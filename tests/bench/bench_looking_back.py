"""Opening a past conversation of 2,000 messages, at the core and all the way to a console (R-M5: under 200 ms).

Cold is from the log on disk: every event is read, checked and folded, every text it names is read. Warm is what a console
asks again and again while somebody looks. Kept is cold, by a core that has its page. Over the whole way core and console are
one process here: asked, answered over a socket, read as values. The neighbour is one message in a conversation of its own.
Times are the processor's.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from unittest.mock import patch

import sqlalchemy as sa

from agent_core.cli.collector import sparing_what_was_built
from agent_core.contract.actors import Agent, Customer, System
from agent_core.contract.bodies import new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.events import (
    MessageReceived,
    ReplyDrafted,
    ReplySent,
    Routed,
    RunAnswered,
    RunInput,
    RunOpened,
    RunRouted,
    TurnOpened,
)
from agent_core.contract.ids import ConversationId, EffectId, MessageId, ReleaseDigest, RunId, StreamId, WorkflowName
from agent_core.service.moments import Moments
from agent_core.service.projection import pages, resting
from agent_core.service.projection.projector import Projector
from agent_core.service.projection.resting import Resting
from agent_core.service.sessions import Seat
from agent_core.store import Append, Draft, Store
from agent_core.store.tables import view
from console.headless.client import CoreClient
from tests.bench.figure import Figure
from tests.service.scene import Scene, scene
from tests.service.search_logs import NOON, name, writes

TURNS: Final = 1_000
"""Each a message and a reply."""
ROUNDS: Final = 5
LONG: Final = 1
SHORT: Final = 2
RUN: Final = RunId("r1")
_PAGES: Final = sa.select(view.c.id).where(view.c.kind == pages.KIND)
SAID: Final = "Hello, my parcel NW-10023 has not come yet, and nobody told me why. Could you look where it is, please? " * 2


def run() -> list[Figure]:
    """On a core without customers."""
    return asyncio.run(_run())


async def _run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, sparing_what_was_built() as built:
        async with scene(Path(folder)) as it:
            await writes(it.core.store, LONG, [SAID])
            await writes(it.core.store, SHORT, [SAID])
            for turn in range(1, TURNS + 1):
                await _turn(it.core.store, turn)
            built()  # as a core does that serves
            client = await it.reader()
            seat = _seat(client)
            cold, floor = await _each(lambda of: _cold(it, of))
            await it.core.indexer.until((await it.core.store.feed(0, 1_000_000))[-1].position)
            way_cold, way_floor, way_kept = await _ways(it, client)
            moments = Moments(it.core.store, it.core.projector, it.core.people, it.core.shelf)
            await moments.at(seat, _id(LONG), None, None)
            warm, warm_floor = await _each(lambda of: it.core.projector.detail(_id(of)))
            middle = TURNS * 3
            then, _ = await _each(lambda of: moments.at(seat, _id(of), middle if of == LONG else 1, None))
    beside = "one message"
    return [
        Figure("a conversation of 2,000 messages opens, cold", cold, "ms", beside, floor),
        Figure("the same, warm", warm, "ms", beside, warm_floor),
        Figure("the same over the whole way, cold", way_cold, "ms", beside, way_floor),
        Figure("the same over the whole way, its page kept", way_kept, "ms", "cold", way_cold),
        Figure("the same as of an event in its midst", then, "ms", "the whole of it, warm", warm),
    ]


async def _each(work: Callable[[int], Awaitable[object]]) -> tuple[list[float], list[float]]:
    """Milliseconds for the long and the short one, in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for of, into in zip((LONG, SHORT), times, strict=True):
            began = time.process_time()
            await work(of)
            into.append((time.process_time() - began) * 1e3)
    return times


def _id(number: int) -> ConversationId:
    return ConversationId(StreamId(name(number)))


async def _cold(it: Scene, of: int) -> None:
    found = await Projector(it.core.store, it.core.shelf, it.core.people).detail(_id(of))
    assert found is not None
    found.model_dump_json()


async def _ways(it: Scene, client: CoreClient) -> tuple[list[float], list[float], list[float]]:
    """Opened by a core that remembers nothing of it: long and short without a page, and the long one with its page kept.

    What is done behind an answer would be counted with it, so nothing is.
    """
    projector = it.core.projector

    async def answered(of: int) -> None:
        projector._stories.clear()  # pyright: ignore[reportPrivateUsage] - as after a start
        assert await client.detail(_id(of)) is not None

    with patch.object(projector, "_want_page"), patch.object(projector, "_pages", Resting()):
        cold, floor = await _each(answered)
    with patch.object(resting, "REST_S", 0.0):
        await answered(LONG)
    while True:
        if await it.core.store.read(lambda tx: tx.connection.execute(_PAGES).all()):
            break
        await asyncio.sleep(0.05)
    with patch.object(projector, "_want_page"):
        kept, _ = await _each(answered)
    return cold, floor, kept


def _seat(client: CoreClient) -> Seat:
    assert client.session is not None
    return Seat(client.session.session, None, None, NOON, NOON, open_to=("*",))


async def _turn(store: Store, turn: int) -> None:
    """A message and a reply, with what stands between them."""
    said, raw, answer = new_body("message", f"{turn} {SAID}"), new_body("message_raw", "x"), new_body("answer", _ANSWER)
    reply, context = new_body("reply", f"{turn} {SAID}"), new_body("context", "{}")
    system = System(part="bench")
    received = MessageReceived(message=MessageId(f"t{turn}"), raw=raw.ref, text=said.ref, occurred_at=NOON)
    routed = RunRouted(run=RUN, workflow=WorkflowName("order_status"), new=turn == 1)
    opened = RunOpened(
        run=RUN, workflow=WorkflowName("order_status"), version=1, release=ReleaseDigest("0" * 64), suffix="a" * 16,
        turn=turn, context=context.ref,
    )  # fmt: skip
    drafted = ReplyDrafted(reply=turn, turn=turn, epoch=turn, text=reply.ref, covers=(RUN,), made_by="one_run")
    drafts = [
        Draft(received, Customer()),
        Draft(TurnOpened(turn=turn, through=turn), system),
        Draft(Routed(turn=turn, runs=(routed,), rule="intents", language="en"), system),
        Draft(opened, system) if turn == 1 else Draft(RunInput(run=RUN, turn=turn, messages=(said.ref,)), system),
        Draft(RunAnswered(run=RUN, phase="answered", answer=answer.ref, points=1, question=False), Agent(run=RUN)),
        Draft(drafted, Agent(run=RUN)),
        Draft(ReplySent(reply=turn, effect=EffectId(f"e{turn}"), text=reply.ref), Agent(run=RUN)),
    ]
    await store.append(Append(name(LONG), drafts, bodies=[said, raw, answer, reply, context]))


_ANSWER: Final = canonical(
    {"beliefs": [{"statement": "The parcel is late.", "fact_ids": [], "confidence_percent": 80}], "points": []}
).decode()
