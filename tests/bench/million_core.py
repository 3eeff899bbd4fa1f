"""A real core with as many conversations as `million_window` asks for, in a process of its own: `FOLDER COUNT`.

Says where it listens in one line of JSON, then does what it is told, one line each: `churn SECONDS` changes two thousand
conversations a second, `end` ends it. Stored views are put in as the projector would have written them; their logs are left
out, because nothing that is measured reads one.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy.engine import Connection

from agent_core.contract.ids import ConversationId, StreamId
from agent_core.contract.listing import Part, part_of, place_of
from agent_core.contract.views import ConversationRow
from agent_core.service.projection import views
from agent_core.service.projection.cards import placed_card
from agent_core.service.projection.rows import placed_row
from tests.console import made
from tests.service.scene import TOKEN, scene

if TYPE_CHECKING:
    from agent_core.service.composition import Core

PER_SECOND: Final = 2_000
_BEAT: Final = 0.05
_CHUNK: Final = 20_000
_FIRST_POSITION: Final = 1_000_000
_SHARES: Final[tuple[tuple[Part, float], ...]] = (("needs", 0.01), ("human", 0.03), ("agent", 0.30), ("closed", 1.0))
"""Up to which share of all conversations each part goes: three in ten are open."""
_LOOKS: Final[dict[Part, dict[str, Any]]] = {
    "needs": {"needs_person": True, "asks": ("escalation",), "owner": "nobody", "label": "awaiting_human"},
    "human": {"owner": "person", "owner_name": "Mira Duarte", "label": "human_control"},
    "agent": {"intents": ("refund_request",)},
    "closed": {"label": "closed", "waiting_since": None},
}
_VIEW: Final = (
    "INSERT INTO view (kind, id, brand, bucket, sort_key, version, position, data) VALUES ('row', ?, ?, ?, ?, 1, ?, ?)"
)
_LISTED: Final = (
    "INSERT INTO listed_row (id, brand, bucket, sort_key, channel, owner, label, intents, workflows, flagged, waiting_us, "
    "breach_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def part_at(number: int, count: int) -> Part:
    """In which part the conversation with this number stands."""
    return next(part for part, share in _SHARES if number < count * share)


def row(number: int, count: int, now: datetime, version: int = 1) -> ConversationRow:
    """One conversation."""
    at = now - timedelta(seconds=number + 5)
    look: dict[str, Any] = {"waiting_since": at, **_LOOKS[part_at(number, count)]}
    return made.row(number, version=version, last_at=at, snippet=f"Parcel {number}, told {version} times", **look)


class Filled:
    """The views of a core that has them already."""

    def __init__(self, core: "Core", count: int) -> None:
        self._core = core
        self._count = count
        self._now = core.means.clock()
        self._versions: dict[int, int] = {}

    async def fill(self) -> None:
        """Put in everything."""
        for first in range(0, self._count, _CHUNK):
            numbers = range(first, min(self._count, first + _CHUNK))
            await self._core.store.write(lambda connection, numbers=numbers: self._put(connection, numbers))
        waiting = range(sum(part_at(number, self._count) == "needs" for number in range(int(self._count * 0.01) + 1)))
        await self._core.store.write(lambda connection: self._put_asks(connection, waiting))
        self._core.projector.position = _FIRST_POSITION
        # Statistics as a core that has run for long has them.
        await self._core.store.write(lambda connection: connection.exec_driver_sql("ANALYZE"))

    def _put(self, connection: Connection, numbers: range) -> None:
        counted: dict[Part, int] = {}
        listed: list[tuple[object, ...]] = []
        stored: list[tuple[object, ...]] = []
        for number, data, one in self._rows(numbers):
            part, (key, name) = part_of(one), place_of(one)
            counted[part] = counted.get(part, 0) + 1
            stored.append((name, one.brand, part, key, 1 + number % 1_000, data))
            waits = None if one.waiting_since is None else int(one.waiting_since.timestamp() * 1e6)
            intents = f",{','.join(one.intents)}," if one.intents else ""
            listed.append((name, one.brand, part, key, one.channel, one.owner, one.label, intents, "", 0, waits, None))
        connection.exec_driver_sql(_VIEW, stored)
        connection.exec_driver_sql(_LISTED, listed)
        for part, many in counted.items():
            connection.exec_driver_sql(
                "INSERT INTO view (kind, id, brand, bucket, sort_key, version, position, data) VALUES ('count', ?, ?, ?, "
                "'row', ?, 0, '{}') ON CONFLICT (kind, id) DO UPDATE SET version = view.version + excluded.version",
                (f"row:{made.BRAND}:{part}", made.BRAND, part, many),
            )

    def _rows(self, numbers: range) -> Iterator[tuple[int, str, ConversationRow]]:
        for number in numbers:
            one = row(number, self._count, self._now)
            yield number, one.model_dump_json(), one

    def _put_asks(self, connection: Connection, numbers: range) -> None:
        at = self._now
        cards = (
            made.ask(
                number, kind="escalation", binding=None, raised_at=at - timedelta(seconds=number), expires_at=None,
                verbs=("resolve",), money=None,
            )
            for number in numbers
        )  # fmt: skip
        views.put(connection, [placed_card(card, 1) for card in cards], _FIRST_POSITION)

    async def churn(self, seconds: float) -> dict[str, Any]:
        """Change conversations, as many a second as said; every fourth moves to the front of its part."""
        began, batch = time.perf_counter(), int(PER_SECOND * _BEAT)
        beats = int(seconds / _BEAT)
        for beat in range(beats):
            # Most of what happens, happens in what is open; some of it in what the window shows.
            numbers = {
                (beat * batch + at) * 7 % max(1, int(self._count * (0.3 if at % 2 else 0.004))) for at in range(batch)
            }
            await self._change(sorted(numbers))
            await asyncio.sleep(max(0.0, began + (beat + 1) * _BEAT - time.perf_counter()))
        took = time.perf_counter() - began
        return {"rate": beats * batch / took}

    async def _change(self, numbers: list[int]) -> None:
        position = self._core.projector.position + 1
        placed = [placed_row(self._next(number), position) for number in numbers]
        await self._core.store.write(lambda connection: views.put(connection, placed, position))
        self._core.projector.position = position
        self._core.projector._tell()  # pyright: ignore[reportPrivateUsage] - in the place of what it would have projected

    def _next(self, number: int) -> ConversationRow:
        version = self._versions[number] = self._versions.get(number, 1) + 1
        now = self._now if version % 4 else self._core.means.clock()
        return row(number, self._count, now, version).model_copy(
            update={"conversation": ConversationId(StreamId(made.conversation(number)))}
        )


async def serve(folder: Path, count: int) -> None:
    """Fill, say where, and do what is told."""
    async with scene(folder) as it:
        filled = Filled(it.core, count)
        began = time.perf_counter()
        await filled.fill()
        _say({"url": it.url, "core": it.core.instance.core, "token": TOKEN, "filled_s": time.perf_counter() - began})
        while True:
            said = (await asyncio.to_thread(sys.stdin.readline)).split()
            if not said or said[0] == "end":
                return
            _say(await filled.churn(float(said[1])))


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
