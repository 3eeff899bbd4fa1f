"""What a list of conversations is narrowed to: one rule, asked of the core and kept true by the console (R-M1).

`fits` is the rule; the core's query is held equal to it by a test, so a row that the feed brings is shown or left out
as the core's own page would have it. It must never name a customer: a filter is shared as text between people.
"""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from agent_core.contract.base import Value
from agent_core.contract.ids import BrandId
from agent_core.contract.outcomes import ConversationLabel
from agent_core.contract.views import ConversationRow

MOST_WORDS: Final = 24
LONGEST_WAIT_S: Final = 400 * 86_400

Owner = Literal["agent", "nobody", "person"]
Named = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""A channel, an intent or a workflow, as a brand's release names it."""


class RowFilter(Value):
    """What rows must be. Each field alone narrows; of several words in one field any may be true.

    Attributes:
        waiting_over_s: Somebody has waited at least so many seconds.
        breach_within_s: A clock runs out within so many seconds, or ran out.
        flagged: A detector saw something in a text of it.
    """

    channels: tuple[Named, ...] = Field(default=(), max_length=MOST_WORDS)
    intents: tuple[Named, ...] = Field(default=(), max_length=MOST_WORDS)
    workflows: tuple[Named, ...] = Field(default=(), max_length=MOST_WORDS)
    owners: tuple[Owner, ...] = Field(default=(), max_length=3)
    labels: tuple[ConversationLabel, ...] = Field(default=(), max_length=9)
    waiting_over_s: Annotated[int, Field(ge=0, le=LONGEST_WAIT_S)] | None = None
    breach_within_s: Annotated[int, Field(ge=0, le=LONGEST_WAIT_S)] | None = None
    flagged: bool = False


EVERYTHING: Final = RowFilter()


def fits(row: ConversationRow, wanted: RowFilter, now: datetime) -> bool:
    """Whether a row is one of those wanted at this moment."""
    if wanted == EVERYTHING:
        return True
    return (
        _one_of(wanted.channels, (row.channel,))
        and _one_of(wanted.intents, row.intents)
        and _one_of(wanted.workflows, row.workflows)
        and _one_of(wanted.owners, (row.owner,))
        and _one_of(wanted.labels, (row.label,))
        and (not wanted.flagged or row.flagged)
        and _waits(row, wanted.waiting_over_s, now)
        and _breaks(row, wanted.breach_within_s, now)
    )


def _one_of(wanted: tuple[str, ...], found: tuple[str, ...]) -> bool:
    return not wanted or not set(wanted).isdisjoint(found)


def _waits(row: ConversationRow, seconds: int | None, now: datetime) -> bool:
    if seconds is None:
        return True
    return row.waiting_since is not None and row.waiting_since <= now - timedelta(seconds=seconds)


def _breaks(row: ConversationRow, seconds: int | None, now: datetime) -> bool:
    if seconds is None:
        return True
    return row.breached or (row.next_breach is not None and row.next_breach <= now + timedelta(seconds=seconds))


class BrandListed(Value):
    """What a brand's list can be narrowed to: names and titles of its release, ids first."""

    brand: BrandId
    channels: tuple[str, ...]
    intents: tuple[str, ...]
    workflows: tuple[tuple[str, str], ...]


class ListingAnswer(Value):
    """Of every brand this session sees."""

    brands: tuple[BrandListed, ...]
