"""Looks through the index: newest volume first, as far as a page needs and time allows, never beyond the session's brands.

Brands stand in the condition of every row that is looked at, whatever else narrows the question. A question is answered
within a budget: what could not be looked through in time is said, and the cursor goes on from there. Nothing that was typed
is part of a statement: words are tokens (`questions`), all else is a parameter.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agent_core.contract.canonical import digest
from agent_core.contract.errors import Unavailable
from agent_core.contract.ids import BrandId
from agent_core.contract.searching import COUNTED, RANKED, SearchAsked
from agent_core.service.search.conditions import condition_of
from agent_core.service.search.cursors import Cursor
from agent_core.service.search.index_file import VOLUME, scope_token, volumes_in
from agent_core.service.search.questions import Question, read_question
from agent_core.service.search.snippets import score
from agent_core.store.wakes import microseconds

BUDGET_S: Final = 0.1
"""Seconds that one page may look and count. What is left of a keystroke's 150 ms is for the way there and back (R-M5)."""

_SELDOM: Final = 64
"""Rows between two looks at the clock."""

_LONGEST_S: Final = 2.0
"""After so long a single statement is broken off."""

_SLACK_US: Final = microseconds(datetime(1970, 1, 2, tzinfo=UTC))
"""A clock that was set back makes later passages older: by a day at most, as far as periods are concerned."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the brands of who asks.

    Attributes:
        hidden: Conversations that were erased a moment ago and may still be in the index.
    """

    words: Question
    wanted: SearchAsked
    brands: tuple[BrandId, ...]
    hidden: frozenset[str] = frozenset()

    @classmethod
    def of(cls, wanted: SearchAsked, brands: Sequence[BrandId], hidden: frozenset[str] = frozenset()) -> "Asked":
        """A question as it came."""
        return cls(read_question(wanted.q), wanted, tuple(brands), hidden)

    @property
    def name(self) -> str:
        """Tells this question from another: what a cursor belongs to."""
        fields = self.wanted.model_dump(mode="json", exclude={"after", "limit"})
        return digest([fields, sorted(self.brands)])[:16]

    @property
    def of_passages(self) -> bool:
        """Whether single passages are wanted, not conversations."""
        return bool(self.words.wanted) or self.wanted.by is not None or self.wanted.kind is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A hit as it is stored; `text` empty where a conversation without a passage is listed."""

    number: int
    stream: str
    seq: int
    at_us: int
    kind: str
    by: str
    operator: str | None
    what: str
    text: str
    talk: tuple[Any, ...]


@dataclass(slots=True)
class Found:
    """What looking came to; `next` None: there is no more."""

    rows: list[Row] = field(default_factory=list[Row])
    next: Cursor | None = None
    count: int = 0
    counted_all: bool = True
    complete: bool = True
    looked_back_us: int | None = None


TALK: Final = (
    "t.stream, t.brand, t.channel, t.customer_name, t.state, t.workflows, t.tools, t.outcomes, t.flags, t.language, "
    "t.replied, t.handled, t.money, t.currency, t.score, t.reviewed, t.messages, t.opened_us, t.last_us"
)
_HIT: Final = f"SELECT p.id, p.seq, p.at_us, p.kind, p.by, p.operator, p.what, p.text, {TALK}"
_FROM: Final = "FROM passage p JOIN talk t ON t.id = p.talk"


class Looking:
    """One question being answered on one connection."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        asked: Asked,
        made: str,
        budget_s: float = BUDGET_S,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._asked = asked
        self._made = made
        self._clock = clock
        self._until = clock() + budget_s
        self._seen = 0

    def answer(self, token: str | None) -> Found:
        """A page.

        Args:
            token: Where it goes on; none: the first page.

        Raises:
            PageLost: The token is of another question or index.
            Unavailable: `search_too_slow`.
        """
        cursor = None if token is None else Cursor.read(token, self._made, self._asked.name)
        if self._asked.wanted.q.strip() and not self._asked.words.wanted:
            return Found()
        hard = time.monotonic() + _LONGEST_S
        self._connection.set_progress_handler(lambda: time.monotonic() > hard, 50_000)
        try:
            if not self._asked.of_passages:
                return self._conversations(cursor)
            ranked = self._asked.words.wanted and self._asked.wanted.order == "best"
            return self._best(cursor) if ranked and (cursor is None or cursor.skip is not None) else self._newest(cursor)
        except sqlite3.OperationalError as error:
            if "interrupt" not in str(error):
                raise
            raise Unavailable(
                "search_too_slow", "This search takes too long. Ask for more words, or a shorter period."
            ) from error
        finally:
            self._connection.set_progress_handler(None, 0)

    # -- passages ------------------------------------------------------------------------------------------------

    def _newest(self, cursor: Cursor | None) -> Found:
        found = Found()
        numbers: list[int] = []
        limit = self._asked.wanted.limit
        last = None
        broke = False
        hits = self._hits(2**62 if cursor is None else cursor.before)
        for number, at_us, fits in hits:
            last = (number, at_us)
            if fits:
                numbers.append(number)
                if len(numbers) == limit:
                    break
            if self._late(self._until):
                broke = True
                break
        full = len(numbers) == limit
        if cursor is not None:
            found.count, found.counted_all = cursor.count, cursor.counted_all
        else:
            found.count, found.counted_all = len(numbers), not broke
            if full:
                found.count, found.counted_all = self._counted(hits, len(numbers))
        found.rows = self._rows(numbers)
        found.complete = not broke
        if last is not None and (full or broke):
            found.next = Cursor(last[0], count=found.count, counted_all=found.counted_all)
            found.looked_back_us = last[1] if broke else None
        return found

    def _best(self, cursor: Cursor | None) -> Found:
        """The best of the newest hits first; then the older ones, newest first."""
        top = 2**62 if cursor is None else cursor.before
        skip = 0 if cursor is None or cursor.skip is None else cursor.skip
        numbers: list[int] = []
        broke = False
        last = None
        for number, at_us, fits in self._hits(top):
            last = (number, at_us)
            if fits:
                numbers.append(number)
            if len(numbers) >= RANKED or self._late(self._until):
                broke = True
                break
        rows = self._rows(numbers)
        newest = numbers[0] if numbers else 0
        rows.sort(key=lambda row: (-score(row.text, self._asked.words), -row.number))
        limit = self._asked.wanted.limit
        page = rows[skip : skip + limit]
        found = Found(rows=page, count=len(rows), counted_all=not broke)
        if cursor is not None:
            found.count, found.counted_all = cursor.count, cursor.counted_all
        if skip + limit < len(rows):
            found.next = Cursor(newest + 1, skip=skip + limit, count=found.count, counted_all=found.counted_all)
        elif broke and last is not None:
            found.next = Cursor(last[0], count=found.count, counted_all=found.counted_all)
            found.complete = len(rows) >= RANKED
            found.looked_back_us = None if found.complete else last[1]
        return found

    def _counted(self, hits: Iterator[tuple[int, int, bool]], count: int) -> tuple[int, bool]:
        for _, _, fits in hits:
            count += fits
            if count > COUNTED:
                return COUNTED, False
            if self._late(self._until):
                return count, False
        return count, True

    def _hits(self, before: int) -> Iterator[tuple[int, int, bool]]:
        """Number, moment and whether it fits, of whatever has the words, newest first."""
        condition, values = condition_of(self._asked.wanted, self._brands(), of_passages=True)
        since = self._asked.wanted.since
        floor_us = None if since is None else microseconds(since) - _SLACK_US
        until = self._asked.wanted.until
        if until is not None:
            before = min(before, self._first_after(microseconds(until) + _SLACK_US))
        low, high = self._bounds()
        before = min(before, high + 1)
        for first, statement, given in self._statements(condition, values, low, before):
            for number, at_us, fits in self._connection.execute(statement, given):
                if floor_us is not None and at_us < floor_us:
                    return
                yield number, at_us, bool(fits)
            # A volume in which nothing was found took its time too: whoever asks looks at the clock, and goes on from here.
            self._seen |= _SELDOM - 1
            yield from self._connection.execute("SELECT ?, at_us, 0 FROM passage WHERE id >= ? LIMIT 1", (first, first))

    def _statements(self, condition: str, values: list[Any], low: int, before: int) -> Iterator[tuple[int, str, list[Any]]]:
        """What to ask one after the other, each with the smallest number it looks at."""
        what = f"SELECT p.id, p.at_us, ({condition})"
        if not self._asked.words.wanted:
            yield low, f"{what} {_FROM} WHERE p.id < ? AND p.id >= ? ORDER BY p.id DESC", [*values, before, low]
            return
        match = self._match()
        for volume in volumes_in(self._connection):
            behind = volume * VOLUME  # a volume numbers its passages from 1
            if behind + 1 >= before or behind + 1 + VOLUME <= low:
                continue
            words = f"words_{volume}"
            yield (
                max(low, behind + 1),
                f"{what} FROM {words} CROSS JOIN passage p ON p.id = {words}.rowid + {behind} "
                f"CROSS JOIN talk t ON t.id = p.talk "
                f"WHERE {words} MATCH ? AND {words}.rowid < ? AND {words}.rowid >= ? ORDER BY {words}.rowid DESC",
                [*values, match, min(before - behind, VOLUME + 1), max(low - behind, 1)],
            )

    def _match(self) -> str:
        """The words, and as tokens whatever narrows them cheaply; the condition asks all of it again."""
        wanted = self._asked.wanted
        narrow = [("k", wanted.kind), ("y", wanted.by), ("c", wanted.channel)]
        scopes = [f'"{scope_token(letter, name)}"' for letter, name in narrow if name is not None]
        there = {str(brand) for (brand,) in self._connection.execute("SELECT name FROM brand")}
        ours = [brand for brand in self._brands() if brand in there]
        others = sorted(there - set(ours))
        without = len(ours) > 1 and len(others) <= len(ours)
        if others and not without:
            scopes.append(_either("b", ours) if ours else '"b"')
        words = f"({{text spelt}} : ({self._asked.words.match()}))"
        match = f"({words} AND (scope : ({' AND '.join(scopes)})))" if scopes else words
        # Several brands are most of what there is: to step through all of it beside the words takes longer than the words.
        return f"{match} NOT (scope : {_either('b', others)})" if others and without else match

    def _bounds(self) -> tuple[int, int]:
        """The smallest and the largest number that can be wanted."""
        stream = self._asked.wanted.conversation
        if stream is None:
            return 0, 2**62
        row = self._connection.execute(
            f"SELECT min(p.id), max(p.id) {_FROM} WHERE t.stream = ?", (stream,)
        ).fetchone()  # fmt: skip
        return (1, 0) if row is None or row[0] is None else (int(row[0]), int(row[1]))

    def _first_after(self, at_us: int) -> int:
        """About the smallest number of a passage that came after a moment: numbers and moments grow together."""
        ((low, high),) = self._connection.execute(
            "SELECT coalesce(min(id), 0), coalesce(max(id), 0) + 1 FROM passage"
        ).fetchall()
        while low < high:
            middle = (low + high) // 2
            row = self._connection.execute("SELECT id, at_us FROM passage WHERE id >= ? LIMIT 1", (middle,)).fetchone()
            if row is None or row[1] > at_us:
                high = middle
            else:
                low = int(row[0]) + 1
        return low

    def _rows(self, numbers: Sequence[int]) -> list[Row]:
        """The hits themselves, in the order of their numbers given."""
        found: dict[int, Row] = {}
        for start in range(0, len(numbers), 500):
            some = numbers[start : start + 500]
            marks = ",".join("?" * len(some))
            for row in self._connection.execute(f"{_HIT} {_FROM} WHERE p.id IN ({marks})", some):
                found[row[0]] = Row(row[0], row[8], *row[1:8], talk=tuple(row[8:]))
        return [found[number] for number in numbers if number in found and found[number].stream not in self._asked.hidden]

    # -- conversations -------------------------------------------------------------------------------------------

    def _conversations(self, cursor: Cursor | None) -> Found:
        """Conversations, those first in which something happened last; each with what was last said there."""
        condition, values = condition_of(self._asked.wanted, self._brands(), of_passages=False)
        where, given = "", list[Any]()
        if cursor is not None and cursor.last_us is not None:
            where, given = "WHERE (t.last_us, t.id) < (?, ?)", [cursor.last_us, cursor.before]
        order = "ORDER BY t.last_us DESC, t.id DESC"
        statement = f"SELECT t.id, t.last_us, ({condition}) FROM talk t {where} {order}"  # noqa: S608 - values are parameters
        talks: list[int] = []
        last = None
        broke = False
        limit = self._asked.wanted.limit
        hits = self._connection.execute(statement, [*values, *given])
        for talk, last_us, fits in hits:
            last = (talk, last_us)
            if fits:
                talks.append(talk)
                if len(talks) == limit:
                    break
            if self._late(self._until):
                broke = True
                break
        full = len(talks) == limit
        found = Found(complete=not broke)
        if cursor is not None:
            found.count, found.counted_all = cursor.count, cursor.counted_all
        elif full:
            found.count, found.counted_all = self._counted(((a, b, bool(c)) for a, b, c in hits), len(talks))
        else:
            found.count, found.counted_all = len(talks), not broke
        rows = (self._last_said(talk) for talk in talks)
        found.rows = [row for row in rows if row is not None and row.stream not in self._asked.hidden]
        if last is not None and (full or broke):
            found.next = Cursor(last[0], last[1], count=found.count, counted_all=found.counted_all)
            found.looked_back_us = last[1] if broke else None
        return found

    def _last_said(self, talk: int) -> Row | None:
        rank = "(p.kind IN ('message', 'reply')) DESC, p.seq DESC, p.part"
        row = self._connection.execute(f"{_HIT} {_FROM} WHERE p.talk = ? ORDER BY {rank} LIMIT 1", (talk,)).fetchone()
        if row is not None:
            return Row(row[0], row[8], *row[1:8], talk=tuple(row[8:]))
        statement = f"SELECT {TALK} FROM talk t WHERE t.id = ?"  # noqa: S608 - columns of ours
        row = self._connection.execute(statement, (talk,)).fetchone()
        if row is None:
            return None
        return Row(0, row[0], 1, row[18], "event", "system", None, "conversation_opened", "", tuple(row))

    # -- what fits -----------------------------------------------------------------------------------------------

    def _brands(self) -> tuple[BrandId, ...]:
        named = self._asked.wanted.brand
        return tuple(brand for brand in self._asked.brands if named in (None, brand))

    def _late(self, until: float) -> bool:
        """Whether the time is over; asked of the clock now and then only."""
        self._seen += 1
        return self._seen % _SELDOM == 0 and self._clock() > until


def _either(letter: str, names: Sequence[str]) -> str:
    tokens = (f'"{scope_token(letter, name)}"' for name in names)
    return f"({' OR '.join(tokens)})"


def moment_of(us: int) -> datetime:
    """A stored moment."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
