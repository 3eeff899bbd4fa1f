"""What proving costs: an event in the Merkle log beside its append, a checkpoint, and how fast a database is verified.

The sequencer works behind the commits, so its cost is compared with that of the append it follows. Verifying is measured in
events a second, each with a body of its own, as a stream: a log of a million events takes that many times as long.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

from agent_core.audit import tiles
from agent_core.audit.outside import OutsideFile
from agent_core.audit.sequencer import BATCH, Sequencer
from agent_core.audit.verifying import verify
from agent_core.contract.bodies import new_body
from agent_core.contract.clock import system_clock
from agent_core.contract.ids import CORE_STREAM
from agent_core.store import Append, NewStream, Store
from agent_core.store.folder import DATABASE_NAME
from tests.bench.figure import Figure
from tests.store.logs import conversation, finished, opening

EVENTS: Final = 20_000
STREAMS: Final = 100
AT_ONCE: Final = 4
"""Events of one append, as a turn writes them."""
CHECKPOINTS: Final = 20
ROUNDS: Final = 3


def run() -> list[Figure]:
    """In folders of their own."""
    appended: list[float] = []
    sequenced: list[float] = []
    signed: list[float] = []
    rates: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            one, other, third = asyncio.run(_written(Path(folder)))
            appended.append(one)
            sequenced.append(other)
            signed.extend(third)
            began = time.perf_counter()
            report = verify(Path(folder) / "data" / DATABASE_NAME)
            rates.append(report.events / (time.perf_counter() - began))
            assert not {code for code in report.counts if code.startswith(("event", "tile", "body", "checkpoint"))}
    return [
        Figure("an event in the Merkle log", sequenced, "µs", "its append", appended),
        Figure("a signed checkpoint, durable outside", signed, "ms"),
        Figure("events verified, each with a body", rates, "events/s"),
    ]


async def _written(folder: Path) -> tuple[float, float, list[float]]:
    """Microseconds an event took to append, and to get into the Merkle log; milliseconds of each checkpoint."""
    outside = OutsideFile(folder / "config", data=folder / "data", core="core_bench")
    async with await Store.open(folder / "data", clock=system_clock) as store:
        await store.append(Append(CORE_STREAM, create=NewStream("core", None)))
        sequencer = Sequencer(store, outside, core="core_bench", clock=system_clock)
        await sequencer.open()
        await store.append_all([opening(number) for number in range(STREAMS)])
        began = time.perf_counter()
        for number in range(EVENTS // AT_ONCE):
            bodies = [new_body("result", f"{number} {each} " * 20) for each in range(AT_ONCE)]
            events = [finished(f"e{number}_{each}", body) for each, body in enumerate(bodies)]
            await store.append(Append(conversation(number % STREAMS), events, bodies=bodies))
        appended = (time.perf_counter() - began) / EVENTS * 1e6
        began = time.perf_counter()
        while await store.write(lambda connection: tiles.grow(connection, BATCH)):
            pass
        sequenced = (time.perf_counter() - began) / EVENTS * 1e6
        signed: list[float] = []
        for number in range(CHECKPOINTS):
            await store.append(Append(conversation(number), [finished(f"c{number}")]))
            began = time.perf_counter()
            await sequencer.sign()
            signed.append((time.perf_counter() - began) * 1e3)
    return appended, sequenced, signed
