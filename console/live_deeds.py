"""The deeds of Live beside deciding, carried out over the line's own client (`console.workspaces.live_deeds`).

What cannot be read is asked for again when somebody looks again. It must never change what the state says but by telling it
what the core answered.
"""

from console.connected import Connected
from console.headless.listing import Listing
from console.state.listing import ListingArrived
from console.state.ports import ConsoleError
from console.state.store import Store
from console.tasks import Tasks
from console.telling import told


class LivePerson:
    """What one person does in Live.

    Args:
        store: The state.
        line: To the core.
        tasks: Where the work is kept.
    """

    def __init__(self, store: Store, line: Connected, tasks: Tasks) -> None:
        self._store = store
        self._line = line
        self._tasks = tasks

    def read_listing(self) -> None:
        """Ask what lists can be narrowed to."""
        self._tasks.start(self._reading_listing(), "listing")

    async def _reading_listing(self) -> None:
        try:
            with told():
                choices = await Listing(self._line.client).choices()
        except ConsoleError:
            return  # the line's own loop says that the core is away; the form offers what the rows show meanwhile
        self._store.dispatch(ListingArrived(choices))
