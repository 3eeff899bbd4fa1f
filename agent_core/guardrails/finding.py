"""What a check says about a reply: never words of it, but places in it and numbers that code has read (R-D3)."""

from dataclasses import dataclass

from agent_core.contract.reply_checks import ReplyCheckName

Span = tuple[int, int]
"""Where in the reply, in characters: `[start, end)`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a reply may not leave.

    Attributes:
        check: Which check it is.
        code: What was found, as a word: letters and `_` only.
        sentence: For a person who reads over the reply.
        reason: For the model that writes it anew. Our own words, and values in a form that only code writes.
        spans: Where; empty when something is missing.
    """

    check: ReplyCheckName
    code: str
    sentence: str
    reason: str
    spans: tuple[Span, ...] = ()
