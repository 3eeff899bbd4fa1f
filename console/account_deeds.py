"""Signs a person out and in again (`console.workspaces.account_deeds`): the key stays where it is kept and rests meanwhile.

What the screen showed goes at once, before the core is asked: whoever comes next sees none of it. It must never leave a
session that could still sign.
"""

from collections.abc import Callable

from console.connected import Connected
from console.state.happenings import KeyringKnown, SignedOut
from console.state.ports import ConsoleError
from console.state.store import Store
from console.tasks import Tasks


class Account:
    """The deeds.

    Args:
        store: The state.
        connected: The line and the key.
        tasks: Where the work is kept.
        hurry: Makes the line try again now.
    """

    def __init__(self, store: Store, connected: Connected, tasks: Tasks, hurry: Callable[[], None]) -> None:
        self._store = store
        self._connected = connected
        self._tasks = tasks
        self._hurry = hurry

    def sign_out(self) -> None:
        """End this person's session here."""
        self._connected.rest()
        self._store.dispatch(SignedOut())
        self._tasks.start(self._ending(), "sign-out")

    async def _ending(self) -> None:
        self._store.dispatch(KeyringKnown(await self._connected.look()))
        try:
            await self._connected.end_session()
        except ConsoleError:
            # The core is away: its session ends by its own time, and nothing here could use it any more.
            return
        finally:
            self._hurry()

    def sign_in(self) -> None:
        """Use the key that is kept here again."""
        self._connected.wake()
        self._store.dispatch(SignedOut(resting=False))
        self._tasks.start(self._ending(), "sign-in")
