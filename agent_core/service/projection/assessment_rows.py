"""Corrections of assessments as rows of the table of views, listed and counted without reading whole logs (R-E3).

A row is written once and never changes. It holds words of people and of customers, so erasure drops it with every view.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.assessing import AssessmentCount, AssessmentShown
from agent_core.contract.events import AssessmentFlagged, Recorded
from agent_core.contract.handing import PacketBullet
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.service.operators import People
from agent_core.service.projection.story import Story
from agent_core.service.projection.tallies import Tally
from agent_core.service.projection.views import Placed
from agent_core.store.tables import view

KIND: Final = "assessment"
COUNTED: Final = "assessments"
MOST_ROWS: Final = 5_000


def assessment_rows(story: Story, people: People, after: int) -> Iterator[Placed]:
    """The rows of a conversation's corrections in records behind the position `after`."""
    for record in story.records:
        event = record.event
        if record.position <= after or not isinstance(event, AssessmentFlagged):
            continue
        value: Any = story.json(event.shown)
        was: dict[str, Any] = value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] - a stored body
        shown = AssessmentShown(
            conversation=ConversationId(record.stream),
            brand=story.state.brand,
            seq=record.seq,
            at=record.at,
            operator=event.operator,
            operator_name=people.name(event.operator),
            part=event.part,
            wrong=event.wrong,
            seen=event.seen,
            reasons=tuple(was.get("reasons", ())),
            intents=tuple(was.get("intents", ())),
            workflows=tuple(was.get("workflows", ())),
            bullets=tuple(PacketBullet.model_validate(each) for each in was.get("bullets", ())),
            correction=story.text(event.comment, 4_000),
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


def tallies_of(records: Iterable[Recorded]) -> Mapping[Tally, int]:
    """What these records count for: each correction once."""
    found: Counter[Tally] = Counter()
    for record in records:
        event = record.event
        if isinstance(event, AssessmentFlagged) and record.brand is not None:
            found[Tally(record.at.date(), record.brand, event.part, event.part, event.wrong, COUNTED)] += 1
    return found


def page(connection: Connection, brands: Sequence[BrandId], after: str | None, limit: int) -> list[tuple[str, str]]:
    """Sort key and data, newest first."""
    query = sa.select(view.c.sort_key, view.c.data).where(view.c.kind == KIND, view.c.brand.in_(list(brands)))
    if after is not None:
        query = query.where(view.c.sort_key > after)
    return [(str(key), str(data)) for key, data in connection.execute(query.order_by(view.c.sort_key).limit(limit))]


def counts(connection: Connection, brands: Sequence[BrandId], since: date) -> list[AssessmentCount]:
    """Counts of these brands from a day on, by day; at most `MOST_ROWS`."""
    query = (
        sa.select(view.c.brand, view.c.version, view.c.data)
        .where(view.c.kind == COUNTED, view.c.brand.in_(list(brands)), view.c.sort_key >= since.isoformat())
        .order_by(view.c.sort_key, view.c.brand, view.c.id)
        .limit(MOST_ROWS)
    )
    found: list[AssessmentCount] = []
    for brand, count, data in connection.execute(query):
        row: dict[str, str] = json.loads(data)
        found.append(
            AssessmentCount(
                brand=BrandId(brand), day=row["day"], part=row["detector"], wrong=row["code"], count=count
            )
        )  # fmt: skip
    return found
