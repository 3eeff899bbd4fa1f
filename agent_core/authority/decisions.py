"""Whether a person's arriving statement counts, for this proposal, now (R-C3, R-C4, R-C7).

What arrives here is checked again in the dispatch transaction (`dispatch.py`): arriving well gives no right to execute. A
denial narrows, so it needs a valid signature and the right brand and role, and nothing else. It must never change anything:
the caller appends, in one transaction with `nonce_key` in its unique index.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent_core.authority.attention import check_batch, check_shown
from agent_core.authority.digests import evidence_digest
from agent_core.authority.errors import CheckFailed, LookAgain
from agent_core.authority.facts import CallFacts, OperatorFacts
from agent_core.authority.gate import Gate
from agent_core.authority.verify import Keys, Verified, read_envelope, verify_envelope
from agent_core.contract.asks import Ask
from agent_core.contract.bulk import Batch
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import OperatorId
from agent_core.contract.money import Money
from agent_core.contract.outcomes import Control
from agent_core.contract.proposals import Proposal
from agent_core.contract.statements import DecisionStatement, Envelope, read_statement

_WIDENING = "approve"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a proposal stands at this moment, as the log says.

    Attributes:
        waiting: The proposal is not settled.
        ask_open: Its ask is not resolved.
        seen_through: The newest customer message on the card: the proposal's own, or the last `LookAgain`'s.
        newest_message: `seq` of the newest customer message of the conversation.
        nonce: The one issued last: the proposal's own, or the last `LookAgain`'s.
        used_nonces: `nonce_key` of every statement that counted or was tried for this proposal.
        log_hashes: Hash of each event of this conversation that a statement names as its log head.
        checkpoints: Root hash of the audit log by size, for each checkpoint that a statement names.
        proposed_by: The person whose own proposal it is; none when it is the agent's.
        edited_by: The person who made it smaller: their yes counts first or not at all.
        in_control: The person who has the conversation, while one has.
        sandbox_brand: Whether simulated people count.
    """

    proposal: Proposal
    ask: Ask
    seen_through: int
    newest_message: int
    nonce: str
    waiting: bool = True
    ask_open: bool = True
    control: Control = "agent"
    used_nonces: frozenset[str] = frozenset()
    log_hashes: Mapping[int, str] = field(default_factory=dict[int, str])
    checkpoints: Mapping[int, str] = field(default_factory=dict[int, str])
    proposed_by: OperatorId | None = None
    edited_by: OperatorId | None = None
    in_control: OperatorId | None = None
    sandbox_brand: bool = False

    @property
    def of_who_has_it(self) -> bool:
        """Whether the person who has the conversation proposed it: what others proposed waits until they hand it back."""
        return self.proposed_by is not None and self.proposed_by == self.in_control


@dataclass(frozen=True, slots=True)
class Given:
    """An approval that was accepted on arrival, as the log (`Countersigned`) and its body hold it."""

    envelope: Envelope
    nonce: str
    not_before: datetime
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What a person has approved today beside this proposal: how often, and minor units by currency."""

    count: int = 0
    minor: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class DayLimits:
    """What one person may approve in one day: how often, and minor units in any one currency."""

    count: int = 200
    minor: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """Everything an arriving statement is judged by.

    Attributes:
        given: Approvals accepted before, oldest first.
        call: The proposed call with the facts known now.
        days: What each person approved today.
        comment_digest: Digest of the comment that came along; must be the signed one.
        batch: The sheet of like cases that came along.
    """

    envelope: Envelope
    standing: Standing
    keys: Keys
    gate: Gate
    call: CallFacts
    now: datetime
    core: str
    given: tuple[Given, ...] = ()
    days: Mapping[OperatorId, DayTotals] = field(default_factory=dict[OperatorId, DayTotals])
    limits: DayLimits = field(default_factory=DayLimits)
    comment_digest: str | None = None
    batch: Batch | None = None


def nonce_key(nonce: str, approval_number: int) -> str:
    """What must be unique: one statement for each place in the row of approvals of each nonce."""
    return f"{nonce}#{approval_number}"


def check_decision(arrival: Arrival) -> Verified:
    """Checks a statement on arrival.

    Returns:
        The verified statement; it is a `DecisionStatement`.

    Raises:
        CheckFailed: With the code of the first check that failed; `LookAgain` when the customer wrote meanwhile.
    """
    standing = arrival.standing
    verified = verify_envelope(arrival.envelope, keys=arrival.keys, now=arrival.now, audience=arrival.core)
    statement = decision_in(verified)
    check_matches(statement, standing)
    check_log_head(statement, standing)
    if statement.nonce != standing.nonce:
        raise CheckFailed("nonce_not_issued", detail=verified.digest)
    if nonce_key(statement.nonce, statement.approval_number) in standing.used_nonces:
        raise CheckFailed("nonce_used", detail=verified.digest)
    if statement.comment_digest != arrival.comment_digest:
        raise CheckFailed("other_comment", detail=verified.digest)
    _check_ask(statement, verified.operator, arrival)
    if statement.decision == _WIDENING:
        _check_approval(statement, verified, arrival)
    return verified


def decision_in(verified: Verified) -> DecisionStatement:
    """The decision in a verified envelope.

    Raises:
        CheckFailed: `not_a_decision`.
    """
    if not isinstance(verified.statement, DecisionStatement):
        raise CheckFailed("not_a_decision", detail=verified.digest)
    return verified.statement


def check_matches(statement: DecisionStatement, standing: Standing) -> None:
    """Whether a statement is about exactly this proposal. Each field has its own code.

    Raises:
        CheckFailed: One of the `other_…` codes, or `shown_later`.
    """
    proposal = standing.proposal
    same = (
        ("other_proposal", statement.proposal == proposal.id),
        ("other_ask", statement.ask == standing.ask.id == proposal.ask),
        ("other_brand", statement.brand == proposal.brand),
        ("other_conversation", statement.conversation == proposal.conversation),
        ("other_customer", statement.customer_digest == proposal.customer_digest),
        ("other_proposer", statement.proposed_by == standing.proposed_by),
        ("other_edit", statement.edited_from == proposal.edited_from),
        ("other_run", statement.run == proposal.run),
        ("other_workflow", statement.workflow == proposal.workflow),
        ("other_workflow", statement.workflow_version == proposal.workflow_version),
        ("other_workflow", statement.workflow_step == proposal.workflow_step),
        ("other_release", statement.release == proposal.release),
        ("other_tool", statement.tool == proposal.tool),
        ("other_resource", statement.resource == proposal.resource),
        ("other_money", statement.money == proposal.money),
        ("other_arguments", statement.arguments_digest == proposal.arguments_digest),
        ("other_evidence", statement.evidence == proposal.evidence),
        ("other_evidence", statement.evidence_digest == proposal.evidence_digest == evidence_digest(proposal.evidence)),
        ("other_card", statement.card_digest == proposal.card_digest),
        ("other_policy", statement.policy_digest == proposal.policy_digest),
        ("other_people_count", statement.required_approvals == proposal.required_people),
        ("shown_later", statement.shown_at <= statement.issued_at),
    )  # fmt: skip
    for code, holds in same:
        if not holds:
            raise CheckFailed(code, detail=proposal.id)


def check_log_head(statement: DecisionStatement, standing: Standing) -> None:
    """Whether this core has the history the console had seen, and the audit log it had verified: consoles are witnesses.

    Raises:
        CheckFailed: `log_diverged`.
    """
    if standing.log_hashes.get(statement.log_head.seq) != statement.log_head.hash:
        raise CheckFailed("log_diverged", detail=f"seq {statement.log_head.seq}")
    seen = statement.checkpoint
    if seen is not None and standing.checkpoints.get(seen.size) != seen.root_hash:
        raise CheckFailed("log_diverged", detail=f"checkpoint {seen.size}")


def check_control(control: Control, *, proposed_by_person: bool) -> None:
    """Whether anything may be executed in the conversation as it is. What the person in control proposed may.

    Raises:
        CheckFailed: `quarantined`, `human_control` or `conversation_closed`.
    """
    if control == "quarantined":
        raise CheckFailed("quarantined")
    if control == "closed":
        raise CheckFailed("conversation_closed")
    if control == "human" and not proposed_by_person:
        raise CheckFailed("human_control")


def check_person(
    operator: OperatorFacts, standing: Standing, money: Money | None, day: DayTotals, limits: DayLimits
) -> None:
    """Whether this person may approve at all: brand, own proposal, limits. Cedar is asked beside it, not instead.

    Of the house's limits of a day and the person's own the smaller one holds.

    Raises:
        CheckFailed: `foreign_brand`, `simulated_person`, `own_proposal`, `role_not_allowed`, `over_limit`,
            `over_daily_count` or `over_daily_amount`.
    """
    if not operator.works_for(standing.proposal.brand):
        raise CheckFailed("foreign_brand", detail=operator.id)
    if operator.role not in standing.ask.roles:
        raise CheckFailed("role_not_allowed", detail=operator.id)
    if operator.simulated and not standing.sandbox_brand:
        raise CheckFailed("simulated_person", detail=operator.id)
    if operator.id == standing.proposed_by:
        raise CheckFailed("own_proposal", detail=operator.id)
    if money is not None and not _within_limit(operator, money):
        raise CheckFailed("over_limit", detail=operator.id)
    if day.count + 1 > (limits.count if operator.day_count is None else min(limits.count, operator.day_count)):
        raise CheckFailed("over_daily_count", detail=operator.id)
    if money is not None and not _within_day(operator, money, day, limits):
        raise CheckFailed("over_daily_amount", detail=operator.id)


def heads_named(envelopes: Iterable[Envelope]) -> frozenset[int]:
    """The `seq`s that decisions name as their log head: what `Standing.log_hashes` must hold. Verifies nothing."""
    return frozenset(statement.log_head.seq for statement in _decisions(envelopes))


def sizes_named(envelopes: Iterable[Envelope]) -> frozenset[int]:
    """The sizes of audit checkpoints that decisions name: what `Standing.checkpoints` must hold. Verifies nothing."""
    named = (statement.checkpoint for statement in _decisions(envelopes))
    return frozenset(checkpoint.size for checkpoint in named if checkpoint is not None)


def _decisions(envelopes: Iterable[Envelope]) -> Iterator[DecisionStatement]:
    """What envelopes say that are decisions; anything else is passed over, and refused where it is verified."""
    for envelope in envelopes:
        try:
            statement = read_statement(envelope.payload_bytes())
        except Invalid:
            continue
        if isinstance(statement, DecisionStatement):
            yield statement


def given_from(text: str, *, nonce: str, not_before: datetime, recalled: bool = False) -> Given:
    """An accepted approval from the text of its envelope body.

    Raises:
        CheckFailed: `bad_statement` when the body is damaged.
    """
    return Given(envelope=read_envelope(text), nonce=nonce, not_before=not_before, recalled=recalled)


def _check_ask(statement: DecisionStatement, operator: OperatorFacts, arrival: Arrival) -> None:
    standing = arrival.standing
    if not standing.waiting:
        raise CheckFailed("proposal_over", detail=standing.proposal.id)
    if not standing.ask_open:
        raise CheckFailed("ask_over", detail=standing.ask.id)
    if arrival.now >= standing.proposal.expires_at:
        raise CheckFailed("proposal_expired", detail=standing.proposal.id)
    if statement.decision not in standing.ask.verbs:
        raise CheckFailed("verb_not_allowed", detail=standing.ask.id)
    if not operator.works_for(standing.proposal.brand):
        raise CheckFailed("foreign_brand", detail=operator.id)
    if operator.role not in standing.ask.roles:
        raise CheckFailed("role_not_allowed", detail=operator.id)


def _check_approval(statement: DecisionStatement, verified: Verified, arrival: Arrival) -> None:
    standing, proposal, operator = arrival.standing, arrival.standing.proposal, verified.operator
    cases = check_batch(statement, arrival.batch, proposal, standing.nonce, standing.ask)
    check_shown(statement, standing.ask, cases=cases)
    if statement.seen_through != standing.seen_through or standing.newest_message > standing.seen_through:
        raise LookAgain("look_again", detail=f"{statement.seen_through} < {standing.newest_message}")
    if proposal.policy_digest != arrival.gate.policy_digest:
        raise CheckFailed("policy_changed", detail=proposal.policy_digest)
    check_control(standing.control, proposed_by_person=standing.of_who_has_it)
    check_person(operator, standing, proposal.money, arrival.days.get(operator.id, DayTotals()), arrival.limits)
    prior = _standing_approvals(arrival)
    if any(other.operator.id == operator.id for other in prior):
        raise CheckFailed("same_person", detail=operator.id)
    if any(other.key.fingerprint == verified.key.fingerprint for other in prior):
        raise CheckFailed("same_key", detail=verified.key.fingerprint)
    if prior and operator.id == standing.edited_by:
        raise CheckFailed("own_edit", detail=operator.id)
    expected = (len(prior) + 1, tuple(other.digest for other in prior))
    if (statement.approval_number, statement.previous_approvals) != expected:
        raise CheckFailed("out_of_order", detail=verified.digest)
    verdict = arrival.gate.may_approve(
        operator,
        arrival.call,
        money=proposal.money,
        proposed_by=standing.proposed_by,
        prior_approvers=[other.operator.id for other in prior],
    )
    if not verdict.allowed:
        raise CheckFailed("approver_not_allowed", detail=f"{verdict.code} {verdict.detail}")


def _standing_approvals(arrival: Arrival) -> list[Verified]:
    """Earlier approvals that still count. One that no longer does sends the card round again, with a fresh nonce."""
    prior: list[Verified] = []
    for given in arrival.given:
        if given.recalled or given.nonce != arrival.standing.nonce:
            continue
        try:
            verified = verify_envelope(given.envelope, keys=arrival.keys, now=arrival.now, audience=arrival.core)
            if decision_in(verified).nonce != arrival.standing.nonce:
                raise CheckFailed("nonce_not_issued", detail=verified.digest)
        except CheckFailed as error:
            raise LookAgain("approval_void", detail=error.code) from error
        prior.append(verified)
    return prior


def _within_limit(operator: OperatorFacts, money: Money) -> bool:
    limit = operator.limit
    if limit is None:
        return operator.role == "admin"
    return limit.currency == money.currency and money.amount_minor <= limit.amount_minor


def _within_day(operator: OperatorFacts, money: Money, day: DayTotals, limits: DayLimits) -> bool:
    total, own = day.minor.get(money.currency, 0) + money.amount_minor, operator.day_limit
    if own is not None and (own.currency != money.currency or total > own.amount_minor):
        return False
    return total <= limits.minor
