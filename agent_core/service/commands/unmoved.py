"""What a statement was judged by and must still be so in its own transaction: everybody's keys, the signer's day (R-C7)."""

from collections.abc import Callable

from agent_core.authority.decisions import DayTotals
from agent_core.contract.ids import CORE_STREAM, OperatorId
from agent_core.contract.proposals import Proposal
from agent_core.engine.approved_days import Asked
from agent_core.engine.common import Context
from agent_core.service.commands.common import Order
from agent_core.service.settled_append import Moved, Read
from agent_core.store import ReadTx

Check = Callable[[ReadTx], None]


async def same_keys(order: Order, read: Read) -> Check:
    """A check in the transaction: nobody's key has changed since the statement was judged."""
    known = (await order.means.people.people()).seq

    def check(tx: ReadTx) -> None:
        head = tx.head(CORE_STREAM)
        if head is None or head.seq != known:
            raise Moved(read.stream)  # a key may have fallen: judge it again

    return check


async def day_of(context: Context, proposal: Proposal, operator: OperatorId) -> tuple[DayTotals, Check]:
    """What a person has approved today beside a proposal, and a check that this still holds."""
    session = context.session
    asked = Asked(
        operator=operator,
        stream=session.stream,
        proposal=proposal.id,
        statement=None,
        given_by=session.now,
        zone=context.brand.release.brand.opening_hours.timezone,
        currency=proposal.money.currency if proposal.money else None,
    )
    day = await session.store.read(lambda tx: context.days.totals(tx, asked), brief=True)

    def check(tx: ReadTx) -> None:
        if context.days.totals(tx, asked) != day:
            raise Moved(session.stream)  # another approval of this person came between: judge it again

    return day, check
