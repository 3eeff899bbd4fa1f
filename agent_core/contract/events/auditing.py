"""Events about the log itself, in the core's own log: whose key signs for it, and that it once was another (R-M9)."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Event
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import OperatorId


class CheckpointKeySet(Event):
    """From here on checkpoints are signed with this key (`CheckpointKey.text`); its private half is not in the database."""

    type: Literal["checkpoint_key_set"] = "checkpoint_key_set"
    key: str = Field(max_length=240)


class AuditAlarmRaised(Event):
    """The log was not the one the core had last signed for: sensitive actions stop until an admin has signed that they know.

    Attributes:
        alarm: Names it.
        code: `rolled_back`, `rewritten` or `forgotten`.
        expected: Digest of the last signed checkpoint, as a whole text; none when it is gone.
        expected_size: Events it was about.
        found_size: Events there were.
        found_root: The root over them.
        erased_again: Conversations that had been erased before and stood in it again: they were erased anew.
    """

    type: Literal["audit_alarm_raised"] = "audit_alarm_raised"
    alarm: Digest
    code: Code
    expected: Digest | None = None
    expected_size: int = Field(ge=0)
    found_size: int = Field(ge=0)
    found_root: Digest
    erased_again: int = Field(ge=0, default=0)


class AuditAcknowledged(Event):
    """An admin has signed that they know of an alarm: the log as it is counts from here on, and says so for ever."""

    type: Literal["audit_acknowledged"] = "audit_acknowledged"
    alarm: Digest
    operator: OperatorId
    statement: Digest
    envelope: BodyRef
    comment: BodyRef | None = None
