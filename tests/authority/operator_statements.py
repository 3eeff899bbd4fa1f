"""One of each statement about operators and levels, for the tests that hold their bytes."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_core.authority.sign import key_fingerprint, public_key_text
from agent_core.contract.ids import InvitationId, OperatorId
from agent_core.contract.level_statements import LevelStatement
from agent_core.contract.money import Money
from agent_core.contract.operator_statements import (
    AcceptanceStatement,
    BoundSessionStatement,
    InvitationStatement,
    ReanchorStatement,
    RecoveryKeysStatement,
    RotationStatement,
)
from agent_core.contract.signed import ConsoleIdentity, SignedBy
from agent_core.contract.statements import Statement

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)
EUR = Money(amount_minor=6490, currency="EUR")
PUBLIC, PRINT = public_key_text(KEY), key_fingerprint(KEY)
SIGNED = {
    "core": "core_1", "signed_by": SignedBy(operator=OperatorId("op_ada"), role="admin", key=PRINT),
    "console": ConsoleIdentity(version="0.1.0", instance="console-1"), "nonce": "n_1", "issued_at": AT,
    "expires_at": AT + timedelta(minutes=15),
}  # fmt: skip
INVITED = {
    **SIGNED, "invitation": InvitationId("i_1"), "operator": OperatorId("op_bo"), "name_digest": "8" * 64,
    "role": "supervisor", "brands": ("northwind",), "limit": EUR, "code_digest": "9" * 64,
    "until": AT + timedelta(days=3),
}  # fmt: skip

LEVELLED = {
    **SIGNED, "brand": "northwind", "workflow": "refund_order", "was": "approval_gated", "level": "read_only",
    "declared": "approval_gated", "release": "1" * 64,
}  # fmt: skip

OPERATOR_STATEMENTS: dict[str, Statement] = {
    "level": LevelStatement.model_validate(LEVELLED),
    "level, every field": LevelStatement.model_validate(
        {
            **LEVELLED,
            "was": "read_only",
            "level": "low_risk",
            "follows": "b" * 64,
            "comment_digest": "c" * 64,
            "approval_number": 2,
            "required_approvals": 2,
            "previous_approvals": ("d" * 64,),
        }
    ),
    "invitation": InvitationStatement.model_validate(INVITED),
    "invitation, every field": InvitationStatement.model_validate(
        {**INVITED, "day_limit": EUR, "day_count": 20, "not_after": AT + timedelta(days=365)}
    ),
    "acceptance": AcceptanceStatement.model_validate(
        {**SIGNED, "invitation": InvitationId("i_1"), "invited": "a" * 64, "public_key": PUBLIC}
    ),
    "rotation": RotationStatement.model_validate({**SIGNED, "public_key": PUBLIC, "proof": "AAAA"}),
    "recovery keys": RecoveryKeysStatement.model_validate({**SIGNED, "anchor": PRINT, "need": 1, "keys": (PUBLIC,)}),
    "reanchor": ReanchorStatement.model_validate(
        {**SIGNED, "previous": PRINT, "anchor": PRINT, "need": 2, "keys": (PUBLIC, "AAAA")}
    ),
    "session 2": BoundSessionStatement.model_validate({**SIGNED, "challenge": "challenge_1", "session_key": PUBLIC}),
}
