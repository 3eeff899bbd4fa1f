"""Corrections of assessments as rows of the table of views, listed and counted without reading whole logs (R-E3).

A row is written once and never changes. It holds words of people and of customers, so erasure drops it with every view.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy.engine import Connection

from agent_core.contract.assessing import AssessmentCount, AssessmentShown
from agent_core.contract.events import AssessmentFlagged, Recorded
from agent_core.contract.handing import PacketBullet
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.service.operators import People
from agent_core.service.projection.story import Story
from agent_core.service.projection.tallies import Tally, counted
from agent_core.service.projection.views import Placed, listed, listed_page

KIND: Final = "assessment"
COUNTED: Final = "assessments"


def assessment_rows(story: Story, people: People, after: int) -> Iterator[Placed]:
    """The rows of a conversation's corrections in records behind the position `after`."""
    for record in story.behind(after):
        event = record.event
        if not isinstance(event, AssessmentFlagged):
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
        yield listed(KIND, record, story.state.brand, shown.model_dump_json())


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
    return listed_page(connection, KIND, brands, after, limit)


def counts(connection: Connection, brands: Sequence[BrandId], since: date) -> list[AssessmentCount]:
    """Counts of these brands from a day on, by day; at most `MOST_ROWS`."""
    found: list[AssessmentCount] = []
    for brand, count, row in counted(connection, COUNTED, brands, since):
        found.append(
            AssessmentCount(
                brand=brand, day=row["day"], part=row["detector"], wrong=row["code"], count=count
            )
        )  # fmt: skip
    return found
