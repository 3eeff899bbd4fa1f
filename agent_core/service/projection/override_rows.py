"""Overrides of the routing as rows of the table of views: evaluation data, listed without reading whole logs (R-B7).

A row is written once and never changes. Words of people are shown, so erasure drops them with every other view.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.engine import Connection

from agent_core.contract.events import RoutingOverridden
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.overriding import OverrideShown
from agent_core.service.operators import People
from agent_core.service.projection.story import Story
from agent_core.service.projection.views import Placed, listed, listed_page

KIND: Final = "override"


def override_rows(story: Story, people: People, after: int) -> Iterator[Placed]:
    """The rows of a conversation's overrides in records behind the position `after`."""
    for record in story.behind(after):
        event = record.event
        if not isinstance(event, RoutingOverridden):
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
        yield listed(KIND, record, story.state.brand, shown.model_dump_json())


def page(connection: Connection, brands: Sequence[BrandId], after: str | None, limit: int) -> list[tuple[str, str]]:
    """Sort key and data, newest first."""
    return listed_page(connection, KIND, brands, after, limit)
