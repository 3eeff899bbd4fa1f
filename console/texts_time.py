"""How moments and lengths of time are written. English; other languages fill it in (`console.language`).

It must never import Qt or the core.
"""

from typing import Final

from console.language.plural import Plural

CLOCK = "{hour}:{minute}"
TODAY = "Today"
YESTERDAY = "Yesterday"
DAY_OF_THIS_YEAR = "{weekday}, {day} {month}"
DAY_OF_A_YEAR = "{day} {month} {year}"
MOMENT = "{day} {month}, {clock}"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

JUST_NOW = "just now"
SECONDS = "{count}\u00a0s"
MINUTES = "{count}\u00a0min"
HOURS = "{count}\u00a0h"
DAYS = Plural("1\u00a0day", "{count}\u00a0days")
THOUSANDS = "{count}k"
MILLIONS = "{count}M"
