"""What authority costs: one judgement of the gate, and every check before an approved action, beside the bare libraries."""

import json

import cedarpy

from agent_core.authority.dispatch import check_dispatch
from agent_core.authority.verify import open_envelope
from tests.authority.world import refund, shop_gate, shop_policy, world
from tests.bench.figure import Figure, alternating

REPETITIONS = 400


def run() -> list[Figure]:
    """The figures; the goal is a judgement under 0.5 ms."""
    gate, policy, one, it = shop_gate(), shop_policy(), refund(1500), world()
    entities = json.dumps(
        [{"uid": {"type": "Operator", "id": "sue"}, "attrs": {"brands": [], "simulated": False}, "parents": []}]
    )
    request = {
        "principal": {"type": "Operator", "id": "sue"},
        "action": {"type": "Action", "id": "get_order.approve"},
        "resource": {"type": "Order", "id": "x"},
        "context": json.dumps(_context()),
    }
    case, envelope = it.case(), it.envelope()
    public = it.sue.key.public_key().public_bytes_raw()
    judged, bare = alternating(
        (lambda: gate.judge(one), lambda: cedarpy.is_authorized(request, policy.policy_set, entities, policy.schema)),
        REPETITIONS,
    )
    cleared, opened = alternating(
        (lambda: check_dispatch(case), lambda: open_envelope(envelope, public, it.sue.fingerprint)), REPETITIONS
    )
    return [
        Figure("judge one call (execute? else propose?)", judged, "ms", "one bare Cedar request", bare),
        Figure("every check before an approved action", cleared, "ms", "verifying its signature alone", opened),
    ]


def _context() -> dict[str, object]:
    customer = {"__entity": {"type": "Customer", "id": "c"}}
    return {
        "arguments": {"orderId": "x"},
        "facts": {"customerAuthenticated": True, "customerConfirmed": False},
        "run": {
            "customer": customer,
            "tool": "get_order",
            "sandboxBrand": False,
            "conversationQuarantined": False,
            "humanHasControl": False,
            "resourceHasPending": False,
        },
        "proposal": {"priorApprovers": []},
    }
