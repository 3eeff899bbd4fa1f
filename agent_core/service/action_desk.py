"""Actions that people were shown and may propose (R-C3). It must never keep anything but exactly what was shown."""

from dataclasses import dataclass
from datetime import datetime

from agent_core.contract.ids import OperatorId
from agent_core.engine.own_actions import OwnAction
from agent_core.service.shown_desk import ShownDesk


@dataclass(frozen=True, slots=True)
class ShownAction:
    """An action as it was shown to somebody."""

    draft: str
    operator: OperatorId
    conversation: str
    action: OwnAction
    until: datetime


class ActionDesk(ShownDesk[ShownAction]):
    """Keeps them in memory."""

    gone = "What was shown is no longer kept. Look at the action once more."
