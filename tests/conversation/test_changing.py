"""A copy with some fields changed is what the library's own would be."""

import dataclasses

import pytest

from agent_core.contract.ids import RunId
from agent_core.conversation.changing import replace
from agent_core.conversation.state import Entry, State, TurnState


def test_a_changed_value_is_what_the_library_makes_and_the_old_one_stays() -> None:
    old = State()
    turn = TurnState(turn=3, runs=(RunId("r1"),))
    new = replace(old, turn=turn, seq=4)
    assert new == dataclasses.replace(old, turn=turn, seq=4) != old
    assert (old.seq, old.turn.turn, new.turn, type(new)) == (0, 0, turn, State)


def test_a_changed_value_is_as_frozen_as_the_old_one() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(State(), seq=1).seq = 2  # pyright: ignore[reportAttributeAccessIssue] - that it cannot be set is the point


def test_a_field_that_is_none_is_refused_whether_the_value_has_slots_or_not() -> None:
    for value in (State(), Entry("input", None, 1)):  # pyright: ignore[reportArgumentType] - any body does
        with pytest.raises(TypeError, match="nothing_like_it"):
            replace(value, nothing_like_it=1)
