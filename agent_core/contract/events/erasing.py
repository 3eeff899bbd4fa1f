"""What leaves a conversation for good, and what leaves the house: erased bodies, exports (R-N5)."""

from typing import ClassVar, Literal

from pydantic import Field

from agent_core.contract.base import Digest, Event
from agent_core.contract.bodies import BodyKind, BodyRef
from agent_core.contract.ids import OperatorId

ErasureReason = Literal["customer_asked", "law", "stored_by_mistake", "contract_ended", "brand_rule"]
"""Why something is erased; never words. `brand_rule`: its time, as the brand's `retention` says, is over."""


class ErasureOrdered(Event):
    """A person ordered and signed that everything personal of this conversation is erased.

    Nothing enters it any more: what runs is stopped, and what is under way comes to its end first. `scope`: it alone was
    meant, or every conversation of the customer, which one signature names together.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["erasure_ordered"] = "erasure_ordered"
    operator: OperatorId
    scope: Literal["conversation", "customer"]
    reason: ErasureReason
    statement: Digest
    envelope: BodyRef


class BodiesErased(Event):
    """Bodies and their salts were erased in the transaction of this event. What they were named by proves nothing any more.

    Attributes:
        whole: Everything personal is gone and the conversation is over for ever; else only `kinds` of what stands beside it.
        operator: Who ordered it; none where the brand's rule did.
        kinds: The kinds of body that were erased, each once.
        bodies: How many were.
        kept: How many bodies stay: signed statements, which hold ids, amounts and digests only.
        statement: What the person signed.
    """

    type: Literal["bodies_erased"] = "bodies_erased"
    whole: bool
    reason: ErasureReason
    operator: OperatorId | None = None
    kinds: tuple[BodyKind, ...] = Field(max_length=60, default=())
    bodies: int = Field(ge=0)
    kept: int = Field(ge=0, default=0)
    statement: Digest | None = None


class ConversationExported(Event):
    """The conversation left the house as a file with its proofs. Who took it is the record's actor.

    It is the last event in that file itself, so that nobody can leave off the end of what was exported.

    Attributes:
        through: `seq` of the event before this one, and `head` that event's hash.
        core_through: Where the core's own log stood, whose keys the file brings along, and `core_head` its hash.
        bodies: How many bodies go along readable, and `erased` how many only by their digest.
    """

    type: Literal["conversation_exported"] = "conversation_exported"
    through: int = Field(ge=1)
    head: Digest
    core_through: int = Field(ge=0)
    core_head: Digest
    bodies: int = Field(ge=0)
    erased: int = Field(ge=0, default=0)
