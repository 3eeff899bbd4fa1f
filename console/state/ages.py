"""Lengths of time and amounts of things, as people read them. Digits only grow where they must."""

from datetime import datetime


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, short: `0:42`, `12:05`, `3 h`, `2 days`. Empty for None; never negative."""
    if then is None:
        return ""
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 3_600:
        return f"{seconds // 60}:{seconds % 60:02}"
    if seconds < 86_400:
        return f"{seconds // 3_600}\u00a0h"
    days = seconds // 86_400
    return f"{days}\u00a0day{'s' if days > 1 else ''}"


def old(then: datetime | None, now: datetime) -> str:
    """How old, in words: `4 s`, `2 min`, `3 h`, `2 days`."""
    if then is None:
        return ""
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 60:
        return f"{seconds}\u00a0s"
    if seconds < 3_600:
        return f"{seconds // 60}\u00a0min"
    return ago(then, now)


def left(until: datetime | None, now: datetime) -> int | None:
    """Whole seconds until then, at least 0; None without an end."""
    return None if until is None else max(0, -int((now - until).total_seconds() // 1))


def short_count(count: int) -> str:
    """A count that fits beside a word: `42`, `1.2k`, `38k`."""
    if count < 1_000:
        return str(count)
    if count < 10_000:
        return f"{count // 1_000}.{count % 1_000 // 100}k"
    return f"{count // 1_000}k" if count < 1_000_000 else f"{count // 1_000_000}M"
