"""Overrides of the routing as rows of the table of views: evaluation data, listed without reading whole logs (R-B7).

A row is written once and never changes. Words of people are shown, so erasure drops them with every other view.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.events import RoutingOverridden
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.overriding import OverrideShown
from agent_core.service.operators import People
from agent_core.service.projection.story import Story
from agent_core.service.projection.views import Placed
from agent_core.store.tables import view

KIND: Final = "override"


def override_rows(story: Story, people: People, after: int) -> Iterator[Placed]:
    """The rows of a conversation's overrides in records behind the position `after`."""
    for record in story.records:
        event = record.event
        if record.position <= after or not isinstance(event, RoutingOverridden):
            continue
        shown = OverrideShown(
            conversation=ConversationId(record.stream),
            brand=story.state.brand,
            seq=record.seq,
            at=record.at,
            operator=event.operator,
            operator_name=people.name(event.operator),
            turn=event.turn,
            intents=tuple(intent.id for intent in event.router.intents),
            rule=event.router.rule,
            router_workflows=event.router.workflows,
            router_to_people=event.router.to_people,
            workflows=event.workflows,
            queue=event.queue,
            signed=event.statement is not None,
            comment=story.text(event.comment, 4_000),
        )
        yield Placed(
            KIND,
            f"{record.stream}:{record.seq}",
            story.state.brand,
            "",
            f"{10**12 - record.position:013d}",
            record.seq,
            record.position,
            shown.model_dump_json(),
        )


def page(connection: Connection, brands: Sequence[BrandId], after: str | None, limit: int) -> list[tuple[str, str]]:
    """Sort key and data, newest first."""
    query = sa.select(view.c.sort_key, view.c.data).where(view.c.kind == KIND, view.c.brand.in_(list(brands)))
    if after is not None:
        query = query.where(view.c.sort_key > after)
    return [(str(key), str(data)) for key, data in connection.execute(query.order_by(view.c.sort_key).limit(limit))]
