"""Who is looking at what right now: told to colleagues of the same brands, never kept (R-M9).

Nothing rests on it: it is no claim, no lease, and no record of who read what.
"""

from typing import Literal

from agent_core.contract.base import Instant, Value
from agent_core.contract.ids import AskId, ConversationId, OperatorId


class Looking(Value):
    """Where a console stands: on a conversation, on one of its asks, or nowhere."""

    conversation: ConversationId | None = None
    ask: AskId | None = None


class Heard(Value):
    """It was heard where somebody stands."""

    ok: Literal[True] = True


class PresentShown(Value):
    """A colleague who is looking at a conversation, or at one of its asks."""

    operator: OperatorId
    name: str
    conversation: ConversationId
    ask: AskId | None
    since: Instant
