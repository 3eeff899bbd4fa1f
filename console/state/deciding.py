"""Whether an ask is decided yet, and by whom (R-M9). Pure; the core's own card says it, nothing here does."""

from agent_core.contract.ids import OperatorId
from agent_core.contract.views import AskCard


def undecided(card: AskCard) -> bool:
    """Whether it still waits for a decision, in somebody's hands or not."""
    return card.state in {"waiting", "claimed"}


def decided_by(card: AskCard) -> str:
    """Who closed it, or countersigned it last; empty where that was no person."""
    return card.closed_name or (card.approvals[-1].name if card.approvals else "")


def decider_of(card: AskCard) -> OperatorId | None:
    """The same person by id, for two may have one name; none where that was no person."""
    return card.closed_operator or (card.approvals[-1].operator if card.approvals else None)
