"""What a page of the list costs with a million conversations: plain, narrowed, and narrowed to what is not there (R-M1).

The rows are those lists ask about, in the table and the index they really stand in, of two brands; beside each figure the
same page of ten thousand. A page looks at a bounded number of rows, so it should hardly cost more.
"""

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import EVERYTHING, PARTS, RowFilter
from agent_core.service.projection import listing
from agent_core.store.tables import listed_row
from tests.bench.figure import Figure, alternating

MANY: Final = 1_000_000
FEW: Final = 10_000
BRANDS: Final = (BrandId("northwind"), BrandId("lumen"))
NOW: Final = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
PAGE: Final = 200
ASKED: Final = {
    "everything": EVERYTHING,
    "one channel and one intent": RowFilter(channels=("sms",), intents=("intent_7",)),
    "waiting over an hour, flagged": RowFilter(waiting_over_s=3_600, flagged=True),
    "what no conversation is": RowFilter(channels=("fax",)),
}
_AT_ONCE: Final = 20_000


def run() -> list[Figure]:
    """One page of each kind, in turns with the same page of few."""
    with tempfile.TemporaryDirectory() as folder:
        many, few = _filled(Path(folder) / "many.db", MANY), _filled(Path(folder) / "few.db", FEW)
        figures: list[Figure] = []
        for name, wanted in ASKED.items():
            times = alternating((lambda w=wanted: _page(many, w), lambda w=wanted: _page(few, w)), 15)
            title = f"a page of {PAGE} of {MANY:,} conversations: {name}"
            figures.append(Figure(title, times[0], "ms", f"of {FEW:,}", times[1]))
        many.close()
        few.close()
        return figures


def _page(connection: Connection, wanted: RowFilter) -> int:
    found, _ = listing.places(connection, BRANDS, PARTS, wanted, NOW, None, PAGE)
    return len(found)


def _filled(path: Path, count: int) -> Connection:
    engine = sa.create_engine(f"sqlite:///{path}")
    listed_row.create(engine)
    rng = random.Random(5)
    with engine.begin() as connection:
        for first in range(0, count, _AT_ONCE):
            connection.execute(sa.insert(listed_row), [_row(rng, n) for n in range(first, min(count, first + _AT_ONCE))])
    return engine.connect()


def _row(rng: random.Random, number: int) -> dict[str, Any]:
    waits = NOW - timedelta(seconds=rng.randint(0, 90_000)) if rng.random() < 0.2 else None
    part = rng.choices(PARTS, (1, 2, 27, 70))[0]
    return {
        "id": f"c_{number:020x}", "brand": rng.choice(BRANDS), "bucket": part,
        "sort_key": f"{PARTS.index(part)}{rng.randrange(10**15):018d}",
        "channel": rng.choice(("email", "webchat", "sms")), "owner": "agent", "label": "resolving",
        "intents": f",intent_{rng.randrange(40)},", "workflows": f",flow_{rng.randrange(20)},",
        "flagged": int(rng.random() < 0.02), "breach_us": None,
        "waiting_us": None if waits is None else int(waits.timestamp() * 1_000_000),
    }  # fmt: skip
