"""The people of the demo: the operator whose key lives in memory, and a second person who is simulated and marked so.

The second person countersigns, some seconds after the first, what needs two people. It is enrolled as simulated, so the
card, the log and every list say what it is. It must never act first, and never outside the sandbox.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from agent_core.contract.clock import system_clock
from agent_core.contract.money import Money
from agent_core.contract.statements import ConsoleIdentity
from agent_core.contract.views import AskCard
from console import VERSION
from console.app import Console
from console.headless.client import CoreClient
from console.headless.errors import ClientError
from console.headless.signing import KeyPair, Signer, new_operator
from console.state.app_state import AppState
from console.state.deciding import undecided

if TYPE_CHECKING:
    from agent_core.contract.ids import ProposalId

ME: Final = "Mira Duarte"
COLLEAGUE: Final = "Ines Roth"
THINKS_SECONDS: Final = 2.0


async def until(console: Console, true: Callable[[AppState], bool], seconds: float) -> bool:
    """Wait until the state says something; answer whether it came to it in time."""
    changed = asyncio.Event()
    leave = console.store.listen(lambda _before, _after: changed.set())
    try:
        async with asyncio.timeout(seconds):
            while not true(console.store.state):
                changed.clear()
                await changed.wait()
    except TimeoutError:
        return False
    finally:
        leave()
    return True


async def become_operator(console: Console) -> bool:
    """Enrol the key that lives in memory, through the same deed as the button in Settings."""
    if not await until(console, lambda state: state.session is not None and state.connection.phase == "live", 300):
        return False
    session = console.store.state.session
    if session is not None and session.operator is None and session.may_enrol_first:
        console.deeds.enrol_first(ME)
    return await until(console, lambda state: bool(state.session and state.session.operator), 300)


def by_hand(console: Console) -> "asyncio.Task[Any]":
    """Make the person who sits here an operator, and let a simulated second one join."""

    async def beside() -> int:
        await become_operator(console)
        await SecondPerson(console).run()
        return 0

    return asyncio.get_running_loop().create_task(beside(), name="demo")


class SecondPerson:
    """The simulated colleague of one console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._done: set[ProposalId] = set()

    async def run(self) -> None:
        """Be enrolled by the operator, sign in, and countersign second; until cancelled or the core ends."""
        core, me = self._console.core, self._console.connected.signer
        if core is None or me is None:
            return
        identity = ConsoleIdentity(version=VERSION, instance="simulated")
        colleague = Signer(KeyPair.new(), new_operator(COLLEAGUE), "lead", identity, system_clock)
        try:
            async with CoreClient(core.url, expects=core.core) as mine, CoreClient(core.url, expects=core.core) as theirs:
                await mine.sign_in(me)
                limit = Money(amount_minor=200_000, currency="EUR")
                made = me.enrolment(
                    await mine.challenge(), name=COLLEAGUE, limit=limit, of=colleague, simulated=True
                )  # fmt: skip
                await mine.enrol(made)
                await theirs.sign_in(colleague)
                while True:
                    await self._look(theirs)
                    await asyncio.sleep(THINKS_SECONDS / 2)
        except ClientError:
            # The core went away: the demo goes on with one person, and the window says what is missing.
            return

    async def _look(self, client: CoreClient) -> None:
        for card in tuple(self._console.store.state.asks.values()):
            if not self._wanted(card) or card.binding is None:
                continue
            self._done.add(card.binding.proposal)
            await asyncio.sleep(THINKS_SECONDS)
            try:
                await client.approve(await client.ask(card.ask))
            except ClientError:
                self._done.discard(card.binding.proposal)

    def _wanted(self, card: AskCard) -> bool:
        known = card.binding is not None and card.binding.proposal in self._done
        return card.second_person_wanted and undecided(card) and not known
