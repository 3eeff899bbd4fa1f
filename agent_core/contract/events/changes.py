"""A channel takes words back: messages edited, deleted, or told twice in two ways (R-A6).

What arrived first stays on record, raw.
"""

from typing import ClassVar, Literal

from agent_core.contract.base import Event, Instant
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events.conversation import Stripped
from agent_core.contract.ids import MessageId


class MessageEdited(Event):
    """Somebody changed what they had written. To the agent it is a newer message in place of the old one.

    Attributes:
        message: This version's own id.
        replaces: The version it takes the place of; none when that never arrived.
        name_in_channel: The message's own id, keyed: every version of it has the same.
        unchanged: Nothing that can be read has changed: on record, and no reason to work.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["message_edited"] = "message_edited"
    message: MessageId
    replaces: MessageId | None
    name_in_channel: MessageId
    author: Literal["customer", "person"] = "customer"
    raw: BodyRef
    text: BodyRef
    subject: BodyRef | None = None
    occurred_at: Instant
    stripped: tuple[Stripped, ...] = ()
    truncated: bool = False
    unchanged: bool = False


class MessageDeleted(Event):
    """Somebody took back what they had written. What nobody has answered yet is not answered; the raw record stays."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["message_deleted"] = "message_deleted"
    message: MessageId | None
    name_in_channel: MessageId
    author: Literal["customer", "person"] = "customer"
    raw: BodyRef
    occurred_at: Instant


class InboundContradicted(Event):
    """The channel told the same event again, otherwise. The first telling counts; this one is on record."""

    type: Literal["inbound_contradicted"] = "inbound_contradicted"
    message: MessageId
    what: Literal["content", "author"]
    raw: BodyRef
