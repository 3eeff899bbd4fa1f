"""The rows of the list as they stand now, found with the work of what changed and not of what there is (R-M1, R-M8).

`selectors.shown_rows` says what the list is; `ListedRows` answers the same rows in the same order, held equal by a property
test. What a row says is worked out when somebody looks at it: two thousand changes a second cost the rows in view. It must
never answer what the state did not say, and never keep a row that the state has let go.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import compress
from operator import attrgetter, is_not

from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.listing import PARTS, fitting, place_of
from agent_core.contract.stopping import PausedWorkflow
from agent_core.contract.views import ConversationRow
from console.presenting.rows import row_props
from console.presenting.stopping import row_words
from console.state.app_state import AppState
from console.state.folding import FoldedTexts
from console.state.selectors import found_in, reached
from console.widgets.conversation_list import ConversationRowProps

_MANY = 8
"""One in so many rows changed: the order is made anew rather than mended row by row."""
_PLACE = attrgetter("place")


@dataclass(slots=True)
class Sight:
    """What all rows are looked at with: the moment, why each needs a person, who looks at it, which workflows are paused."""

    now: datetime
    why: Mapping[ConversationId, str] = field(default_factory=dict[ConversationId, str])
    seen: Mapping[ConversationId, tuple[str, ...]] = field(default_factory=dict[ConversationId, tuple[str, ...]])
    paused: tuple[tuple[BrandId, PausedWorkflow], ...] = ()

    def stopped(self, row: ConversationRow) -> str:
        """Which workflows of a row are paused, in words."""
        if not self.paused or row.label == "closed":
            return ""
        return row_words([one for brand, one in self.paused if brand == row.brand and one.workflow in row.workflows])


class ListedRow:
    """One row at its place; what it says is made when it is asked for, and kept until it would say something else."""

    __slots__ = ("_props", "_props_of", "_sight", "id", "place", "row")

    def __init__(self, row: ConversationRow, sight: Sight) -> None:
        self.id = str(row.conversation)
        self.row = row
        self.place = place_of(row)
        self._sight = sight
        self._props: ConversationRowProps | None = None
        self._props_of: tuple[int, str, tuple[str, ...], str] | None = None

    def props(self) -> ConversationRowProps:
        """What it says now."""
        sight, name = self._sight, self.row.conversation
        # Ages and promises are said in whole seconds.
        of = (int(sight.now.timestamp()), sight.why.get(name, ""), sight.seen.get(name, ()), sight.stopped(self.row))
        known = self._props
        if known is None or of != self._props_of:
            known = self._props = row_props(self.row, sight.now, *of[1:])
            self._props_of = of
        return known

    def role(self, role: int) -> object:
        """The value of a role, as `RowsModel` asks for it."""
        return self.props().role(role)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the list was asked for. `now` only where time alone moves rows in or out."""

    part: AppState
    now: datetime | None

    @classmethod
    def by(cls, state: AppState) -> "_Asked":
        wanted = state.narrowing.wanted
        timed = wanted.waiting_over_s is not None or wanted.breach_within_s is not None
        return cls(state, state.now if timed else None)

    def same(self, other: "_Asked") -> bool:
        return self.part.search == other.part.search and self.same_but_words(other)

    def fewer(self, other: "_Asked") -> bool:
        """Whether the other asks for some of the same rows: one more letter was typed."""
        words = other.part.search.casefold().split()
        return all(any(known in word for word in words) for known in self.part.search.casefold().split())

    def same_but_words(self, other: "_Asked") -> bool:
        mine, its = self.part, other.part
        return (
            self.now == other.now
            and mine.bucket == its.bucket
            and mine.brand == its.brand
            and reached(mine) == reached(its)
            and (mine.narrowing.wanted is its.narrowing.wanted or mine.narrowing.wanted == its.narrowing.wanted)
        )


class ListedRows:
    """The list, kept as the state moves.

    Args:
        sight: What rows are looked at with; whoever shows them keeps it current.
        texts: What words are looked for in; shared with whoever else looks for them.
    """

    def __init__(self, sight: Sight, texts: FoldedTexts | None = None) -> None:
        self._sight = sight
        self._texts = FoldedTexts() if texts is None else texts
        self._asked: _Asked | None = None
        self._held: Mapping[ConversationId, ConversationRow] = {}
        self._known: dict[ConversationId, ListedRow] = {}
        self._all = _Ordered(())
        """Everything that is known: what another filter shows of it stands in its order already."""
        self._shown = _Ordered(())

    def at(self, state: AppState) -> Sequence[ListedRow]:
        """The rows of the list in order; what did not change is the same object as before."""
        asked, before, held = _Asked.by(state), self._asked, self._held
        moved = self._take(state.rows)
        few = len(moved) * _MANY <= len(self._known)
        if few:
            self._all.mend(moved, _every)
        else:
            self._all = _Ordered(sorted(self._known.values(), key=_PLACE))
        self._asked = replace(asked, part=state)
        if before is not None and before.same(asked) and few:
            self._shown.mend(moved, _Rule(state, self._texts))
        elif before is not None and held is state.rows and before.same_but_words(asked) and before.fewer(asked):
            words, text_of = state.search.casefold().split(), self._texts.of
            self._shown = _Ordered(one for one in self._shown.rows if found_in(text_of(one.row), words))
        else:
            self._shown = _Ordered(filter(_Rule(state, self._texts), self._all.rows))
        return self._shown.rows

    def _take(self, rows: Mapping[ConversationId, ConversationRow]) -> list[tuple[ListedRow | None, ListedRow | None]]:
        """Hold these rows; what moved, as it was and as it is."""
        before = self._held
        if rows is before:
            return []
        known, moved = self._known, list[tuple[ListedRow | None, ListedRow | None]]()
        came = 0
        # Of thousands a few are others than before: found without a step of our own for each.
        for name in compress(rows, map(is_not, rows.values(), map(before.get, rows))):
            came += name not in before
            was, known[name] = known.get(name), ListedRow(rows[name], self._sight)
            moved.append((was, known[name]))
        if len(before) + came != len(rows):
            for name in before.keys() - rows.keys():
                moved.append((known.pop(name), None))
        self._held = rows
        return moved


class _Ordered:
    """Rows in order, and their places beside them."""

    __slots__ = ("places", "rows")

    def __init__(self, rows: Iterable[ListedRow]) -> None:
        self.rows = list(rows)
        self.places = list(map(_PLACE, self.rows))

    def mend(self, moved: Sequence[tuple[ListedRow | None, ListedRow | None]], listed: Callable[[ListedRow], bool]) -> None:
        """Put what moved where it stands now, as far as it is listed."""
        if not moved:
            return
        # Whoever was given the order before keeps it as it was.
        order, places = list(self.rows), self.places
        for was, now in moved:
            at = -1 if was is None else bisect_left(places, was.place)
            there = was is not None and 0 <= at < len(places) and places[at] == was.place
            here = now is not None and listed(now)
            if there and here and now is not None and now.place == places[at]:
                order[at] = now
                continue
            if there:
                del order[at], places[at]
            if here and now is not None:
                at = bisect_left(places, now.place)
                order.insert(at, now)
                places.insert(at, now.place)
        self.rows = order


def _every(_row: ListedRow) -> bool:
    return True


class _Rule:
    """`selectors.shown_rows` of one row, with what is the same for all rows looked up once."""

    __slots__ = ("_fits", "_rank", "_reached", "_state", "_text_of", "_words")

    def __init__(self, state: AppState, texts: FoldedTexts) -> None:
        self._state = state
        # A place begins with the rank of its part.
        self._rank = "" if state.bucket == "all" else str(PARTS.index(state.bucket))
        self._fits = fitting(state.narrowing.wanted, state.now)
        self._words = state.search.casefold().split()
        self._text_of = texts.of
        self._reached = reached(state)

    def __call__(self, one: ListedRow) -> bool:
        state, row = self._state, one.row
        return (
            one.place[0].startswith(self._rank)
            and (state.brand is None or row.brand == state.brand)
            and self._fits(row)
            and (self._reached is None or one.place <= self._reached)
            and (not self._words or found_in(self._text_of(row), self._words))
        )
