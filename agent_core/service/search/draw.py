"""Which conversations are drawn for review: by chance that nobody can steer, foresee or repeat until it suits them (R-M5).

A conversation's lot is a keyed hash of its brand, workflow and name in the week it began. Everybody draws the same, a larger
share holds every smaller one, and whoever has the installation's secret can check each draw. With several workflows the
lowest lot counts, so that each workflow has its share.
"""

import hmac
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from agent_core.contract.base import Code
from agent_core.contract.events import (
    AssessmentFlagged,
    InboundContradicted,
    Quarantined,
    Recalled,
    Recorded,
    ReplyFlagged,
    RoutingOverridden,
    SecondAnswer,
    TextFlagged,
)
from agent_core.contract.events.reviewing import PickedFor
from agent_core.contract.ids import BrandId, StreamId
from agent_core.contract.searching import FoundConversation
from agent_core.store.wakes import microseconds

LOTS: Final = 10_000
PICKED: Final[tuple[PickedFor, ...]] = ("disputed", "flagged", "random")
SETTLED: Final = timedelta(hours=1)
"""A conversation in which nothing happened for so long may be drawn though it is not closed."""


def period_seed(secret: bytes, moment: datetime) -> str:
    """Names the draw of a week, without telling what it draws."""
    year, week, _ = moment.isocalendar()
    return hmac.new(secret, f"review-draw\x1f{year}\x1f{week}".encode(), sha256).hexdigest()[:16]


def lot_of(secret: bytes, brand: BrandId, workflows: Sequence[str], stream: StreamId, opened_at: datetime) -> int:
    """A conversation's lot, 0 to `LOTS` - 1; drawn where it is below the share of them."""
    seed = period_seed(secret, opened_at)

    def lot(workflow: str) -> int:
        material = "\x1f".join(("review-lot", seed, brand, workflow, stream)).encode()
        return int.from_bytes(hmac.new(secret, material, sha256).digest()[:8]) % LOTS

    return min(map(lot, workflows or ("",)))


def disputes_in(event: object) -> Code | None:
    """Why somebody disputes what was done, if this event says so."""
    match event:
        case AssessmentFlagged():
            return "assessment_wrong"
        case SecondAnswer(agrees=False):
            return "answers_differ"
        case InboundContradicted():
            return "told_otherwise"
        case RoutingOverridden():
            return "routing_overridden"
        case Recalled():
            return "approval_recalled"
        case _:
            return None


def flags_in(record: Recorded) -> tuple[Code, ...]:
    """What code found wrong in words from outside or in a reply."""
    match record.event:
        case TextFlagged() as flagged:
            return tuple(one.code for one in flagged.findings)
        case ReplyFlagged() as flagged:
            return tuple(one.code for one in flagged.findings)
        case Quarantined():
            return ("quarantined",)
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a queue of reviews is asked for.

    Attributes:
        shares: Percent of each brand's conversations; only these brands.
        since: What ended before is left alone.
        settled: Random ones are closed, or nothing happened there since then.
    """

    shares: Mapping[BrandId, int]
    since: datetime
    settled: datetime
    workflow: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Worth:
    """A conversation that is worth a look."""

    picked: PickedFor
    reasons: tuple[Code, ...]
    seq: int
    of: FoundConversation


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits: the first of them, and how many there are."""

    items: tuple[Worth, ...]
    waiting: tuple[tuple[PickedFor, int], ...]


_PICKED: Final = "CASE WHEN t.disputes <> '' THEN 'disputed' WHEN t.findings <> '' THEN 'flagged' ELSE 'random' END"


def statement_of(wanted: Wanted) -> tuple[str, list[Any]]:
    """`FROM … WHERE …` of what waits, and its values."""
    drawn = " OR ".join("(t.brand = ? AND t.lot < ?)" for _ in wanted.shares) or "0"
    lots = [each for brand, share in wanted.shares.items() for each in (brand, share * LOTS // 100)]
    marks = ",".join("?" * len(wanted.shares))
    where = (
        f"FROM talk t WHERE t.brand IN ({marks}) AND t.last_us >= ? AND t.looked < t.work AND "
        f"(t.disputes <> '' OR t.findings <> '' OR (({drawn}) AND (t.state = 'closed' OR t.last_us < ?)))"
    )
    values: list[Any] = [*wanted.shares, microseconds(wanted.since), *lots, microseconds(wanted.settled)]
    if wanted.workflow is not None:
        where += " AND instr(t.workflows, ?) > 0"
        values.append(f"\n{wanted.workflow}\n")
    return where, values


def queue_rows(connection: sqlite3.Connection, wanted: Wanted, columns: str) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    """Rows `picked, disputes, findings, work, columns…`, what waits longest first; and counts by why they were picked."""
    where, values = statement_of(wanted)
    order = f"ORDER BY {_PICKED} = 'random', {_PICKED} = 'flagged', t.last_us, t.id LIMIT ?"
    rows = connection.execute(
        f"SELECT {_PICKED}, t.disputes, t.findings, t.work, {columns} {where} {order}",
        [*values, wanted.limit],
    ).fetchall()
    counts = connection.execute(f"SELECT {_PICKED}, count(*) {where} GROUP BY 1", values)
    return rows, {str(picked): int(count) for picked, count in counts}
