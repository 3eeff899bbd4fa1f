"""The face of search: a question of a session to its answer. Reads the index on threads of its own, a few at a time.

It must never answer about a brand the session cannot see, whatever the index says, nor about what was erased.
"""

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from agent_core.contract.errors import Unavailable
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, StreamId
from agent_core.contract.money import Money
from agent_core.contract.searching import (
    FacetValue,
    FoundConversation,
    SearchAnswer,
    SearchAsked,
    SearchFacets,
    SearchHit,
)
from agent_core.service.operators import OperatorBook, People
from agent_core.service.search.draw import PICKED, Queue, Wanted, Worth, queue_rows
from agent_core.service.search.index_file import FILE_NAME, names_in, reading
from agent_core.service.search.indexer import Indexer
from agent_core.service.search.looking import BUDGET_S, TALK, Asked, Found, Looking, Row, moment_of
from agent_core.service.search.snippets import snippet
from agent_core.service.sessions import Seat

log = structlog.get_logger(__name__)

READERS: Final = 2
MOST_FACETS: Final = 60
_FACETS_OF: Final = 20_000
"""The newest conversations that facets are made of."""

T = TypeVar("T")


class Search:
    """Answers searches for one core."""

    def __init__(self, indexer: Indexer, folder: Path, people: OperatorBook, *, budget_s: float = BUDGET_S) -> None:
        self._indexer = indexer
        self._path = folder / FILE_NAME
        self._people = people
        self._budget_s = budget_s
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="search-reader")
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []

    async def answer(self, seat: Seat, wanted: SearchAsked, brands: Sequence[BrandId]) -> SearchAnswer:
        """A page of hits.

        Args:
            seat: Who asks.
            wanted: The question.
            brands: Those the core knows.

        Raises:
            PageLost: The cursor is of another question or index.
            Unavailable: `search_too_slow`, `search_unreadable`.
        """
        asked = Asked.of(wanted, seat.brands(brands), self._indexer.hidden)
        understood = tuple(term.shown for term in asked.words.terms)
        if not self._indexer.opened:
            return SearchAnswer(hits=(), understood=understood, catching_up=True, complete=False)
        found = await self._read(lambda connection: self._look(connection, asked, wanted.after))
        people = await self._people.people()
        rows, made = found
        return SearchAnswer(
            hits=tuple(_hit(row, asked, people) for row in rows.rows),
            next=None if rows.next is None else rows.next.token(made, asked.name),
            count=rows.count,
            counted_all=rows.counted_all,
            complete=rows.complete,
            looked_back_to=None if rows.looked_back_us is None else moment_of(rows.looked_back_us),
            catching_up=self._indexer.far_behind,
            understood=understood,
        )

    async def facets(self, seat: Seat, brands: Sequence[BrandId]) -> SearchFacets:
        """What filters can be set to.

        Raises:
            Unavailable: `search_unreadable`.
        """
        ours = seat.brands(brands)
        if not self._indexer.opened or not ours:
            return SearchFacets()
        return await self._read(lambda connection: _facets(connection, ours))

    async def conversations(self, streams: Sequence[StreamId]) -> dict[StreamId, FoundConversation]:
        """What is known of some conversations; those that are not in the index yet are missing."""
        if not self._indexer.opened or not streams:
            return {}
        hidden = self._indexer.hidden
        wanted = [stream for stream in streams if stream not in hidden]
        return await self._read(lambda connection: _talks(connection, wanted))

    async def worth_a_look(self, wanted: Wanted) -> Queue:
        """What waits for a review; nothing before the index is open."""
        if not self._indexer.opened:
            return Queue((), ())
        hidden = self._indexer.hidden
        rows, counts = await self._read(lambda connection: queue_rows(connection, wanted, TALK))
        items = tuple(
            Worth(picked, names_in(findings if picked == "flagged" else disputes), seq, talk_of(talk))
            for picked, disputes, findings, seq, *talk in rows
            if talk[0] not in hidden
        )
        return Queue(items, tuple((kind, counts.get(kind, 0)) for kind in PICKED))

    def close(self) -> None:
        """Closes every connection; nothing may be asked afterwards."""
        self._readers.shutdown()
        for connection in self._connections:
            connection.close()

    def _look(self, connection: sqlite3.Connection, asked: Asked, token: str | None) -> tuple[Found, str]:
        connection.execute("BEGIN")
        try:
            ((made,),) = connection.execute("SELECT value FROM about WHERE key = 'made'").fetchall()
            return Looking(connection, asked, made, self._budget_s).answer(token), str(made)
        finally:
            connection.execute("COMMIT")

    async def _read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._on_thread, question)

    def _on_thread(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return question(self._connection())
        except sqlite3.DatabaseError as error:
            log.warning("search_failed", error=str(error)[:200])
            self._own.connection = None
            raise Unavailable(
                "search_unreadable", "The search cannot be used right now.", detail=str(error)[:200]
            ) from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection to the present file."""
        known: tuple[int, sqlite3.Connection] | None = getattr(self._own, "connection", None)
        if known is not None and known[0] == self._indexer.edition:
            return known[1]
        edition = self._indexer.edition
        connection = reading(self._path)
        self._connections.append(connection)
        self._own.connection = (edition, connection)
        return connection


def _hit(row: Row, asked: Asked, people: People) -> SearchHit:
    shown = snippet(row.text, asked.words)
    return SearchHit(
        found_in=talk_of(row.talk),
        seq=row.seq,
        at=moment_of(row.at_us),
        kind=row.kind,  # pyright: ignore[reportArgumentType] - as it was stored
        by=row.by,  # pyright: ignore[reportArgumentType] - as it was stored
        speaker="" if row.operator is None else people.name(OperatorId(row.operator)),
        what=row.what,
        snippet=shown.text,
        cut_before=shown.cut_before,
        cut_after=shown.cut_after,
        marks=shown.marks,
    )


def talk_of(row: Sequence[Any]) -> FoundConversation:
    """A conversation, from the columns of `TALK`."""
    (
        stream, brand, channel, customer, state, workflows, tools, outcomes, flags, language, replied, handled, money,
        currency, score, reviewed, messages, opened_us, last_us,
    ) = row  # fmt: skip
    return FoundConversation(
        conversation=ConversationId(StreamId(stream)),
        brand=BrandId(brand),
        channel=channel,
        customer_name=customer,
        state=state,
        workflows=names_in(workflows),
        tools=names_in(tools),
        outcomes=names_in(outcomes),
        flags=names_in(flags),
        language=language,
        replied=replied,
        handled=handled,
        money=None if money is None else Money(amount_minor=money, currency=currency),
        score_percent=score,
        reviewed=bool(reviewed),
        messages=messages,
        opened_at=moment_of(opened_us),
        last_at=moment_of(last_us),
    )


def _talks(connection: sqlite3.Connection, streams: Sequence[StreamId]) -> dict[StreamId, FoundConversation]:
    found: dict[StreamId, FoundConversation] = {}
    for start in range(0, len(streams), 500):
        some = streams[start : start + 500]
        marks = ",".join("?" * len(some))
        statement = f"SELECT {TALK} FROM talk t WHERE t.stream IN ({marks})"  # noqa: S608 - columns of ours, values apart
        for row in connection.execute(statement, some):
            found[StreamId(row[0])] = talk_of(row)
    return found


def _facets(connection: sqlite3.Connection, brands: Sequence[BrandId]) -> SearchFacets:
    marks = ",".join("?" * len(brands))
    counts: dict[str, Counter[str]] = {}
    total = 0
    columns = ("brand", "channel", "state", "currency", "workflows", "tools", "outcomes", "flags")
    newest = f"WHERE brand IN ({marks}) ORDER BY last_us DESC LIMIT {_FACETS_OF}"
    statement = f"SELECT {', '.join(columns)} FROM talk {newest}"  # noqa: S608 - columns of ours, values apart
    for row in connection.execute(statement, list(brands)):
        total += 1
        for column, value in zip(columns, row, strict=True):
            names = names_in(value) if value is not None and column in columns[4:] else filter(None, (value,))
            counts.setdefault(column, Counter()).update(names)

    def values(column: str) -> tuple[FacetValue, ...]:
        most: Iterable[tuple[str, int]] = counts.get(column, Counter[str]()).items()
        ordered = sorted(most, key=lambda each: (-each[1], each[0]))[:MOST_FACETS]
        return tuple(FacetValue(value=name, conversations=count) for name, count in ordered)

    return SearchFacets(
        brands=values("brand"), channels=values("channel"), workflows=values("workflows"), tools=values("tools"),
        outcomes=values("outcomes"), states=values("state"), flags=values("flags"), currencies=values("currency"),
        conversations=total,
    )  # fmt: skip
