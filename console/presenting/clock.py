"""Moments as people of this machine read them: its time zone, hours and minutes, days by name."""

from datetime import datetime

from console import texts_time


def at(moment: datetime) -> str:
    """The time of day, e.g. `14:02`."""
    local = moment.astimezone()
    return texts_time.CLOCK.format(hour=f"{local.hour:02}", minute=f"{local.minute:02}")


def when(then: datetime, now: datetime) -> str:
    """A moment as short as it can be told from now: the time of day if it is today's, else with its day."""
    same = then.astimezone().date() == now.astimezone().date()
    return at(then) if same else moment(then)


def day(moment: datetime, now: datetime) -> str:
    """The day in words: `Today`, `Yesterday`, or a date."""
    local, today = moment.astimezone().date(), now.astimezone().date()
    distance = (today - local).days
    if distance == 0:
        return texts_time.TODAY
    if distance == 1:
        return texts_time.YESTERDAY
    pattern = texts_time.DAY_OF_THIS_YEAR if local.year == today.year else texts_time.DAY_OF_A_YEAR
    return pattern.format(
        weekday=texts_time.WEEKDAYS[local.weekday()],
        day=local.day,
        month=texts_time.MONTHS[local.month - 1],
        year=local.year,
    )


def moment(when: datetime) -> str:
    """A day and a time of day, e.g. `3 March, 14:02`."""
    local = when.astimezone()
    return texts_time.MOMENT.format(day=local.day, month=texts_time.MONTHS[local.month - 1], clock=at(when))
