"""Lengths of time and amounts of things, as people read them. Digits only grow where they must."""

from datetime import datetime

from console import texts_time
from console.language.numbers import decimal


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, short: `0:42`, `12:05`, `3 h`, `2 days`. Empty for None; never negative."""
    if then is None:
        return ""
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 3_600:
        return f"{seconds // 60}:{seconds % 60:02}"
    if seconds < 86_400:
        return texts_time.HOURS.format(count=seconds // 3_600)
    return texts_time.DAYS.of(seconds // 86_400)


def old(then: datetime | None, now: datetime) -> str:
    """How old, in words: `4 s`, `2 min`, `3 h`, `2 days`."""
    if then is None:
        return ""
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 60:
        return texts_time.SECONDS.format(count=seconds)
    if seconds < 3_600:
        return texts_time.MINUTES.format(count=seconds // 60)
    return ago(then, now)


def left(until: datetime | None, now: datetime) -> int | None:
    """Whole seconds until then, at least 0; None without an end."""
    return None if until is None else max(0, -int((now - until).total_seconds() // 1))


def short_count(count: int) -> str:
    """A count that fits beside a word: `42`, `1.2k`, `38k`."""
    if count < 1_000:
        return str(count)
    if count < 10_000:
        return texts_time.THOUSANDS.format(count=decimal(f"{count // 1_000}.{count % 1_000 // 100}"))
    if count < 1_000_000:
        return texts_time.THOUSANDS.format(count=count // 1_000)
    return texts_time.MILLIONS.format(count=count // 1_000_000)
