"""Races notice a core with one thing wrong in it (R-A6); they are played with `-m slow`."""

import logging
from collections.abc import Generator

import pytest

from agent_core.contract.events import MessageReceived
from agent_core.engine import recovery
from tests.crash.mutants import MUTANTS, NOTICED, mutated, noticed


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    """Whatever a core logs in which something is wrong is the subject here."""
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


def test_a_mutant_lives_as_long_as_its_block_and_no_longer() -> None:
    right = recovery._write  # pyright: ignore[reportPrivateUsage] - which a mutant takes away
    for name in MUTANTS:
        with mutated(name):
            assert (recovery._write is right) == (name != "an unknown outcome is guessed")  # pyright: ignore[reportPrivateUsage] - likewise
            assert (name != "a message moves no fence") == MessageReceived.MOVES_FENCE
        assert recovery._write is right  # pyright: ignore[reportPrivateUsage] - likewise
        assert MessageReceived.MOVES_FENCE


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTICED)
def test_R_A6_races_notice_that_one_thing_is_wrong(name: str) -> None:
    assert noticed(name, first=1, most=400) is not None
