"""Without a usable keyring the console reads and says why; nothing is signed, made or kept anywhere else (R-M7, S10)."""

import asyncio
from typing import get_args

import pytest

from agent_core.contract.clock import system_clock
from agent_core.contract.statements import ConsoleIdentity
from console.connected import Connected
from console.headless.client import CoreClient
from console.headless.keys import Looked, Situation, sentence
from console.state.app_state import AppState
from console.state.happenings import ConnectionChanged, KeyringKnown, SignedIn
from console.state.ports import NoKey
from console.state.reduce import reduce
from console.state.selectors import can_correct, can_route, cannot_decide, read_only_reason
from tests.console import made

UNUSABLE = [one for one in get_args(Situation) if not Looked(one).usable]


class Refusing:
    """A key store in one situation: whoever writes to it all the same fails the test."""

    def __init__(self, situation: Situation) -> None:
        self._situation: Situation = situation

    def look(self) -> Looked:
        return Looked(self._situation)

    def get(self, name: str) -> str | None:
        raise AssertionError(name)

    def put(self, name: str, secret: str) -> None:
        raise AssertionError(name)

    def remove(self, name: str) -> None:
        raise AssertionError(name)


def test_there_are_at_least_the_eight_situations() -> None:
    assert len(UNUSABLE) >= 8
    assert len({sentence(one) for one in UNUSABLE}) == len(UNUSABLE), "each says its own"


@pytest.mark.parametrize("situation", UNUSABLE)
def test_R_M7_each_situation_says_its_sentence_and_leaves_the_console_reading(situation: Situation) -> None:
    async def run() -> None:
        line = Connected(Refusing(situation), ConsoleIdentity(version="0.1.0", instance="x"), system_clock)
        keyring = await line.look()
        assert not keyring.usable
        assert keyring.sentence == sentence(situation)
        reader = made.session(operator=None, role=None, name=None, key=None, limit=None, may_enrol_first=True)
        state = AppState(now=made.NOW)
        for happening in (ConnectionChanged("live", made.NOW), KeyringKnown(keyring), SignedIn(reader)):
            state = reduce(state, happening)
        assert read_only_reason(state) == sentence(situation)
        assert cannot_decide(state, made.ask(1)) == sentence(situation)
        assert not can_route(state)
        assert not can_correct(state)
        async with CoreClient("http://127.0.0.1:9") as client:
            line.attach(client, "core_1", None)
            with pytest.raises(NoKey) as made_none:
                await line.make_key()
            with pytest.raises(NoKey) as proved_none:
                await line.accept_invitation("CODE")
            with pytest.raises(NoKey):
                await line.rotate_key()
        assert made_none.value.message == proved_none.value.message == sentence(situation)

    asyncio.run(run())
