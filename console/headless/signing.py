"""Makes statements and signs them: Ed25519 over the canonical bytes of contract types, in a DSSE envelope (R-C4).

A decision repeats the card's binding field by field and adds nothing but who, when and which. It must never sign a text
somebody else has composed, and never show or keep the private key.
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_core.contract.bodies import Comment, salted_digest
from agent_core.contract.canonical import digest
from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.commands import Challenge, Enrol
from agent_core.contract.ids import (
    AskId,
    BrandId,
    ConversationId,
    KeyFingerprint,
    OperatorId,
    ProposalId,
    ReleaseDigest,
    ToolName,
    WorkflowName,
    random_id,
)  # fmt: skip
from agent_core.contract.money import Money
from agent_core.contract.operator_statements import BoundSessionStatement
from agent_core.contract.statements import (
    PAYLOAD_TYPE,
    AuditCheckpoint,
    Change,
    ConsoleIdentity,
    DecisionStatement,
    EnrolmentStatement,
    Envelope,
    EnvelopeSignature,
    LogHead,
    ProposalStatement,
    Role,
    SessionStatement,
    SignedBy,
    Statement,
    WideningStatement,
    fingerprint,
    pre_authentication_encoding,
    statement_bytes,
)
from agent_core.contract.stopping import RESUMED, resume_subject
from agent_core.contract.views import AskCard, Binding
from console import texts_headless
from console.headless.errors import NoKey

LIFETIME = timedelta(minutes=15)
SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An Ed25519 key. Its `repr` shows the fingerprint only."""

    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> "KeyPair":
        """A fresh key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, text: str) -> "KeyPair":
        """The key of a kept seed.

        Raises:
            NoKey: `bad_key` when the text is none.
        """
        try:
            seed = base64.b64decode(text, validate=True)
            return cls(Ed25519PrivateKey.from_private_bytes(seed))
        except ValueError as error:
            raise NoKey("bad_key", texts_headless.KEY_DAMAGED) from error

    def seed(self) -> str:
        """What a key store keeps: 44 characters of base64."""
        return base64.b64encode(self._private.private_bytes_raw()).decode()

    @property
    def public_key(self) -> str:
        """The public half as an enrolment spells it."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    @property
    def fingerprint(self) -> KeyFingerprint:
        """How the key is called."""
        return fingerprint(self._private.public_key().public_bytes_raw())

    def sign_bytes(self, data: bytes) -> bytes:
        """Signs what is no statement: proofs that `agent_core.contract.operator_proofs` spells."""
        return self._private.sign(data)

    def sign(self, statement: Statement) -> Envelope:
        """The envelope of a statement."""
        payload = statement_bytes(statement)
        signature = self._private.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
        return Envelope(
            payloadType=PAYLOAD_TYPE,
            payload=base64.b64encode(payload).decode(),
            signatures=(EnvelopeSignature(keyid=self.fingerprint, sig=base64.b64encode(signature).decode()),),
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """When a card was first shown to the person, and whether they opened its evidence or the conversation."""

    shown_at: datetime
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Signer:
    """A person with a key at a console."""

    key: KeyPair
    operator: OperatorId
    role: Role
    console: ConsoleIdentity
    clock: Clock = system_clock

    @property
    def signed_by(self) -> SignedBy:
        """The operator as statements name them."""
        return SignedBy(operator=self.operator, role=self.role, key=self.key.fingerprint)

    def session(self, challenge: Challenge, session_key: str | None = None) -> Envelope:
        """Answers a sign-in challenge, and names the key that signs each request of the session.

        Args:
            challenge: As given by the core.
            session_key: Public, base64; none only for cores that know no such key.
        """
        now = self.clock()
        said = {
            "core": challenge.core,
            "signed_by": self.signed_by,
            "console": self.console,
            "nonce": challenge.nonce,
            "issued_at": now,
            "expires_at": now + LIFETIME,
            "challenge": challenge.challenge,
        }
        if session_key is None:
            return self.key.sign(SessionStatement.model_validate(said))
        return self.key.sign(BoundSessionStatement.model_validate({**said, "session_key": session_key}))

    def decision(
        self,
        core: str,
        card: AskCard,
        decision: Literal["approve", "deny"],
        comment: Comment | None = None,
        *,
        shown_at: datetime | None = None,
        opened: bool = False,
        checkpoint: AuditCheckpoint | None = None,
    ) -> Envelope:
        """Signs a decision about exactly what a card shows.

        Args:
            core: The core instance.
            card: As shown.
            decision: What the person decided.
            comment: Their words; they travel beside the envelope, in the same command.
            shown_at: When the card was first shown to them; none where nobody looked at a screen: now.
            opened: Whether they opened the evidence or the conversation.
            checkpoint: The core's audit log as far as this console verified it: the core acts on it only if it still has it.

        Raises:
            NoKey: `nothing_to_sign` when the card is no open proposal.
        """
        if card.binding is None:
            raise NoKey("nothing_to_sign", texts_headless.NOTHING_TO_SIGN)
        return self.decision_on(
            core, card.ask, card.binding, decision, comment, shown_at=shown_at, opened=opened, checkpoint=checkpoint
        )

    def decision_on(
        self,
        core: str,
        ask: AskId,
        bound: Binding,
        decision: Literal["approve", "deny"],
        comment: Comment | None = None,
        *,
        shown_at: datetime | None = None,
        opened: bool = False,
        checkpoint: AuditCheckpoint | None = None,
        batch: str | None = None,
    ) -> Envelope:
        """Signs a decision about exactly what a binding names; see `decision`. `batch`: the digest of its sheet."""
        now = self.clock()
        return self.key.sign(
            DecisionStatement(
                core=core,
                signed_by=self.signed_by,
                console=self.console,
                nonce=bound.nonce,
                issued_at=now,
                expires_at=now + LIFETIME,
                decision=decision,
                brand=bound.brand,
                conversation=bound.conversation,
                customer_digest=bound.customer_digest,
                ask=ask,
                proposal=bound.proposal,
                seen_through=bound.seen_through,
                workflow=WorkflowName(bound.workflow),
                workflow_version=bound.workflow_version,
                workflow_step=bound.workflow_step,
                release=ReleaseDigest(bound.release),
                run=bound.run,
                tool=ToolName(bound.tool),
                resource=bound.resource,
                arguments_digest=bound.arguments_digest,
                evidence=bound.evidence,
                evidence_digest=bound.evidence_digest,
                card_digest=bound.card_digest,
                policy_digest=bound.policy_digest,
                money=bound.money,
                proposed_by=bound.proposed_by,
                edited_from=bound.edited_from,
                approval_number=min(len(bound.previous_approvals) + 1, 5),
                required_approvals=bound.required_approvals,
                previous_approvals=bound.previous_approvals,
                log_head=bound.log_head,
                checkpoint=checkpoint,
                shown_at=now if shown_at is None else min(shown_at, now),
                opened=opened,
                batch=batch,
                comment_digest=None if comment is None else comment.digest,
            )
        )

    def own_proposal(
        self,
        core: str,
        ask: AskId,
        bound: Binding,
        *,
        supersedes: ProposalId | None = None,
        narrows: bool = False,
        comment: Comment | None = None,
        shown_at: datetime | None = None,
    ) -> Envelope:
        """Signs that this is what one proposes: never an approval of it.

        Args:
            core: The core instance.
            ask: The ask it will be.
            bound: As shown.
            supersedes: The proposal whose place it takes.
            narrows: It only makes smaller what was proposed.
            comment: Their words; they travel beside the envelope.
            shown_at: When it was shown to them; none: now.
        """
        now = self.clock()
        return self.key.sign(
            ProposalStatement(
                core=core,
                signed_by=self.signed_by,
                console=self.console,
                nonce=bound.nonce,
                issued_at=now,
                expires_at=now + LIFETIME,
                brand=bound.brand,
                conversation=bound.conversation,
                customer_digest=bound.customer_digest,
                ask=ask,
                proposal=bound.proposal,
                supersedes=supersedes,
                edited_from=bound.edited_from,
                narrows=narrows,
                seen_through=bound.seen_through,
                workflow=WorkflowName(bound.workflow),
                workflow_version=bound.workflow_version,
                release=ReleaseDigest(bound.release),
                run=bound.run,
                tool=ToolName(bound.tool),
                resource=bound.resource,
                arguments_digest=bound.arguments_digest,
                evidence_digest=bound.evidence_digest,
                card_digest=bound.card_digest,
                policy_digest=bound.policy_digest,
                money=bound.money,
                required_approvals=bound.required_approvals,
                log_head=bound.log_head,
                shown_at=now if shown_at is None else min(shown_at, now),
                comment_digest=None if comment is None else comment.digest,
            )
        )

    def widening(
        self,
        challenge: Challenge,
        change: Change,
        subject: str,
        value_digest: str,
        *,
        brand: BrandId | None = None,
        conversation: ConversationId | None = None,
        log_head: LogHead | None = None,
        comment: Comment | None = None,
    ) -> Envelope:
        """Signs a change that widens, e.g. resuming a brand."""
        now = self.clock()
        return self.key.sign(
            WideningStatement(
                core=challenge.core,
                signed_by=self.signed_by,
                console=self.console,
                nonce=challenge.nonce,
                issued_at=now,
                expires_at=now + LIFETIME,
                change=change,
                subject=subject,
                value_digest=value_digest,
                brand=brand,
                conversation=conversation,
                log_head=log_head,
                comment_digest=None if comment is None else comment.digest,
            )
        )

    def settling(self, challenge: Challenge, card: AskCard, *, happened: bool, comment: Comment | None = None) -> Envelope:
        """Signs what a person found out about a write of unknown outcome."""
        value = digest({"ask": card.ask, "happened": happened})
        return self.widening(
            challenge,
            "settle_unknown",
            card.ask,
            value,
            brand=card.brand,
            conversation=card.conversation,
            comment=comment,
        )

    def resuming(self, challenge: Challenge, brand: BrandId | None, workflow: WorkflowName | None = None) -> Envelope:
        """Signs that the agent may work again: by one workflow, in one brand, or everywhere."""
        return self.widening(challenge, "resume", resume_subject(brand, workflow), RESUMED, brand=brand)

    def enrolment(
        self,
        challenge: Challenge,
        *,
        name: str,
        brands: tuple[str, ...] = ("*",),
        limit: Money | None = None,
        of: "Signer | None" = None,
        simulated: bool = False,
        day_limit: Money | None = None,
        day_count: int | None = None,
        not_after: datetime | None = None,
        replaces: str | None = None,
    ) -> Enrol:
        """Signs an enrolment, ready to be sent: of oneself (the first key), or of somebody else.

        Args:
            challenge: Gives the nonce.
            name: The person's name; travels beside the statement, which holds its salted digest.
            brands: Brand names, or `*` alone.
            limit: The largest single action they may approve; none means none, unless they are an admin.
            of: Who is enrolled; oneself when none.
            simulated: A demonstration's second person.
            day_limit: The most they may approve in one day; none means the house's own limit.
            day_count: How often they may approve in one day; likewise.
            not_after: When the key expires.
            replaces: The digest of the enrolment of the same key that this one takes the place of.
        """
        new = of or self
        salt = secrets.token_bytes(16)
        now: datetime = self.clock()
        statement = EnrolmentStatement(
            core=challenge.core,
            signed_by=self.signed_by,
            console=self.console,
            nonce=challenge.nonce,
            issued_at=now,
            expires_at=now + LIFETIME,
            operator=new.operator,
            name_digest=salted_digest(salt, name.encode()),
            role=new.role,
            brands=brands,
            limit=limit,
            day_limit=day_limit,
            day_count=day_count,
            not_after=not_after,
            replaces=replaces,
            public_key=new.key.public_key,
            simulated=simulated,
        )
        return Enrol(envelope=self.key.sign(statement), name=name, name_salt=salt.hex())


def new_operator(name: str) -> OperatorId:
    """An id for somebody who is about to be enrolled: their name's letters and something random."""
    letters = "".join(c for c in name.lower() if c.isascii() and c.isalpha())[:12]
    return OperatorId(random_id(f"op_{letters}" if letters else "op"))
