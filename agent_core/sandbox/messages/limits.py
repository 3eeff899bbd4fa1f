"""Rate limits as the provider counts them: a minute's allowance, shown in headers on every answer.

The window is fixed, not sliding: close enough for clients that read the headers. Never waits; it only says no.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent_core.contract.clock import Clock
from agent_core.sandbox.messages.problems import ApiProblem

_WINDOW_SECONDS = 60


@dataclass(frozen=True)
class RateLimits:
    """What may be used in one minute.

    Attributes:
        requests: Requests.
        input_tokens: Input tokens.
        output_tokens: Output tokens.
    """

    requests: int = 100_000
    input_tokens: int = 50_000_000
    output_tokens: int = 10_000_000


class RateWindow:
    """What was used in the current minute."""

    def __init__(self, limits: RateLimits, now: Clock) -> None:
        self._limits = limits
        self._now = now
        self._started = now()
        self._used = [0, 0, 0]

    def begin(self, input_tokens: int) -> None:
        """Counts one request.

        Raises:
            ApiProblem: 429 with ``retry-after`` when an allowance is used up.
        """
        now = self._roll()
        allowed = (self._limits.requests, self._limits.input_tokens, self._limits.output_tokens)
        wanted = (1, input_tokens, 0)
        names = ("requests", "input tokens", "output tokens")
        for used, more, limit, name in zip(self._used, wanted, allowed, names, strict=True):
            if used + more > limit:
                wait = max(1, math.ceil((self._reset() - now).total_seconds()))
                raise ApiProblem(
                    429,
                    "rate_limit_error",
                    f"This request would exceed your organization's rate limit of {limit} {name} per minute. "
                    "For details, refer to: https://docs.claude.com/en/api/rate-limits.",
                    {"retry-after": str(wait)},
                )
        self._used[0] += 1
        self._used[1] += input_tokens

    def finish(self, output_tokens: int) -> None:
        """Counts the output of a request."""
        self._used[2] += output_tokens

    def headers(self) -> dict[str, str]:
        """The ``anthropic-ratelimit-*`` headers of an answer."""
        self._roll()
        reset = self._reset().strftime("%Y-%m-%dT%H:%M:%SZ")
        limits = self._limits
        rows = {
            "requests": (limits.requests, self._used[0]),
            "input-tokens": (limits.input_tokens, self._used[1]),
            "output-tokens": (limits.output_tokens, self._used[2]),
            "tokens": (limits.input_tokens + limits.output_tokens, self._used[1] + self._used[2]),
        }
        found: dict[str, str] = {}
        for name, (limit, used) in rows.items():
            found[f"anthropic-ratelimit-{name}-limit"] = str(limit)
            found[f"anthropic-ratelimit-{name}-remaining"] = str(max(0, limit - used))
            found[f"anthropic-ratelimit-{name}-reset"] = reset
        return found

    def _reset(self) -> datetime:
        return (self._started + timedelta(seconds=_WINDOW_SECONDS)).astimezone(UTC)

    def _roll(self) -> datetime:
        now = self._now()
        if (now - self._started).total_seconds() >= _WINDOW_SECONDS:
            self._started, self._used = now, [0, 0, 0]
        return now
