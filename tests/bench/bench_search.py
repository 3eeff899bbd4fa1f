"""Search as one types over a large installation: each keystroke a page of hits with snippets and a count (R-M5).

The neighbour is the barest question to the same SQLite: one plain FTS5 table of the same texts, thirty row numbers, newest
first. A million messages unless COUNTERSIGN_BENCH_MESSAGES says otherwise (ten million take an hour to write). Latency is
the 95th of a hundred keystrokes, because the slowest is what people feel.
"""

import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final

from agent_core.contract.ids import BrandId
from agent_core.contract.searching import SearchAsked
from agent_core.service.search.index_file import FILE_NAME, IndexFile, Talk, reading
from agent_core.service.search.looking import BUDGET_S, Asked, Looking
from agent_core.service.search.snippets import snippet
from tests.bench.figure import Figure
from tests.service.search_logs import passage, traits

MESSAGES: Final = int(os.environ.get("COUNTERSIGN_BENCH_MESSAGES", "1000000"))
OF_ONE: Final = 5
"""Messages of a conversation."""
BATCH: Final = 2_000
ROUNDS: Final = 5
TYPED: Final = (
    "refund nw-1002", "where is my parcel", "invoice wrong amount", "Größe passt nicht", "cancel order please",
    "damaged lamp", '"charged twice"', "thank you -please", "退款订单", "xylophone",
)  # fmt: skip
_BRANDS: Final = ("northwind", "lumen")
_SYLLABLES: Final = "ka lo mi re tu sa ven dor pel ist um an gra fen lu bo chi".split()  # noqa: SIM905 - one line
_SAID: Final = (
    "where is my parcel order refund please invoice wrong amount thank you damaged lamp cancel charged twice late size "
    "the a I it was not and to for in of on have with but we can could you your me Größe passt nicht für über"
)


def run() -> list[Figure]:
    """In a folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        began = time.perf_counter()
        _fill(folder)
        rate = MESSAGES / (time.perf_counter() - began)
        size = (folder / FILE_NAME).stat().st_size / MESSAGES
        ours, raw = _latencies(folder)
    name = f"search as one types, {MESSAGES:,} messages: 95th of all keystrokes"
    return [
        Figure(name, ours, "ms", "the newest 30 of one plain FTS5 table", raw),
        Figure("messages indexed, words and all", [rate], "messages/s"),
        Figure("the index, texts included", [size], "bytes/message"),
    ]


def _texts() -> Iterator[str]:
    """Messages of common and rare words by Zipf's law, order numbers, and now and then another script."""
    chance = random.Random(11)
    made = sorted({"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 5))) for _ in range(60_000)})
    chance.shuffle(made)
    words = [*_SAID.split(), *made]
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(words))))
    for number in range(MESSAGES):
        said = chance.choices(words, cum_weights=weights, k=chance.randint(4, 28))
        if number % 3 == 0:
            said.append(f"NW-{10_000 + number % 90_000}")
        if number % 50 == 0:
            said.append("我想退款订单")
        yield " ".join(said)


def _fill(folder: Path) -> None:
    file = IndexFile(folder)
    plain = sqlite3.connect(folder / "plain.sqlite3", isolation_level=None)
    plain.execute("PRAGMA journal_mode=WAL")
    plain.execute("PRAGMA synchronous=OFF")
    plain.execute("CREATE VIRTUAL TABLE plain USING fts5(text, content='')")
    texts = _texts()
    for first in range(0, MESSAGES, BATCH):
        some = [next(texts) for _ in range(min(BATCH, MESSAGES - first))]
        talks = [
            Talk(
                traits((first + place) // OF_ONE, _BRANDS[(first + place) // OF_ONE % 2]),
                [passage(text, 0, seq) for seq, text in enumerate(some[place : place + OF_ONE], 1)],
            )
            for place in range(0, len(some), OF_ONE)
        ]
        file.keep(talks, first + len(some), ("generation", "hash"))
        plain.execute("BEGIN")
        plain.executemany("INSERT INTO plain (rowid, text) VALUES (?, ?)", enumerate(some, first + 1))
        plain.execute("COMMIT")
    while file.purge():
        pass
    file.scrub()
    file.close()
    plain.execute("INSERT INTO plain (plain) VALUES ('optimize')")
    plain.close()


def _latencies(folder: Path) -> tuple[list[float], list[float]]:
    """The 95th of the keystrokes of each round, ours and the plain table's, in turns, in milliseconds."""
    connection = reading(folder / FILE_NAME)
    plain = sqlite3.connect(folder / "plain.sqlite3")
    keystrokes = [typed[:end] for typed in TYPED for end in range(2, len(typed) + 1)]
    ours: list[float] = []
    raw: list[float] = []
    for _ in range(ROUNDS):
        ours.append(_slowest(keystrokes, lambda typed: _page(connection, typed)))
        raw.append(_slowest(keystrokes, lambda typed: _newest(plain, typed)))
    connection.close()
    plain.close()
    return ours, raw


def _slowest(keystrokes: Sequence[str], ask: Callable[[str], object]) -> float:
    times: list[float] = []
    for typed in keystrokes:
        began = time.perf_counter()
        ask(typed)
        times.append((time.perf_counter() - began) * 1e3)
    return sorted(times)[len(times) * 95 // 100]


def _page(connection: sqlite3.Connection, typed: str) -> None:
    """What a console gets, for somebody who sees one brand of two."""
    asked = Asked.of(SearchAsked(q=typed), [BrandId("northwind")])
    found = Looking(connection, asked, "bench", BUDGET_S).answer(None)
    for row in found.rows:
        snippet(row.text, asked.words)


def _newest(plain: sqlite3.Connection, typed: str) -> None:
    words = ["".join(letter for letter in word if letter.isalnum()) for word in typed.split() if not word.startswith("-")]
    terms = " ".join(f'"{word}"' for word in words if word)
    if terms:
        plain.execute("SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY rowid DESC LIMIT 30", (f"{terms}*",)).fetchall()
