"""The handoff packet: what a person must know before they write to the customer, readable in twenty seconds (R-E2)."""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Code, Instant, Value
from agent_core.contract.ids import BrandId, ConversationId

MOST_PACKET_WORDS = 200

PacketKind = Literal["customer", "issue", "reason", "tried", "done", "pending", "knowledge", "next", "tone"]
"""What a bullet is about, in the order in which they stand."""


class MomentSaid(Value):
    """A moment, and how the text beside it says it."""

    said: Annotated[str, Field(min_length=1, max_length=60)]
    at: Instant


class PacketBullet(Value):
    """One bullet. `quoted` is the customer's own, cleaned words; everything else is code's, from the log.

    `head` is how `text` begins where that only repeats its kind: whoever shows the kind beside it leaves it out.
    `moments` are those that `text` names in UTC, so that whoever shows it can say them in the reader's own time.
    """

    kind: PacketKind
    text: Annotated[str, Field(max_length=1_000)]
    quoted: Annotated[str, Field(max_length=1_000)] = ""
    head: Annotated[str, Field(max_length=60)] = ""
    moments: Annotated[tuple[MomentSaid, ...], Field(max_length=4)] = ()


class HandoffPacket(Value):
    """The packet of a conversation as of one moment; the same log always gives the same packet.

    Attributes:
        seq: Newest event that it knows: what came later is not in it.
        reasons: Codes for which people are wanted and nobody has answered yet, oldest first.
        words: Of all bullets together, at most 200.
        by: Whose wording it is.
    """

    conversation: ConversationId
    brand: BrandId
    seq: int
    reasons: tuple[Code, ...] = Field(max_length=40)
    bullets: tuple[PacketBullet, ...] = Field(max_length=20)
    words: int = Field(ge=0, le=MOST_PACKET_WORDS)
    by: Literal["code"] = "code"
    language: Annotated[str, Field(max_length=8)] = "en"
    """In which it is written; what is quoted is as the customer wrote it."""
