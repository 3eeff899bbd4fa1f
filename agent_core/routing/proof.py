"""What a customer says to prove who they are, and which question follows when it does not (R-B6).

Pure: it only finds the two halves in the customer's own words. Whether they belong to one customer is asked of the shop by
code, never told by a model, and nobody is told which half was wrong.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from agent_core.routing.words import MAX_READ, values_in

Standing = Literal["none", "failed", "unavailable", "locked"]
"""How proving stands in this turn. `locked`: it was tried too often."""

_MAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w@])")


@dataclass(frozen=True, slots=True)
class Claim:
    """The two halves, as they are compared: the address in small letters, the reference as its pattern spells it."""

    email: str
    reference: str


def claim_in(messages: Sequence[str], pattern: str, *, known_email: str | None = None) -> Claim | None:
    """Both halves of a proof in the customer's messages; none when one is missing.

    Args:
        messages: Clean texts, oldest first; what was written last counts.
        pattern: The reference's expression.
        known_email: The address the channel says they write from: theirs as much as one they type.
    """
    email = next((found for text in reversed(messages) if (found := _last(_MAIL.findall(text[:MAX_READ])))), known_email)
    reference = next((found for text in reversed(messages) if (found := _last(values_in(text, pattern)))), None)
    if not email or not reference:
        return None
    return Claim(email.casefold(), reference.upper())


def _last(found: Sequence[str]) -> str | None:
    return found[-1] if found else None
