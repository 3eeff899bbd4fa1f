"""What a console may ask about operators, keys and sessions, and what it is shown (R-C7, R-M9).

What takes away needs a session; what gives needs the person's signature (DESIGN §1.8). It must never carry a private key,
and a one-time code only on its way in.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, Value
from agent_core.contract.bodies import SaltText
from agent_core.contract.ids import InvitationId, KeyFingerprint, OperatorId
from agent_core.contract.money import Money
from agent_core.contract.signed import Role
from agent_core.contract.statements import Envelope

PersonName = Annotated[str, Field(min_length=1, max_length=120)]
CodeText = Annotated[str, Field(min_length=1, max_length=60)]


class Invite(Value):
    """Invite somebody: a signed `InvitationStatement`. The console made the one-time code and shows it once.

    The name is personal, so it travels beside the statement that holds its digest.
    """

    type: Literal["invite"] = "invite"
    envelope: Envelope
    name: PersonName
    name_salt: SaltText


class WithdrawInvitation(Value):
    """Take an invitation back, also an accepted one that nobody has countersigned."""

    type: Literal["withdraw_invitation"] = "withdraw_invitation"
    invitation: Annotated[InvitationId, Field(max_length=80)]


class CountersignOperator(Value):
    """Make the key that an invited person has proven an operator's.

    `envelope`: an `EnrolmentStatement` with exactly the invitation's terms and the proven key; its nonce is the invitation.
    """

    type: Literal["countersign_operator"] = "countersign_operator"
    invitation: Annotated[InvitationId, Field(max_length=80)]
    envelope: Envelope


class StopKey(Value):
    """A key counts for nothing from now on, until its enrolment is amended: one's own, or of the same rank or below."""

    type: Literal["stop_key"] = "stop_key"
    key: Annotated[KeyFingerprint, Field(max_length=80)]
    reason: Code


class RevokeKey(Value):
    """A key counts for nothing for ever, with every key that followed it: a signed `RevocationStatement`."""

    type: Literal["revoke_key"] = "revoke_key"
    envelope: Envelope


class RotateKey(Value):
    """This session's key names its successor: a signed `RotationStatement`."""

    type: Literal["rotate_key"] = "rotate_key"
    envelope: Envelope


class ProtectAnchor(Value):
    """Name the recovery keys of the anchor, once: a signed `RecoveryKeysStatement`."""

    type: Literal["protect_anchor"] = "protect_anchor"
    envelope: Envelope


OperatorCommand = Invite | WithdrawInvitation | CountersignOperator | StopKey | RevokeKey | RotateKey | ProtectAnchor


class OpenInvitation(Value):
    """Ask what an invitation offers. `code`: the one-time code."""

    code: CodeText


class InvitationShown(Value):
    """What the invited person accepts, and the nonce their proof must carry.

    Attributes:
        invited: The digest their acceptance must name.
    """

    invitation: InvitationId
    core: str
    operator: OperatorId
    name: str
    role: Role
    brands: tuple[str, ...]
    limit: Money | None
    day_limit: Money | None
    day_count: int | None
    until: Instant
    invited: Digest
    nonce: str


class AcceptInvitation(Value):
    """Prove a key for an invitation: a signed `AcceptanceStatement`, by that key itself."""

    code: CodeText
    envelope: Envelope


class InvitationTaken(Value):
    """The key is known; a second person must countersign its fingerprint before `until`."""

    ok: Literal[True] = True
    invitation: InvitationId
    key: KeyFingerprint
    until: Instant


InvitationState = Literal["open", "accepted", "enrolled", "expired", "withdrawn"]


class InvitationRow(Value):
    """An invitation as those who may countersign see it.

    Attributes:
        state: `open` nobody used the code, `accepted` waits for a second person, or how it ended.
        public_key: What was proven; none before.
        name_salt: The salt the enrolment's name digest needs.
        invited_by: Who invited; somebody else must countersign where there is somebody else.
    """

    invitation: InvitationId
    state: InvitationState
    invited_by: OperatorId
    operator: OperatorId
    name: str
    name_salt: SaltText
    role: Role
    brands: tuple[str, ...]
    limit: Money | None
    day_limit: Money | None
    day_count: int | None
    not_after: Instant | None
    until: Instant
    key: KeyFingerprint | None = None
    public_key: str | None = None


class InvitationsAnswer(Value):
    """Invitations, newest first."""

    invitations: tuple[InvitationRow, ...]


KeyState = Literal["active", "stopped", "rotated", "revoked", "expired"]


class OperatorKey(Value):
    """A key and whose it is.

    Attributes:
        statement: What an amendment must name as `replaces`.
        follows: The key it took the place of; `followed_by` the other way round.
        anchor: Whether trust starts here.
    """

    operator: OperatorId
    name: str
    role: Role
    brands: tuple[str, ...]
    limit: Money | None
    day_limit: Money | None
    day_count: int | None
    simulated: bool
    key: KeyFingerprint
    public_key: str
    state: KeyState
    statement: Digest
    enrolled_by: KeyFingerprint
    valid_from: Instant
    not_after: Instant | None
    follows: KeyFingerprint | None = None
    followed_by: KeyFingerprint | None = None
    anchor: bool = False


class RowIgnored(Value):
    """A row of the core's log that proves nothing: somebody should look why it is there."""

    seq: int
    code: Code
    honoured: bool


class OperatorsAnswer(Value):
    """Every key this session may know of, and for admins the rows without a proof."""

    operators: tuple[OperatorKey, ...]
    ignored: tuple[RowIgnored, ...] = ()


class AnchorShown(Value):
    """Where trust starts, for a console to pin.

    Attributes:
        need: How many of `recovery_keys` (public, base64) may move it together; 0 while none are named.
        moves: Envelopes of every statement that moved it, oldest first, for a console that pinned an older one.
    """

    core: str
    anchor: KeyFingerprint | None
    need: int
    recovery_keys: tuple[str, ...]
    moves: tuple[Envelope, ...]
