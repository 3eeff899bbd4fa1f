"""How the systems of one brand fare: a breaker for each system and kind of operation, a retry budget for each system (R-A7).

In memory, because it is no truth about any conversation: what follows from it (not sent, tried again at a moment) is in the
log. Changes are told to a listener, which records them. It must never hold back what it was not asked about.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.outcomes import IntegrationState
from agent_core.systems.breaker import Breaker, BreakerRules, Verdict, admit, ended
from agent_core.systems.budget import RetryBudget

Operation = Literal["read", "write", "ask"]


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing is sent at the moment. `seconds`: until the next probe; `auth`: our credential is not accepted."""

    seconds: float
    auth: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker came into another state."""

    system: str
    operation: Operation
    state: IntegrationState
    since: datetime
    requests: int
    failures: int
    code: str | None
    next_probe: datetime | None


Listener = Callable[[Change], None]


class Integrations:
    """The systems of one brand. Used from one event loop.

    Args:
        clock: The present moment.
        rules: When breakers open.
        listener: Told of each change of state; must return at once.
    """

    def __init__(
        self, clock: Clock = system_clock, rules: BreakerRules | None = None, listener: Listener | None = None
    ) -> None:
        self._clock = clock
        self._rules = rules or BreakerRules()
        self._listener = listener
        self._breakers: dict[tuple[str, Operation], Breaker] = {}
        self._budgets: dict[str, RetryBudget] = {}

    def enter(self, system: str, operation: Operation) -> Held | None:
        """Asks for leave to send one request; none is leave. Every leave is given back by `left`."""
        before = self._breaker(system, operation)
        after, admitted = admit(before, self._clock(), self._rules)
        self._put(system, operation, before, after)
        if admitted:
            self._budgets[system] = self._budget(system).earned()
            return None
        return self._held(after)

    def left(self, system: str, operation: Operation, verdict: Verdict, code: str | None = None) -> None:
        """What the request came to."""
        before = self._breaker(system, operation)
        self._put(system, operation, before, ended(before, self._clock(), verdict, self._rules, code))

    def held(self, system: str, operation: Operation) -> Held | None:
        """Whether a request would be held back now; asks for nothing."""
        breaker = self._breaker(system, operation)
        _, admitted = admit(breaker, self._clock(), self._rules)
        return None if admitted else self._held(breaker)

    def may_retry(self, system: str) -> bool:
        """Takes one repetition out of the system's budget, if there is one."""
        spent = self._budget(system).spent()
        if spent is None:
            return False
        self._budgets[system] = spent
        return True

    def restore(self, system: str, operation: Operation, breaker: Breaker) -> None:
        """The state of before a restart. Told to nobody: it is on record."""
        self._breakers[system, operation] = breaker

    def _held(self, breaker: Breaker) -> Held:
        due = breaker.next_probe
        if breaker.probing is not None:  # somebody is trying right now
            due = breaker.probing + self._rules.first_open
        seconds = 0.0 if due is None else (due - self._clock()).total_seconds()
        return Held(max(1.0, seconds), breaker.state == "auth_failed")

    def _breaker(self, system: str, operation: Operation) -> Breaker:
        return self._breakers.get((system, operation), Breaker())

    def _budget(self, system: str) -> RetryBudget:
        return self._budgets.get(system, RetryBudget())

    def _put(self, system: str, operation: Operation, before: Breaker, after: Breaker) -> None:
        if after is before:
            return
        self._breakers[system, operation] = after
        if self._listener is None or (after.state, after.next_probe) == (before.state, before.next_probe):
            return
        since = after.since or self._clock()
        self._listener(
            Change(system, operation, after.state, since, len(after.recent), after.failures, after.code, after.next_probe)
        )
