"""The deeds about levels, signed with this person's key over the line's own client (R-C8).

It must never sign a level whose preview nobody saw.
"""

from collections.abc import Awaitable, Callable

from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.levels import LevelPreview, LevelWaiting
from console import texts_levels
from console.connected import Connected
from console.errands import Errands
from console.headless.levels import WorkflowLevels
from console.presenting.plain import plain_code
from console.state.audit import Period
from console.state.happenings import News
from console.state.levels import EvidenceArrived, EvidenceWanted, LevelForeseen, LevelsArrived, LevelThoughtOf, LevelWanted
from console.state.store import Store
from console.tasks import Tasks
from console.telling import told


class LevelsPerson:
    """What one person does about levels.

    Args:
        store: The state.
        line: To the core.
        tasks: Where the work is kept.
    """

    def __init__(self, store: Store, line: Connected, tasks: Tasks) -> None:
        self._store = store
        self._line = line
        self._errands = Errands(store, tasks)

    @property
    def _levels(self) -> WorkflowLevels:
        return WorkflowLevels(self._line.client)

    def read_levels(self) -> None:
        """Ask what holds."""

        async def question() -> LevelsArrived:
            with told():
                return LevelsArrived((await self._levels.all()).brands)

        self._errands.ask("levels", question, lambda sentence: LevelsArrived(None, sentence))

    def read_evidence(self, period: Period) -> None:
        """Ask how actions fared in so many days."""
        self._store.dispatch(EvidenceWanted(period))

        async def question() -> EvidenceArrived:
            with told():
                return EvidenceArrived(period, await self._levels.evidence(int(period)))

        self._errands.ask("evidence", question, lambda sentence: EvidenceArrived(period, None, sentence))

    def foresee(self, wanted: LevelWanted) -> None:
        """Ask what a change would come to. Nothing is done."""
        self._store.dispatch(LevelThoughtOf(wanted))

        async def question() -> LevelForeseen:
            with told():
                shown = await self._levels.preview(wanted.brand, wanted.workflow, wanted.level)
                return LevelForeseen(wanted, shown)

        self._errands.ask("level", question, lambda sentence: LevelForeseen(wanted, None, sentence))

    def sign(self, shown: LevelPreview, comment: str) -> None:
        """Sign exactly what was shown."""
        waits = shown.required_people > 1 and shown.first is None
        said = texts_levels.DONE_CHANGED.format(workflow=plain_code(shown.workflow), level=texts_levels.LEVELS[shown.level])
        news = (texts_levels.DONE_FIRST, texts_levels.DONE_FIRST_WORDS) if waits else (said, "")
        self._do(shown.brand, shown.workflow, lambda: self._levels.change(shown, comment=comment or None), *news)

    def take_back(self, brand: BrandId, workflow: WorkflowName, first: LevelWaiting) -> None:
        """Take back the first of two signatures."""
        self._do(brand, workflow, lambda: self._levels.recall(brand, workflow, first), texts_levels.DONE_BACK)

    def _do(self, brand: str, workflow: str, deed: Callable[[], Awaitable[object]], title: str, said: str = "") -> None:
        subject = f"level:{brand}:{workflow}"

        async def signed() -> None:
            with told():
                await deed()

        def done(_: None) -> None:
            self._store.dispatch(News(subject, title, said, "ok"))
            self.read_levels()

        self._errands.do(subject, "level", signed, done=done, refused=self.read_levels)
