"""The digests and keys that tie a signature to one action: salted arguments, salted evidence, intent, idempotency.

Salts lie in the bodies, so erasing a body erases what its digests prove (R-N5). It must never digest anything unsalted that
could be guessed, and never derive the two keys from one another (DESIGN §4).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from agent_core.contract.bodies import salted_digest
from agent_core.contract.canonical import canonical, digest, keyed_digest
from agent_core.contract.ids import BrandId, ProposalId, ToolName
from agent_core.contract.money import Money
from agent_core.contract.proposals import EvidenceRef


def arguments_digest(salt: bytes, arguments: Mapping[str, JsonValue]) -> str:
    """Salted SHA-256 of the canonical arguments; equals the digest of the `arguments` body that holds them.

    Raises:
        Invalid: `not_canonical` when a value has no canonical form.
    """
    return salted_digest(salt, canonical(dict(arguments)))


def customer_digest(salt: bytes, customer: str) -> str:
    """Salted SHA-256 of the customer's id as policy spells it, with the salt of the `arguments` body.

    Digested as a JSON string, which no arguments are: one salt, two kinds of text that cannot be taken for each other.

    Raises:
        Invalid: `not_canonical` when the id has no canonical form.
    """
    return salted_digest(salt, canonical(customer))


def value_digest(salt: bytes, value: JsonValue) -> str:
    """Salted SHA-256 of one evidence value.

    Raises:
        Invalid: `not_canonical`.
    """
    return salted_digest(salt, canonical(value))


def evidence_digest(evidence: Sequence[EvidenceRef]) -> str:
    """SHA-256 over the canonical list of evidence; its values are salted already."""
    return digest([_ref(item) for item in evidence])


def _ref(item: EvidenceRef) -> dict[str, Any]:
    return {"key": item.key, "value_digest": item.value_digest, "source_seq": item.source_seq}


def intent_key(
    secret: bytes, brand: BrandId, tool: ToolName, resource: str, discriminator: str, amount: Money | None
) -> str:
    """Finds duplicates: equal for two calls that mean the same, in one installation. Never sent to a vendor.

    Keyed with the installation's secret: it stands in events, and what it is made of could be guessed.
    """
    money = None if amount is None else {"amount_minor": amount.amount_minor, "currency": amount.currency}
    intent = {"brand": brand, "tool": tool, "resource": resource, "discriminator": discriminator, "amount": money}
    return keyed_digest(secret, intent)


def idempotency_key(proposal: ProposalId) -> str:
    """Sent to the vendor: the same for every retry of this proposal, another for an honest second one."""
    return proposal
