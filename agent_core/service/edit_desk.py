"""Changes that people were shown and may sign (R-C3). It must never keep anything but exactly what was shown."""

from dataclasses import dataclass
from datetime import datetime

from agent_core.contract.ids import OperatorId
from agent_core.engine.editing import Change, Changed
from agent_core.service.shown_desk import ShownDesk


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change as it was shown to somebody."""

    draft: str
    operator: OperatorId
    conversation: str
    change: Change
    changed: Changed
    fields: tuple[str, ...]
    until: datetime


class EditDesk(ShownDesk[Prepared]):
    """Keeps them in memory."""

    gone = "What was shown is no longer kept. Look at the change once more."
