"""The signed order of a repair: exactly the plan and the answers that were shown (R-A8)."""

from agent_core.contract.base import Digest
from agent_core.contract.bodies import Comment
from agent_core.contract.commands import Challenge, Repair
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.repairing import CallSettled, repair_value
from agent_core.contract.statements import LogHead
from console.headless.signing import Signer


def repair_order(
    signer: Signer,
    challenge: Challenge,
    settled: tuple[CallSettled, ...],
    *,
    plan: Digest,
    conversation: ConversationId,
    brand: BrandId,
    log_head: LogHead,
    comment: str | None,
) -> Repair:
    """The command that repairs a conversation by a plan, with what became of its calls."""
    words = Comment(text=comment) if comment else None
    envelope = signer.widening(
        challenge, "repair", conversation, repair_value(plan, settled),
        brand=brand, conversation=conversation, log_head=log_head, comment=words,
    )  # fmt: skip
    return Repair(
        conversation=conversation, plan=plan, answers=settled, envelope=envelope,
        comment=words and words.text, comment_salt=words and words.salt,
    )  # fmt: skip
