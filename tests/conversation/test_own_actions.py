"""Whose action may act, in every state of control: decided in pure code as the checks say right before it (R-C3, R-E3)."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from agent_core.authority.decisions import check_control
from agent_core.authority.errors import CheckFailed
from agent_core.contract.ids import OperatorId
from agent_core.contract.outcomes import Control
from agent_core.conversation.own_actions import may_act
from agent_core.conversation.state import State

BO, LEA = OperatorId("bo"), OperatorId("lea")


@pytest.mark.parametrize("control", get_args(Control))
@pytest.mark.parametrize("has_it", [None, BO, LEA])
@pytest.mark.parametrize("proposer", [None, BO])
def test_R_C3_what_decides_and_what_checks_agree_on_who_may_act(
    control: Control, has_it: OperatorId | None, proposer: OperatorId | None
) -> None:
    state = replace(State(), control=control, operator=has_it)
    known: Any = SimpleNamespace(proposed_by=proposer)
    own = proposer is not None and proposer == has_it
    try:
        check_control(control, proposed_by_person=own)
        checked = True
    except CheckFailed:
        checked = False
    assert may_act(state, known) == checked
    assert may_act(state, known) == (control in ("agent", "awaiting_human") or (control == "human" and own))
