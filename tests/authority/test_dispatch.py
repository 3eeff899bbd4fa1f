"""Every check between an approval and its effect, broken one at a time: its own code, and nothing executes (R-C4, R-C5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_core.authority.checks import CHECKS
from agent_core.authority.decisions import DayLimits, DayTotals, check_person
from agent_core.authority.digests import idempotency_key
from agent_core.authority.dispatch import DispatchCase, Withdrawn, changed_evidence, check_dispatch
from agent_core.authority.errors import CheckFailed, Lapsed, LookAgain
from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.shipped import commerce_policies
from agent_core.authority.sign import sign_statement
from agent_core.contract.ids import BrandId, OperatorId, ProposalId
from agent_core.contract.risk import Risk
from agent_core.contract.statements import AuditCheckpoint, SessionStatement
from tests.authority.world import (
    ARGUMENTS,
    CONSOLE,
    CORE,
    NOW,
    PAYMENT,
    TOOLS,
    VALUES,
    World,
    call,
    eur,
    run_facts,
    someone,
    world,
)  # fmt: skip


def refused(case: DispatchCase) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        check_dispatch(case)
    return caught.value


def test_R_C4_a_countersigned_refund_is_cleared_with_the_proposals_own_key() -> None:
    it = world()
    cleared = check_dispatch(it.case())
    assert cleared.idempotency_key == idempotency_key(it.built.proposal.id)
    assert [one.operator.id for one in cleared.approvals] == ["sue"]
    assert cleared.verdict.rules[0].id == "refund-approved"


def test_R_C3_above_five_hundred_two_people_with_two_keys_are_needed() -> None:
    it = world(60_000)
    assert it.built.proposal.required_people == 2
    first = it.envelope()
    assert refused(it.case(first)).code == "too_few_people"
    cleared = check_dispatch(it.case(first, it.second(it.sam, first)))
    assert [one.operator.id for one in cleared.approvals] == ["sue", "sam"]


def _session(it: World) -> Any:
    return sign_statement(
        SessionStatement(
            core=CORE, signed_by=it.sue.signed_by, console=CONSOLE, nonce=it.built.proposal.nonce, issued_at=NOW,
            expires_at=NOW + timedelta(minutes=15), challenge="x",
        ),
        it.sue.key,
    )  # fmt: skip


def _other_policy() -> Gate:
    text = commerce_policies().replace("amountMinor <= 2000", "amountMinor <= 1000")
    return Gate(AuthorityPolicy.load(text, source="other.cedar", tools=TOOLS.values()))


OTHER = "9" * 64

BROKEN: dict[str, tuple[str, Callable[[World], DispatchCase]]] = {
    "another payload type": (
        "wrong_payload_type", lambda it: it.case(it.envelope().model_copy(update={"payload_type": "application/json"})),
    ),
    "no signature": ("not_one_signature", lambda it: it.case(it.envelope().model_copy(update={"signatures": ()}))),
    "two signatures": (
        "not_one_signature",
        lambda it: it.case(it.envelope().model_copy(update={"signatures": it.envelope().signatures * 2})),
    ),
    "payload with a blank": (
        "bad_base64", lambda it: it.case(it.envelope().model_copy(update={"payload": it.envelope().payload + "\n"})),
    ),
    "key nobody enrolled": ("unknown_key", lambda it: it.case(it.envelope(someone("mallory")))),
    "expired key": ("key_expired", lambda it: it.case(keys=_expired(it))),
    "revoked key": ("key_revoked", lambda it: it.case(keys=_revoked(it))),
    "stopped key": ("key_stopped", lambda it: it.case(keys=_bent_key(it, stopped_at=NOW))),
    "replaced key": ("key_rotated", lambda it: it.case(keys=_bent_key(it, followed_by=it.sam.fingerprint))),
    "signed before enrolment": (
        "key_not_yet_enrolled",
        lambda it: it.case(
            it.envelope(issued_at=NOW - timedelta(hours=2), expires_at=NOW - timedelta(hours=1, minutes=45))
        ),
    ),
    "signature of another statement": (
        "bad_signature",
        lambda it: it.case(it.envelope().model_copy(update={"payload": it.envelope(it.sue, seen_through=29).payload})),
    ),
    "another core": ("wrong_core", lambda it: it.case(it.envelope(core="core-other"))),
    "another key named": (
        "key_not_named",
        lambda it: it.case(it.envelope(signed_by=it.sue.signed_by.model_copy(update={"key": it.sam.fingerprint}))),
    ),
    "another operator named": (
        "foreign_operator",
        lambda it: it.case(it.envelope(signed_by=it.sue.signed_by.model_copy(update={"operator": it.sam.id}))),
    ),
    "another role named": (
        "wrong_role", lambda it: it.case(it.envelope(signed_by=it.sue.signed_by.model_copy(update={"role": "lead"}))),
    ),
    "a nonce nobody issued": ("nonce_not_issued", lambda it: it.case(it.envelope(nonce="n_other"))),
    "a nonce on which something started": (
        "nonce_used", lambda it: it.case(nonces_spent=frozenset({it.built.proposal.nonce})),
    ),
    "dated ahead": (
        "issued_in_future",
        lambda it: it.case(it.envelope(issued_at=NOW + timedelta(minutes=5), expires_at=NOW + timedelta(minutes=6))),
    ),
    "expired": ("statement_expired", lambda it: it.case(now=NOW + timedelta(minutes=15))),
    "lives for hours": ("lives_too_long", lambda it: it.case(it.envelope(expires_at=NOW + timedelta(hours=2)))),
    "expires before it begins": ("lives_too_long", lambda it: it.case(it.envelope(expires_at=NOW - timedelta(seconds=1)))),
    "a sign-in": ("not_a_decision", lambda it: it.case(_session(it))),
    "a denial": ("not_an_approval", lambda it: it.case(it.envelope(decision="deny"))),
    "another proposal's statement": ("other_proposal", lambda it: it.case(it.envelope(proposal="p_other"))),
    "another ask": ("other_ask", lambda it: it.case(it.envelope(ask="a_other"))),
    "another brand": ("other_brand", lambda it: it.case(it.envelope(brand="lumen"))),
    "another conversation": ("other_conversation", lambda it: it.case(it.envelope(conversation="c_other"))),
    "another customer": ("other_customer", lambda it: it.case(it.envelope(customer_digest=OTHER))),
    "another customer's conversation": (
        "other_customer", lambda it: it.case(call=it.call(run=run_facts(customer="cus_2"))),
    ),
    "a customer with no canonical name": (
        "arguments_changed", lambda it: it.case(call=it.call(run=run_facts(customer="\ud800"))),
    ),
    "another proposer": ("other_proposer", lambda it: it.case(it.envelope(proposed_by="pat"))),
    "another edit": ("other_edit", lambda it: it.case(it.envelope(edited_from=OTHER))),
    "signed before it was shown": (
        "shown_later", lambda it: it.case(it.envelope(shown_at=NOW + timedelta(microseconds=1))),
    ),
    "another run": ("other_run", lambda it: it.case(it.envelope(run="r2"))),
    "another workflow": ("other_workflow", lambda it: it.case(it.envelope(workflow="cancel"))),
    "another workflow version": ("other_workflow", lambda it: it.case(it.envelope(workflow_version=4))),
    "another step": ("other_workflow", lambda it: it.case(it.envelope(workflow_step="refund"))),
    "another release": ("other_release", lambda it: it.case(it.envelope(release=OTHER))),
    "another tool": ("other_tool", lambda it: it.case(it.envelope(tool="get_order"))),
    "another resource": ("other_resource", lambda it: it.case(it.envelope(resource="order:NW-1"))),
    "another amount": ("other_money", lambda it: it.case(it.envelope(money=eur(6491)))),
    "other arguments": ("other_arguments", lambda it: it.case(it.envelope(arguments_digest=OTHER))),
    "no evidence": ("other_evidence", lambda it: it.case(it.envelope(evidence=()))),
    "another evidence digest": ("other_evidence", lambda it: it.case(it.envelope(evidence_digest=OTHER))),
    "another card": ("other_card", lambda it: it.case(it.envelope(card_digest=OTHER))),
    "other policies signed": ("other_policy", lambda it: it.case(it.envelope(policy_digest=OTHER))),
    "fewer people signed for": ("other_people_count", lambda it: it.case(it.envelope(required_approvals=2))),
    "another amount sent": (
        "arguments_changed", lambda it: it.case(call=it.call(arguments={**ARGUMENTS, "amount_minor": 6491})),
    ),
    "another reason sent": (
        "arguments_changed", lambda it: it.case(call=it.call(arguments={**ARGUMENTS, "reason": "because"})),
    ),
    "an argument more": (
        "arguments_changed", lambda it: it.case(call=it.call(arguments={**ARGUMENTS, "note": "x"})),
    ),
    "a fraction sent": (
        "arguments_changed",
        lambda it: it.case(call=replace(it.call(), arguments={**ARGUMENTS, "amount_minor": 64.9})),
    ),
    "another salt": ("arguments_changed", lambda it: it.case(arguments_salt=b"x" * 16)),
    "another tool sent": ("other_tool", lambda it: it.case(call=call("get_order"))),
    "another brand's systems": ("other_brand", lambda it: it.case(call=it.call(resource_brand=BrandId("lumen")))),
    "another thing judged": ("other_resource", lambda it: it.case(call=replace(it.call(), resource="order:NW-1"))),
    "a proposal with another amount": ("other_money", lambda it: _bent(it, money=eur(1))),
    "an amount that is agreed on but not sent": (
        "other_money",
        lambda it: it.case(
            it.envelope(money=eur(1)),
            standing=it.standing(proposal=it.built.proposal.model_copy(update={"money": eur(1)})),
        ),
    ),
    "another key sent": ("wrong_idempotency_key", lambda it: it.case(idempotency_key="p_other")),
    "a proposal with a foreign key": ("wrong_idempotency_key", lambda it: _bent(it, idempotency_key="p_other")),
    "evidence changed": (
        "evidence_changed", lambda it: it.case(evidence_now={**VALUES, f"payment.{PAYMENT}.refundable": 0}),
    ),
    "evidence gone": ("evidence_changed", lambda it: it.case(evidence_now={})),
    "the customer wrote": ("look_again", lambda it: it.case(standing=it.standing(newest_message=31))),
    "signed for an older card": (
        "look_again", lambda it: it.case(standing=it.standing(seen_through=31, newest_message=31)),
    ),
    "policies changed": ("policy_changed", lambda it: it.case(gate=_other_policy())),
    "the policies forbid it now": (
        "policy_forbids", lambda it: it.case(call=it.call(run=run_facts(customer_authenticated=False))),
    ),
    "the policies forbid the person": ("approver_not_allowed", lambda it: _on_call(it)),
    "settled": ("proposal_over", lambda it: it.case(standing=it.standing(waiting=False))),
    "proposal expired": ("proposal_expired", lambda it: _bent(it, expires_at=NOW)),
    "quarantined": ("quarantined", lambda it: it.case(standing=it.standing(control="quarantined"))),
    "taken over": ("human_control", lambda it: it.case(standing=it.standing(control="human"))),
    "proposed by somebody else than who has it": (
        "human_control",
        lambda it: it.case(
            it.envelope(proposed_by="pat"),
            standing=it.standing(control="human", proposed_by=OperatorId("pat"), in_control=OperatorId("quinn")),
        ),
    ),
    "closed": ("conversation_closed", lambda it: it.case(standing=it.standing(control="closed"))),
    "paused": ("agent_paused", lambda it: it.case(paused=True)),
    "its workflow paused": ("workflow_paused", lambda it: it.case(paused_workflow=True)),
    "run withdrawn": ("run_withdrawn", lambda it: it.case(withdrawn=Withdrawn(run=True))),
    "release withdrawn": ("release_withdrawn", lambda it: it.case(withdrawn=Withdrawn(release=True))),
    "workflow withdrawn": ("workflow_withdrawn", lambda it: it.case(withdrawn=Withdrawn(workflow=True))),
    "tool withdrawn": ("tool_withdrawn", lambda it: it.case(withdrawn=Withdrawn(tool=True))),
    "arguments that the tool takes no more": (
        "arguments_refused", lambda it: it.case(withdrawn=Withdrawn(arguments=True)),
    ),
    "who made it smaller as the second person": (
        "own_edit",
        lambda it: it.case(it.envelope(), it.second(it.sam, it.envelope()), standing=it.standing(edited_by=it.sam.id)),
    ),
    "approved before it could be read": (
        "shown_too_short", lambda it: _careful(it, Risk(tier="high", min_shown_s=3), shown_at=NOW - timedelta(seconds=2)),
    ),
    "shown before it was there": (
        "shown_implausible", lambda it: _careful(it, Risk(tier="low"), shown_at=NOW - timedelta(days=9)),
    ),
    "together with others": ("batch_not_allowed", lambda it: _careful(it, Risk(tier="high"), batch=OTHER)),
    "recalled": ("recalled", lambda it: it.case(given=(it.given(it.envelope(), recalled=True),))),
    "within the time of undo": (
        "too_early", lambda it: it.case(given=(it.given(it.envelope(), not_before=NOW + timedelta(minutes=1)),)),
    ),
    "a later place in the row": ("out_of_order", lambda it: it.case(it.envelope(approval_number=2))),
    "an approval that names another before it": (
        "out_of_order", lambda it: it.case(it.envelope(previous_approvals=(OTHER,))),
    ),
    "the same person twice": ("same_person", lambda it: it.case(it.envelope(), it.second(it.sue, it.envelope()))),
    "an approval nobody gave": ("too_few_people", lambda it: it.case(given=())),
    "an approval for an older card only": (
        "too_few_people", lambda it: it.case(given=(it.given(it.envelope(nonce="n_old"), nonce="n_old"),)),
    ),
    "own proposal": (
        "own_proposal",
        lambda it: it.case(it.envelope(proposed_by=it.sue.id), standing=it.standing(proposed_by=it.sue.id)),
    ),
    "simulated person": ("simulated_person", lambda it: _with(it, someone("sim", simulated=True))),
    "above the person's limit": ("over_limit", lambda it: _with(it, someone("low", limit=eur(6489)))),
    "no limit at all": ("over_limit", lambda it: _with(it, someone("none", limit=None))),
    "a limit in another currency": (
        "over_limit", lambda it: _with(it, someone("usd", limit=eur(10**6).model_copy(update={"currency": "USD"}))),
    ),
    "a person of another brand": ("foreign_brand", lambda it: _with(it, someone("zed", brands=("lumen",)))),
    "a role the ask does not name": ("role_not_allowed", lambda it: _with(it, someone("olly", "on_call"))),
    "the day's amount reached": (
        "over_daily_amount",
        lambda it: it.case(days={it.sue.id: DayTotals(1, {"EUR": 4_000})}, limits=DayLimits(10, 10_000)),
    ),
    "the day's count reached": (
        "over_daily_count", lambda it: it.case(days={it.sue.id: DayTotals(2)}, limits=DayLimits(2, 10**9)),
    ),
    "the person's own count of a day reached": (
        "over_daily_count",
        lambda it: replace(_with(it, it.bent_sue(day_count=2)), days={it.sue.id: DayTotals(2)}),
    ),
    "the person's own amount of a day reached": (
        "over_daily_amount",
        lambda it: replace(_with(it, it.bent_sue(day_limit=eur(6490))), days={it.sue.id: DayTotals(1, {"EUR": 1})}),
    ),
    "the person's own amount of a day in another currency": (
        "over_daily_amount",
        lambda it: _with(it, it.bent_sue(day_limit=eur(10**9).model_copy(update={"currency": "USD"}))),
    ),
    "the same action elsewhere": ("already_done", lambda it: it.case(same_intent=(ProposalId("p_twin"),))),
    "another history seen": ("log_diverged", lambda it: it.case(standing=it.standing(log_hashes={41: "b" * 64}))),
    "an audit log nobody here knows": (
        "log_diverged", lambda it: it.case(it.envelope(checkpoint=AuditCheckpoint(size=9, root_hash=OTHER))),
    ),
    "a history that is gone": ("log_diverged", lambda it: it.case(standing=it.standing(log_hashes={}))),
}  # fmt: skip


def _expired(it: World) -> Any:
    key = it.keys.keys[it.sue.fingerprint]
    return replace(it.keys, keys={**it.keys.keys, it.sue.fingerprint: replace(key, not_after=NOW + timedelta(seconds=5))})


def _revoked(it: World) -> Any:
    return _bent_key(it, revoked=True)


def _bent_key(it: World, **changes: Any) -> Any:
    key = it.keys.keys[it.sue.fingerprint]
    return replace(it.keys, keys={**it.keys.keys, it.sue.fingerprint: replace(key, **changes)})


def _careful(it: World, risk: Risk, **changes: Any) -> DispatchCase:
    """The ask wants more care than the yes was given with."""
    ask = it.built.ask.model_copy(update={"risk": risk})
    return it.case(it.envelope(issued_at=NOW, **changes), standing=it.standing(ask=ask))


def _bent(it: World, **changes: Any) -> DispatchCase:
    return it.case(standing=it.standing(proposal=it.built.proposal.model_copy(update=changes)))


def _ring(it: World, person: Any) -> Any:
    key = replace(it.keys.keys[it.sue.fingerprint], operator=person.facts, fingerprint=person.fingerprint)
    key = replace(key, public=person.key.public_key().public_bytes_raw())
    return replace(it.keys, keys={**it.keys.keys, person.fingerprint: key})


def _with(it: World, person: Any) -> DispatchCase:
    return it.case(it.envelope(person), keys=_ring(it, person))


def _on_call(it: World) -> DispatchCase:
    """The ask would take the role; the policies do not."""
    person = someone("olly", "on_call")
    ask = it.built.ask.model_copy(update={"roles": ("on_call",)})
    return it.case(it.envelope(person), keys=_ring(it, person), standing=it.standing(ask=ask))


@pytest.mark.parametrize("name", BROKEN)
def test_R_C4_each_check_broken_alone_refuses_with_its_own_code(name: str) -> None:
    code, bend = BROKEN[name]
    error = refused(bend(world()))
    assert error.code == code
    assert error.message == CHECKS[code].sentence
    assert error.then == CHECKS[code].then


ARRIVAL_ONLY = {
    "not_canonical", "bad_statement", "other_comment", "ask_over", "verb_not_allowed", "approval_void", "same_key",
    "other_batch", "batch_not_alike", "batch_too_large",
}  # fmt: skip

WHOLE_CORE_ONLY = {"proposer_gone"}
"""Known before there is a case at all; broken in `tests/service/test_proposing.py`."""


def test_R_C4_every_check_of_the_table_is_broken_by_some_test() -> None:
    assert {code for code, _ in BROKEN.values()} | ARRIVAL_ONLY | WHOLE_CORE_ONLY == set(CHECKS)


def test_two_people_with_one_key_are_not_two() -> None:
    it = world(60_000)
    twin = replace(someone("twin"), key=it.sue.key)
    first = it.envelope()
    ring = _ring(it, twin)

    class Both:
        """A broken look-up that gives one key to two people."""

        def __init__(self) -> None:
            self.asked = 0

        def get(self, fingerprint: Any, /) -> Any:
            self.asked += 1
            return it.keys.get(fingerprint) if self.asked == 1 else ring.get(fingerprint)

    assert refused(it.case(first, it.second(twin, first), keys=Both())).code == "same_key"


def test_R_C5_changed_evidence_lapses_and_says_which_and_how() -> None:
    it = world()
    values = {key: value for key, value in VALUES.items() if not key.endswith(".status")}
    with pytest.raises(Lapsed) as caught:
        check_dispatch(it.case(evidence_now={**values, f"payment.{PAYMENT}.refundable": 100}))
    assert {(change.key.rpartition(".")[2], change.reason) for change in caught.value.changes} == {
        ("status", "gone"),
        ("refundable", "changed"),
    }
    assert caught.value.then == "lapse"


def test_evidence_that_cannot_be_digested_counts_as_changed() -> None:
    it = world()
    key = it.built.proposal.evidence[0].key
    changes = changed_evidence(it.built.proposal.evidence[:1], it.built.evidence.salt, {key: 1.5})
    assert [change.reason for change in changes] == ["changed"]


def test_R_C5_a_newer_message_asks_for_another_look_and_nothing_else() -> None:
    it = world()
    with pytest.raises(LookAgain) as caught:
        check_dispatch(it.case(standing=it.standing(newest_message=99)))
    assert caught.value.then == "look_again"


def test_what_a_person_in_control_proposed_may_be_executed_while_they_have_control() -> None:
    it = world()
    pat = someone("pat")
    case = it.case(
        it.envelope(proposed_by=pat.id),
        standing=it.standing(control="human", proposed_by=pat.id, in_control=pat.id),
        call=it.call(operator=pat.facts, run=run_facts(human_has_control=True)),
    )
    assert check_dispatch(case).verdict.allowed


def test_a_key_counts_until_the_moment_it_expires() -> None:
    it = world()
    assert check_dispatch(it.case(keys=_expired(it), now=NOW + timedelta(seconds=4)))


def test_an_audit_log_that_both_know_is_fine() -> None:
    it = world()
    seen = AuditCheckpoint(size=9, root_hash=OTHER)
    assert check_dispatch(it.case(it.envelope(checkpoint=seen), standing=it.standing(checkpoints={9: OTHER})))


def test_a_persons_own_limits_of_a_day_narrow_and_never_widen() -> None:
    it = world()
    generous = it.bent_sue(day_count=10**6, day_limit=eur(10**9))
    assert check_dispatch(_with(it, generous))
    house = {"days": {it.sue.id: DayTotals(2, {"EUR": 4_000})}}
    assert refused(replace(_with(it, generous), **house, limits=DayLimits(2, 10**9))).code == "over_daily_count"
    assert refused(replace(_with(it, generous), **house, limits=DayLimits(9, 10_000))).code == "over_daily_amount"
    exact = it.bent_sue(day_count=3, day_limit=eur(10_490))
    assert check_dispatch(replace(_with(it, exact), **house))


def test_an_approval_of_an_older_card_does_not_spoil_the_confirmed_one() -> None:
    it = world()
    old = it.given(it.envelope(nonce="n_old"), nonce="n_old")
    assert check_dispatch(it.case(given=(old, it.given(it.envelope())))).approvals


def test_totals_of_other_people_and_currencies_do_not_count() -> None:
    it = world()
    days = {OperatorId("sam"): DayTotals(99, {"EUR": 10**9}), it.sue.id: DayTotals(0, {"USD": 10**9})}
    assert check_dispatch(it.case(days=days, limits=DayLimits(5, 10_000)))


def test_an_admin_without_limit_approves_any_amount() -> None:
    it = world()
    assert check_dispatch(it.case(it.envelope(it.admin)))


def test_a_simulated_person_counts_in_the_demonstration_brand() -> None:
    it = world()
    person = someone("sim", simulated=True)
    bent = replace(
        _with(it, person), standing=it.standing(sandbox_brand=True), call=it.call(run=run_facts(sandbox_brand=True))
    )
    assert check_dispatch(bent).approvals[0].operator.simulated


def test_where_no_money_moves_no_limit_of_money_holds() -> None:
    it = world()
    poor = someone("poor", limit=None).facts
    check_person(poor, it.standing(), None, DayTotals(minor={"EUR": 10**9}), DayLimits(count=1, minor=0))
