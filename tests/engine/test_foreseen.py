"""What was folded before its commit is what the log folds to, whatever the moment of the commit was (R-A1, R-A2)."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.actors import System
from agent_core.contract.events import Recorded, ReplyDropped, TurnOpened
from agent_core.contract.ids import StreamId
from agent_core.conversation.evolve import evolve, fold
from agent_core.conversation.state import State
from agent_core.engine.foreseen import Foreseen, Undated, foreseen
from agent_core.engine.session import Session
from agent_core.store import Draft
from tests.engine.harness import ORDER, OTHER_ORDER, Harness

SAID = (
    f"Where is my order {ORDER}?",
    f"Please refund 10 EUR of order {ORDER}.",
    f"Please refund all of order {ORDER}, and cancel {OTHER_ORDER}.",
    "I will call my lawyer about this.",
    "Thank you!",
)


def test_R_A2_after_every_commit_a_worker_knows_exactly_what_its_log_folds_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is the system's: no draft is folded at the moment it is committed at."""
    logs, kept = defaultdict[StreamId, list[Recorded]](list), list[int]()
    take: Any = vars(Session)["_take"]

    def compared(self: Session, records: Sequence[Recorded], undated: Undated | None = None) -> None:
        take(self, records, undated)
        logs[self.stream].extend(records)
        assert self.true_state == fold(logs[self.stream])
        kept.append(0 if undated is None else undated.count)

    async def play() -> None:
        harness = await Harness.open(tmp_path)
        try:
            for number, words in enumerate(SAID):
                thread = await harness.customer_writes(words, f"evt_{number}", thread=f"thread_{number}")
                await harness.runner.handle(thread)
                await harness.customer_writes("And how long will that take?", f"more_{number}", thread=f"thread_{number}")
                await harness.runner.handle(thread)
                assert logs[thread] == list(await harness.store.records(thread))
        finally:
            await harness.close()

    monkeypatch.setattr(Session, "_take", compared)
    asyncio.run(play())
    assert sum(kept) > len(SAID), "nothing was ever kept: the test says nothing"


NOW, LATER = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC)
STREAM = StreamId("c_1")
ZERO = "0" * 64


def test_what_depends_on_the_moment_is_folded_anew_when_it_stands_in_the_log() -> None:
    state = State()
    undated = Undated(state)
    drafts = [
        Draft(ReplyDropped(reply=1, code="gone", sentence="Gone."), System(part="engine")),
        Draft(TurnOpened(turn=1, through=0), System(part="engine")),
        Draft(ReplyDropped(reply=1, code="gone", sentence="Gone."), System(part="engine")),
    ]
    folded = state
    for draft in drafts:
        record: Any = Foreseen(folded, draft, STREAM, NOW)
        before, folded = folded, evolve(folded, record)
        if not record.dated:
            undated.folded(before, folded)
    assert undated.count == 1, "the second asks for its moment, the third stands behind it"
    records: list[Recorded] = []
    stored = state
    for draft in drafts:
        epoch = stored.epoch + int(draft.event.MOVES_FENCE)
        records.append(
            Recorded(
                stream=STREAM, brand=None, seq=stored.seq + 1, epoch=epoch, at=LATER, actor=draft.actor, event=draft.event,
                prev=ZERO, hash=ZERO,
            )
        )  # fmt: skip
        stored = evolve(stored, records[-1])
    assert foreseen(state, drafts, STREAM, LATER) == stored, "what is only asked for is folded alike"
    assert undated.continued(state, records) == stored != folded
    assert undated.continued(State(), records) == stored, "begun on another state: all of it is folded"
