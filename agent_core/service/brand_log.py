"""What a brand's own log says of a few kinds of event, without reading all of it.

Why: it holds every change of every system of the brand, and every message that was refused, for as long as the core lives.
A start that read all of it, once for each part that wants to know something, would last longer every day. It must never be
used where the order among different kinds decides what is missing here.
"""

from typing import Final

from agent_core.contract.base import Event
from agent_core.contract.events import IntegrationStateChanged, Recorded, ReleaseActivated, ReleaseRefused, ToolStateChanged
from agent_core.contract.ids import BrandId, brand_stream
from agent_core.store import Store
from agent_core.store.picking import last_of_each, of_kinds

STANDING_STILL: Final = (ToolStateChanged, ReleaseRefused, ReleaseActivated)
"""What a brand's log says of stopped tools and refused folders."""


async def brand_records(store: Store, brand: BrandId, *kinds: type[Event]) -> tuple[Recorded, ...]:
    """Records of these kinds, in order; none where the brand has no log yet."""
    names = [_type_of(kind) for kind in kinds]
    return await store.read(lambda tx: of_kinds(tx.connection, brand_stream(brand), names))


async def integration_states(store: Store, brand: BrandId) -> tuple[Recorded, ...]:
    """The last change of each system and operation, in order."""
    kind = _type_of(IntegrationStateChanged)
    return await store.read(lambda tx: last_of_each(tx.connection, brand_stream(brand), kind, ("system", "operation")))


def _type_of(kind: type[Event]) -> str:
    return str(kind.model_fields["type"].default)
