"""Good replies are let go, every kind of bad one is found by the right check (R-F2)."""

from collections import Counter

from agent_core.contract.reply_checks import REPLY_CHECKS
from agent_core.guardrails.registry import CHECKS
from agent_core.guardrails.reply import check_reply, codes
from tests.guardrails.bad_replies import MUTATIONS, bad_replies
from tests.guardrails.good_replies import good_replies

EVERY = 23
"""Of each kind one of so many is checked; a prime, so that every situation comes."""


def test_R_F2_no_good_reply_is_held_back() -> None:
    good = list(good_replies())
    assert len(good) >= 300
    held = [(each.situation, codes(found), each.text) for each in good if (found := check_reply(each.text, each.context))]
    assert held == []


def test_R_F2_every_kind_of_bad_reply_is_found_by_the_right_check_with_its_place() -> None:
    seen: Counter[str] = Counter()
    missed: list[tuple[str, str, tuple[str, ...]]] = []
    passed: Counter[str] = Counter()
    for bad in bad_replies():
        passed[bad.kind] += 1
        if passed[bad.kind] % EVERY != 1:
            continue
        seen[bad.kind] += 1
        found = [each for each in check_reply(bad.text, bad.context) if each.check in bad.wanted]
        if not found:
            missed.append((bad.kind, bad.text, codes(check_reply(bad.text, bad.context))))
        for each in found:
            assert all(0 <= start < end <= len(bad.text) for start, end in each.spans), (bad.kind, each)
            assert each.spans or each.code in ("empty_reply", "missing_machine")
            assert each.code.replace("_", "").isalpha()
            assert each.sentence.endswith(".")
            assert each.reason.endswith(".")
            assert len(each.sentence) <= 400
    assert missed == []
    assert set(seen) == {mutation.kind for mutation in MUTATIONS}
    assert sum(seen.values()) >= 500


def test_every_check_has_a_name_of_the_contract_and_a_mutation_that_only_it_finds() -> None:
    assert tuple(CHECKS) == REPLY_CHECKS
    alone = {mutation.wanted[0] for mutation in MUTATIONS if len(mutation.wanted) == 1}
    assert alone == set(REPLY_CHECKS)
