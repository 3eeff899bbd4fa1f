"""Right before an approved action starts: every check once more, now, in the transaction of the effect's start (R-C4, R-C5).

What was true when people decided may be false when it happens. So the arguments about to be sent are digested again, the
evidence is compared with what was just re-read, Cedar is asked again, people and keys are counted from signatures that are
verified here, and the key that makes it happen once is compared. The action may be sent only with exactly
`case.call.arguments` and `Cleared.idempotency_key`. It must never trust a flag in place of a signature.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from agent_core.authority.attention import check_batchable, check_shown
from agent_core.authority.decisions import (
    DayLimits,
    DayTotals,
    Given,
    Standing,
    check_control,
    check_log_head,
    check_matches,
    check_person,
    decision_in,
)
from agent_core.authority.digests import arguments_digest, customer_digest, idempotency_key, value_digest
from agent_core.authority.errors import CheckFailed, Lapsed, LookAgain
from agent_core.authority.facts import ApprovalFacts, CallFacts
from agent_core.authority.gate import Gate, Verdicted
from agent_core.authority.verify import Keys, Verified, verify_envelope
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import OperatorId, ProposalId
from agent_core.contract.proposals import EvidenceChange, EvidenceRef


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was taken out of use since the proposal was made. `arguments`: the tool does not take those any more."""

    run: bool = False
    release: bool = False
    workflow: bool = False
    tool: bool = False
    arguments: bool = False


@dataclass(frozen=True, slots=True)
class DispatchCase:
    """Everything an approved action is judged by, read in the dispatch transaction.

    Attributes:
        given: Every approval of this proposal, oldest first, recalled and outdated ones too.
        call: The call about to be sent, with facts re-read just now; exactly its arguments are sent.
        arguments_salt: Of the proposal's `arguments` body.
        evidence_salt: Of the proposal's `evidence` body.
        evidence_now: Value of each evidence key as re-read just now; an absent key means it is gone.
        idempotency_key: The one about to be sent.
        same_intent: Other proposals or effects with the same intent key, open or executed, that the card did not show.
        nonces_spent: Nonces on which another effect was started already.
        paused: The agent is paused, for the brand or everywhere; `paused_workflow`: the workflow that wanted this is.
        days: What each person approved today beside this proposal.
    """

    standing: Standing
    given: tuple[Given, ...]
    keys: Keys
    gate: Gate
    call: CallFacts
    now: datetime
    core: str
    arguments_salt: bytes
    evidence_salt: bytes
    evidence_now: Mapping[str, JsonValue]
    idempotency_key: str
    same_intent: tuple[ProposalId, ...] = ()
    nonces_spent: frozenset[str] = frozenset()
    withdrawn: Withdrawn = field(default_factory=Withdrawn)
    paused: bool = False
    paused_workflow: bool = False
    days: Mapping[OperatorId, DayTotals] = field(default_factory=dict[OperatorId, DayTotals])
    limits: DayLimits = field(default_factory=DayLimits)


@dataclass(frozen=True, slots=True)
class Cleared:
    """It may happen now, once.

    Attributes:
        approvals: The verified approvals it rests on.
        verdict: Cedar's answer, asked just now.
    """

    approvals: tuple[Verified, ...]
    verdict: Verdicted
    idempotency_key: str


def check_dispatch(case: DispatchCase) -> Cleared:
    """Every check between an approval and its effect.

    Raises:
        CheckFailed: With the code of the first check that failed and what becomes of the proposal.
        LookAgain: The customer wrote meanwhile.
        Lapsed: The evidence changed; carries what changed.
    """
    _check_state(case)
    _check_call(case)
    _check_fresh(case)
    approvals = _approvals(case)
    _check_people(case, approvals)
    verdict = _ask_again(case, approvals)
    if case.same_intent:
        raise CheckFailed("already_done", detail=",".join(case.same_intent)[:400])
    return Cleared(approvals=tuple(approvals), verdict=verdict, idempotency_key=case.idempotency_key)


def changed_evidence(
    evidence: Sequence[EvidenceRef], salt: bytes, values: Mapping[str, JsonValue]
) -> tuple[EvidenceChange, ...]:
    """Which evidence is no longer what it was when the proposal was made.

    Args:
        evidence: Of the proposal.
        salt: Of its `evidence` body.
        values: As re-read just now; an absent key means it is gone.
    """
    changes: list[EvidenceChange] = []
    for item in evidence:
        if item.key not in values:
            changes.append(EvidenceChange(key=item.key, reason="gone"))
        elif not _same(item, salt, values[item.key]):
            changes.append(EvidenceChange(key=item.key, reason="changed"))
    return tuple(changes)


def _same(item: EvidenceRef, salt: bytes, value: JsonValue) -> bool:
    try:
        return value_digest(salt, value) == item.value_digest
    except Invalid:
        return False


def _check_state(case: DispatchCase) -> None:
    standing = case.standing
    if not standing.waiting:
        raise CheckFailed("proposal_over", detail=standing.proposal.id)
    if case.now >= standing.proposal.expires_at:
        raise CheckFailed("proposal_expired", detail=standing.proposal.id)
    check_control(standing.control, proposed_by_person=standing.of_who_has_it)
    if case.paused:
        raise CheckFailed("agent_paused")
    if case.paused_workflow:
        raise CheckFailed("workflow_paused", detail=standing.proposal.workflow)
    for gone, code in (
        (case.withdrawn.run, "run_withdrawn"),
        (case.withdrawn.release, "release_withdrawn"),
        (case.withdrawn.workflow, "workflow_withdrawn"),
        (case.withdrawn.tool, "tool_withdrawn"),
        (case.withdrawn.arguments, "arguments_refused"),
    ):
        if gone:
            raise CheckFailed(code, detail=standing.proposal.id)


def _check_call(case: DispatchCase) -> None:
    """What is about to be sent is what the proposal binds, to the byte."""
    proposal, call = case.standing.proposal, case.call
    if call.tool.name != proposal.tool:
        raise CheckFailed("other_tool", detail=proposal.id)
    if (call.run.brand, call.resource_brand) != (proposal.brand, proposal.brand):
        raise CheckFailed("other_brand", detail=proposal.id)
    try:
        sent = arguments_digest(case.arguments_salt, call.arguments)
        whose = customer_digest(case.arguments_salt, call.run.customer)
        money, resource = call.tool.money_of(call.arguments), call.tool.resource_of(call.arguments)
    except Invalid as error:
        raise CheckFailed("arguments_changed", detail=error.code) from error
    if sent != proposal.arguments_digest:
        raise CheckFailed("arguments_changed", detail=proposal.id)
    if whose != proposal.customer_digest:
        raise CheckFailed("other_customer", detail=proposal.id)
    if (resource, call.resource) != (proposal.resource, proposal.resource):
        raise CheckFailed("other_resource", detail=proposal.id)
    if money != proposal.money:
        raise CheckFailed("other_money", detail=proposal.id)
    if {case.idempotency_key, proposal.idempotency_key} != {idempotency_key(proposal.id)}:
        raise CheckFailed("wrong_idempotency_key", detail=proposal.id)


def _check_fresh(case: DispatchCase) -> None:
    standing, proposal = case.standing, case.standing.proposal
    changes = changed_evidence(proposal.evidence, case.evidence_salt, case.evidence_now)
    if changes:
        raise Lapsed("evidence_changed", changes, detail=proposal.id)
    if standing.newest_message > standing.seen_through:
        raise LookAgain("look_again", detail=f"{standing.seen_through} < {standing.newest_message}")
    if proposal.policy_digest != case.gate.policy_digest:
        raise Lapsed("policy_changed", detail=proposal.policy_digest)


def _approvals(case: DispatchCase) -> list[Verified]:
    """The approvals that stand, each verified here and now."""
    standing = case.standing
    current = [given for given in case.given if given.nonce == standing.nonce]
    live = [given for given in current if not given.recalled]
    if current and not live:
        raise CheckFailed("recalled", detail=standing.proposal.id)
    if standing.nonce in case.nonces_spent:
        raise CheckFailed("nonce_used", detail=standing.proposal.id)
    approvals: list[Verified] = []
    for given in live:
        verified = verify_envelope(given.envelope, keys=case.keys, now=case.now, audience=case.core)
        statement = decision_in(verified)
        if statement.decision != "approve":
            raise CheckFailed("not_an_approval", detail=verified.digest)
        check_matches(statement, standing)
        check_log_head(statement, standing)
        check_shown(statement, standing.ask)
        if statement.batch is not None:
            check_batchable(standing.proposal, standing.ask)
        if statement.nonce != standing.nonce:
            raise CheckFailed("nonce_not_issued", detail=verified.digest)
        if statement.seen_through != standing.seen_through:
            raise LookAgain("look_again", detail=f"{statement.seen_through} != {standing.seen_through}")
        expected = (len(approvals) + 1, tuple(other.digest for other in approvals))
        if (statement.approval_number, statement.previous_approvals) != expected:
            raise CheckFailed("out_of_order", detail=verified.digest)
        if given.not_before > case.now:
            raise CheckFailed("too_early", detail=verified.digest)
        approvals.append(verified)
    return approvals


def _check_people(case: DispatchCase, approvals: list[Verified]) -> None:
    """Distinct people and distinct keys, each within their own limits, and enough of them."""
    proposal = case.standing.proposal
    people, keys = {one.operator.id for one in approvals}, {one.key.fingerprint for one in approvals}
    if len(people) != len(approvals):
        raise CheckFailed("same_person", detail=proposal.id)
    if len(keys) != len(approvals):
        raise CheckFailed("same_key", detail=proposal.id)
    if len(people) < proposal.required_people:
        raise CheckFailed("too_few_people", detail=f"{len(people)} of {proposal.required_people}")
    if any(one.operator.id == case.standing.edited_by for one in approvals[1:]):
        raise CheckFailed("own_edit", detail=proposal.id)
    for one in approvals:
        day = case.days.get(one.operator.id, DayTotals())
        check_person(one.operator, case.standing, proposal.money, day, case.limits)


def _ask_again(case: DispatchCase, approvals: list[Verified]) -> Verdicted:
    """Cedar, now: each person for their yes, the run for the action."""
    proposal = case.standing.proposal
    for place, one in enumerate(approvals):
        verdict = case.gate.may_approve(
            one.operator,
            case.call,
            money=proposal.money,
            proposed_by=case.standing.proposed_by,
            prior_approvers=[other.operator.id for other in approvals[:place]],
        )
        if not verdict.allowed:
            raise CheckFailed("approver_not_allowed", detail=f"{one.operator.id} {verdict.code} {verdict.detail}")
    approval = ApprovalFacts(approvers=tuple(one.operator.id for one in approvals), verified=True)
    verdict = case.gate.may_execute_approved(case.call, approval)
    if not verdict.allowed:
        raise Lapsed("policy_forbids", detail=f"{verdict.code} {verdict.detail}")
    return verdict
