"""What people were shown and may sign, for a quarter of an hour (R-C3). A cache: who loses something asks for it again.

What is kept is exactly what was shown, so that what is signed is what is appended. It must never be taken by anybody else.
"""

from datetime import datetime, timedelta
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from agent_core.contract.errors import Conflict
from agent_core.contract.ids import OperatorId

LIFE: Final = timedelta(minutes=15)
MOST: Final = 200


class Shown(Protocol):
    """Something that was shown to somebody."""

    @property
    def draft(self) -> str:
        """Its name."""
        ...

    @property
    def operator(self) -> OperatorId:
        """To whom."""
        ...

    @property
    def until(self) -> datetime:
        """How long it is kept."""
        ...


_Shown = TypeVar("_Shown", bound=Shown)


class ShownDesk(Generic[_Shown]):
    """Keeps them in memory."""

    gone: ClassVar[str]
    """What a person is told when it is not kept any more."""

    def __init__(self) -> None:
        self._kept: dict[str, _Shown] = {}

    def keep(self, shown: _Shown, now: datetime) -> None:
        """Keeps one; the oldest goes when there are many."""
        self._kept = {name: each for name, each in self._kept.items() if each.until > now}
        while len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[shown.draft] = shown

    def find(self, draft: str, operator: OperatorId, now: datetime) -> _Shown:
        """What was shown to this person.

        Raises:
            Conflict: `preview_gone`.
        """
        found = self._kept.get(draft)
        if found is None or found.operator != operator or found.until <= now:
            raise Conflict("preview_gone", self.gone, detail=draft)
        return found

    def drop(self, draft: str) -> None:
        """It was carried out."""
        self._kept.pop(draft, None)
