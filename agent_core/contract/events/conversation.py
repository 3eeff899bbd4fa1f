"""What enters a conversation, and who controls it."""

from typing import ClassVar, Literal

from pydantic import Field

from agent_core.contract.base import Code, Event, Instant, Sentence, Value
from agent_core.contract.bodies import BodyRef
from agent_core.contract.facts import FactRef, Percent
from agent_core.contract.ids import BrandId, MessageId, OperatorId
from agent_core.contract.outcomes import Control


class Stripped(Value):
    """How many code points of one class the boundary removed (R-D3)."""

    what: Code
    count: int = Field(ge=1)


class ConversationOpened(Event):
    """The first event of every conversation. `thread` names a `threads.Thread`: the channel's ids of thread and customer."""

    type: Literal["conversation_opened"] = "conversation_opened"
    brand: BrandId
    channel: str = Field(max_length=40)
    thread: BodyRef
    name: BodyRef | None = None


class MessageReceived(Event):
    """Somebody outside wrote. Deduplicated by the provider's event id; log order is arrival (R-A6).

    `message` is derived from the provider's event id, which itself stands in `raw`, where it can be erased.
    `author` is `person` when one of our people answered in the channel itself: that is a takeover (R-E3).
    `quoted`, `hidden` and `attachments` name what came beside the words (`contract.beside`): history that was split off,
    what a person would not have seen, files by name. `automatic`: a program wrote it, so that nobody answers it for ever.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["message_received"] = "message_received"
    message: MessageId
    author: Literal["customer", "person"] = "customer"
    raw: BodyRef
    text: BodyRef
    subject: BodyRef | None = None
    occurred_at: Instant
    stripped: tuple[Stripped, ...] = ()
    flags: tuple[Code, ...] = ()
    truncated: bool = False
    quoted: BodyRef | None = None
    quoted_lines: int = Field(default=0, ge=0)
    hidden: BodyRef | None = None
    attachments: BodyRef | None = None
    automatic: bool = False
    name_in_channel: MessageId | None = None
    """The message's own id in the channel, keyed: an edit or a deletion names it again (R-A6)."""


class FactsLearned(Event):
    """Code learned facts otherwise than by a tool: the channel authenticated the customer, code confirmed a quote."""

    type: Literal["facts_learned"] = "facts_learned"
    source: str = Field(max_length=80)
    facts: tuple[FactRef, ...]
    body: BodyRef


class TransitionRefused(Event):
    """Something was asked for that a table does not allow where the thing stands: refused, and on record (R-A1).

    `machine`, `subject`, `now` and `wanted` are words of `conversation.machines`; who asked is the record's actor.
    """

    type: Literal["transition_refused"] = "transition_refused"
    machine: Code
    subject: str = Field(max_length=200)
    now: Code
    wanted: str = Field(max_length=100)
    code: Code
    sentence: Sentence


class Detected(Value):
    """One signal that a detector saw in a text, how sure the detector is of all its signals together, and how often."""

    detector: Code
    code: Code
    score_percent: Percent
    count: int = Field(ge=1)


class MaskedKind(Value):
    """How many stretches of one kind were masked before anybody read the text."""

    kind: Code
    count: int = Field(ge=1)


class TextFlagged(Event):
    """What detectors saw in a text from outside, and what was masked in it; nothing was held back because of it (R-D3).

    Stands in the same transaction as the text itself.

    Attributes:
        entrance: Where the text came in (`contract.detection.Entrance`).
        about: The message, effect or proposal it belongs to.
        language: The language code read in it, when it was sure.
        evidence: The signals with their weights and the words they were seen in, JSON; nothing masked is in it.
    """

    type: Literal["text_flagged"] = "text_flagged"
    entrance: Code
    about: str = Field(max_length=200)
    findings: tuple[Detected, ...] = Field(max_length=24, default=())
    masked: tuple[MaskedKind, ...] = Field(max_length=12, default=())
    language: str | None = Field(max_length=8, default=None)
    evidence: BodyRef | None = None


class ControlChanged(Event):
    """Who controls the conversation now. Nothing decided before it may start any more (R-A3, R-E3)."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["control_changed"] = "control_changed"
    to: Control
    code: Code
    sentence: Sentence
    operator: OperatorId | None = None
    comment: BodyRef | None = None
