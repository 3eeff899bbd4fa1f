"""Deeds about levels written down instead of done."""

from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.levels import LevelPreview, LevelWaiting
from console.state.audit import Period
from console.state.levels import LevelThoughtOf, LevelWanted
from console.state.store import Store


class LevelsAskedFor:
    """What was asked for, in order."""

    def __init__(self, store: Store | None = None) -> None:
        self.asked: list[tuple[object, ...]] = []
        self._store = store

    def read_levels(self) -> None:
        self.asked.append(("read",))

    def read_evidence(self, period: Period) -> None:
        self.asked.append(("evidence", period))

    def foresee(self, wanted: LevelWanted) -> None:
        self.asked.append(("foresee", wanted.level))
        if self._store is not None:
            self._store.dispatch(LevelThoughtOf(wanted))

    def sign(self, shown: LevelPreview, comment: str) -> None:
        self.asked.append(("sign", shown, comment))

    def take_back(self, brand: BrandId, workflow: WorkflowName, first: LevelWaiting) -> None:
        self.asked.append(("take_back", brand, workflow, first.statement))
