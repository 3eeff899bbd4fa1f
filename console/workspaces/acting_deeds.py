"""What a person can ask for of their own: an action, and a yes to several like cases.

Nothing returns a result: what becomes of it is in the state, because the core said so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from agent_core.contract.ids import AskId, ConversationId
from agent_core.contract.proposing import ActionPreview


class ActingDeeds(Protocol):
    """The deeds."""

    def preview_action(self, conversation: ConversationId, tool: str | None, arguments: Mapping[str, Any] | None) -> None:
        """Ask what there is to propose; with a tool what its form needs, with arguments what it would be."""

    def propose(self, preview: ActionPreview, comment: str) -> None:
        """Propose exactly what was shown; signed."""

    def approve_together(self, asks: Sequence[AskId], shown_at: datetime) -> None:
        """Countersign each of these like cases by itself, as they were shown on one sheet."""
