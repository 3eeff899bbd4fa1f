"""A brand whose agent asks for two refunds at once, of two orders: two calls of one answer, with the same tool and amount.

The orders are told from each other by their numbers: the one is odd, the other even. It must stay as near to the shipped
brand as two equal calls in one breath allow.
"""

import shutil
from pathlib import Path
from typing import Final

from agent_core.service.settings import ROOT

AMOUNT: Final = 1_000
_FROM: Final = "  - id: payments\n"
_TO: Final = "  - id: nothing_paid\n"
_EXAMPLES: Final = "examples:\n"
_OUTPUT: Final = """  - name: order_id
    description: The order it is about, e.g. NW-10023.
"""
_TOOLS: Final = """format: 1
tools:
  - {name: get_order, use: commerce}
  - {name: list_payments, use: commerce}
  - name: refund_payment
    use: commerce
    limits: {amount_minor: 200000}
"""
_ENTITY: Final = """  first_order:
    pattern: 'NW-\\d{4}[13579]'
    example: NW-10023
    title: {en: first order, de: erste Bestellung}
  second_order:
    pattern: 'NW-\\d{4}[02468]'
    example: NW-10024
    title: {en: second order, de: zweite Bestellung}
"""
_READ: Final = """  - id: payments
    text: Read what was paid for it.
    call: list_payments
    with: {order_id: "{first_order}"}
    failed: {en: Not now., de: Nicht jetzt.}

  - id: find_second
    text: Look up the second order.
    when: second_order
    call: get_order
    with: {order_id: "{second_order}"}
    denied: {en: Not found., de: Nicht gefunden.}
    failed: {en: Not now., de: Nicht jetzt.}

  - id: second
    text: Read what was paid for the second order.
    when: second_order
    call: list_payments
    with: {order_id: "{second_order}"}
    failed: {en: Not now., de: Nicht jetzt.}

"""
_REFUND: Final = """  - id: refund_NAME
    text: Refund a part of what was paid.
    when: second_order and payments.payments.0.refundable_minor > 0 and second.payments.0.refundable_minor > 0
    call: refund_payment
    with:
      order_id: "{ORDER}"
      payment_id: "{PAID.payments.0.payment_id}"
      amount_minor: 1000
      currency: "{PAID.payments.0.currency}"
      reason: The customer asked for it
    pending: {en: "The refund for {ORDER} waits for a colleague.", de: "Die Erstattung zu {ORDER} wartet."}
    done: {en: "We have refunded a part of {ORDER}.", de: "Ein Teil von {ORDER} ist erstattet."}
    denied: {en: "The refund for {ORDER} was not approved.", de: "Die Erstattung zu {ORDER} wurde abgelehnt."}
    failed: {en: "The refund for {ORDER} is not certain.", de: "Die Erstattung zu {ORDER} ist nicht sicher."}

"""


def _refund(name: str, order: str, paid: str) -> str:
    return _REFUND.replace("NAME", name).replace("ORDER", order).replace("PAID", paid)


def two_calls_brand(folder: Path) -> Path:
    """A copy of the demo's brand, of refunds alone, in which one run can refund two orders."""
    target = folder / "northwind"
    shutil.copytree(ROOT / "resources" / "brands" / "northwind", target)
    brand = target / "brand.yaml"
    text = brand.read_text(encoding="utf-8").replace("batch_window_ms: 1500", "batch_window_ms: 0")
    text = text.replace("undo_s: 5", "undo_s: 1").replace("  amount:\n", f"{_ENTITY}  amount:\n", 1)
    brand.write_text(text, encoding="utf-8")
    flow = target / "workflows" / "refund_order.yaml"
    for other in flow.parent.iterdir():
        if other != flow:
            other.unlink()  # what need not be walked before it goes live is left out
    (target / "tools.yaml").write_text(_TOOLS, encoding="utf-8")
    (target / "authority.cedar").write_text("use commerce;\n", encoding="utf-8")
    text = flow.read_text(encoding="utf-8").replace("entities: [order_id, amount]", "entities: [first_order, second_order]")
    before, rest = text.split(_FROM)
    after = rest.split(_TO)[1].split(_EXAMPLES)[0]
    before, after = (part.replace("{order_id}", "{first_order}") for part in (before, after))
    after = after.replace(_OUTPUT, "")
    refunds = _refund("first", "first_order", "payments") + _refund("second", "second_order", "second")
    flow.write_text(before + _READ + refunds + _TO + after, encoding="utf-8")
    return target
