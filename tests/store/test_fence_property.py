"""Whatever happens in whatever order: no start is ever in the log behind a fence that had moved (R-A3)."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.contract.events import EffectStarted
from agent_core.contract.ids import RunId, brand_stream
from agent_core.store import GLOBAL_SCOPE, Append, Fence, NewStream, Stale, Store, brand_scope
from tests.store.logs import BRAND, conversation, fence_now, finished, message, opened, opening, started

RUNS = (RunId("r1"), RunId("r2"))

STEP = st.one_of(
    st.sampled_from(["message", "finish r1", "finish r2", "move global", "move brand", "pause", "resume", "decide"]),
    st.sampled_from(["start r1", "start r2", "start none", "finish and start r1"]),
)


@dataclass
class Model:
    """What the store should know, kept by the simplest possible means."""

    epoch: int = 0
    seq: int = 1
    heads: dict[RunId, int] = field(default_factory=lambda: dict.fromkeys(RUNS, 0))
    scopes: dict[str, int] = field(default_factory=lambda: {GLOBAL_SCOPE: 0, brand_scope(BRAND): 0})
    paused: bool = False

    def allows(self, fence: Fence) -> bool:
        return (
            fence.epoch == self.epoch
            and all(self.heads[run] == seq for run, seq in fence.run_heads.items())
            and dict(fence.scopes) == self.scopes
            and not self.paused
        )


async def _scope(store: Store, model: Model, scope: str, *, paused: bool | None = None) -> None:
    changed = {} if paused is None else {scope: paused}
    await store.append(Append(brand_stream(BRAND), moves_scope=[scope], scope_paused=changed))
    model.scopes[scope] += 1
    model.paused = model.paused if paused is None else paused


async def _start(store: Store, model: Model, name: str, fence: Fence) -> None:
    run = None if name.endswith("none") else RunId(name[-2:])
    read = fence.read if model.seq % 2 else None  # it only ever shortens the way to the same answer
    own = Fence(fence.epoch, {} if run is None else {run: fence.run_heads[run]}, fence.scopes, read)
    drafts = [started(f"e{model.seq}", run)]
    if name.startswith("finish"):
        drafts.insert(0, finished("e0", run=run))
    try:
        await store.append(Append(conversation(), drafts, fence=own))
    except Stale:
        assert not model.allows(own)
        return
    assert model.allows(own)
    model.seq += len(drafts)
    if run is not None:
        model.heads[run] = model.seq


async def _play(store: Store, steps: Sequence[str]) -> None:
    model = Model()
    fence = await fence_now(store, runs=RUNS)
    for step in steps:
        match step.split():
            case ["message"]:
                await store.append(message())
                model.seq += 1
                model.epoch += 1
            case ["finish", run]:
                await store.append(Append(conversation(), [finished("e0", run=RunId(run))]))
                model.seq += 1
                model.heads[RunId(run)] = model.seq
            case ["move", "global"]:
                await _scope(store, model, GLOBAL_SCOPE)
            case ["move", "brand"]:
                await _scope(store, model, brand_scope(BRAND))
            case ["pause"] | ["resume"]:
                await _scope(store, model, GLOBAL_SCOPE, paused=step == "pause")
            case ["decide"]:
                fence = await fence_now(store, runs=RUNS)
                assert (fence.epoch, fence.run_heads, fence.scopes) == (model.epoch, model.heads, model.scopes)
            case _:
                await _start(store, model, step, fence)
    records = await store.records(conversation())
    assert len(records) == model.seq
    epochs = [record.epoch for record in records]
    assert epochs == sorted(epochs)
    await store.verify(conversation())
    assert all(r.epoch == records[i].epoch for i, r in enumerate(records[1:]) if isinstance(r.event, EffectStarted))


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, max_size=20))
def test_R_A3_no_start_is_ever_appended_on_a_stale_epoch_run_or_scope(steps: list[str]) -> None:
    async def body() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder)) as store:
                await store.append(opening())
                await store.append(Append(brand_stream(BRAND), create=NewStream("brand", BRAND)))
                await _play(store, steps)

    asyncio.run(body())


def test_R_A3_of_many_starts_decided_on_one_state_exactly_one_is_appended(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            fence = await fence_now(store)
            outcomes: list[str] = []

            async def start(i: int) -> None:
                try:
                    await store.append(Append(conversation(), [started(f"e{i}")], fence=fence))
                    outcomes.append("started")
                except Stale as stale:
                    outcomes.append(stale.reason)

            async with asyncio.TaskGroup() as group:
                for i in range(12):
                    group.create_task(start(i))
            assert sorted(outcomes) == ["run"] * 11 + ["started"]

    asyncio.run(body())
