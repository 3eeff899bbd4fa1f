"""Proposals: what the agent wants to do and may not do alone. Three records: proposed, approved, effective (DESIGN §4).

A proposal binds tool, canonical arguments, brand, customer, workflow and policy version, evidence, and the last customer
message shown. No signature ever moves from one proposal to another.
"""

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, ResourceName, Value
from agent_core.contract.bodies import BodyRef
from agent_core.contract.facts import FactKey
from agent_core.contract.ids import (
    AskId,
    BrandId,
    ConversationId,
    ProposalId,
    ReleaseDigest,
    RunId,
    ToolName,
    WorkflowName,
)
from agent_core.contract.money import Money

MAX_EVIDENCE = 16
MAX_RULES = 6


class RuleCited(Value):
    """A policy rule that decided: its `@id` and its `@why` in words."""

    id: str = Field(max_length=120)
    why: str = Field(max_length=300)


class EvidenceRef(Value):
    """One thing the decision rests on: `value_digest` is salted with the proposal's evidence salt."""

    key: FactKey
    value_digest: Digest
    source_seq: int


class Proposal(Value):
    """The record of one proposed action.

    Attributes:
        customer_digest: Salted digest over the customer's id as policy spells it; the salt is that of the `arguments` body.
        workflow_step: The step of the workflow that wants it, where steps are known.
        edited_from: The arguments digest of what was edited, when a person's edit made this one.
        arguments_digest: Salted digest over the canonical arguments; the salt is in the `arguments` body.
        evidence_digest: SHA-256 over the canonical list of `evidence`.
        card_digest: Salted digest of the card as shown (what you see is what you sign).
        seen_through: `seq` of the last customer message that was part of what is shown.
        intent_key: Finds duplicates (brand, tool, resource, discriminator, amount, keyed), never sent to a vendor.
        idempotency_key: Sent to the vendor, the same for every retry of this proposal.
        nonce: Issued by the core, single use, bound by the statement.
    """

    id: ProposalId
    conversation: ConversationId
    brand: BrandId
    customer_digest: Digest
    run: RunId
    tool_use_id: str
    tool: ToolName
    resource: ResourceName
    workflow: WorkflowName
    workflow_version: int
    workflow_step: str | None = Field(max_length=80, default=None)
    release: ReleaseDigest
    arguments: BodyRef
    evidence_body: BodyRef
    card: BodyRef
    arguments_digest: Digest
    evidence: tuple[EvidenceRef, ...] = Field(max_length=MAX_EVIDENCE)
    evidence_digest: Digest
    card_digest: Digest
    seen_through: int
    policy_digest: Digest
    rules: tuple[RuleCited, ...] = Field(max_length=MAX_RULES)
    code: Code
    intent_key: Digest
    idempotency_key: str
    nonce: str
    money: Money | None
    reversible: bool
    required_people: int = Field(ge=1, le=5)
    ask: AskId
    supersedes: ProposalId | None = None
    edited_from: Digest | None = None
    expires_at: Instant


class EvidenceChange(Value):
    """What made a proposal lapse. `before` and `after` are shown to a person as plain text, from the bodies."""

    key: FactKey
    reason: Code
