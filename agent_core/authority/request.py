"""How a question about a call is put to Cedar: principal, resource, entities and context, as values, never as text.

One place, so that what a verdict is explained with is what was judged. It must never decide anything, and never hand an id
to Cedar in any other form than `{"type", "id"}`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from agent_core.authority.facts import ApprovalFacts, CallFacts, OperatorFacts, arguments_record, facts_record
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.schema import Mode, action_name
from agent_core.contract.ids import OperatorId
from agent_core.contract.money import Money


@dataclass(frozen=True, slots=True)
class Question:
    """A call as Cedar is asked about it, whatever the mode.

    Attributes:
        context: JSON text.
        named: JSON text of the entities.
    """

    tool: str
    principal: dict[str, str]
    resource: dict[str, str]
    context: str
    named: str

    @property
    def key(self) -> tuple[str, ...]:
        """Equal questions have equal keys, and only they."""
        principal, resource = self.principal, self.resource
        return (
            self.tool, principal["type"], principal["id"], resource["type"], resource["id"], self.context, self.named,
        )  # fmt: skip

    def entities(self, policy: AuthorityPolicy) -> cedarpy.Entities:
        """The entities, checked against a set's schema.

        Raises:
            ValueError: When they do not fit it.
        """
        return cedarpy.Entities.from_json_str(self.named, policy.schema)

    def request(self, mode: Mode) -> dict[str, Any]:
        """The request for one of the tool's actions."""
        action = {"type": "Action", "id": action_name(self.tool, mode)}
        return {"principal": self.principal, "action": action, "resource": self.resource, "context": self.context}


def question_of(call: CallFacts, extra: dict[str, Any], *, approver: OperatorFacts | None = None) -> Question:
    """The question about a call.

    Args:
        call: What is judged.
        extra: What the mode's context has besides: `caps_extra`, `approval_extra` or `proposal_extra`.
        approver: The person whose yes is judged.

    Raises:
        Invalid: `argument_missing` or `argument_type`.
        ValueError: When a value has no JSON form.
    """
    context = {
        "arguments": arguments_record(call.tool, call.arguments),
        "facts": facts_record(call),
        "run": _run_state(call),
        **extra,
    }
    named, principal, resource = _entities(call, approver)
    return Question(call.tool.name, principal, resource, json.dumps(context), json.dumps(named))


def caps_extra(call: CallFacts) -> dict[str, Any]:
    """What `execute` and `propose` are asked with: what was done alone today."""
    caps = call.caps
    return {
        "caps": {
            "currency": caps.currency,
            "customerMinor": caps.customer_minor,
            "customerCount": caps.customer_count,
            "brandMinor": caps.brand_minor,
            "brandCount": caps.brand_count,
            "known": caps.known,
        }
    }


def approval_extra(approval: ApprovalFacts) -> dict[str, Any]:
    """What `executeApproved` is asked with: whose verified yes there is."""
    return {
        "approval": {
            "verified": approval.verified,
            "approverCount": approval.count,
            "approvers": [_ref("Operator", person) for person in sorted(set(approval.approvers))],
        }
    }


def proposal_extra(
    money: Money | None, proposed_by: OperatorId | None, prior_approvers: Sequence[OperatorId]
) -> dict[str, Any]:
    """What `approve` is asked with: what moves, who proposed it, who approved already."""
    proposal: dict[str, Any] = {"priorApprovers": [_ref("Operator", person) for person in prior_approvers]}
    if money is not None:
        proposal["money"] = _money(money)
    if proposed_by is not None:
        proposal["proposedBy"] = _ref("Operator", proposed_by)
    return {"proposal": proposal}


def _entities(call: CallFacts, approver: OperatorFacts | None) -> tuple[list[Any], dict[str, str], dict[str, str]]:
    """The entities a request needs, its principal and its resource."""
    run = call.run
    kind = call.tool.resource_type
    is_customer = kind == "Customer"
    resource = _uid(kind, _customer_id(call) if is_customer else f"{call.resource_brand}/{call.resource}")
    attributes: dict[str, Any] = {"brand": _ref("Brand", call.resource_brand)}
    if not is_customer and call.owner is not None:
        attributes["customer"] = _ref("Customer", _scoped(call, call.owner))
    entities = [_entity(resource, attributes)]
    person = approver or call.operator
    if person is None:
        principal = _uid("Workflow", f"{run.brand}/{run.workflow}")
        entities.append(
            _entity(principal, {"brand": _ref("Brand", run.brand), "tools": sorted(run.tools), "level": run.level})
        )
        return entities, principal, resource
    principal = _uid("Operator", person.id)
    brands = [_ref("Brand", call.resource_brand)] if person.works_for(call.resource_brand) else []
    facts: dict[str, Any] = {"brands": brands, "simulated": person.simulated}
    if person.limit is not None:
        facts["limit"] = _money(person.limit)
    entities.append(_entity(principal, facts, parents=[_uid("Role", person.role)]))
    return entities, principal, resource


def _customer_id(call: CallFacts) -> str:
    """A customer's record is named by the call itself; a tool that names none means the conversation's own customer."""
    return _scoped(call, call.resource.partition(":")[2] or call.run.customer)


def _scoped(call: CallFacts, customer: str) -> str:
    return f"{call.resource_brand}/{customer}"


def _run_state(call: CallFacts) -> dict[str, Any]:
    return {
        "customer": _ref("Customer", f"{call.run.brand}/{call.run.customer}"),
        "tool": call.tool.name,
        "sandboxBrand": call.run.sandbox_brand,
        "conversationQuarantined": call.run.quarantined,
        "humanHasControl": call.run.human_has_control,
        "resourceHasPending": call.run.resource_has_pending,
    }


def _money(money: Money) -> dict[str, Any]:
    return {"amountMinor": money.amount_minor, "currency": money.currency}


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _ref(kind: str, name: str) -> dict[str, dict[str, str]]:
    return {"__entity": {"type": kind, "id": name}}


def _entity(uid: dict[str, str], attrs: dict[str, Any], *, parents: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    return {"uid": uid, "attrs": attrs, "parents": list(parents)}
