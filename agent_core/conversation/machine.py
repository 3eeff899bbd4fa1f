"""What a machine is: a table of states, events and next states, and nothing else (R-A1).

The tables stand in `machines` and `lifecycles`; pictures, refusals and checks are all derived from them. It must never hold
a rule that is not a row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

NONE: Final = "none"
"""Before the first event of a thing."""

OVER: Final = "over"
"""A thing that came to one of its ends and is no longer kept in the folded state: which end, only the log tells."""

STAYS: Final = "="
"""In a row: it is recorded and changes nothing, e.g. because it came late."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One table.

    Attributes:
        name: What the machine is of, e.g. `run`.
        title: Shown above its picture.
        first: The state everything begins in.
        ends: States that may be forgotten.
        table: State -> event -> possible next states. What is absent is refused.
    """

    name: str
    title: str
    first: str
    ends: frozenset[str]
    table: Mapping[str, Mapping[str, frozenset[str]]]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the table."""
        return tuple(self.table)

    @property
    def events(self) -> tuple[str, ...]:
        """Every event, in the order in which the table names them first."""
        return tuple(dict.fromkeys(event for row in self.table.values() for event in row))

    def next(self, now: str, event: str) -> frozenset[str]:
        """The states that an event may lead to; empty when the table refuses it."""
        if now != OVER:
            return self.table[now].get(event, frozenset())
        possible = frozenset[str]().union(*(self.table[end].get(event, frozenset()) for end in self.ends))
        return possible | {OVER} if possible & self.ends else possible

    def allows(self, now: str, event: str, after: str) -> bool:
        """Whether the table leads from one state to the other by this event."""
        possible = self.next(now, event)
        return after in possible or (after == OVER and bool(possible & self.ends))

    def after(self, state: str) -> frozenset[str]:
        """Every other state that some event leads to from here."""
        return frozenset[str]().union(*self.table[state].values()) - {state}


def machine(name: str, title: str, states: str, *rows: tuple[str, str, str], first: str = NONE, ends: str = "") -> Machine:
    """A machine from rows of words.

    Args:
        name: As `Machine.name`.
        title: As `Machine.title`.
        states: Every state, separated by blanks.
        rows: `(states, events, next states)`, each separated by blanks; `=` stands for the state itself.
        first: The state everything begins in.
        ends: States that may be forgotten.

    Raises:
        ValueError: A row names a state there is not, or two rows answer the same question.
    """
    table: dict[str, dict[str, frozenset[str]]] = {state: {} for state in states.split()}
    for where, events, to in rows:
        for state in where.split():
            possible = frozenset(state if word == STAYS else word for word in to.split())
            _check_known(name, table, (state, *possible))
            for event in events.split():
                if event in table[state]:
                    raise ValueError(f"{name}: two rows for {event} in {state}")
                table[state][event] = possible
    _check_known(name, table, (first, *ends.split()))
    return Machine(name, title, first, frozenset(ends.split()), table)


def _check_known(name: str, table: Mapping[str, object], states: Iterable[str]) -> None:
    unknown = [state for state in states if state not in table]
    if unknown:
        raise ValueError(f"{name}: no such state {unknown[0]}")
