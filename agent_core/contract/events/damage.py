"""What was wrong with a conversation, and what was done about it: healed by code, held for on-call, repaired by them (R-A8).

None of these changes what was said or done: history is never edited. Evidence stands in bodies of kind `diagnosis`; what a
provider said about a request is never in an event.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from agent_core.contract.base import Code, Digest, Event, Sentence
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import EffectId, OperatorId, RunId

Diagnosis = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}(:[A-Za-z0-9_.]{1,64})?$", max_length=130)]
"""The name of a fault, `head` or `head:cause` (`conversation.health.catalogue`); after the colon it may be refined."""

DamageCause = Literal["request", "provider", "log", "handling"]
"""Where damage showed. `request`: our check before a send. `provider`: it refused what our check had passed. `log`: an event
that does not belong where it stands. `handling`: working on the conversation failed again and again."""


class TranscriptHealed(Event):
    """Known damage of a run was healed before it could be sent: another run goes on with a transcript made anew.

    Attributes:
        run: Whose request was damaged; it is never sent again.
        successor: The run that goes on, with the recorded result of every call.
        diagnoses: What was wrong, each name once.
        found: How many faults.
        evidence: Every fault with its place, and what the new transcript holds instead.
        manifest: The request that was not sent, part by part; none when it could not even be written down.
    """

    type: Literal["transcript_healed"] = "transcript_healed"
    run: RunId
    successor: RunId
    diagnoses: tuple[Diagnosis, ...] = Field(max_length=12)
    found: int = Field(ge=1)
    evidence: BodyRef
    manifest: BodyRef | None = None


class Quarantined(Event):
    """Nobody but a person can say what is wrong here: the agent does nothing in this conversation until on-call has looked.

    Stands beside the `control_changed` that holds the conversation and the ask to on-call.
    """

    type: Literal["quarantined"] = "quarantined"
    cause: DamageCause
    diagnosis: Diagnosis
    sentence: Sentence
    run: RunId | None = None
    effect: EffectId | None = None
    evidence: BodyRef | None = None
    manifest: BodyRef | None = None


class QuarantineLifted(Event):
    """On-call repaired the conversation and signed it: what is damaged in the log so far is looked past from here on.

    Attributes:
        plan: Digest of the repair as it was shown and signed.
        answers: What the person said about each open call, as it was signed.
        continued: The runs that go on as other ones.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["quarantine_lifted"] = "quarantine_lifted"
    operator: OperatorId
    diagnosis: Diagnosis
    code: Code
    plan: Digest
    statement: Digest
    envelope: BodyRef
    answers: BodyRef
    comment: BodyRef | None = None
    continued: tuple[RunId, ...] = Field(max_length=64, default=())
