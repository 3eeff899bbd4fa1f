"""A play: a world, a core in it, and people outside who write, decide, take over and stop; ended without a trace."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from agent_core.authority.sign import sign_statement
from agent_core.contract.events import Recorded
from agent_core.contract.ids import ConversationId
from agent_core.contract.statements import Envelope
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import ProposalState, State
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.wakes import microseconds
from tests.engine.harness import decision_statement
from tests.stepping.core import Core, copy_of_template, operator
from tests.stepping.loop import Choose, SteppingLoop, Stuck, first
from tests.stepping.outside import Pace, World
from tests.stepping.parts import key_of

T = TypeVar("T")

MEMORY = Path("/dev/shm")  # noqa: S108 - only where it exists: a place for folders that live a second
MOST_STEPS = 400_000
"""More is a core that runs in circles."""


class Play:
    """One world and the core in it."""

    def __init__(
        self,
        folder: Path,
        choose: Choose,
        pace: Pace,
        *,
        world: Callable[[SteppingLoop, ShopWorld, Pace], World] = World,
        now: float = 0.0,
    ) -> None:
        self.folder = folder
        self.loop = SteppingLoop(choose, now)
        self.shop = ShopWorld.open(folder / "shop.sqlite", seed=1, customers=40)
        self.world = world(self.loop, self.shop, pace)
        self.cores = 0
        self.core: Core
        self._started = asyncio.Event()
        self._outside = sqlite3.connect(folder / "data" / DATABASE_NAME)

    def start(self, *, workers: int = 1) -> Core:
        """A core begins to run in the folder."""
        self.cores += 1
        name = f"core{self.cores}"
        self.core = self.loop.alone(f"{name}/api", Core.start(self.folder, self.world, name, workers=workers))
        self._started.set()
        return self.core

    async def up(self) -> None:
        """Until a core runs."""
        while self.core.crashed.is_set():
            self._started.clear()
            await self._started.wait()

    def bury(self, core: Core) -> None:
        """The operating system closes what a dead core had open."""
        self.loop.alone("undertaker", core.store.close())

    def between(self, work: Coroutine[Any, Any, T]) -> T:
        """Something happens between two steps of everybody else."""
        return self.loop.alone("between", work, self.core.api)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Something happens while everybody else goes on."""
        return self.loop.run_until_complete(self.loop.task("outside", work))

    def settle(self, *, within: float = 60.0) -> None:
        """Until nothing is ready, under way, or due within so many seconds."""
        begun = self.loop.steps
        while True:
            while self.loop.step():
                if self.loop.steps - begun > MOST_STEPS:
                    raise Stuck("it runs in circles")
            if self.at_rest(within=within):
                return
            if not self.loop.forward():
                raise Stuck(f"something waits, and nothing is due: {self.waiting()}")

    def at_rest(self, *, within: float) -> bool:
        """Whether no conversation is being looked at, or due within so many seconds."""
        until = microseconds(self.world.clock() + timedelta(seconds=within))
        rows = self._asked("SELECT count(*) FROM wake WHERE owner IS NOT NULL OR due_us <= ?", until)
        timers = self._asked("SELECT count(*) FROM timer WHERE due_us <= ?", until)
        return rows[0][0] == 0 and timers[0][0] == 0

    def waiting(self) -> list[Any]:
        """The wake table, for whoever must find out why something waits."""
        return self._asked("SELECT stream, due_us, owner, attempts FROM wake")

    def log(self, conversation: ConversationId) -> tuple[Recorded, ...]:
        """A conversation's log as it stands now."""
        return self.between(self.core.store.records(conversation))

    def state(self, conversation: ConversationId) -> State:
        """A conversation as it stands now."""
        return fold(self.log(conversation))

    def conversations(self) -> list[ConversationId]:
        """Every conversation there is."""
        heads = self.between(self.core.store.streams("conversation"))
        return [ConversationId(head.id) for head in heads]

    def close(self) -> None:
        """Everybody goes home, also those who were held or dead, and nothing is left behind."""
        self.loop.before_step = None
        self.loop.held.clear()
        self.loop.dead.clear()
        while left := asyncio.all_tasks(self.loop):
            for task in left:
                task.cancel()
            while self.loop.step():
                pass
            if not self.loop.forward():
                break
        self.loop.alone("undertaker", self.core.store.close())
        self._outside.close()
        self.shop.close()
        self.loop.close()

    def _asked(self, query: str, *values: int) -> list[Any]:
        return self._outside.execute(query, values).fetchall()


@contextmanager
def playing(choose: Choose = first, pace: Pace | None = None, *, workers: int = 1) -> Generator[Play]:
    """A play in a folder of its own that is gone afterwards."""
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="countersign-play-", dir=place) as folder:
        play = Play(copy_of_template(Path(folder)), choose, pace or Pace())
        play.start(workers=workers)
        try:
            yield play
        finally:
            play.close()


def decision(core: Core, who: str, state: State, known: ProposalState, wanted: str) -> Envelope:
    """What a person signs who sees this card now."""
    key = key_of(who)
    statement = decision_statement(state, known, operator(who), key, wanted, at=core.world.clock())
    return sign_statement(statement, key)
