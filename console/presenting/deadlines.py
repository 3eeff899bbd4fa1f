"""The clocks of an ask as rows of its card: by when somebody looks and decides, what was missed, who is on it (R-M2, R-E4).

Moments stand in this machine's time and do not move, so a card is not built anew while they come nearer. It must never
say that a promise was broken before the core has said so.
"""

from collections.abc import Iterator
from datetime import datetime

from agent_core.contract.views import AskCard
from console import texts_clocks
from console.presenting.clock import when
from console.theme.tokens import Tone
from console.widgets.visible_text import one_line

Row = tuple[str, str, Tone | None]


def deadlines(card: AskCard, now: datetime) -> Iterator[Row]:
    """What was missed and who is on it, then the clocks that still run; nothing about an ask that is over."""
    if card.state == "closed":
        return
    if card.missed:
        yield texts_clocks.MISSED, "\n".join(_missed(card, now)), "danger"
        yield texts_clocks.HELD_BY, _holder(card, now), None if card.claimed_name else "warn"
    due = card.next_breach
    if due is None:
        return
    if card.look_by is not None and due <= card.look_by and "first_look" not in card.breached:
        yield texts_clocks.LOOK_BY, when(card.look_by, now), None
    if card.answer_by is not None and due <= card.answer_by and "answer" not in card.breached:
        yield texts_clocks.ANSWER_BY, when(card.answer_by, now), None


def _missed(card: AskCard, now: datetime) -> Iterator[str]:
    """Since when: of each clock the first time that it ran out, whichever queue it waited in then."""
    said: set[str] = set()
    for one in card.missed:
        if one.what not in said:
            said.add(one.what)
            yield texts_clocks.MISSED_BY[one.what].format(time=when(one.due, now))


def _holder(card: AskCard, now: datetime) -> str:
    if not card.claimed_name:
        return texts_clocks.NOBODY
    name = one_line(card.claimed_name)
    if card.claimed_until is None:
        return name
    return texts_clocks.HELD_UNTIL.format(name=name, time=when(card.claimed_until, now))
