"""What a row must be, as SQL with parameters: the brands of who asks first, then every filter of the question. Pure.

Nothing that was asked for is part of a statement: names of columns are ours, values are parameters.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from agent_core.contract.ids import BrandId
from agent_core.contract.searching import SearchAsked
from agent_core.store.wakes import microseconds

_LIKE: Final = {"workflow": "workflows", "tool": "tools", "outcome": "outcomes", "flag": "flags"}
_SAME: Final = ("channel", "state", "replied", "handled", "currency")


def condition_of(wanted: SearchAsked, brands: Sequence[BrandId], *, of_passages: bool) -> tuple[str, list[Any]]:
    """The condition over `p` (a passage) and `t` (its conversation), and its values.

    Args:
        wanted: The question.
        brands: The only ones that may be seen; none: nothing.
        of_passages: Whether there is a `p`.
    """
    parts = [(f"t.brand IN ({','.join('?' * len(brands))})" if brands else "0", [*brands])]
    parts.extend((what, [value]) for what, value in _parts(wanted, of_passages=of_passages))
    return " AND ".join(what for what, _ in parts), [value for _, values in parts for value in values]


def _parts(wanted: SearchAsked, *, of_passages: bool) -> Iterator[tuple[str, Any]]:
    moment = "p.at_us" if of_passages else "t.last_us"
    yield from _given(("t.stream = ?", wanted.conversation))
    yield from _given(*((f"t.{name} = ?", getattr(wanted, name)) for name in _SAME))
    for name, column in _LIKE.items():
        if (value := getattr(wanted, name)) is not None:
            yield f"instr(t.{column}, ?) > 0", f"\n{value}\n"
    yield from _given(
        ("coalesce(t.money >= ?, 0)", wanted.money_from),
        ("coalesce(t.money <= ?, 0)", wanted.money_to),
        ("coalesce(t.score >= ?, 0)", wanted.score_from),
        ("coalesce(t.score <= ?, 0)", wanted.score_to),
        ("t.reviewed = ?", None if wanted.reviewed is None else int(wanted.reviewed)),
        (f"{moment} >= ?", None if wanted.since is None else microseconds(wanted.since)),
        (f"{moment} < ?", None if wanted.until is None else microseconds(wanted.until)),
    )
    if of_passages:
        yield from _given(("p.kind = ?", wanted.kind), ("p.by = ?", wanted.by))


def _given(*parts: tuple[str, Any]) -> Iterator[tuple[str, Any]]:
    """Those that were asked for."""
    return ((what, value) for what, value in parts if value is not None)
