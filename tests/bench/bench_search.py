"""Search as one types over a large installation: each keystroke a page of hits with snippets and a count (R-M5).

The neighbour is the barest question to the same SQLite: one plain FTS5 table of the same texts, thirty row numbers, newest
first. A million messages unless COUNTERSIGN_BENCH_MESSAGES says otherwise; COUNTERSIGN_BENCH_SEARCH names a folder that is
filled already (`python -m tests.bench.search_filled DIR 10000000`). Times are those of the searching thread's processor, and
so is the time after which a search is broken off: the wall's depend on who else uses the machine.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from agent_core.contract.ids import BrandId
from agent_core.contract.searching import SearchAsked
from agent_core.service.search.index_file import FILE_NAME, reading
from agent_core.service.search.looking import BUDGET_S, Asked, Looking
from agent_core.service.search.snippets import snippet
from tests.bench.figure import Figure
from tests.bench.search_filled import PLAIN, fill

MESSAGES: Final = int(os.environ.get("COUNTERSIGN_BENCH_MESSAGES", "1000000"))
FILLED: Final = os.environ.get("COUNTERSIGN_BENCH_SEARCH")
ROUNDS: Final = 3
TYPED: Final = (
    "refund nw-1002345", "where is my parcel", "invoice wrong amount", "größe falsch", "cancel order please",
    "damaged lamp", '"charged twice"', "thank you -please", "退款订单", "xylophone", "anna weber", "bitte rechnung doppelt",
)  # fmt: skip
"""Each of their beginnings is a keystroke."""

KINDS: Final[Mapping[str, tuple[tuple[str, Mapping[str, Any]], ...]]] = {
    "one letter": tuple((letter, {}) for letter in "adeinstwxü1退"),
    "two letters": tuple((word, {}) for word in ("or", "re", "be", "pa", "nw", "un", "ist", "x1", "gr", "th")),
    "three letters": tuple((word, {}) for word in ("ref", "ord", "pel", "ven", "nic", "wei", "qqq", "mül")),
    "very common words": tuple((word, {}) for word in ("the ", "ich ", "order ", "nicht ", "to i ", "ist das nicht ")),
    "rare words": tuple((word, {}) for word in ("nw-1234567", "xylophone", "özdemir", "kaloming ", "nw 99", "vonu")),
    "common words that rarely meet": tuple(
        (word, {}) for word in ("screw beschwerde", "the zusteller", "ich warranty", '"leg screw"', "glass größe nw")
    ),
    "phrases and words left out": tuple(
        (word, {}) for word in ('"where is my"', '"das nicht ist"', "order -refund", "ich -bitte", '"to i" -order')
    ),
    "narrowed": tuple(
        (word, given)
        for word in ("order", "the", "rechn")
        for given in ({"channel": "email"}, {"kind": "reply", "by": "person"}, {"flag": "injection"}, {"state": "closed"})
    ),
    "of a brand with a hundredth": tuple((word, {"brand": "atlas"}) for word in ("o", "order", "the i", "nw-12", "screw")),
    "the best first": tuple((word, {"order": "best"}) for word in ("o", "order", "refund order", "the", "anna w")),
    "filters alone": tuple(("", given) for given in ({}, {"channel": "email"}, {"flag": "injection"}, {"by": "person"})),
}


def run() -> list[Figure]:
    """In a folder of its own, or in one that is filled already."""
    if FILLED is not None:
        return _figures(Path(FILLED))
    with tempfile.TemporaryDirectory() as place:
        done = fill(Path(place), MESSAGES)
        return [
            *_figures(Path(place)),
            Figure("messages indexed, words and all, merged", [done.written / done.index_s], "messages/s of the processor"),
        ]


def _figures(folder: Path) -> list[Figure]:
    connection = reading(folder / FILE_NAME)
    plain = sqlite3.connect(f"file:{folder / PLAIN}?mode=ro", uri=True)
    plain.execute("PRAGMA mmap_size=8589934592")
    ((count,),) = connection.execute("SELECT max(id) FROM passage").fetchall()
    typed = tuple((words[:end], {}) for words in TYPED for end in range(1, len(words) + 1))
    figures: list[Figure] = []
    for kind, questions in {"all keystrokes": typed, **KINDS}.items():
        ours: dict[int, list[float]] = {50: [], 95: []}
        raw: dict[int, list[float]] = {50: [], 95: []}
        for number in range(ROUNDS):
            times = _times(questions, lambda words, given: _page(connection, words, given))
            # Once does: over ten million messages the plain table takes seconds for a single letter.
            floor = () if number else _times(questions, lambda words, _: _newest(plain, words))
            for share in ours:
                ours[share].append(_at(times, share))
                raw[share].extend([_at(floor, share)] if floor else ())
        beside = "the newest 30 of a plain table" if questions[0][0] else ""
        name = f"search, {count:,} messages, {kind}"
        figures.extend(
            Figure(f"{name}: {share}th of 100", ours[share], "ms", beside, raw[share] if beside else ()) for share in ours
        )
    late = sum(not _page(connection, words, given) for words, given in typed)
    figures.append(Figure("keystrokes for which that time does not do", [late * 100 / len(typed)], "%"))
    size = (folder / FILE_NAME).stat().st_size / count
    figures.append(Figure("the index, texts included", [size], "bytes/message"))
    connection.close()
    plain.close()
    return figures


def _times(
    questions: Sequence[tuple[str, Mapping[str, Any]]], ask: Callable[[str, Mapping[str, Any]], object]
) -> list[float]:
    """Milliseconds of this thread's processor for each question."""
    times: list[float] = []
    for words, given in questions:
        began = time.thread_time()
        ask(words, given)
        times.append((time.thread_time() - began) * 1e3)
    return times


def _at(times: Sequence[float], share: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * share // 100)]


def _page(connection: sqlite3.Connection, typed: str, given: Mapping[str, Any]) -> bool:
    """What a console gets, for somebody who sees two brands of three; whether everything was looked through."""
    asked = Asked.of(SearchAsked.model_validate({"q": typed, **given}), [BrandId("northwind"), BrandId("atlas")])
    found = Looking(connection, asked, "bench", BUDGET_S, clock=time.thread_time).answer(None)
    for row in found.rows:
        snippet(row.text, asked.words)
    return found.complete


def _newest(plain: sqlite3.Connection, typed: str) -> None:
    words = ["".join(letter for letter in word if letter.isalnum()) for word in typed.split() if not word.startswith("-")]
    terms = " ".join(f'"{word}"' for word in words if word)
    if terms:
        plain.execute("SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY rowid DESC LIMIT 30", (f"{terms}*",)).fetchall()
