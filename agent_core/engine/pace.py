"""The pace of a brand's conversations, from what its release says: the one place where `brand.yaml` becomes `TurnRules`.

Made once per release; nothing here looks at a clock.
"""

from functools import lru_cache

from agent_core.conversation.hours import Hours
from agent_core.conversation.plan import ClosingRules, SilenceRules, TurnRules
from agent_core.workflows.brand import BrandConfig, OpeningHours, Silence
from agent_core.workflows.release import Release

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=256)
def rules_of(release: Release) -> TurnRules:
    """The rules by which a release's conversations go."""
    brand = release.brand
    return TurnRules(
        batch_window_ms=brand.timing.batch_window_ms,
        closing=_closing(brand),
        fallback=brand.models.fallback is not None,
        answer_hours=hours_of(brand.opening_hours) if brand.timing.answers == "opening_hours" else None,
        reply_deadline_s=brand.timing.reply_deadline_s,
        takeover_idle_s=brand.timing.takeover_idle_s,
        takeover_returns=brand.timing.takeover_idle == "agent",
        retention=tuple(sorted(brand.retention.items())),
    )


def hours_of(opening: OpeningHours) -> Hours:
    """When people of a brand work."""
    return Hours(opening.timezone, tuple(_window(opening.days.get(day)) for day in _WEEK))


def _closing(brand: BrandConfig) -> ClosingRules:
    closing = brand.closing
    return ClosingRules(
        asked=_silence(closing.asked),
        resolved=_silence(closing.resolved),
        declined=_silence(closing.declined),
        hours=hours_of(brand.opening_hours) if closing.in_opening_hours else None,
    )


def _silence(silence: Silence) -> SilenceRules:
    return SilenceRules(silence.follow_up_s, silence.follow_ups, silence.close_s)


def _window(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    return opens, closes
