"""Where the keyboard is within a plane over the window, and where it goes when that plane is gone (R-M8, R-M2).

What lies below a dimmed plane must never get the keyboard while the plane is there: a press of Space would act on what
nobody looks at. It must never give the keyboard to a widget that is gone.
"""

from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget
from shiboken6 import isValid


def tab_stops(plane: QWidget) -> list[QWidget]:
    """What Tab reaches within a plane, in its order."""
    found: list[QWidget] = []
    here = plane.nextInFocusChain()
    while here is not None and here is not plane:
        reached = bool(here.focusPolicy() & Qt.FocusPolicy.TabFocus) and here.isEnabled() and here.isVisible()
        if reached and here.focusProxy() is None and plane.isAncestorOf(here):
            found.append(here)
        here = here.nextInFocusChain()
    return found


def has_keyboard(widget: QWidget) -> bool:
    """Whether a widget, or something in it, has the keyboard of its window."""
    here = cast("QWidget | None", widget.window().focusWidget())  # Qt answers none, whatever its stubs say
    return here is not None and (here is widget or widget.isAncestorOf(here))


def tab_within(plane: QWidget, *, forwards: bool) -> None:
    """Put the keyboard on the next stop within a plane, from its last to its first, and scroll that into sight."""
    stops, here = tab_stops(plane), plane.window().focusWidget()
    if not stops:
        plane.setFocus(Qt.FocusReason.TabFocusReason)
        return
    if here in stops:
        wanted = stops[(stops.index(here) + (1 if forwards else -1)) % len(stops)]
    else:
        wanted = stops[0 if forwards else -1]
    wanted.setFocus(Qt.FocusReason.TabFocusReason if forwards else Qt.FocusReason.BacktabFocusReason)
    into_sight(wanted)


def into_sight(widget: QWidget) -> None:
    """Scroll whatever holds a widget so that it can be seen."""
    holder = widget.parentWidget()
    while holder is not None:
        if isinstance(holder, QScrollArea):
            holder.ensureWidgetVisible(widget)
        holder = holder.parentWidget()


def give_back(before: QWidget | None, window: QWidget) -> None:
    """Give the keyboard back to what had it before a plane was opened; where that is gone meanwhile, to the window."""
    if before is None:
        return
    there = isValid(before) and before.isVisible() and before.isEnabled()
    (before if there else window).setFocus(Qt.FocusReason.PopupFocusReason)
