"""Which approvals may be chosen together, and what differs between them (R-C3, R-M2). Pure; the core judges each again.

What is odd about a case keeps it out: it lapsed before, somebody changed it, the customer wrote, others must agree, it waits
in somebody's hands. It must never offer what the core's own ask does not allow.
"""

from collections.abc import Sequence

from agent_core.contract.bulk import SECONDS_EACH, Batch, BatchMember, alike, within
from agent_core.contract.ids import OperatorId
from agent_core.contract.views import AskCard, LabelledText
from console.state.deciding import undecided


def member_of(card: AskCard) -> BatchMember | None:
    """A card as a batch names it; none where it holds nothing to sign."""
    bound = card.binding
    if bound is None:
        return None
    return BatchMember(
        proposal=bound.proposal,
        nonce=bound.nonce,
        brand=bound.brand,
        tool=bound.tool,
        workflow=bound.workflow,
        resource=bound.resource,
        arguments_digest=bound.arguments_digest,
        money=bound.money,
    )


def may_join(card: AskCard, me: OperatorId | None) -> bool:
    """Whether a card may be approved together with others at all."""
    theirs = card.claimed_by is not None and card.claimed_by != me
    odd = card.look_again or card.changes or card.approvals or card.questions or theirs or card.proposed_by is not None
    fresh = card.kind == "approval" and undecided(card) and card.binding is not None
    allowed = card.risk is not None and card.risk.batch is not None and card.required_people == 1
    return bool(fresh and allowed and "approve" in card.verbs and not odd)


def like(card: AskCard, cards: Sequence[AskCard], me: OperatorId | None) -> tuple[AskCard, ...]:
    """The cards, this one first, that could be approved together with it; only itself where none could."""
    own = member_of(card)
    if own is None or not may_join(card, me):
        return (card,)
    found = [card]
    for other in cards:
        member = member_of(other)
        if other.ask != card.ask and member is not None and may_join(other, me) and alike((own, member)):
            found.append(other)
    return tuple(found)


def batch_of(cards: Sequence[AskCard]) -> Batch | None:
    """The sheet of these cards; none where they may not go together, or are too many or too much."""
    members = tuple(member for card in cards if (member := member_of(card)) is not None)
    limits = [card.risk.batch for card in cards if card.risk is not None and card.risk.batch is not None]
    if len(members) != len(cards) or len(limits) != len(cards) or len(cards) < 2 or not alike(members):
        return None
    return Batch(members=members) if all(within(members, limit) for limit in limits) else None


def look_s(cards: Sequence[AskCard]) -> int:
    """For how many seconds a sheet is looked at before its yes counts."""
    longest = max((card.risk.min_shown_s for card in cards if card.risk is not None), default=0)
    return max(longest, len(cards) * SECONDS_EACH)


def differences(card: AskCard, cards: Sequence[AskCard]) -> tuple[LabelledText, ...]:
    """What of a card is not the same on every other one: what a person must read."""
    said = [{row.label: row.value for row in other.rows} for other in cards]
    return tuple(row for row in card.rows if any(other.get(row.label) != row.value for other in said))
