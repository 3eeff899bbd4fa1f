"""Asking what an erasure would take, and signing it: what a console shows before a person erases a customer (R-N5).

What is signed is the list that was shown. Nothing here names a person: a customer is found by what somebody types, which is
looked for and not kept.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, Sentence, Value
from agent_core.contract.bodies import BodyKind
from agent_core.contract.canonical import digest
from agent_core.contract.events.erasing import ErasureReason
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.outcomes import Control

MOST_CONVERSATIONS: Final = 500
"""Conversations that one signature may erase."""

KEPT_KINDS: Final[frozenset[BodyKind]] = frozenset({"envelope"})
"""Bodies no erasure takes: signed statements hold ids, amounts and salted digests, never personal values."""

SIDE_KINDS: Final[frozenset[BodyKind]] = frozenset({"message_raw", "quoted", "hidden", "attachments", "diagnosis"})
"""Evidence beside a conversation: nobody works with it, so it may go while the rest stays."""

ASKED_REASONS: Final[tuple[ErasureReason, ...]] = ("customer_asked", "law", "stored_by_mistake", "contract_ended")
"""Reasons a person may give."""

FoundBy = Literal["named", "same_writer", "same_email", "same_customer"]
"""Why a conversation is the customer's: it was named itself, the channel calls its writer the same, its customer has the
same address, or the shop knows them as the same."""


class ErasureWanted(Value):
    """What is looked for: one conversation, or everything of its customer, or of somebody called by what is typed."""

    brand: BrandId
    conversation: ConversationId | None = None
    customer: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """An e-mail address, the channel's id of a customer, or the shop's."""
    whole_customer: bool = False


class Obstacle(Value):
    """Why a conversation is not erased now."""

    code: Code
    sentence: Sentence


class ErasureRow(Value):
    """One conversation and what would go. `bytes` of UTF-8 text."""

    conversation: ConversationId
    found_by: tuple[FoundBy, ...]
    channel: str
    opened_at: Instant | None
    control: Control
    erased: bool
    bodies: int
    bytes: int
    kinds: tuple[BodyKind, ...]
    kept: int
    obstacles: tuple[Obstacle, ...] = ()


class KeptPart(Value):
    """Something that stays, and why."""

    what: Sentence
    why: Sentence


class ErasurePreview(Value):
    """What an erasure would take and leave. It changes nothing.

    Attributes:
        conversations: Those that would be erased; their order is that of the signature.
        complete: False when there are more than one signature may name.
    """

    brand: BrandId
    conversations: tuple[ErasureRow, ...]
    complete: bool
    bodies: int
    bytes: int
    kept: tuple[KeptPart, ...]
    allowed: bool
    """Whether it may be ordered now: nothing stands in the way anywhere."""


def erase_value(conversations: tuple[ConversationId, ...], scope: str, reason: ErasureReason) -> Digest:
    """What an `erase` statement's `value_digest` says; its subject is the brand."""
    return digest({"conversations": list(conversations), "scope": scope, "reason": reason})
