"""What must hold of a data folder whose core was killed: database, chains, logs, transcripts, views.

It opens the folder with the product; what the world saw is judged by `checker`, which does not.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any, Final

from agent_core.contract.clock import system_clock
from agent_core.contract.ids import StreamId
from agent_core.conversation.evolve import fold
from agent_core.engine.runtime import BrandAtWork
from agent_core.models.port import ModelNames
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.service.projection import views
from agent_core.service.projection.projector import Projector
from agent_core.store import Store
from agent_core.store.errors import Corrupt
from agent_core.store.folder import DATABASE_NAME
from tests.conversation.departures import departures_of
from tests.crash.final import transcripts_are_valid
from tests.engine.world import BrainModel, FileChannel, WorldTools
from tests.stepping.branding import branding
from tests.stepping.parts import Parts

_VIEWS: Final = "SELECT kind, id, brand, bucket, sort_key, data FROM view ORDER BY kind, id"
"""Without version and position: they say as of when a view was made, which depends on what was projected together."""


async def look(folder: Path) -> list[str]:
    """What is wrong with a database whose core is gone."""
    problems: list[str] = []
    with sqlite3.connect(folder / "data" / DATABASE_NAME) as database:
        found = database.execute("PRAGMA integrity_check").fetchall()
    database.close()
    if found != [("ok",)]:
        problems.append(f"integrity: {found}")
    async with await Store.open(folder / "data") as store:
        for head in await store.streams():
            try:
                await store.verify(head.id)
            except Corrupt as corrupt:
                problems.append(f"{head.id}: {corrupt.detail}")
                continue
            if head.kind == "conversation":
                problems += [f"{head.id}: {each}" for each in await _conversation(store, head.id)]
        return problems or await _views(store, folder)


async def _conversation(store: Store, stream: StreamId) -> list[str]:
    records = await store.records(stream)
    state = fold(records)
    problems = list(departures_of(records))
    if state.damaged or state.open:
        problems.append(f"damaged {state.damaged}, open {dict(state.open)}")
    try:
        await transcripts_are_valid(store, state)
    except AssertionError as invalid:
        problems.append(f"invalid transcript: {invalid}")
    return problems


async def _views(store: Store, folder: Path) -> list[str]:
    """The views that cores left behind, each having gone on where the one before was killed, are those of the whole log."""
    made = branding("quick")
    with ShopWorld.seeded(customers=1) as shop:
        tools, channels = WorldTools(shop), {"chat": FileChannel(folder / "unused.sqlite")}
        brand = BrandAtWork(made.release, made.gate, tools, channels, BrainModel(), ModelNames(), sandbox=True)
        parts = Parts.of(store, folder, brand, system_clock)
        shown = await _shown(store, parts)
        await store.write(views.forget)
        anew = await _shown(store, parts)
    differ = [key for key in shown.keys() | anew.keys() if shown.get(key) != anew.get(key)]
    return [f"view {key}: {_different(shown.get(key), anew.get(key))}" for key in sorted(differ)]


def _different(one: tuple[Any, ...] | None, other: tuple[Any, ...] | None) -> str:
    if one is None or other is None:
        return "is there before" if other is None else "is there anew"
    before, anew = one[-1], other[-1]
    keys = [key for key in before.keys() | anew.keys() if before.get(key) != anew.get(key)]
    return f"{one[:-1]} and {other[:-1]}; " + "; ".join(f"{k}: {before.get(k)} and {anew.get(k)}" for k in keys)


async def _shown(store: Store, parts: Parts) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Every view, once all of the log is in them."""
    await Projector(store, parts.shelf, parts.people).catch_up()
    rows = await store.read(lambda tx: tx.connection.exec_driver_sql(_VIEWS).fetchall())
    return {(row[0], row[1]): (*row[2:5], json.loads(row[5]) | {"version": 0}) for row in rows}
