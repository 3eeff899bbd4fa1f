"""The machines are tables; nothing leaves them, and the picture is drawn from them (R-A1)."""

import subprocess
import sys
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.outcomes import Control, ConversationLabel, RunPhase
from agent_core.conversation import draw
from agent_core.conversation.machines import CONTROL, PHASE, SETTLED, IllegalTransition, label, next_control, next_phase

CONTROLS = get_args(Control)
PHASES = get_args(RunPhase)


@given(st.lists(st.sampled_from(CONTROLS)))
def test_R_A1_no_sequence_of_wishes_leaves_the_control_machine(wishes: list[Control]) -> None:
    now: Control = "agent"
    for wish in wishes:
        try:
            after = next_control(now, wish)
        except IllegalTransition:
            assert wish != now
            assert wish not in CONTROL[now]
        else:
            assert after == wish
            assert wish == now or wish in CONTROL[now]
            now = after
    assert now in CONTROL


@given(st.lists(st.sampled_from(PHASES)))
def test_R_A1_no_sequence_of_wishes_leaves_the_phase_machine(wishes: list[RunPhase]) -> None:
    now: RunPhase = "working"
    ended: RunPhase | None = None
    for wish in wishes:
        try:
            now = next_phase(now, wish)
        except IllegalTransition:
            assert wish not in PHASE[now]
        if now == "withdrawn":
            ended = now
        assert ended is None or now == ended, "something came back from its end"
        if now == "failed":
            assert PHASE[now] == {"withdrawn"}


def test_R_A1_the_tables_name_every_state_and_no_other() -> None:
    assert set(CONTROL) == set(CONTROLS)
    assert set(PHASE) == set(PHASES)
    assert set().union(*CONTROL.values()) <= set(CONTROLS)
    assert set().union(*PHASE.values()) <= set(PHASES)
    assert set(PHASES) - {"working"} == SETTLED
    assert all(now not in after for now, after in (*CONTROL.items(), *PHASE.items()))


@given(st.sampled_from(CONTROLS), st.lists(st.sampled_from(PHASES), max_size=4), st.booleans())
def test_R_A1_every_state_has_one_of_the_nine_names(control: Control, phases: list[RunPhase], triaging: bool) -> None:
    name = label(control, tuple(phases), triaging=triaging)
    assert name in get_args(ConversationLabel)
    if control == "human":
        assert name == "human_control"
    elif control != "agent":
        assert name == control


@pytest.mark.parametrize("name", get_args(ConversationLabel))
def test_R_A1_the_drawn_document_says_when_each_name_is_used(name: str) -> None:
    assert f"| {name} | " in draw.document()


def test_R_A1_a_command_draws_both_machines_from_the_code() -> None:
    command = [sys.executable, "-m", "agent_core.conversation.draw"]
    drawn = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert drawn == draw.document()
    for table in (CONTROL, PHASE):
        for now, after in table.items():
            assert all(f"    {now} --> {to}\n" in drawn for to in after)
    assert drawn.count("```mermaid") == 2
