"""Signed statements, version 1, and the envelope they travel in (DSSE, Ed25519; DESIGN §4, R-C4).

This module holds their shape and canonical bytes. Verification with keys is `agent_core.authority`'s work; signing is the
console's. Statements hold ids, amounts and salted digests, never personal values.

Version 1 is frozen: every signature ever made with it must verify for ever, so no class below, and no value inside it
(`Money`, `EvidenceRef`, …), gets, loses or renames a field. Another field is another class with `statement_version` 2 beside
it in `_CLASSES`; a statement is only ever compared with the class of its own version. Tests hold the very bytes.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field, ValidationError

from agent_core.contract.base import Code, Digest, Instant, ResourceName, Value
from agent_core.contract.canonical import canonical, parse_strict
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import (
    AskId,
    BrandId,
    ConversationId,
    KeyFingerprint,
    OperatorId,
    ProposalId,
    ReleaseDigest,
    RunId,
    ToolName,
    WorkflowName,
)  # fmt: skip
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
from agent_core.contract.proposals import MAX_EVIDENCE, EvidenceRef
from agent_core.contract.signed import ConsoleIdentity as ConsoleIdentity
from agent_core.contract.signed import Role, SignedV1
from agent_core.contract.signed import SignedBy as SignedBy

PAYLOAD_TYPE = "application/vnd.countersign.statement.v1+json"


class LogHead(Value):
    """The newest event of the conversation that the console had seen: makes consoles witnesses of the log."""

    seq: int
    hash: Digest


class AuditCheckpoint(Value):
    """The audit log as far as the console had verified it: how many entries, and the root over them."""

    size: int = Field(ge=0)
    root_hash: Digest


class DecisionStatement(SignedV1):
    """A person's decision about one proposal.

    Attributes:
        customer_digest: Whose it is, digested with the salt of the arguments (`Proposal.customer_digest`).
        proposed_by: The person who proposed it; none when the agent did.
        edited_from: The arguments digest of what was edited, when this is somebody's edit.
        previous_approvals: Digests of the statements that approved before, in order.
        log_head: The newest event of the conversation that the console had seen.
        checkpoint: The audit checkpoint the console had verified, when there was one.
        shown_at: When the card was first shown to this person.
        opened: Whether they opened the evidence or the conversation before they decided.
        batch: Names the batch, when several were decided in one go.
        comment_digest: Of the comment that travels beside it (`Comment.digest`).
    """

    type: Literal["decision"] = "decision"
    decision: Literal["approve", "deny"]
    brand: BrandId
    conversation: ConversationId
    customer_digest: Digest
    ask: AskId
    proposal: ProposalId
    seen_through: int
    workflow: WorkflowName
    workflow_version: int
    workflow_step: str | None = Field(max_length=80, default=None)
    release: ReleaseDigest
    run: RunId
    tool: ToolName
    resource: ResourceName
    arguments_digest: Digest
    evidence: tuple[EvidenceRef, ...] = Field(max_length=MAX_EVIDENCE)
    evidence_digest: Digest
    card_digest: Digest
    policy_digest: Digest
    money: Money | None
    proposed_by: OperatorId | None = None
    edited_from: Digest | None = None
    approval_number: int = Field(ge=1, le=5)
    required_approvals: int = Field(ge=1, le=5)
    previous_approvals: tuple[Digest, ...] = Field(max_length=4, default=())
    log_head: LogHead
    checkpoint: AuditCheckpoint | None = None
    shown_at: Instant
    opened: bool = False
    batch: Digest | None = None
    comment_digest: Digest | None = None


class ProposalStatement(SignedV1):
    """A person's own proposal, or their change of one: what it is, never that it may happen. It counts as no approval.

    Attributes:
        supersedes: The proposal whose place it takes; none when it is new.
        edited_from: The arguments digest of what was changed.
        narrows: It only makes smaller what was proposed, and stays whose it was.
        shown_at: When what is proposed was shown to this person.
    """

    type: Literal["proposal"] = "proposal"
    brand: BrandId
    conversation: ConversationId
    customer_digest: Digest
    ask: AskId
    proposal: ProposalId
    supersedes: ProposalId | None = None
    edited_from: Digest | None = None
    narrows: bool = False
    seen_through: int
    workflow: WorkflowName
    workflow_version: int
    release: ReleaseDigest
    run: RunId
    tool: ToolName
    resource: ResourceName
    arguments_digest: Digest
    evidence_digest: Digest
    card_digest: Digest
    policy_digest: Digest
    money: Money | None
    required_approvals: int = Field(ge=1, le=5)
    log_head: LogHead
    shown_at: Instant
    comment_digest: Digest | None = None


class EnrolmentStatement(SignedV1):
    """Makes a key an operator's. The first one is the anchor and is signed by the enrolled key itself.

    Attributes:
        brands: Brand names, or `*` alone for all.
        limit: The largest single action this operator may approve; none means no money at all unless the role is admin.
        day_limit: The most they may approve in one day; none means the house's own limit.
        day_count: How often they may approve in one day; likewise.
        public_key: Raw Ed25519 public key, base64.
        not_after: From this moment on the key counts for nothing; none means until it is revoked.
        replaces: The digest of the older statement about the same key that this one takes the place of.
        simulated: A demonstration's second person: shown as such everywhere, never counted outside the sandbox brand.
    """

    type: Literal["enrolment"] = "enrolment"
    operator: OperatorId
    name_digest: Digest
    role: Role
    brands: tuple[str, ...]
    limit: Money | None
    day_limit: Money | None = None
    day_count: int | None = Field(ge=0, le=1_000_000, default=None)
    public_key: str = Field(max_length=60)
    not_after: Instant | None = None
    replaces: Digest | None = None
    simulated: bool = False


class RevocationStatement(SignedV1):
    """Takes a key out of use, for everything not yet executed."""

    type: Literal["revocation"] = "revocation"
    key: KeyFingerprint
    reason: Code


Change = Literal[
    "resume",
    "activate_release",
    "authority_level",
    "override_routing",
    "repair",
    "hand_back",
    "settle_unknown",
    "acknowledge_audit",
    "erase",
]


class WideningStatement(SignedV1):
    """A change that widens, or that says what happened with money: resume, release, level, override, repair, settle.

    Attributes:
        subject: What is changed: a brand or `*`, a release, an ask.
        value_digest: Digest of the new value, as the change's command defines it.
        brand: Whose, where it concerns one; `conversation` likewise.
        log_head: The newest event of that conversation that the console had seen.
        shown_digest: Salted digest of what was shown to be signed, where the core keeps it.
        comment_digest: Of the comment that travels beside it (`Comment.digest`).
    """

    type: Literal["widening"] = "widening"
    change: Change
    subject: str = Field(max_length=200)
    value_digest: Digest
    brand: BrandId | None = None
    conversation: ConversationId | None = None
    log_head: LogHead | None = None
    shown_digest: Digest | None = None
    comment_digest: Digest | None = None
    approval_number: int = Field(ge=1, le=5, default=1)
    required_approvals: int = Field(ge=1, le=5, default=1)
    previous_approvals: tuple[Digest, ...] = Field(max_length=4, default=())


class SessionStatement(SignedV1):
    """Answers the core's sign-in challenge: proves the key, once, for this core."""

    type: Literal["session"] = "session"
    challenge: str = Field(max_length=120)


Statement: TypeAlias = (
    DecisionStatement | EnrolmentStatement | RevocationStatement | WideningStatement | SessionStatement
    | InvitationStatement | AcceptanceStatement | RotationStatement | RecoveryKeysStatement | ReanchorStatement
    | BoundSessionStatement | ProposalStatement | LevelStatement
)  # fmt: skip

_CLASSES: Final[Mapping[tuple[str, int], type[Statement]]] = MappingProxyType(
    {
        ("decision", 1): DecisionStatement,
        ("proposal", 1): ProposalStatement,
        ("enrolment", 1): EnrolmentStatement,
        ("revocation", 1): RevocationStatement,
        ("widening", 1): WideningStatement,
        ("session", 1): SessionStatement,
        ("session", 2): BoundSessionStatement,
        ("invitation", 1): InvitationStatement,
        ("acceptance", 1): AcceptanceStatement,
        ("rotation", 1): RotationStatement,
        ("recovery_keys", 1): RecoveryKeysStatement,
        ("reanchor", 1): ReanchorStatement,
        ("level", 1): LevelStatement,
    }
)
"""The class of each type and version of a statement. Entries are added, never changed."""


class EnvelopeSignature(Value):
    """One signature. `keyid` is a hint for look-up, never a decision."""

    keyid: KeyFingerprint
    sig: str = Field(max_length=120)


class Envelope(Value):
    """DSSE v1.0.2, also as JSON: `payloadType`, base64 `payload`, and exactly one of `signatures`."""

    model_config = ConfigDict(serialize_by_alias=True)

    payload_type: str = Field(max_length=120, alias="payloadType")
    payload: str = Field(max_length=40_000)
    signatures: tuple[EnvelopeSignature, ...] = Field(max_length=4)

    def payload_bytes(self) -> bytes:
        """The signed payload.

        Raises:
            Invalid: `bad_base64` unless the text is strict, padded, canonical base64.
        """
        return strict_base64(self.payload)


def strict_base64(text: str) -> bytes:
    """Decodes base64 and refuses every spelling but the canonical one.

    Raises:
        Invalid: `bad_base64`.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("bad_base64", "The envelope is not valid base64.") from error
    if base64.b64encode(data).decode() != text:
        raise Invalid("bad_base64", "The envelope is not canonical base64.")
    return data


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed (DSSE `PAE`)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def statement_json(statement: Statement) -> dict[str, Any]:
    """The JSON value of a statement: every field, also those that are none."""
    return statement.model_dump(mode="json")


def statement_bytes(statement: Statement) -> bytes:
    """The canonical bytes that are signed as payload."""
    return canonical(statement_json(statement))


def read_statement(payload: bytes) -> Statement:
    """The statement in canonical payload bytes; the same bytes are what was verified.

    Raises:
        Invalid: `not_canonical` or `bad_statement`.
    """
    value = parse_strict(payload)
    try:
        statement = _class_of(value).model_validate(value)
    except ValidationError as error:
        raise Invalid("bad_statement", "This is not a statement of a known version.", detail=str(error)[:500]) from error
    if statement_bytes(statement) != payload:
        raise Invalid("bad_statement", "The statement does not have its one canonical form.")
    return statement


def _class_of(value: Any) -> type[Statement]:
    name, version = (value.get("type"), value.get("statement_version")) if isinstance(value, dict) else (None, None)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - any JSON value
    found = _CLASSES.get((name, version)) if isinstance(name, str) and type(version) is int else None
    if found is None:
        raise Invalid("bad_statement", "This is not a statement of a known version.")
    return found


def statement_digest(payload: bytes) -> str:
    """Names a statement for ever: SHA-256 of its payload bytes, never of the envelope (base64 and signatures vary)."""
    return hashlib.sha256(payload).hexdigest()


def fingerprint(raw_public_key: bytes) -> KeyFingerprint:
    """The fingerprint of a raw 32-byte Ed25519 public key."""
    return KeyFingerprint("ed25519:" + hashlib.sha256(raw_public_key).hexdigest())
