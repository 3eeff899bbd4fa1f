"""What a person does of their own: an action they want to propose, and like cases they have chosen together. Pure.

It must never hold a choice that nobody made: a case that is decided elsewhere leaves the choice at once.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from agent_core.contract.ids import AskId
from agent_core.contract.proposing import ActionPreview


@dataclass(frozen=True, slots=True)
class Sheet:
    """Like cases as they were put before the person, and since when."""

    asks: tuple[AskId, ...]
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class Acting:
    """What is under way.

    Attributes:
        preview: What an action of one's own would come to; the newest that was asked for.
        picked: Asks chosen to be approved together, in the order of the choice.
        sheet: The review sheet, while it is open.
    """

    preview: ActionPreview | None = None
    picked: tuple[AskId, ...] = ()
    sheet: Sheet | None = None


@dataclass(frozen=True, slots=True)
class ActionShown:
    """The core said what an action would come to."""

    preview: ActionPreview


@dataclass(frozen=True, slots=True)
class AskPicked:
    """An ask was chosen to be approved together with others, or is not any more."""

    ask: AskId


@dataclass(frozen=True, slots=True)
class PicksCleared:
    """Nothing is chosen any more."""


@dataclass(frozen=True, slots=True)
class SheetShown:
    """The review sheet of these was opened at this moment."""

    asks: tuple[AskId, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class SheetLeft:
    """The review sheet was closed without a yes."""


ActingHappening = ActionShown | AskPicked | PicksCleared | SheetShown | SheetLeft


def acting_reduced(slice_: Acting, happening: ActingHappening) -> Acting:
    """The slice after something happened."""
    match happening:
        case ActionShown(preview):
            return replace(slice_, preview=preview)
        case AskPicked(ask):
            kept = tuple(one for one in slice_.picked if one != ask)
            return replace(slice_, picked=kept if ask in slice_.picked else (*slice_.picked, ask))
        case PicksCleared():
            return replace(slice_, picked=(), sheet=None)
        case SheetShown(asks, at):
            return replace(slice_, sheet=Sheet(asks, at))
        case SheetLeft():
            return replace(slice_, sheet=None)
        case _:
            assert_never(happening)


def still_there(slice_: Acting, waiting: Collection[AskId]) -> Acting:
    """The slice without asks that nobody waits for any more."""
    kept = tuple(one for one in slice_.picked if one in waiting)
    return slice_ if kept == slice_.picked else replace(slice_, picked=kept)
