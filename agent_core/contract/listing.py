"""What a list of conversations is narrowed to: one rule, asked of the core and kept true by the console (R-M1).

`fits` is the rule; the core's query is held equal to it by a test, so a row that the feed brings is shown or left out
as the core's own page would have it. `place_of` is the one order of the list: the core's pages and the rows that a console
holds stand in the same one, so a page can be continued anywhere. It must never name a customer: a filter is shared as text
between people.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from agent_core.contract.base import Value
from agent_core.contract.ids import BrandId
from agent_core.contract.outcomes import ConversationLabel
from agent_core.contract.views import AskCard, ConversationRow

MOST_WORDS: Final = 24
LONGEST_WAIT_S: Final = 400 * 86_400

Owner = Literal["agent", "nobody", "person"]
Part = Literal["needs", "human", "agent", "closed"]
PARTS: Final[tuple[Part, ...]] = ("needs", "human", "agent", "closed")
"""Parts of the list in the order of their rank, which is the first character of a place's key."""

_URGENCY: Final = {"critical": 0, "high": 1, "normal": 2, "low": 2}
_DECIDING: Final = frozenset({"approval", "unknown_outcome"})
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FAR: Final = 10**17
_MOST_MONEY: Final = 10**16

Place = tuple[str, str]
"""Where something stands in a list: a key of the order, and an id for those that share it. Places compare as text."""

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


def part_of(row: ConversationRow) -> Part:
    """Where the list shows it. A person who has it no longer waits for somebody, unless an action waits for a yes."""
    if row.label == "closed":
        return "closed"
    if row.owner == "person":
        return "human" if _DECIDING.isdisjoint(row.asks) else "needs"
    return "needs" if row.needs_person or row.owner == "nobody" else "agent"


def place_of(row: ConversationRow) -> Place:
    """What needs a person first, the most urgent of these first, then the newest of each part."""
    part = part_of(row)
    urgent = _URGENCY[row.urgency] if part == "needs" else 0
    age = _FAR - (row.last_at - _BEGINNING) // timedelta(microseconds=1)
    return f"{PARTS.index(part)}{urgent}{age:018d}", row.conversation


def ask_place_of(card: AskCard) -> Place:
    """What somebody should have looked at or decided by now first; then by urgency, money at stake, and age (R-M2)."""
    late = 0 if card.missed else 1
    money = 0 if card.money is None else card.money.amount_minor
    age = (card.raised_at - _BEGINNING) // timedelta(microseconds=1)
    return f"{late}{card.priority}{_MOST_MONEY - money:017d}{age:017d}", card.ask


def fits(row: ConversationRow, wanted: RowFilter, now: datetime) -> bool:
    """Whether a row is one of those wanted at this moment."""
    return fitting(wanted, now)(row)


def fitting(wanted: RowFilter, now: datetime) -> Callable[[ConversationRow], bool]:
    """`fits` for many rows: what does not narrow is asked of none of them."""
    if wanted == EVERYTHING:
        return _any
    named = {"channel": wanted.channels, "owner": wanted.owners, "label": wanted.labels}
    one = [(attrgetter(field), frozenset(words)) for field, words in named.items() if words]
    named = {"intents": wanted.intents, "workflows": wanted.workflows}
    several = [(attrgetter(field), frozenset(words)) for field, words in named.items() if words]

    def listed(row: ConversationRow) -> bool:
        for get, words in one:
            if get(row) not in words:
                return False
        for get, words in several:
            if words.isdisjoint(get(row)):
                return False
        return (
            (not wanted.flagged or row.flagged)
            and _waits(row, wanted.waiting_over_s, now)
            and _breaks(row, wanted.breach_within_s, now)
        )

    return listed


def _any(_row: ConversationRow) -> bool:
    return True


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
