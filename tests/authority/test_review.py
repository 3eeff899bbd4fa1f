"""Rules that do nothing, or less than they seem to, are found before a text goes live, each with its line (R-C2)."""

import pytest

from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.review import check_policy, review
from agent_core.authority.shipped import commerce_policies
from agent_core.engine.declared import judged_tools
from tests.authority.world import SHIPPED_BRANDS, SHOP

USED = {"get_order", "refund_payment", "cancel_order", "withdraw_proposal"}


def rule(name: str, scope: str, condition: str = "", effect: str = "permit") -> str:
    return f'@id("{name}") @why("because") {effect} ({scope}) {condition};\n'


READ = 'principal is Workflow, action == Action::"get_order.execute", resource is Order'
REFUND = 'principal is Workflow, action == Action::"refund_payment.execute", resource is Order'
CANCEL = 'principal is Workflow, action == Action::"cancel_order.execute", resource is Order'
ASK = 'principal, action == Action::"refund_payment.propose", resource is Order'
THEN = 'principal, action == Action::"refund_payment.executeApproved", resource is Order'
YES = 'principal in Role::"lead", action == Action::"refund_payment.approve", resource is Order'
ANYBODYS_YES = 'principal is Operator, action == Action::"refund_payment.approve", resource is Order'
SIGNED_IN = "context.facts.customerAuthenticated"
CAPPED = "context.caps.customerMinor + context.arguments.amountMinor < context.caps.brandMinor"
COUNTED = "context.caps.customerCount < 5 && context.caps.brandCount < 50"


def when(*parts: str) -> str:
    return f"when {{ {' && '.join(parts)} }}"


WRONG: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "about a tool the brand has not": (
        rule("a", READ) + rule("b", READ.replace("get_order", "get_customer").replace("Order", "Customer")),
        [(2, "tool_not_used")],
    ),
    "a condition without a question": (rule("a", READ, when("true", SIGNED_IN)), [(1, "constant_condition")]),
    "a condition that only looks like one": (
        rule("a", REFUND, when("1 < 2", CAPPED)), [(1, "constant_condition")],
    ),
    "two currencies at once": (
        rule("a", REFUND, when('context.arguments.currency == "EUR"', CAPPED, 'context.arguments.currency == "USD"')),
        [(1, "never_true")],
    ),
    "more than 20 and at most 20": (
        rule("a", REFUND, when("context.arguments.amountMinor > 20", "20 >= context.arguments.amountMinor", CAPPED,
                               'context.arguments.currency == "EUR"')),
        [(1, "never_true")],
    ),
    "something and its opposite": (rule("a", READ, when(SIGNED_IN, f"!({SIGNED_IN})")), [(1, "never_true")]),
    "one of two that is a third": (
        rule("a", CANCEL, when('["x", "y"].contains(context.arguments.orderId)', COUNTED,
                               'context.arguments.orderId == "z"')),
        [(1, "never_true")],
    ),
    "an unless that never holds, so it forbids always": (
        rule("a", READ) + rule("b", CANCEL, f"unless {{ {SIGNED_IN} && !({SIGNED_IN}) }}", "forbid"), [(2, "never_true")],
    ),
    "what another rule allows already": (
        rule("a", READ) + rule("b", READ, when(SIGNED_IN)), [(2, "nothing_new")],
    ),
    "the same twice": (rule("a", READ, when(SIGNED_IN)) + rule("b", READ, when(SIGNED_IN)), [(2, "nothing_new")]),
    "what the default policies allow already": (
        SHOP + rule("a", READ, when(SIGNED_IN, "context.facts.customerConfirmed")), [(2, "nothing_new")],
    ),
    "a role's yes beside everybody's": (
        rule("a", ASK) + rule("b", THEN) + rule("c", ANYBODYS_YES) + rule("d", YES), [(4, "nothing_new")],
    ),
    "what another rule forbids anyway": (
        rule("a", READ, when(SIGNED_IN)) + rule("b", "principal is Workflow, action, resource", when(SIGNED_IN), "forbid"),
        [(1, "always_forbidden")],
    ),
    "what a rule about a group forbids anyway": (
        rule("a", CANCEL, when(SIGNED_IN, COUNTED))
        + rule("b", 'principal, action in Action::"autonomousRiskyWrite", resource', "", "forbid"),
        [(1, "always_forbidden")],
    ),
    "a question nobody may answer": (rule("a", ASK) + rule("b", THEN), [(1, "nobody_approves")]),
    "a yes after which nothing happens": (rule("a", ASK) + rule("b", YES), [(1, "never_done")]),
    "a yes nobody asks for": (rule("a", READ) + rule("b", YES), [(2, "never_asked")]),
    "an amount in any currency": (
        rule("a", REFUND, when("context.arguments.amountMinor < 5", CAPPED)), [(1, "bare_amount")],
    ),
    "a fact's amount in any currency": (
        rule("a", CANCEL, when("context.facts has orderTotal", "context.facts.orderTotal.amountMinor <= 100", COUNTED)),
        [(1, "bare_amount")],
    ),
    "a cap in any currency": (
        rule("a", REFUND, when("context.caps.customerMinor < 5", "context.caps.brandMinor < context.arguments.amountMinor")),
        [(1, "bare_amount")],
    ),
    "money given alone with a cap for the customer only": (
        rule("a", REFUND, when("context.caps.customerMinor < context.arguments.amountMinor")), [(1, "no_day_cap")],
    ),
    "a change made alone without a cap": (rule("a", CANCEL, when(SIGNED_IN)), [(1, "no_day_cap")]),
    "a change made alone with a cap for the brand only": (
        rule("a", CANCEL, when(SIGNED_IN, "context.caps.brandCount < 5")), [(1, "no_day_cap")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_R_C2_a_rule_that_does_nothing_or_too_much_is_found_at_its_line(name: str) -> None:
    text, expected = WRONG[name]
    got = [(error.line, error.code) for error in check_policy(text, source="x", tools=judged_tools(), used=USED)]
    assert got == expected


FINE: dict[str, str] = {
    "a whole row": rule("a", ASK) + rule("b", THEN) + rule("c", YES),
    "a cap by a forbid beside it": rule("a", CANCEL, when(SIGNED_IN))
    + rule("b", 'principal, action in Action::"autonomousWrite", resource', when("context.caps.customerCount > 5"), "forbid")
    + rule("c", CANCEL, when("context.caps.brandCount > 9"), "forbid"),
    "two roles": rule("a", ASK) + rule("b", THEN) + rule("c", YES) + rule("d", YES.replace("lead", "admin")),
    "a brand that turns a default off": SHOP + rule("a", REFUND, "", "forbid"),
    "a range": rule("a", REFUND, when('context.arguments.currency == "EUR"', "context.arguments.amountMinor > 5",
                                      "context.arguments.amountMinor <= 6", CAPPED)),
    "either of two currencies": rule("a", REFUND, when(
        '(context.arguments.currency == "EUR" || context.arguments.currency == "USD")', CAPPED)),
    "an unless of its own, beside a wider rule with another": rule("a", READ, f"unless {{ !{SIGNED_IN} }}")
    + rule("b", READ, "unless { context.facts.customerConfirmed }"),
    "one of two numbers": rule("a", REFUND, when("[1, 2].contains(context.arguments.amountMinor)", CAPPED)),
    "two numbers that differ": rule("a", REFUND, when('context.arguments.currency != "EUR"', CAPPED)),
    "nothing compared with nothing": rule("a", REFUND, when("context.arguments.amountMinor > 0", CAPPED)),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_is_sound_is_let_through(name: str) -> None:
    assert check_policy(FINE[name], source="x", tools=judged_tools(), used=USED) == ()


def test_R_C2_the_shipped_texts_have_no_such_rule() -> None:
    assert check_policy(commerce_policies(), source="x", tools=judged_tools()) == ()
    for path in SHIPPED_BRANDS.values():
        assert check_policy(path.read_text(encoding="utf-8"), source="x", tools=judged_tools()) == ()


def test_what_is_live_stays_live_when_a_finding_is_added() -> None:
    """A release of before is loaded as it was; only a new text is reviewed."""
    policy = AuthorityPolicy.load(rule("a", CANCEL, when(SIGNED_IN)), source="x", tools=judged_tools())
    assert [error.code for error in review(policy)] == ["no_day_cap"]
