"""Moments as people of this machine read them: its time zone, hours and minutes, days by name."""

from datetime import datetime

from console import words


def at(moment: datetime) -> str:
    """The time of day, e.g. `14:02`."""
    return moment.astimezone().strftime("%H:%M")


def day(moment: datetime, now: datetime) -> str:
    """The day in words: `Today`, `Yesterday`, or a date."""
    local, today = moment.astimezone().date(), now.astimezone().date()
    distance = (today - local).days
    if distance == 0:
        return words.TODAY
    if distance == 1:
        return words.YESTERDAY
    return local.strftime("%A, %d %B" if local.year == today.year else "%d %B %Y").replace(" 0", " ")
