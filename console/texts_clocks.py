"""What people read about the clocks of asks: by when somebody looks and decides, and what was missed.

English; `console.language` fills it in. It must never import Qt or the core.
"""

from typing import Final

LOOK_BY = "Look by"
ANSWER_BY = "Answer by"
MISSED = "Overdue"
MISSED_BY: Final = {"first_look": "Nobody looked by {time}.", "answer": "Nobody decided by {time}."}
HELD_BY = "Held by"
HELD_UNTIL = "{name}, until {time}"
NOBODY = "Nobody"
ONLY_MISSED = "Overdue {count}"
ONLY_MISSED_SPOKEN = "Show only what is overdue: {count}"
ALL_AGAIN_SPOKEN = "Show everything again, not only what is overdue"
