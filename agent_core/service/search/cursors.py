"""Where a list of hits goes on, as an opaque text: of one index, one question and its brands. Anything else is refused."""

import base64
import binascii
import json
from dataclasses import dataclass

from agent_core.contract.errors import CountersignError


class PageLost(CountersignError):
    """The cursor belongs to another question, or to an index that was built anew."""

    status = 410

    def __init__(self) -> None:
        super().__init__("cursor_lost", "This list cannot be continued any more. Search again.")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a list goes on.

    Attributes:
        before: Only passages with a smaller number; in a list of conversations, only those before `last_us`.
        skip: Hits of the best that were answered already; none when they are not ranked (any more).
        count: Hits that were counted on the first page, and whether those were all.
    """

    before: int
    last_us: int | None = None
    skip: int | None = None
    count: int = 0
    counted_all: bool = True

    def token(self, made: str, question: str) -> str:
        """The cursor as text."""
        values = [made, question, self.before, self.last_us, self.skip, self.count, int(self.counted_all)]
        return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")

    @staticmethod
    def read(token: str, made: str, question: str) -> "Cursor":
        """The cursor in a text.

        Raises:
            PageLost: It is none of this index and question.
        """
        try:
            text = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
            of_index, of_question, *numbers = json.loads(text)
            before, last_us, skip, count, counted_all = numbers
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise PageLost from error
        sound = (of_index, of_question) == (made, question) and all(
            type(each) is int for each in (before, count, counted_all)
        )
        if not sound or not all(each is None or type(each) is int for each in (last_us, skip)) or (skip or 0) < 0:
            raise PageLost
        if not all(abs(each or 0) < 2**62 for each in (before, last_us, skip, count)):
            raise PageLost
        return Cursor(before, last_us, skip, count, bool(counted_all))
