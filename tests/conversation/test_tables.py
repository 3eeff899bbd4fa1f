"""No sequence of events leaves a table: every fold keeps to the rows, whatever comes in whatever order (R-A1)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agent_core.contract.actors import Actor, System
from agent_core.contract.events import AnyEvent, RunOpened, event_classes
from agent_core.contract.ids import ReleaseDigest, RunId, WorkflowName
from agent_core.conversation.decide import decide
from agent_core.conversation.evolve import evolve
from agent_core.conversation.machine import machine
from agent_core.conversation.machines import MACHINES
from agent_core.conversation.plan import TurnRules
from agent_core.conversation.standing import refusal
from agent_core.conversation.state import State
from tests.conversation.any_event import ACTORS, AT, BODY, DIGEST, any_event, recorded
from tests.conversation.departures import departures

NO_HURRY = settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], phases=(Phase.explicit, Phase.generate)
)
STEPS = st.lists(st.tuples(any_event(), ACTORS), max_size=60)


def walk(steps: list[tuple[AnyEvent, Actor]], *, only_allowed: bool) -> list[str]:
    """Folds the steps, each twice; the rows that were left."""
    state, found = State(), list[str]()
    for event, actor in steps:
        for _ in range(2):
            record = recorded(state, event, actor)
            if only_allowed and refusal(state, event, actor) is not None:
                continue
            after = evolve(state, record)
            found += departures(state, record, after)
            if only_allowed and after.damaged:
                found.append(f"{event.type} is allowed, and could not be folded")
                after = replace(after, damaged=False)
            state = after
    return found


@settings(NO_HURRY, max_examples=300)
@given(STEPS)
def test_R_A1_no_sequence_of_events_leaves_the_tables_and_what_is_refused_changes_nothing(
    steps: list[tuple[AnyEvent, Actor]],
) -> None:
    assert walk(steps, only_allowed=False) == []


@settings(NO_HURRY, max_examples=300)
@given(STEPS)
def test_R_A1_what_the_tables_allow_can_always_be_folded(steps: list[tuple[AnyEvent, Actor]]) -> None:
    assert walk(steps, only_allowed=True) == []


@pytest.mark.slow
@settings(NO_HURRY, max_examples=20_000)
@given(STEPS)
def test_R_A1_no_sequence_of_events_leaves_the_tables_many_times(steps: list[tuple[AnyEvent, Actor]]) -> None:
    assert walk(steps, only_allowed=False) == []
    assert walk(steps, only_allowed=True) == []


@settings(NO_HURRY, max_examples=150)
@given(STEPS)
def test_R_A1_whatever_was_refused_the_next_thing_to_do_can_be_decided(steps: list[tuple[AnyEvent, Actor]]) -> None:
    state = State()
    for event, actor in steps:
        state = evolve(state, recorded(state, event, actor))
        decide(state, TurnRules(), AT)


def test_R_A1_every_state_of_a_table_can_be_reached_and_every_end_can_be_forgotten() -> None:
    for table in MACHINES:
        reached = {table.first}
        while more := {to for state in reached for to in table.after(state)} - reached:
            reached |= more
        assert reached == set(table.states), table.name
        for end in table.ends:
            assert table.after(end) <= table.ends, f"{table.name}: {end} is no end"


def test_R_A1_every_event_of_a_table_is_one_of_the_log_or_named_by_code() -> None:
    logged: set[str] = {str(each.model_fields["type"].default) for each in event_classes()}
    by_code = {"newer", "person_spoke", "next_message", "covered", "asked_about", "settled_by_person", "read_again",
               "run_withdrawn", "continues", "left_behind", "settled_by_look_up", "words_taken_back"}  # fmt: skip
    for table in MACHINES:
        for event in table.events:
            name = event.partition(":")[0]
            assert name in logged | by_code or event.startswith("to_"), f"{table.name}: {event}"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((("a", "go", "c"),), "no such state"),
        (
            (
                ("a", "go", "b"),
                ("a b", "go", "="),
            ),
            "two rows",
        ),
    ],
    ids=["a state there is not", "two answers"],
)
def test_a_table_that_contradicts_itself_is_refused(rows: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        machine("m", "M", "a b", *rows, first="a")


def test_a_departure_is_seen() -> None:
    """The check itself can fail: a fold that moves what its event does not name is found."""
    opened = RunOpened(
        run=RunId("r1"), workflow=WorkflowName("refund"), version=1, release=ReleaseDigest(DIGEST), suffix="a" * 16,
        turn=1, context=BODY,
    )  # fmt: skip
    state = State()
    record = recorded(state, opened, System(part="test"))
    after = evolve(state, record)
    assert departures(state, record, after) == []
    wrong = replace(after, control="quarantined")
    assert departures(state, record, wrong) == ["run_opened is no event of control , and moved it: agent -> quarantined"]
