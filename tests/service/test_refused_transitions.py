"""What a table does not allow is refused and on record, and stops nothing: not the conversation, not the others (R-A1)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent_core.contract.actors import Person
from agent_core.contract.errors import Conflict
from agent_core.contract.events import AnyEvent, ControlChanged, RunInput, TransitionRefused
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, RunId
from agent_core.service.brands import BrandShelf
from agent_core.service.quarantine import quarantine
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, Draft
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import SUE, Stage, play

WHERE = f"Where is order {OTHER_ORDER}?"


def control(to: str) -> ControlChanged:
    return ControlChanged.model_validate({"to": to, "code": "by_person", "sentence": "A person did.", "operator": "sue"})


def builder(*events: AnyEvent) -> Callable[[Read], Awaitable[Append]]:
    async def build(read: Read) -> Append:
        return Append(read.stream, [Draft(event, SUE) for event in events])

    return build


async def asked_for(stage: Stage, c: ConversationId, *events: AnyEvent) -> None:
    """Somebody asks for something that is not possible."""
    with pytest.raises(Conflict) as refused:
        await append_on_newest(stage.harness.store, c, builder(*events))
    assert refused.value.code == "not_possible"


def test_R_A1_a_wish_that_is_in_no_table_is_refused_recorded_and_the_conversation_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await stage.control(c, "closed")
        before = await stage.harness.state(c)
        await asked_for(stage, c, control("awaiting_human"))
        record = (await stage.harness.log(c))[-1]
        assert isinstance(record.event, TransitionRefused)
        assert record.actor == Person(operator=OperatorId("sue"))
        assert (record.event.machine, record.event.now, record.event.wanted) == ("control", "closed", "to_awaiting_human")
        after = await stage.harness.state(c)
        assert (after.control, after.epoch, after.damaged) == ("closed", before.epoch, False)
        await stage.control(c, "agent")
        await stage.writes(f"Where is order {ORDER}?", "2")
        await stage.settle(c)
        assert len(stage.texts()) == 2

    play(tmp_path, scene)


def test_R_A1_of_a_wish_in_several_events_nothing_is_appended_when_one_is_in_no_table(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        first = control("closed")
        await asked_for(stage, c, first, RunInput(run=RunId("r9"), turn=1, messages=()))
        (refused,) = await stage.events(c, TransitionRefused)
        assert (refused.machine, refused.subject, refused.now, refused.wanted) == ("run", "r9", "none", "run_input")
        assert await stage.events(c, ControlChanged) == []

    play(tmp_path, scene)


def test_R_A9_an_event_that_stands_in_a_log_against_the_tables_stops_that_one_conversation_alone(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        other = await stage.harness.customer_writes(WHERE, "2", thread="thread_2")
        wrong = RunInput(run=RunId("r9"), turn=1, messages=())
        await stage.harness.store.append(Append(c, [Draft(wrong, SUE)]))
        await stage.settle(c)
        await stage.settle(other)
        assert wrong in await stage.events(c)
        state = await stage.harness.state(c)
        assert (state.control, state.control_code) == ("quarantined", "log_does_not_fold")
        assert [a.ask.kind for a in state.asks.values() if not a.resolved] == ["quarantine"]
        assert (await stage.harness.state(other)).control == "agent"
        assert [by for _, by in stage.harness.channel.sent()] == ["system", "agent"]  # told, and the other one answered

    play(tmp_path, scene)


def test_R_A9_a_quarantine_that_comes_after_the_end_of_a_conversation_is_no_damage(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)

        shelf = BrandShelf({BrandId("northwind"): stage.harness.brand}, {})

        async def at_once() -> None:
            await stage.control(c, "closed")

        async with asyncio.TaskGroup() as group:
            group.create_task(at_once())
            group.create_task(quarantine(stage.harness.store, shelf, stage.clock, c, ValueError("x")))
        state = await stage.harness.state(c)
        assert not state.damaged
        assert state.control in ("closed", "quarantined")

    play(tmp_path, scene)
