"""What each person's approvals moved in one day, counted from the log alone (R-C7).

A day is the brand's own, from midnight to midnight in its time zone, and an approval belongs to the day it was given in.
What was recalled, voided or ended without being done does not count; what waits or is under way does, so that nobody
approves past a limit within the time in which approvals can be taken back. Two currencies are never added. What was read is
remembered by position; it is never the truth, and no counter in the database is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from agent_core.authority.decisions import DayTotals
from agent_core.contract.events import Countersigned, LookAgain, ProposalSettled, Proposed, Recalled, Recorded
from agent_core.contract.ids import OperatorId, ProposalId, StreamId
from agent_core.contract.money import Money
from agent_core.store import ReadTx
from agent_core.store.picking import newest_position, of_stream, picked, position_before

_KINDS: Final = ("countersigned", "recalled", "look_again", "proposal_settled")
_DONE: Final = frozenset({"executed", "unknown"})
_KEPT: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose day is asked about.

    Attributes:
        stream: Where the proposal stands.
        statement: The approval that is about to act; none while it is only being given.
        given_by: No later than this the approval was given.
        zone: The brand's time zone.
        currency: Of the amount in question; other currencies are not added.
    """

    operator: OperatorId
    stream: StreamId
    proposal: ProposalId
    statement: str | None
    given_by: datetime
    zone: str
    currency: str | None


@dataclass(frozen=True, slots=True)
class _Yes:
    operator: OperatorId
    at: datetime
    position: int
    statement: str


_Where = tuple[StreamId, ProposalId]


@dataclass(slots=True)
class _Read:
    """The log as far as it was read."""

    since: datetime
    position: int
    given: dict[_Where, list[_Yes]] = field(default_factory=lambda: dict[_Where, list[_Yes]]())

    def take(self, records: Iterable[Recorded]) -> None:
        for record in records:
            event = record.event
            if isinstance(event, Countersigned):
                if event.decision == "approve":
                    yes = _Yes(event.operator, record.at, record.position, event.statement)
                    self.given.setdefault((record.stream, event.proposal), []).append(yes)
            elif isinstance(event, Recalled):
                where = (record.stream, event.proposal)
                self.given[where] = [yes for yes in self.given.get(where, []) if yes.statement != event.statement]
            elif isinstance(event, LookAgain) or (isinstance(event, ProposalSettled) and event.outcome not in _DONE):
                self.given.pop((record.stream, event.proposal), None)


class ApprovedDays:
    """Answers how much somebody has approved in a day. Safe to ask from every thread, inside any transaction."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._read: _Read | None = None
        self._money: dict[_Where, Money | None] = {}

    def totals(self, tx: ReadTx, asked: Asked) -> DayTotals:
        """What the operator approved beside this proposal in the day its approval was given in.

        Args:
            tx: The transaction whose moment counts.
            asked: Whose day, and beside what.
        """
        with self._lock:
            given = self._given(tx, day(asked.given_by - timedelta(days=1), asked.zone)[0])
            mine = next(
                (yes for yes in given.get((asked.stream, asked.proposal), ()) if yes.statement == asked.statement), None
            )
            begin, end = day(asked.given_by if mine is None else mine.at, asked.zone)
            count = minor = 0
            for where, approvals in given.items():
                if where == (asked.stream, asked.proposal):
                    continue
                for yes in approvals:
                    earlier = mine is None or yes.position < mine.position
                    if yes.operator != asked.operator or not begin <= yes.at < end or not earlier:
                        continue
                    count += 1
                    money = self._amount(tx, where)
                    if money is not None and money.currency == asked.currency:
                        minor += money.amount_minor
        return DayTotals(count, {} if asked.currency is None else {asked.currency: minor})

    def _given(self, tx: ReadTx, since: datetime) -> dict[_Where, list[_Yes]]:
        known, newest = self._read, newest_position(tx.connection)
        if known is None or since < known.since or newest < known.position or since - known.since > _KEPT:
            known = _Read(since, position_before(tx.connection, since))
        if newest > known.position:
            known.take(picked(tx.connection, _KINDS, known.position))
            known.position = newest
        self._read = known
        return known.given

    def _amount(self, tx: ReadTx, where: _Where) -> Money | None:
        """The amount of a proposal: what it was proposed with, which nothing changes."""
        if where not in self._money:
            stream = where[0]
            for record in of_stream(tx.connection, stream, "proposed"):
                if isinstance(record.event, Proposed):
                    self._money[stream, record.event.proposal.id] = record.event.proposal.money
            self._money.setdefault(where, None)
        return self._money[where]


def day(moment: datetime, zone: str) -> tuple[datetime, datetime]:
    """Begin and end of the day a moment falls in, where a zone's clocks say so. Some days have 23 or 25 hours.

    Args:
        moment: Aware.
        zone: An IANA name; brands with another one do not go live.
    """
    here = ZoneInfo(zone)
    date = moment.astimezone(here).date()
    return (
        datetime.combine(date, time.min, here).astimezone(moment.tzinfo),
        datetime.combine(date + timedelta(days=1), time.min, here).astimezone(moment.tzinfo),
    )
