"""A circuit breaker as a value: what recent requests came to, whether another one may be sent, and when it is tried (R-A7).

Pure: time comes in, nothing goes out, and the same requests give the same breaker. It must never open because of an answer
that the other side gave in its right mind: a refusal is an answer, and so is *please wait*.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from agent_core.contract.outcomes import IntegrationState

Verdict = Literal["ok", "failed", "auth", "neutral"]
"""What one request says about the system: it works, it does not, it does not take our credential, or nothing."""


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When it opens, and for how long.

    Attributes:
        window: Requests further back do not count.
        least: It never opens on fewer requests than this.
        failure_percent: Of the requests in the window.
        first_open: How long nothing is sent the first time; doubles with each probe that fails, up to `longest_open`.
        probe_lost: A probe that has not ended by then is forgotten, and another one may try.
        auth_open: How long a credential that was not accepted is not tried again.
    """

    window: timedelta = timedelta(seconds=60)
    least: int = 5
    failure_percent: int = 50
    first_open: timedelta = timedelta(seconds=15)
    longest_open: timedelta = timedelta(minutes=5)
    probe_lost: timedelta = timedelta(minutes=3)
    auth_open: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Breaker:
    """One breaker.

    Attributes:
        recent: When each request of the window ended, and whether it failed.
        since: When it came into its present state.
        opened: How often in a row it was opened without a success between.
        next_probe: When one request may try again.
        probing: Since when one does.
        code: Of the last failure.
    """

    state: IntegrationState = "closed"
    recent: tuple[tuple[datetime, bool], ...] = ()
    since: datetime | None = None
    opened: int = 0
    next_probe: datetime | None = None
    probing: datetime | None = None
    code: str | None = None

    @property
    def failures(self) -> int:
        """Requests of the window that failed."""
        return sum(failed for _, failed in self.recent)


MOST_KEPT = 200


def admit(breaker: Breaker, now: datetime, rules: BreakerRules) -> tuple[Breaker, bool]:
    """Whether a request may be sent now. An open breaker lets one through when its probe is due."""
    if breaker.state == "closed":
        return breaker, True
    if breaker.probing is not None and abs(now - breaker.probing) < rules.probe_lost:
        return breaker, False
    if breaker.next_probe is not None and now < breaker.next_probe <= now + max(rules.longest_open, rules.auth_open):
        return breaker, False  # one further away was said by a clock that has been set back since
    if breaker.state == "auth_failed":
        return replace(breaker, probing=now), True
    since = breaker.since if breaker.state == "half_open" else now
    return replace(breaker, state="half_open", since=since, probing=now), True


def ended(breaker: Breaker, now: datetime, verdict: Verdict, rules: BreakerRules, code: str | None = None) -> Breaker:
    """The breaker after a request ended."""
    match verdict:
        case "neutral":
            return replace(breaker, probing=None)
        case "auth":
            since = breaker.since if breaker.state == "auth_failed" else now
            return Breaker("auth_failed", breaker.recent, since, breaker.opened, now + rules.auth_open, code=code)
        case "ok":
            if breaker.state == "open":  # it was sent before the others failed
                return breaker
            if breaker.state != "closed":
                return Breaker(since=now)
            return replace(breaker, recent=_within(breaker, now, rules, failed=False))
        case "failed":
            return _failed(breaker, now, rules, code)


def _failed(breaker: Breaker, now: datetime, rules: BreakerRules, code: str | None) -> Breaker:
    if breaker.state == "open":
        return breaker
    if breaker.state == "auth_failed":
        return replace(breaker, probing=None, next_probe=now + rules.auth_open)
    recent = _within(breaker, now, rules, failed=True)
    if breaker.state == "half_open":
        return _opened(breaker, recent, now, rules, code)
    failures = sum(failed for _, failed in recent)
    if len(recent) < rules.least or failures * 100 < rules.failure_percent * len(recent):
        return replace(breaker, recent=recent, code=code)
    return _opened(breaker, recent, now, rules, code)


def _opened(
    breaker: Breaker, recent: tuple[tuple[datetime, bool], ...], now: datetime, rules: BreakerRules, code: str | None
) -> Breaker:
    span = min(rules.longest_open, rules.first_open * 2 ** min(breaker.opened, 16))
    since = now if breaker.opened == 0 else breaker.since
    return Breaker("open", recent, since, breaker.opened + 1, now + span, code=code)


def _within(breaker: Breaker, now: datetime, rules: BreakerRules, *, failed: bool) -> tuple[tuple[datetime, bool], ...]:
    # They stand in the order they ended in, so the old ones stand in front; looking at all of them costs more than the rest
    # of a request. Where a clock went back, some are kept until those before them are old, too.
    recent, old = breaker.recent, 0
    while old < len(recent) and now - recent[old][0] >= rules.window:
        old += 1
    return (*recent[old:], (now, failed))[-MOST_KEPT:]


def restored(
    state: IntegrationState, since: datetime, next_probe: datetime | None, code: str | None, failures: int
) -> Breaker:
    """The breaker of before a restart: what was open stays open until its probe is due, and is not believed to work."""
    if state == "closed":
        return Breaker(since=since)
    was: IntegrationState = "auth_failed" if state == "auth_failed" else "open"
    return Breaker(was, ((since, True),) * min(failures, MOST_KEPT), since, 1, next_probe, code=code)
