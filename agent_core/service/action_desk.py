"""Actions that people were shown and may propose, for a quarter of an hour (R-C3). A cache: who loses one asks for it again.

What is kept is exactly what was shown. It must never be taken by anybody else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent_core.contract.errors import Conflict
from agent_core.contract.ids import OperatorId
from agent_core.engine.own_actions import OwnAction

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ShownAction:
    """An action as it was shown to somebody."""

    draft: str
    operator: OperatorId
    conversation: str
    action: OwnAction
    until: datetime


class ActionDesk:
    """Keeps them in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, ShownAction] = {}

    def keep(self, shown: ShownAction, now: datetime) -> None:
        """Keeps one; the oldest goes when there are many."""
        self._kept = {name: each for name, each in self._kept.items() if each.until > now}
        while len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[shown.draft] = shown

    def find(self, draft: str, operator: OperatorId, now: datetime) -> ShownAction:
        """What was shown to this person.

        Raises:
            Conflict: `preview_gone`.
        """
        found = self._kept.get(draft)
        if found is None or found.operator != operator or found.until <= now:
            raise Conflict("preview_gone", "What was shown is no longer kept. Look at the action once more.", detail=draft)
        return found

    def drop(self, draft: str) -> None:
        """It was carried out."""
        self._kept.pop(draft, None)
