"""Which workflows are paused, by whom and since when, in words. Pure (R-M3).

It must never say that something is paused because somebody pressed: only the core's word counts.
"""

from collections.abc import Sequence

from agent_core.contract.stopping import PausedWorkflow
from console import texts_stopping as texts
from console.presenting.clock import moment
from console.widgets.banner import BannerProps


def by_whom(one: PausedWorkflow) -> str:
    """Who paused it, and when."""
    when = moment(one.since)
    return (
        texts.PAUSED_HERE.format(when=when) if one.by_name is None else texts.PAUSED_BY.format(name=one.by_name, when=when)
    )


def banner(one: PausedWorkflow) -> BannerProps:
    """Above a conversation that has it."""
    return BannerProps(
        "octagon-pause", "warn", texts.BANNER.format(workflow=one.title, by=by_whom(one)), action=texts.RESUME
    )


def row_words(paused: Sequence[PausedWorkflow]) -> str:
    """What a row of the list says of it."""
    return texts.ROW.format(workflows=", ".join(one.title for one in paused)) if paused else ""
