"""Events of the core's own log about operators: invited, accepted, stopped, rotated, and where trust starts anew (R-C7).

The rows prove nothing; the envelopes they name do. What only takes away (`KeyStopped`, `InvitationEnded`) needs none.
"""

from typing import ClassVar, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Event, Instant
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import InvitationId, KeyFingerprint, OperatorId
from agent_core.contract.money import Money
from agent_core.contract.operator_statements import MOST_RECOVERY_KEYS
from agent_core.contract.signed import Role


class OperatorInvited(Event):
    """Somebody may become an operator on these terms, signed. Only the digest of the one-time code is known here."""

    type: Literal["operator_invited"] = "operator_invited"
    invitation: InvitationId
    by: OperatorId
    operator: OperatorId
    name: BodyRef
    role: Role
    brands: tuple[str, ...]
    limit: Money | None
    day_limit: Money | None = None
    day_count: int | None = None
    not_after: Instant | None = None
    code_digest: Digest
    until: Instant
    statement: Digest
    envelope: BodyRef


class InvitationAccepted(Event):
    """Who knew the code has proven a key. It counts for nothing until a second person countersigns it, before `until`."""

    type: Literal["invitation_accepted"] = "invitation_accepted"
    invitation: InvitationId
    key: KeyFingerprint
    public_key: str
    until: Instant
    statement: Digest
    envelope: BodyRef


class InvitationEnded(Event):
    """An invitation counts no more: `withdrawn`. `operator`: who took it back."""

    type: Literal["invitation_ended"] = "invitation_ended"
    invitation: InvitationId
    code: Code
    operator: OperatorId | None = None


class KeyStopped(Event):
    """A key counts for nothing from here on, until an admin or a lead amends its enrolment: by a session alone."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["key_stopped"] = "key_stopped"
    key: KeyFingerprint
    operator: OperatorId
    reason: Code


class KeyRotated(Event):
    """A key named its successor; it counts no more itself, also for what it approved and nobody has executed yet."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["key_rotated"] = "key_rotated"
    operator: OperatorId
    key: KeyFingerprint
    successor: KeyFingerprint
    public_key: str
    statement: Digest
    envelope: BodyRef


class RecoveryKeysSet(Event):
    """The keys that may move the anchor are pinned outside the database, by an admin's signature."""

    type: Literal["recovery_keys_set"] = "recovery_keys_set"
    operator: OperatorId
    anchor: KeyFingerprint
    need: int
    keys: tuple[str, ...] = Field(max_length=MOST_RECOVERY_KEYS)
    statement: Digest
    envelope: BodyRef


class AnchorRecovered(Event):
    """Trust starts at another key from here on, by recovery keys. Nobody enrolled before counts any more."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["anchor_recovered"] = "anchor_recovered"
    key: KeyFingerprint
    previous: KeyFingerprint
    statements: tuple[Digest, ...] = Field(max_length=MOST_RECOVERY_KEYS)
    envelopes: tuple[BodyRef, ...] = Field(max_length=MOST_RECOVERY_KEYS)
