"""What consoles ask and hear about the checks of replies (R-F2)."""

from typing import Annotated

from pydantic import Field

from agent_core.contract.base import Code, Sentence, Value
from agent_core.contract.ids import BrandId

MOST_CHARACTERS = 8000


class CheckReply(Value):
    """A text a person might send: is there anything to say against it?"""

    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]


class ReplyWarning(Value):
    """One thing a check found in a person's words. They may send them all the same.

    `places`: `[start, end)` in characters of the text as it would be sent: cleaned, without space around it.
    """

    check: Code
    code: Code
    sentence: Sentence
    places: tuple[tuple[int, int], ...] = Field(max_length=20, default=())


class CheckedReply(Value):
    """What the checks say about a text. `text`: as it would be sent; the places lie in it."""

    text: str
    warnings: tuple[ReplyWarning, ...]


class ReplyCheckCount(Value):
    """How often one thing was found on a day (UTC), in whose words, and what became of them.

    `check` is `passed` for replies that were drafted; their `code` says who made them.
    """

    brand: BrandId
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    check: Code
    code: Code
    became: Code
    count: int = Field(ge=1)


class ReplyCheckStanding(Value):
    """Whether a check works for a brand as it is live now."""

    brand: BrandId
    check: Code
    enabled: bool


class ReplyChecksAnswer(Value):
    """What the checks found at the brands of this session, by day, oldest first. `complete`: nothing was cut off."""

    since: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    counts: tuple[ReplyCheckCount, ...]
    checks: tuple[ReplyCheckStanding, ...]
    complete: bool
