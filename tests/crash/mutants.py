"""The core with one thing wrong in it: races must notice, or what they say of the core that is right is worth little.

Each mutant is what somebody might really write: a fence that is not asked, a recall that is forgotten, an outcome that is
guessed. Some rest on two lines of defence, and both are taken away. They live in this process only, for as long as the block
lasts. A core that is right must never be played in between.
"""

import itertools
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

from agent_core.authority import dispatch as clearing
from agent_core.contract.events import ControlChanged, LookAgain, MessageReceived, Recalled
from agent_core.conversation import decide, evolve, evolve_approvals
from agent_core.conversation.changing import replace
from agent_core.conversation.state import ProposalState
from agent_core.engine import recovery
from agent_core.engine.runner import _Handling  # pyright: ignore[reportPrivateUsage] - mutants of it
from agent_core.engine.steps import dispatch, replies
from agent_core.service.inbound import Entrance
from agent_core.store import wakes
from agent_core.store.appending import Writing
from agent_core.store.statements import Statement
from agent_core.systems.port import ToolResult
from tests.crash.races import race

Patch = Callable[[], Any]


def _attribute(owner: Any, name: str, value: Any) -> Patch:
    return lambda: mock.patch.object(owner, name, value)


def _entry(table: Any, key: Any, value: Any) -> Patch:
    return lambda: mock.patch.dict(table, {key: value})


def _nothing(*_: Any, **__: Any) -> None:
    """Whatever was to be checked holds."""


def _as_it_was(state: Any, *_: Any) -> Any:
    return state


def _always(*_: Any) -> Any:
    async def still() -> bool:
        return True

    return still


_NUMBERS: Final = itertools.count(1)


def _anybody(known: Any) -> bool:
    return bool(known.approvals)


def _always_new(_self: Any, _brand: str, _channel: str, event_id: str) -> str:
    return f"inbound:{event_id}:{next(_NUMBERS)}"


async def _guessed(context: Any, effect: Any) -> Any:
    """Who does not know says that it failed."""
    result = ToolResult("failed", code="did_not_happen", sentence="It did not happen.")
    return await dispatch.ended(context, effect.effect, result, settled_by="reconciled")


def _every_step(_self: Any, steps: Any) -> Any:
    return steps


def _also_beside_a_write(state: Any, known: Any, now: Any) -> bool:
    return state.control in ("agent", "awaiting_human") and max(a.not_before for a in known.approvals) <= now


def _all_steps(_state: Any, steps: Any) -> Any:
    return iter(steps)


_FOLDS: Final[Any] = evolve._FOLDS  # pyright: ignore[reportPrivateUsage] - mutants of the folds
_PROPOSAL: Final[Any] = decide._proposal  # pyright: ignore[reportPrivateUsage] - likewise
_COMMIT: Final[Any] = _Handling._commit  # pyright: ignore[reportPrivateUsage] - likewise


def _of_older_words(state: Any, known: Any, now: Any) -> Any:
    return _PROPOSAL(replace(state, last_customer_seq=0), known, now)


def _unless_recalled(state: Any, event: Any, recorded: Any) -> Any:
    return state if event.code == "recalled" else evolve_approvals.look_again(state, event, recorded)


async def _without_scopes(self: Any, *, with_scopes: bool, ends: Any = None) -> bool:
    del with_scopes
    return await _COMMIT(self, with_scopes=False, ends=ends)


_DELETE_ANY: Final = Statement("DELETE FROM wake WHERE stream = :stream AND owner = :me AND :generation > 0")

MUTANTS: Final[Mapping[str, tuple[Patch, ...]]] = {
    "nobody asks whether a reply is still wanted": (_attribute(replies, "_still_wanted", _always),),
    "a message moves no fence": (_attribute(MessageReceived, "MOVES_FENCE", False),),
    "a takeover moves no fence": (_attribute(ControlChanged, "MOVES_FENCE", False),),
    "a fence holds nothing": (_attribute(Writing, "_fence", staticmethod(_nothing)),),
    "a wake during a look is forgotten": (_attribute(wakes, "_DELETE", _DELETE_ANY),),
    "a recall changes nothing": (
        _entry(_FOLDS, Recalled, _as_it_was),
        _entry(_FOLDS, LookAgain, _unless_recalled),
    ),
    "nobody has to look again": (
        _attribute(decide, "_proposal", _of_older_words),
        _attribute(clearing, "_check_fresh", _nothing),
    ),
    "one yes of two is enough": (
        _attribute(ProposalState, "complete", property(_anybody)),
        _attribute(clearing, "_check_people", _nothing),
    ),
    "a repeated message is a new one": (_attribute(Entrance, "_key", _always_new),),
    "an unknown outcome is guessed": (_attribute(recovery, "_write", _guessed),),
    "two writes at the same time": (
        _attribute(decide, "_one_write_at_a_time", _all_steps),
        _attribute(decide, "_may_dispatch", _also_beside_a_write),
    ),
    "a stop stops nothing": (
        _attribute(_Handling, "_allowed", _every_step),
        _attribute(_Handling, "_commit", _without_scopes),
        _attribute(replies, "_still_wanted", _always),
    ),
}


NOTICED: Final = (
    "nobody asks whether a reply is still wanted",
    "a message moves no fence",
    "a recall changes nothing",
    "one yes of two is enough",
    "an unknown outcome is guessed",
    "a stop stops nothing",
)
"""Those that races were seen to notice, within 25 of them. Others hide behind another line of defence, or come rarely."""


@contextmanager
def mutated(name: str) -> Generator[None]:
    """The core is this mutant, as long as the block lasts."""
    patches = [patch() for patch in MUTANTS[name]]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in reversed(patches):
            patch.stop()


@dataclass(frozen=True)
class Noticed:
    """The first race that noticed a mutant: its seed, how many were played before, and what it says."""

    seed: int
    before: int
    problems: tuple[str, ...]


def noticed(name: str, *, first: int, most: int) -> Noticed | None:
    """Plays races with a mutant until one notices; none when so many did not."""
    race(first)  # a process is warm before anything is wrong
    with mutated(name):
        for number in range(most):
            try:
                raced = race(first + number)
            except Exception as error:  # noqa: BLE001 - however a race ends, it has noticed
                return Noticed(first + number, number, (f"{type(error).__name__}: {error}",))
            if raced.problems:
                return Noticed(first + number, number, raced.problems)
    return None
