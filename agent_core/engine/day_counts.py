"""A customer's day, counted from both sides: our own log and the other side's list (R-C1, R-C2).

Ours alone is too low after a restore, beside another core and where people act in the shop itself. Theirs alone is too low
for what we have under way: it reached them after they were asked, or has not yet. So the higher of the two counts, and to
theirs is added what of ours may not stand there: every write that had begun and not ended when they were asked, and every
one that began since, whether the agent began it alone or with people's yes. Each start takes its place in the customer's own
counter, in its own transaction: of two conversations of one customer that ask at the same moment one sees the other,
whichever starts first and at whichever worker.

It must never take an absent answer for zero.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from agent_core.authority.facts import Caps
from agent_core.contract.clock import iso
from agent_core.contract.day_counts import DayCounted
from agent_core.contract.ids import BrandId, EffectId, keyed
from agent_core.contract.money import Money
from agent_core.conversation.tallied import Tallied
from agent_core.engine.session import Session
from agent_core.store import ReadTx

FRESH: Final = timedelta(seconds=15)
"""How old their answer may be when something starts: what people do in the shop meanwhile is not seen. One from the future
says that a clock was set back, and nothing about its age."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Our own side at one moment.

    Attributes:
        minor: What was ever begun for the customer, alone or with a yes; `count`: how often. Only its growth says anything,
            so no day ends in it.
        under_way_minor: What of that nobody has seen the end of.
    """

    minor: int
    count: int
    under_way_minor: int
    under_way_count: int


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the other side said, and what our own side was when it was asked."""

    minor: int
    count: int
    then: Begun
    effect: EffectId
    at: datetime


@dataclass(frozen=True, slots=True)
class CannotKnow:
    """They could not say."""

    code: str


@dataclass(frozen=True, slots=True)
class AskThem:
    """They have not been asked, or too long ago."""


@dataclass(frozen=True, slots=True)
class Day:
    """What policy is told of the day, and from what.

    Attributes:
        begins: Midnight, UTC.
        counters: Keys of our own counters, money and count of each: what the customer got alone today, what the brand gave
            alone today, what was ever begun for the customer.
        ours: What they stood at.
        theirs: What the other side says of the customer; none where nobody asks it.
    """

    currency: str
    begins: datetime
    counters: tuple[str, ...]
    ours: tuple[int, ...]
    theirs: "Theirs | CannotKnow | None" = None

    @property
    def found(self) -> DayCounted:
        """Both counts, side by side."""
        return _side_by_side(self.theirs, self.currency, self.begins, self.ours)

    @property
    def caps(self) -> Caps:
        """What policy is told."""
        return self.caps_at(self.ours)

    def caps_at(self, ours: Sequence[int]) -> Caps:
        """What policy is told once our counters stand at these; the brand has given at least what this customer got."""
        if self.theirs is None:
            return Caps(self.currency, ours[0], ours[1], max(ours[2], ours[0]), max(ours[3], ours[1]))
        found = _side_by_side(self.theirs, self.currency, self.begins, ours)
        minor, count = found.customer_minor, found.customer_count
        return Caps(self.currency, minor, count, max(ours[2], minor), max(ours[3], count), known=found.known)


def day_of(moment: datetime) -> datetime:
    """Midnight of a moment's day: what caps count from."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _side_by_side(theirs: Theirs | CannotKnow | None, currency: str, day: datetime, ours: Sequence[int]) -> DayCounted:
    minor, count, _, _, begun_minor, begun_count = ours
    own = DayCounted(currency=currency, day=day, ours_minor=minor, ours_count=count)
    if theirs is None:
        return own
    if isinstance(theirs, CannotKnow):
        return own.model_copy(update={"code": theirs.code})
    then = theirs.then
    return DayCounted(
        currency=currency,
        day=day,
        ours_minor=minor,
        ours_count=count,
        theirs_minor=min(theirs.minor, _MOST),
        theirs_count=theirs.count,
        missing_minor=then.under_way_minor + max(0, begun_minor - then.minor),
        missing_count=then.under_way_count + max(0, begun_count - then.count),
        read_at=theirs.at,
        effect=theirs.effect,
    )


_MOST: Final = 10**15


# -- what is under way -----------------------------------------------------------------------------------------------------


def under_way_about(secret: bytes, brand: BrandId, customer: str) -> str:
    """What such a claim is about: no thing of anybody's, so it stands in nobody's way, and a customer without a name."""
    return f"under way:{keyed(secret, 'w', brand, customer)}"


def under_way_key(money: Money, holder: str) -> str:
    """Held as an intent by a write of money for as long as nobody has seen its end; it says how much."""
    return f"alone:{money.currency}:{money.amount_minor}:{sha256(holder.encode()).hexdigest()[:24]}"


def under_way(keys: Iterable[str], currency: str) -> tuple[int, int]:
    """What such keys say: the amount in one currency, and how many there are."""
    parts = [key.split(":") for key in keys]
    return sum(int(amount) for _, named, amount, _ in parts if named == currency), len(parts)


async def begun(session: Session, brand: BrandId, customer: str, currency: str, counters: Sequence[str]) -> Begun:
    """Our own side, at one instant of the log.

    Args:
        session: The conversation.
        brand: Whose customer.
        customer: As the other side names them.
        currency: Of the amounts.
        counters: Keys of what was ever begun for the customer: money and count.
    """
    about = under_way_about(session.store.secret, brand, customer)

    def read(tx: ReadTx) -> Begun:
        stand = tx.tallies(counters)
        minor, count = (stand[key] for key in counters)
        held = (row.intent_key for row in tx.intents(brand, about) if row.state != "executed")
        return Begun(minor, count, *under_way(held, currency))

    return await session.store.read(read, brief=True)


# -- what stands on record -------------------------------------------------------------------------------------------------


def question(customer: str, currency: str, day: datetime, own: Begun) -> dict[str, Any]:
    """What they are asked, and our own side of that moment: the arguments of the read, as they are stored."""
    return {
        "customer": customer, "currency": currency, "since": iso(day), "until": iso(day + timedelta(days=1)),
        "begun_minor": own.minor, "begun_count": own.count,
        "under_way_minor": own.under_way_minor, "under_way_count": own.under_way_count,
    }  # fmt: skip


async def on_record(
    session: Session, known: Tallied | None, customer: str, currency: str, *, interruptions: int
) -> Theirs | CannotKnow | AskThem:
    """What the log holds of their answer for one call: usable, none to be had, or to be asked for.

    Args:
        session: The conversation.
        known: What the call was told so far.
        customer: As the other side names them.
        currency: Of the amounts.
        interruptions: How often an answer that a crash cut is asked for again.
    """
    if known is None:
        return AskThem()
    if known.told is None:
        over = known.retry_at is None or known.cut > interruptions
        return CannotKnow(known.code) if over else AskThem()
    asked, told = json.loads(await session.text(known.asked)), json.loads(await session.text(known.told))
    read_at = datetime.fromisoformat(told["read_at"])
    wanted = {"customer": customer, "currency": currency, "since": iso(day_of(session.now))}
    same = {name: asked.get(name) for name in wanted} == wanted and "begun_minor" in asked  # older cores counted otherwise
    if abs(session.now - read_at) > FRESH or not same:
        return AskThem()
    then = Begun(asked["begun_minor"], asked["begun_count"], asked["under_way_minor"], asked["under_way_count"])
    return Theirs(told["amount_minor"], told["count"], then, known.effect, read_at)
