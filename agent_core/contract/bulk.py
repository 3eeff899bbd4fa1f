"""Like cases approved in one go: what a batch is, what makes cases alike, and the digest that each signature names (R-C3).

A batch is a list that every one of its statements names by digest (`DecisionStatement.batch`): each case is still signed,
judged and answered by itself. The same functions say in the console what may be chosen together, in the core what counts.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final

from pydantic import Field

from agent_core.contract.base import Digest, ResourceName, Value
from agent_core.contract.canonical import digest
from agent_core.contract.ids import BrandId, ProposalId
from agent_core.contract.money import Money
from agent_core.contract.risk import MOST_IN_BATCH, BatchLimit

SECONDS_EACH: Final = 1
"""A sheet of so many cases is looked at for at least so many seconds each."""


class BatchMember(Value):
    """One case of a batch: everything that must be alike, and what differs."""

    proposal: ProposalId
    nonce: Annotated[str, Field(max_length=64)]
    brand: BrandId
    tool: Annotated[str, Field(max_length=64)]
    workflow: Annotated[str, Field(max_length=64)]
    resource: ResourceName
    arguments_digest: Digest
    money: Money | None


class Batch(Value):
    """The cases that were shown on one sheet, in the order they were shown."""

    members: Annotated[tuple[BatchMember, ...], Field(min_length=2, max_length=MOST_IN_BATCH)]

    @property
    def total(self) -> int:
        """Minor units together."""
        return sum(each.money.amount_minor for each in self.members if each.money is not None)


def batch_digest(batch: Batch) -> Digest:
    """What each of its statements names."""
    return digest(batch.model_dump(mode="json"))


def alike(members: Sequence[BatchMember]) -> bool:
    """Whether cases are alike: one brand, tool, workflow and currency, and no two about the same thing."""
    kinds = {(one.brand, one.tool, one.workflow, None if one.money is None else one.money.currency) for one in members}
    things, cases = {one.resource for one in members}, {one.proposal for one in members}
    return len(kinds) == 1 and len(things) == len(cases) == len(members)


def within(members: Iterable[BatchMember], limit: BatchLimit) -> bool:
    """Whether so many cases, and so much money, may go together."""
    chosen = tuple(members)
    amounts = [one.money for one in chosen if one.money is not None]
    total = sum(one.amount_minor for one in amounts)
    same = all(one.currency == limit.total.currency for one in amounts)
    return len(chosen) <= limit.most and same and total <= limit.total.amount_minor
