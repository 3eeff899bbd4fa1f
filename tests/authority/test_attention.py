"""A yes without the care its tier asks for does not count: shown too short, or together with what is not its like (R-C3)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_core.authority.attention import check_batch, check_shown, member_of
from agent_core.authority.errors import CheckFailed
from agent_core.contract.bulk import Batch, BatchMember, batch_digest
from agent_core.contract.ids import ProposalId
from agent_core.contract.risk import BatchLimit, Risk
from tests.authority.world import NOW, World, eur, world

MEDIUM = Risk(tier="medium", batch=BatchLimit(most=3, total=eur(20_000)))


def _other(member: BatchMember, number: int, **changes: Any) -> BatchMember:
    return member.model_copy(
        update={"proposal": ProposalId(f"p_{number}"), "resource": f"order:NW-{number}", "nonce": f"n{number}", **changes}
    )


def _judged(it: World, *others: dict[str, Any], risk: Risk = MEDIUM, named: str | None = None, **bent: Any) -> int:
    """What comes of a yes on a sheet of its own case and others."""
    proposal = it.built.proposal.model_copy(update=bent)
    own = member_of(proposal, proposal.nonce)
    members = (own, *(_other(own, number, **each) for number, each in enumerate(others, 1)))
    batch = Batch(members=members)
    statement = it.statement(batch=named or batch_digest(batch))
    ask = it.built.ask.model_copy(update={"risk": risk})
    return check_batch(statement, batch, proposal, proposal.nonce, ask)


def _refused(code: str, it: World, *others: dict[str, Any], **more: Any) -> None:
    with pytest.raises(CheckFailed) as failed:
        _judged(it, *others, **more)
    assert failed.value.code == code


def test_R_C3_like_cases_within_the_limit_may_be_approved_on_one_sheet() -> None:
    it = world()
    assert _judged(it, {}, {}) == 3


def test_R_C3_what_is_not_alike_too_much_or_of_a_higher_tier_is_refused_each_by_its_own_code() -> None:
    it = world()
    _refused("batch_not_alike", it, {"tool": "cancel_order"})
    _refused("batch_not_alike", it, {"workflow": "other"})
    _refused("batch_not_alike", it, {"brand": "lumen"})
    _refused("batch_not_alike", it, {"resource": it.built.proposal.resource})
    _refused("batch_too_large", it, {}, {}, {})
    _refused("batch_too_large", it, {"money": eur(20_000)})
    _refused("batch_not_allowed", it, {}, risk=Risk(tier="high", min_shown_s=3))
    _refused("batch_not_allowed", it, {}, supersedes=ProposalId("p_0"))
    _refused("batch_not_allowed", it, {}, edited_from="1" * 64)
    _refused("batch_not_allowed", it, {}, required_people=2)
    _refused("other_batch", it, {}, named="2" * 64)


def test_R_C3_a_sheet_counts_only_as_it_was_signed_and_only_for_what_stands_on_it() -> None:
    it = world()
    proposal = it.built.proposal
    ask = it.built.ask.model_copy(update={"risk": MEDIUM})
    own = member_of(proposal, proposal.nonce)
    sheet = Batch(members=(own, _other(own, 1)))
    for statement, claimed in (
        (it.statement(batch=batch_digest(sheet)), None),
        (it.statement(), sheet),
        (it.statement(batch=batch_digest(sheet)), Batch(members=(_other(own, 1), own))),
    ):
        with pytest.raises(CheckFailed, match="cases"):
            check_batch(statement, claimed, proposal, proposal.nonce, ask)
    stranger = Batch(members=(_other(own, 1), _other(own, 2)))
    for claimed in (stranger, Batch(members=(own.model_copy(update={"nonce": "n_old"}), _other(own, 1)))):
        with pytest.raises(CheckFailed, match="cases"):
            check_batch(it.statement(batch=batch_digest(claimed)), claimed, proposal, proposal.nonce, ask)
    assert check_batch(it.statement(), None, proposal, proposal.nonce, ask) == 1


@pytest.mark.parametrize(
    ("seconds", "cases", "code"),
    [(3, 1, None), (2, 1, "shown_too_short"), (4, 5, "shown_too_short"), (5, 5, None), (10**6, 1, "shown_implausible")],
)
def test_R_C3_a_card_is_looked_at_for_as_long_as_its_tier_says(seconds: int, cases: int, code: str | None) -> None:
    it = world()
    statement = it.statement(issued_at=NOW, shown_at=NOW - timedelta(seconds=seconds))
    ask = it.built.ask.model_copy(update={"risk": Risk(tier="high", min_shown_s=3)})
    if code is None:
        check_shown(statement, ask, cases=cases)
        return
    with pytest.raises(CheckFailed) as failed:
        check_shown(statement, ask, cases=cases)
    assert failed.value.code == code


def test_an_ask_of_before_tiers_asks_for_nothing() -> None:
    it = world()
    assert replace(it).built.ask.risk is None
    check_shown(it.statement(issued_at=NOW, shown_at=NOW), it.built.ask)
