"""What the list of conversations shows: a filter, views a person saved under a name, and what filters can say. Pure.

A view is kept in the console's settings and shared as text, so it must never hold a word of a customer.
"""

from dataclasses import dataclass, replace
from typing import Final, assert_never

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import EVERYTHING, ListingAnswer, RowFilter
from console.state.buckets import Bucket

MOST_VIEWS: Final = 40


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list a person wants again.

    Attributes:
        name: What they call it, at most 40 characters in one line.
        brand: Of one brand, or of all with None.
        pinned: It stands as a tab above the list.
    """

    name: str
    wanted: RowFilter = EVERYTHING
    bucket: Bucket = "all"
    brand: BrandId | None = None
    pinned: bool = True


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How the list is narrowed now.

    Attributes:
        wanted: The filter.
        views: Saved ones, in the order in which they were saved.
        choices: What filters can say, once the core has named it.
    """

    wanted: RowFilter = EVERYTHING
    views: tuple[SavedView, ...] = ()
    choices: ListingAnswer | None = None


@dataclass(frozen=True, slots=True)
class FilterChosen:
    """The list is to be narrowed to this."""

    wanted: RowFilter


@dataclass(frozen=True, slots=True)
class ViewChosen:
    """A saved list is wanted: its filter, its part and its brand."""

    view: SavedView


@dataclass(frozen=True, slots=True)
class ViewSaved:
    """A list is to be kept under its name; one of the same name is replaced."""

    view: SavedView


@dataclass(frozen=True, slots=True)
class ViewForgotten:
    """A saved list is not wanted any more."""

    name: str


@dataclass(frozen=True, slots=True)
class ListingArrived:
    """The core said what filters can say."""

    choices: ListingAnswer


ListingHappening = FilterChosen | ViewChosen | ViewSaved | ViewForgotten | ListingArrived


def reduced(narrowing: Narrowing, happening: ListingHappening) -> Narrowing:
    """The list after something happened to it."""
    match happening:
        case FilterChosen(wanted):
            return replace(narrowing, wanted=wanted)
        case ViewChosen(view):
            return replace(narrowing, wanted=view.wanted)
        case ViewSaved(view):
            others = tuple(one for one in narrowing.views if one.name != view.name)
            return replace(narrowing, views=(*others, view)[-MOST_VIEWS:])
        case ViewForgotten(name):
            return replace(narrowing, views=tuple(one for one in narrowing.views if one.name != name))
        case ListingArrived(choices):
            return replace(narrowing, choices=choices)
        case _:
            assert_never(happening)


def is_shown(narrowing: Narrowing, bucket: Bucket, brand: BrandId | None, view: SavedView) -> bool:
    """Whether a saved view is what the list shows now."""
    return (view.wanted, view.bucket, view.brand) == (narrowing.wanted, bucket, brand)
