"""What checking an exported conversation costs beside reading its bytes, and erasing bodies beside storing them (R-N5)."""

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Final

from agent_core.audit.checking import check_file
from agent_core.contract.bodies import new_body
from agent_core.contract.canonical import parse_strict
from agent_core.contract.clock import system_clock
from agent_core.store import Append, Erasure, Store
from tests.audit.exported_files import made_in
from tests.bench.figure import Figure, alternating
from tests.store.logs import conversation, opening

BODIES: Final = 1_000
ROUNDS: Final = 5
_TEXT: Final = "What somebody wrote. " * 100


def run() -> list[Figure]:
    """One refund with a person's yes, exported; and conversations of a thousand bodies of two kilobytes."""
    with tempfile.TemporaryDirectory() as folder:
        made = made_in(Path(folder))
    events = len(json.loads(made.readable)["events"])
    ours, floor = alternating((lambda: check_file(made.readable), lambda: parse_strict(made.readable)), 20)
    stored, erased, scrubbed = asyncio.run(_erasing())
    return [
        Figure(
            f"check an export of {events} events, {len(made.readable):,} bytes", ours, "ms", "reading the same bytes", floor
        ),
        Figure(f"erase {BODIES:,} bodies in one append", erased, "ms", "storing them in one append", stored),
        Figure("take them from the write-ahead log, too", scrubbed, "ms", "storing them in one append", stored),
    ]


async def _erasing() -> tuple[list[float], list[float], list[float]]:
    stored: list[float] = []
    erased: list[float] = []
    scrubbed: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with await Store.open(Path(folder), clock=system_clock) as store:
            for number in range(ROUNDS):
                await store.append(opening(number))
                bodies = [new_body("message", _TEXT) for _ in range(BODIES)]
                for into, request in (
                    (stored, Append(conversation(number), bodies=bodies)),
                    (erased, Append(conversation(number), erases=Erasure())),
                ):
                    began = time.perf_counter_ns()
                    await store.append(request)
                    into.append((time.perf_counter_ns() - began) / 1e6)
                began = time.perf_counter_ns()
                assert await store.scrub()
                scrubbed.append((time.perf_counter_ns() - began) / 1e6)
    return stored, erased, scrubbed
