"""What is paused, by whom and since when, in words. Pure (R-M3).

It must never say that something is paused because somebody pressed: only the core's word counts.
"""

from collections.abc import Sequence
from datetime import datetime

from agent_core.contract.stopping import PausedWorkflow, Stopped
from console import texts_stopping as texts
from console.presenting import clock
from console.state.app_state import AppState
from console.state.selectors import paused_brands
from console.widgets.banner import BannerProps
from console.widgets.stop_strip import StopStripProps
from console.widgets.visible_text import one_line


def by_whom(one: Stopped, now: datetime) -> str:
    """Who paused it, and since when; today's moments by the time of day alone."""
    when = clock.when(one.since, now)
    return (
        texts.PAUSED_HERE.format(when=when) if one.by_name is None else texts.PAUSED_BY.format(name=one.by_name, when=when)
    )


def stops(state: AppState) -> StopStripProps | None:
    """What is stopped where this window looks: everything, or the brands that are by themselves; none where all work."""
    core = state.core
    if core is not None and core.paused:
        return StopStripProps(texts.EVERYTHING, _said(core.stopped, state.now))
    stopped = paused_brands(state)
    if not stopped:
        return None
    if len(stopped) == 1:
        return StopStripProps(texts.BRAND.format(brand=stopped[0].title), _said(stopped[0].stopped, state.now))
    each = (texts.STOPPED_BRAND.format(brand=one.title, by=_said(one.stopped, state.now)) for one in stopped)
    return StopStripProps(texts.BRANDS.of(len(stopped)), texts.ALL.join(each))


def _said(stopped: Stopped | None, now: datetime) -> str:
    if stopped is None:
        return ""
    when, name = clock.when(stopped.since, now), stopped.by_name
    if name is None:
        return texts.STOPPED_HERE.format(when=when)
    return texts.STOPPED_BY.format(name=one_line(name, 60), when=when) if name else texts.STOPPED_ELSEWHERE.format(when=when)


def banner(one: PausedWorkflow, now: datetime) -> BannerProps:
    """Above a conversation that has it."""
    return BannerProps(
        "octagon-pause", "warn", texts.BANNER.format(workflow=one.title, by=by_whom(one, now)), action=texts.RESUME
    )


def row_words(paused: Sequence[PausedWorkflow]) -> str:
    """What a row of the list says of it."""
    return texts.ROW.format(workflows=", ".join(one.title for one in paused)) if paused else ""
