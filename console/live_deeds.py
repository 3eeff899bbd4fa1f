"""The deeds of Live beside deciding, carried out over the line's own client (`console.workspaces.live_deeds`).

What cannot be read is asked for again when somebody looks again. It must never change what the state says but by telling it
what the core answered.
"""

from agent_core.contract.correcting import CorrectBelief, EndCorrection
from agent_core.contract.ids import random_id
from console import texts_beliefs
from console.connected import Connected
from console.errands import Errands
from console.headless.listing import Listing
from console.state.happenings import News
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
        self._errands = Errands(store, tasks)

    def read_listing(self) -> None:
        """Ask what lists can be narrowed to."""
        self._tasks.start(self._reading_listing(), "listing")

    def correct_belief(self, command: CorrectBelief) -> None:
        """Put a belief right."""
        self._send(f"belief:{command.at}.{command.index}:{command.fact}", command, texts_beliefs.CORRECTED_OK)

    def end_correction(self, command: EndCorrection) -> None:
        """Take a correction back."""
        self._send(f"correction:{command.correction}", command, texts_beliefs.ENDED_OK)

    def _send(self, subject: str, command: CorrectBelief | EndCorrection, said: str) -> None:
        news = News(subject, said, "", "ok")
        self._errands.do(
            subject, command.type,
            # One key per deed: when the answer is lost the line asks again with it, so that it never happens twice.
            lambda: self._line.command(command, random_id("k")),
            done=lambda _: self._store.dispatch(news),
        )  # fmt: skip

    async def _reading_listing(self) -> None:
        try:
            with told():
                choices = await Listing(self._line.client).choices()
        except ConsoleError:
            return  # the line's own loop says that the core is away; the form offers what the rows show meanwhile
        self._store.dispatch(ListingArrived(choices))
