"""A statement arrives: what counts, what does not, and what a denial needs (R-C3, R-C4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_core.authority.decisions import (
    Arrival,
    DayLimits,
    DayTotals,
    check_decision,
    given_from,
    heads_named,
    nonce_key,
)
from agent_core.authority.errors import CheckFailed, LookAgain
from agent_core.contract.statements import Envelope
from tests.authority.test_dispatch import BROKEN
from tests.authority.world import NOW, World, call, eur, run_facts, someone, world


def refused(arrival: Arrival) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        check_decision(arrival)
    return caught.value


def test_R_C4_an_approval_counts() -> None:
    it = world()
    verified = check_decision(it.arrival())
    assert verified.operator.id == "sue"
    assert verified.key.fingerprint == it.sue.fingerprint


def test_the_second_person_names_the_first() -> None:
    it = world(60_000)
    first = it.envelope()
    used = it.standing(used_nonces=frozenset({nonce_key(it.built.proposal.nonce, 1)}))
    second = it.second(it.sam, first)
    assert check_decision(it.arrival(second, given=(it.given(first),), standing=used)).operator.id == "sam"


ABOUT_WHAT_IS_SENT = {
    "another tool sent", "another brand's systems", "another thing judged", "a proposal with another amount",
    "an amount that is agreed on but not sent", "another customer's conversation",
}  # fmt: skip
SAME_CODES = {
    "wrong_payload_type", "not_one_signature", "bad_base64", "unknown_key", "bad_signature", "wrong_core", "key_not_named",
    "foreign_operator", "wrong_role", "nonce_not_issued", "issued_in_future", "lives_too_long", "not_a_decision",
    "key_revoked", "key_expired", "shown_later", "key_not_yet_enrolled", "log_diverged",
}  # fmt: skip
SAME_AT_ARRIVAL = [
    name
    for name, (code, _) in BROKEN.items()
    if (code.startswith("other_") or code in SAME_CODES) and name not in ABOUT_WHAT_IS_SENT
]


@pytest.mark.parametrize("name", SAME_AT_ARRIVAL)
def test_R_C4_what_would_not_execute_is_refused_on_arrival_already(name: str) -> None:
    code, bend = BROKEN[name]
    it = world()
    case = bend(it)
    arrival = it.arrival(case.given[0].envelope, keys=case.keys, standing=replace(case.standing, used_nonces=frozenset()))
    assert refused(arrival).code == code


ARRIVING: dict[str, tuple[str, Callable[[World], Arrival]]] = {
    "replayed": (
        "nonce_used",
        lambda it: it.arrival(standing=it.standing(used_nonces=frozenset({nonce_key(it.built.proposal.nonce, 1)}))),
    ),
    "expired": ("statement_expired", lambda it: it.arrival(now=NOW + timedelta(minutes=15))),
    "a comment that was not signed": ("other_comment", lambda it: it.arrival(comment_digest="1" * 64)),
    "a signed comment that is missing": ("other_comment", lambda it: it.arrival(it.envelope(comment_digest="1" * 64))),
    "settled": ("proposal_over", lambda it: it.arrival(standing=it.standing(waiting=False))),
    "answered": ("ask_over", lambda it: it.arrival(standing=it.standing(ask_open=False))),
    "too late": (
        "proposal_expired",
        lambda it: it.arrival(
            standing=it.standing(proposal=it.built.proposal.model_copy(update={"expires_at": NOW}))
        ),
    ),
    "a verb the ask does not take": (
        "verb_not_allowed", lambda it: it.arrival(standing=_ask(it, verbs=("deny",))),
    ),
    "a denial by a role the ask does not take": (
        "role_not_allowed",
        lambda it: it.arrival(it.envelope(decision="deny"), standing=_ask(it, roles=("lead",))),
    ),
    "a role the ask does not take": (
        "role_not_allowed", lambda it: it.arrival(standing=_ask(it, roles=("lead",))),
    ),
    "the customer wrote": ("look_again", lambda it: it.arrival(standing=it.standing(newest_message=31))),
    "an older card": ("look_again", lambda it: it.arrival(it.envelope(seen_through=29))),
    "taken over": ("human_control", lambda it: it.arrival(standing=it.standing(control="human"))),
    "own proposal": (
        "own_proposal",
        lambda it: it.arrival(it.envelope(proposed_by=it.sue.id), standing=it.standing(proposed_by=it.sue.id)),
    ),
    "the day's count": (
        "over_daily_count",
        lambda it: it.arrival(days={it.sue.id: DayTotals(5)}, limits=DayLimits(5)),
    ),
    "a first approval that expired": (
        "approval_void",
        lambda it: it.arrival(given=(it.given(_early(it)),), now=NOW + timedelta(minutes=10)),
    ),
    "a first approval for another nonce": (
        "approval_void", lambda it: it.arrival(given=(it.given(it.envelope(it.sam, nonce="n_other")),)),
    ),
    "the same person again": (
        "same_person",
        lambda it: it.arrival(it.second(it.sue, it.envelope()), given=(it.given(it.envelope()),)),
    ),
    "somebody else was faster": ("out_of_order", lambda it: it.arrival(given=(it.given(it.envelope(it.sam)),))),
    "an approval nobody knows before it": ("out_of_order", lambda it: it.arrival(it.second(it.sue, it.envelope(it.sam)))),
}  # fmt: skip


def _ask(it: World, **changes: Any) -> Any:
    return it.standing(ask=it.built.ask.model_copy(update=changes))


def _early(it: World) -> Envelope:
    return it.envelope(it.sam, issued_at=NOW - timedelta(minutes=10), expires_at=NOW + timedelta(minutes=5))


@pytest.mark.parametrize("name", ARRIVING)
def test_R_C3_each_reason_not_to_count_has_its_own_code(name: str) -> None:
    code, bend = ARRIVING[name]
    assert refused(bend(world())).code == code


def test_policies_that_changed_refuse_an_arriving_approval_but_not_a_denial() -> None:
    from tests.authority.test_dispatch import _other_policy  # pyright: ignore[reportPrivateUsage] - one fixture, two files

    it = world()
    assert refused(it.arrival(gate=_other_policy())).code == "policy_changed"
    assert check_decision(it.arrival(it.envelope(decision="deny"), gate=_other_policy()))


def test_the_policies_are_asked_about_the_person() -> None:
    it = world()
    foreign = call(run=run_facts(customer="cus_2"))
    error = refused(it.arrival(call=foreign))
    assert (error.code, "other_customer" in error.detail) == ("approver_not_allowed", True)


def test_two_people_with_one_key_are_not_two() -> None:
    it = world(60_000)
    twin = replace(someone("twin"), key=it.sue.key)
    first = it.envelope()
    own = it.keys.keys[it.sue.fingerprint]

    class Both:
        """A broken look-up that gives one key to two people: the arriving statement is looked up first."""

        def __init__(self) -> None:
            self.asked = 0

        def get(self, fingerprint: Any, /) -> Any:
            self.asked += 1
            return replace(own, operator=twin.facts) if self.asked == 1 else own

    error = refused(it.arrival(it.second(twin, first), given=(it.given(first),), keys=Both()))
    assert error.code == "same_key"


def test_a_recalled_approval_leaves_its_place_in_the_row() -> None:
    it = world(60_000)
    gone = it.given(it.envelope(it.sam), recalled=True)
    old = it.given(it.envelope(it.sam, nonce="n_old"), nonce="n_old")
    assert check_decision(it.arrival(given=(gone, old)))


@pytest.mark.parametrize(
    "bend",
    [
        {"newest_message": 99},
        {"control": "human"},
        {"control": "quarantined"},
        {"proposed_by": "sue"},
    ],
)
def test_a_denial_narrows_and_so_needs_no_fresh_look(bend: dict[str, Any]) -> None:
    it = world()
    by = bend.get("proposed_by")
    assert check_decision(it.arrival(it.envelope(decision="deny", proposed_by=by), standing=it.standing(**bend)))


def test_a_denial_still_needs_the_brand() -> None:
    it = world()
    zed = someone("zed", brands=("lumen",), limit=eur(1))
    key = replace(it.keys.keys[it.sue.fingerprint], operator=zed.facts, fingerprint=zed.fingerprint)
    key = replace(key, public=zed.key.public_key().public_bytes_raw())
    keys = replace(it.keys, keys={zed.fingerprint: key})
    assert refused(it.arrival(it.envelope(zed, decision="deny"), keys=keys)).code == "foreign_brand"


def test_looking_again_is_a_kind_of_refusal_with_its_own_type() -> None:
    it = world()
    with pytest.raises(LookAgain):
        check_decision(it.arrival(standing=it.standing(newest_message=31)))


def test_an_accepted_approval_comes_back_from_its_body() -> None:
    it = world()
    envelope = it.envelope()
    given = given_from(envelope.model_dump_json(), nonce=it.built.proposal.nonce, not_before=NOW)
    assert given.envelope == envelope
    with pytest.raises(CheckFailed, match="known version"):
        given_from("[" * 100_000, nonce="n", not_before=NOW)


def test_log_heads_are_found_without_trusting_anything() -> None:
    from tests.authority.test_dispatch import _session  # pyright: ignore[reportPrivateUsage] - one fixture, two files

    it = world()
    torn = it.envelope().model_copy(update={"payload": "e30="})
    assert heads_named([it.envelope(), torn, _session(it)]) == {41}
