"""Who the customer is: whom the channel vouches for, or who proved it here; facts by code, never a model's opinion (R-B6).

The one place that says for whom tools act. A proof holds for the conversation it was made in and the writer who made it
(`service/inbound` ends it when somebody else writes there).
"""

from collections.abc import Sequence
from typing import Final

from agent_core.contract.ids import EffectId, FactId, keyed
from agent_core.engine.session import Session
from agent_core.routing.proof import Claim

PROOF: Final = "prove"
"""Source of the facts that a proof taught."""

AUTHENTICATED: Final = "customer.authenticated"
PROVEN: Final = "customer.proven"
"""The shop's name of the customer who proved who they are."""


async def customer_of(session: Session) -> str:
    """For whom tools act: the customer who proved it here, else whom the channel names."""
    facts = await session.facts([AUTHENTICATED, PROVEN])
    vouched, proven = facts.get(AUTHENTICATED), facts.get(PROVEN)
    if vouched is not None and proven is not None and vouched.value is True and vouched.source == PROOF:
        return str(proven.value)
    return (await session.thread()).customer


async def authenticated(session: Session) -> bool:
    """Whether somebody vouches for the customer."""
    known = (await session.facts([AUTHENTICATED])).get(AUTHENTICATED)
    return known is not None and known.value is True


async def attempt_keys(session: Session, claim: Claim) -> tuple[str, ...]:
    """Counters of a day's attempts: by address, by reference, by writer. Nobody finds a person by trying names."""
    writer = (await session.thread()).customer
    brand = session.state.brand
    stem = f"proof:{session.now:%Y-%m-%d}:{brand}"
    halves = (("email", claim.email), ("reference", claim.reference), ("writer", writer))
    return tuple(f"{stem}:{name}:{keyed(session.store.secret, 'pf', brand, name, value)}" for name, value in halves)


def proven_facts(effect: EffectId, customer: str) -> Sequence[tuple[FactId, str, object]]:
    """What a proof teaches."""
    return ((FactId(f"{effect}.1"), AUTHENTICATED, True), (FactId(f"{effect}.2"), PROVEN, customer))
