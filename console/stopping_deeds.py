"""Asks the core what can be stopped in a brand (`console.workspaces.stopping_deeds`, R-M3). It must never stop anything."""

from agent_core.contract.ids import BrandId
from agent_core.contract.stopping import WorkflowReachAnswer
from console.connected import Connected
from console.errands import Errands
from console.state.stopping import ReachArrived
from console.state.store import Store
from console.tasks import Tasks
from console.telling import told


class StoppingPerson:
    """The questions.

    Args:
        store: The state.
        line: To the core.
        tasks: Where the work is kept.
    """

    def __init__(self, store: Store, line: Connected, tasks: Tasks) -> None:
        self._line = line
        self._errands = Errands(store, tasks)

    def read_reach(self, brand: BrandId) -> None:
        """Ask what can be stopped in a brand, and how far each stop would reach."""

        async def question() -> ReachArrived:
            with told():
                return ReachArrived(
                    brand, await self._line.client.query(WorkflowReachAnswer, f"/v1/brands/{brand}/workflows")
                )

        self._errands.ask("reach", question, lambda sentence: ReachArrived(brand, None, sentence))
