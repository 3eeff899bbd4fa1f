"""Whether a person's own proposal says exactly what they were shown (R-C3, R-C4). Pure; it approves nothing.

The same for an action of their own and for their change of what was proposed.
"""

from agent_core.authority.decisions import Standing
from agent_core.authority.errors import CheckFailed
from agent_core.authority.verify import Verified
from agent_core.contract.statements import ProposalStatement


def check_own_proposal(verified: Verified, standing: Standing, *, narrows: bool, comment: str | None) -> None:
    """Holds a verified statement against the proposal that was built.

    Args:
        verified: The statement, whose signature holds.
        standing: Where the proposal stands: built, and not yet appended.
        narrows: Whether it only makes smaller what was proposed.
        comment: Digest of the words that came along.

    Raises:
        CheckFailed: With the code of the first field that differs; `foreign_brand`; `simulated_person`.
    """
    statement, proposal = verified.statement, standing.proposal
    if not isinstance(statement, ProposalStatement):
        raise CheckFailed("not_a_decision", detail=verified.digest)
    same = (
        ("other_proposal", (statement.proposal, statement.supersedes) == (proposal.id, proposal.supersedes)),
        ("other_ask", statement.ask == proposal.ask),
        ("other_brand", statement.brand == proposal.brand),
        ("other_conversation", statement.conversation == proposal.conversation),
        ("other_customer", statement.customer_digest == proposal.customer_digest),
        ("other_edit", (statement.edited_from, statement.narrows) == (proposal.edited_from, narrows)),
        ("other_run", statement.run == proposal.run),
        ("other_workflow", statement.workflow == proposal.workflow),
        ("other_workflow", statement.workflow_version == proposal.workflow_version),
        ("other_release", statement.release == proposal.release),
        ("other_tool", statement.tool == proposal.tool),
        ("other_resource", statement.resource == proposal.resource),
        ("other_money", statement.money == proposal.money),
        ("other_arguments", statement.arguments_digest == proposal.arguments_digest),
        ("other_evidence", statement.evidence_digest == proposal.evidence_digest),
        ("other_card", statement.card_digest == proposal.card_digest),
        ("other_policy", statement.policy_digest == proposal.policy_digest),
        ("other_people_count", statement.required_approvals == proposal.required_people),
        ("shown_later", statement.shown_at <= statement.issued_at),
        ("nonce_not_issued", statement.nonce == proposal.nonce),
        ("look_again", statement.seen_through == proposal.seen_through),
        ("other_comment", statement.comment_digest == comment),
        ("log_diverged", standing.log_hashes.get(statement.log_head.seq) == statement.log_head.hash),
    )  # fmt: skip
    for code, holds in same:
        if not holds:
            raise CheckFailed(code, detail=verified.digest)
    if not verified.operator.works_for(proposal.brand):
        raise CheckFailed("foreign_brand", detail=verified.digest)
    if verified.operator.simulated and not standing.sandbox_brand:
        raise CheckFailed("simulated_person", detail=verified.digest)
