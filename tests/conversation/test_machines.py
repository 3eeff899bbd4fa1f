"""The machines are tables; nothing leaves them, and the picture is drawn from them (R-A1)."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.cli.main import main
from agent_core.contract.outcomes import Control, ConversationLabel, RunPhase
from agent_core.conversation import draw
from agent_core.conversation.machines import (
    CONTROL,
    MACHINES,
    PHASE,
    SETTLED,
    IllegalTransition,
    label,
    next_control,
    next_phase,
)

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


def test_R_A1_a_module_and_a_command_draw_every_machine_from_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "agent_core.conversation.draw"]
    drawn = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert drawn == draw.document()
    assert main(["draw-machines"]) == 0
    assert capsys.readouterr().out == drawn
    for states in (CONTROL, PHASE):
        for now, after in states.items():
            assert all(f"    {now} --> {to}: " in drawn for to in after)
    assert drawn.count("```mermaid") == len(MACHINES)
    for machine in MACHINES:
        assert f"| {machine.name} | event | next |" in drawn


def test_R_A1_the_architecture_shows_the_machines_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = Path(__file__).resolve().parents[2] / "ARCHITECTURE.md"
    assert main(["draw-machines", "--check", str(document)]) == 0, (
        "run: python -m agent_core draw-machines --write ARCHITECTURE.md"
    )
    old = tmp_path / "OLD.md"
    text = document.read_text(encoding="utf-8")
    old.write_text(text.replace("    agent --> human: to_human\n", ""), encoding="utf-8")
    assert main(["draw-machines", "--check", str(old)]) == 1
    assert "+    agent --> human: to_human" in capsys.readouterr().out
    assert main(["draw-machines", "--write", str(old)]) == 0
    assert old.read_text(encoding="utf-8") == text


def test_a_document_without_marks_and_no_document_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "PLAIN.md"
    plain.write_text("# Nothing\n", encoding="utf-8")
    assert main(["draw-machines", "--write", str(plain)]) == 1
    assert "no section for the machines" in capsys.readouterr().err
    assert main(["draw-machines", "--check", str(tmp_path / "none.md")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert plain.read_text(encoding="utf-8") == "# Nothing\n"
