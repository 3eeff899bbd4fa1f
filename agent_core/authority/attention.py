"""Whether a yes was given with the care its tier asks for: looked at for long enough, together only with its like (R-C3).

Times are the console's, signed; the core holds them against its own where it can. A denial is never judged here. It must
never make a yes count: it only keeps one from counting.
"""

from datetime import timedelta

from agent_core.authority.errors import CheckFailed
from agent_core.authority.verify import CLOCK_SKEW
from agent_core.contract.asks import Ask
from agent_core.contract.bulk import SECONDS_EACH, Batch, BatchMember, alike, batch_digest, within
from agent_core.contract.proposals import Proposal
from agent_core.contract.statements import DecisionStatement


def member_of(proposal: Proposal, nonce: str) -> BatchMember:
    """A proposal as a batch names it."""
    return BatchMember(
        proposal=proposal.id,
        nonce=nonce,
        brand=proposal.brand,
        tool=proposal.tool,
        workflow=proposal.workflow,
        resource=proposal.resource,
        arguments_digest=proposal.arguments_digest,
        money=proposal.money,
    )


def check_shown(statement: DecisionStatement, ask: Ask, *, cases: int = 1) -> None:
    """Whether the card, or the sheet of so many cases, was looked at for as long as the tier says.

    Raises:
        CheckFailed: `shown_too_short`, or `shown_implausible` when it is said to have been shown before it was there.
    """
    if ask.risk is None:
        return
    if statement.shown_at < ask.raised_at - CLOCK_SKEW:
        raise CheckFailed("shown_implausible", detail=ask.id)
    wanted = max(ask.risk.min_shown_s, cases * SECONDS_EACH if cases > 1 else 0)
    if statement.issued_at - statement.shown_at < timedelta(seconds=wanted):
        raise CheckFailed("shown_too_short", detail=f"{ask.id} {wanted}s")


def check_batch(statement: DecisionStatement, claimed: Batch | None, proposal: Proposal, nonce: str, ask: Ask) -> int:
    """Whether a yes that was given together with others may be: the very sheet it names, of like cases, within the limit.

    Args:
        statement: The decision.
        claimed: The sheet that came along.
        proposal: What it is about.
        nonce: The one issued last.
        ask: Its ask.

    Returns:
        How many cases stood on the sheet; 1 for a yes on its own.

    Raises:
        CheckFailed: `other_batch`, `batch_not_allowed`, `batch_not_alike` or `batch_too_large`.
    """
    if statement.batch is None and claimed is None:
        return 1
    if claimed is None or statement.batch is None or batch_digest(claimed) != statement.batch:
        raise CheckFailed("other_batch", detail=proposal.id)
    if [one for one in claimed.members if one.proposal == proposal.id] != [member_of(proposal, nonce)]:
        raise CheckFailed("other_batch", detail=proposal.id)
    check_batchable(proposal, ask)
    if not alike(claimed.members):
        raise CheckFailed("batch_not_alike", detail=proposal.id)
    assert ask.risk is not None
    assert ask.risk.batch is not None
    if not within(claimed.members, ask.risk.batch):
        raise CheckFailed("batch_too_large", detail=f"{len(claimed.members)} {claimed.total}")
    return len(claimed.members)


def check_batchable(proposal: Proposal, ask: Ask) -> None:
    """Whether this case may go together with others at all: of a lower tier, for one person, and nothing about it is odd.

    Raises:
        CheckFailed: `batch_not_allowed`.
    """
    odd = proposal.supersedes is not None or proposal.edited_from is not None or proposal.required_people > 1
    if ask.risk is None or ask.risk.batch is None or odd:
        raise CheckFailed("batch_not_allowed", detail=proposal.id)
