"""Which workflows are paused, by whom and since when, in words. Pure (R-M3).

It must never say that something is paused because somebody pressed: only the core's word counts.
"""

from collections.abc import Sequence
from datetime import datetime

from agent_core.contract.stopping import PausedWorkflow
from console import texts_stopping as texts
from console.presenting import clock
from console.widgets.banner import BannerProps


def by_whom(one: PausedWorkflow, now: datetime) -> str:
    """Who paused it, and since when; today's moments by the time of day alone."""
    when = clock.when(one.since, now)
    return (
        texts.PAUSED_HERE.format(when=when) if one.by_name is None else texts.PAUSED_BY.format(name=one.by_name, when=when)
    )


def banner(one: PausedWorkflow, now: datetime) -> BannerProps:
    """Above a conversation that has it."""
    return BannerProps(
        "octagon-pause", "warn", texts.BANNER.format(workflow=one.title, by=by_whom(one, now)), action=texts.RESUME
    )


def row_words(paused: Sequence[PausedWorkflow]) -> str:
    """What a row of the list says of it."""
    return texts.ROW.format(workflows=", ".join(one.title for one in paused)) if paused else ""
