"""Whether everything that was signed holds, and every action above autonomous authority had its signatures (R-C4, R-N5).

Judged as it was then: a key counts that was in the ring when the event was written. Keys are proven back to the anchor by
the core's own log. It must never trust a row in place of a signature, nor need what was erased: statements name digests.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent_core.audit.exported import Export
from agent_core.audit.findings import Finding
from agent_core.authority.errors import CheckFailed
from agent_core.authority.keys import KeyRing
from agent_core.authority.verify import Verified, read_envelope, verify_envelope
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import (
    ActionProposed,
    CallJudged,
    Countersigned,
    EffectStarted,
    LookAgain,
    ProposalEdited,
    ProposalSettled,
    Proposed,
    Recalled,
    Recorded,
)
from agent_core.contract.ids import BodyId
from agent_core.contract.proposals import Proposal
from agent_core.contract.statements import DecisionStatement, ProposalStatement, Statement, WideningStatement


@dataclass(frozen=True, slots=True)
class Checked:
    """What the other checks have made of a file.

    Attributes:
        records: The conversation's log.
        indexes: Where each of them stands in the whole log.
        core: The core's own log; its `position` is where each stands in the whole one.
        texts: Bodies of the conversation by id.
        envelopes: Signed envelopes of the core's log by id.
    """

    export: Export
    records: tuple[Recorded, ...]
    indexes: tuple[int, ...]
    core: tuple[Recorded, ...]
    texts: Mapping[BodyId, str]
    envelopes: Mapping[BodyId, str]


@dataclass(frozen=True, slots=True)
class Actions:
    """What was found; how many actions and signatures hold."""

    findings: tuple[Finding, ...]
    executed: int
    signatures: int


@dataclass(frozen=True, slots=True)
class _Given:
    """A statement of the conversation's log that verified, and the event it stands in."""

    record: Recorded
    verified: Verified


def check_signed(case: Checked) -> Actions:
    """Checks every statement, and every action that was started or is said to be executed."""
    findings: list[Finding] = []
    given: dict[str, _Given] = {}
    for record, ring in zip(case.records, _rings(case), strict=True):
        fault, verified = _statement(case, record, ring)
        if fault is not None:
            code, words = fault
            findings.append(Finding(code, f"events {record.seq}", words))
        if verified is not None:
            given.setdefault(verified.digest, _Given(record, verified))
    for record in case.records:
        digest = getattr(record.event, "statement", None)
        if isinstance(digest, str) and getattr(record.event, "envelope", None) is None and digest not in given:
            words = "An event rests on a statement that is not in the file."
            findings.append(Finding("statement_missing", f"events {record.seq}", words))
    proposals = {r.event.proposal.id: r.event.proposal for r in case.records if isinstance(r.event, Proposed)}
    executed = 0
    for record in case.records:
        event = record.event
        if isinstance(event, EffectStarted) and event.kind == "write":
            found = list(_write(case.records, record, event, proposals.get(event.proposal or ""), given))  # pyright: ignore[reportArgumentType, reportCallIssue] - ids are strings
            findings += [Finding(code, f"events {record.seq}", words) for code, words in found]
            executed += event.purpose == "approved_tool" and not found
        elif (
            isinstance(event, ProposalSettled) and event.outcome == "executed" and not _started(case.records, event, record)
        ):
            words = "A proposal is said to be executed, and nothing was ever started for it."
            findings.append(Finding("never_started", f"events {record.seq}", words))
    return Actions(tuple(findings), executed, len(given))


def _rings(case: Checked) -> Iterator[KeyRing]:
    """The keys that counted when each event of the conversation was written."""
    trust = case.export.trust
    ring = KeyRing(anchor=trust.anchor, core=case.export.core, four_eyes=trust.four_eyes, recovered=trust.recovered)
    ahead = iter(case.core)
    coming = next(ahead, None)
    for index in case.indexes:
        while coming is not None and coming.position < index:
            ring = ring.after(coming, case.envelopes)
            coming = next(ahead, None)
        yield ring


_Fault = tuple[str, str]


def _statement(case: Checked, record: Recorded, ring: KeyRing) -> tuple[_Fault | None, Verified | None]:
    """What is wrong with what an event says was signed; nothing where it says nothing."""
    event = record.event
    digest, envelope = getattr(event, "statement", None), getattr(event, "envelope", None)
    if envelope is None:
        return None, None
    text = case.texts.get(envelope.id) if isinstance(envelope, BodyRef) else None
    if text is None:
        return ("envelope_missing", "The signed envelope is not there."), None
    try:
        verified = verify_envelope(read_envelope(text), keys=ring, now=record.at, audience=case.export.core)
    except CheckFailed as failed:
        return (failed.code, f"The signature does not hold: {failed.message}"), None
    if verified.digest != digest:
        return ("other_statement", "The event names another statement than the one that was signed."), None
    fault = _about(case, record, verified)
    return fault, None if fault is not None else verified


def _about(case: Checked, record: Recorded, verified: Verified) -> _Fault | None:
    """Whether a statement is about this conversation, and by whom the event says."""
    statement, event, here = verified.statement, record.event, case.export
    operator = getattr(event, "operator", None)
    if operator is not None and operator != verified.operator.id:
        return "foreign_operator", "The event names another person than the one who signed."
    if not _of_its_kind(event, statement):
        return "other_statement", "The statement is of another kind than the event needs."
    assert isinstance(statement, DecisionStatement | WideningStatement | ProposalStatement)
    if statement.brand not in (None, here.brand) or statement.conversation not in (None, here.conversation):
        return "other_conversation", "The statement is about another conversation."
    head = statement.log_head
    if head is not None and not any((r.seq, r.hash) == (head.seq, head.hash) for r in case.records[: record.seq]):
        return "log_diverged", "The signer had seen another history of this conversation."
    if isinstance(event, Countersigned) and isinstance(statement, DecisionStatement):
        same = (event.ask, event.proposal, event.decision, event.key, event.nonce, event.seen_through, event.expires_at) == (
            statement.ask, statement.proposal, statement.decision, statement.signed_by.key, statement.nonce,
            statement.seen_through, statement.expires_at,
        )  # fmt: skip
        return None if same else ("row_differs", "The event says something else than what was signed.")
    return None


def _of_its_kind(event: object, statement: Statement) -> bool:
    """Whether an event may rest on a statement of this kind, about what the event is about."""
    if isinstance(event, ActionProposed):
        return isinstance(statement, ProposalStatement) and (statement.proposal, statement.ask, statement.supersedes) == (
            event.proposal, event.ask, None,
        )  # fmt: skip
    if isinstance(event, ProposalEdited):
        if isinstance(statement, ProposalStatement):
            named = (statement.proposal, statement.supersedes, statement.narrows)
            return named == (event.successor, event.proposal, event.narrows)
        return isinstance(statement, DecisionStatement) and event.narrows and statement.proposal == event.successor
    return isinstance(statement, DecisionStatement if isinstance(event, Countersigned) else WideningStatement)


def _write(
    records: Sequence[Recorded], at: Recorded, event: EffectStarted, proposal: Proposal | None, given: Mapping[str, _Given]
) -> Iterator[_Fault]:
    """What is wrong with the start of a write."""
    before = records[: at.seq - 1]
    if event.purpose != "approved_tool":
        judged = any(
            isinstance(r.event, CallJudged)
            and (r.event.run, r.event.tool_use_id, r.event.tool, r.event.verdict)
            == (event.run, event.tool_use_id, event.tool, "execute")
            for r in before
        )
        if not judged:
            yield "no_verdict", "A write was started that no policy had allowed."
        return
    if proposal is None or not any(isinstance(r.event, Proposed) and r.event.proposal == proposal for r in before):
        yield "no_proposal", "An approved action was started that nobody had proposed."
        return
    arguments = None if event.arguments is None else event.arguments.digest
    wanted = (proposal.tool, proposal.arguments_digest, proposal.money, proposal.idempotency_key, proposal.run)
    if (event.tool, arguments, event.money, event.idempotency_key, event.run) != wanted:
        yield "other_action", "What was started is not what had been proposed."
    approvals = [given.get(digest) for digest in dict.fromkeys(event.cleared_by)]
    named = [each for each in approvals if each is not None]
    if len(named) < len(approvals) or len(named) < proposal.required_people:
        yield "statement_missing", "An approved action was started without the signatures that it needs."
        return
    people = {each.verified.operator.id for each in named}
    keys = {each.verified.key.fingerprint for each in named}
    if min(len(people), len(keys)) < proposal.required_people:
        yield "too_few_people", "An approved action was started with fewer people than it needs."
    nonce = next(
        (r.event.nonce for r in reversed(before) if isinstance(r.event, LookAgain) and r.event.proposal == proposal.id),
        proposal.nonce,
    )
    for each in named:
        yield from _approval(before, at, proposal, nonce, each)


def _approval(before: Sequence[Recorded], at: Recorded, proposal: Proposal, nonce: str, given: _Given) -> Iterator[_Fault]:
    """Whether one signature was for exactly this, and still counted."""
    statement, signed = given.verified.statement, given.record
    if not isinstance(statement, DecisionStatement) or statement.decision != "approve":
        yield "not_an_approval", "An approved action rests on a statement that approves nothing."
        return
    told = (
        statement.brand, statement.conversation, statement.customer_digest, statement.ask, statement.proposal,
        statement.workflow, statement.workflow_version, statement.release, statement.run, statement.tool,
        statement.resource, statement.arguments_digest, statement.evidence, statement.evidence_digest,
        statement.card_digest, statement.policy_digest, statement.money, statement.edited_from,
        statement.required_approvals,
    )  # fmt: skip
    wanted = (
        proposal.brand, proposal.conversation, proposal.customer_digest, proposal.ask, proposal.id, proposal.workflow,
        proposal.workflow_version, proposal.release, proposal.run, proposal.tool, proposal.resource,
        proposal.arguments_digest, proposal.evidence, proposal.evidence_digest, proposal.card_digest,
        proposal.policy_digest, proposal.money, proposal.edited_from, proposal.required_people,
    )  # fmt: skip
    if told != wanted:
        yield "other_arguments", "What was signed is not what was started."
    if statement.nonce != nonce:
        yield "nonce_not_issued", "The signature was for an older showing of the card."
    if signed.seq >= at.seq or statement.expires_at <= at.at:
        yield "statement_expired", "The signature did not count any more when the action was started."
    if any(isinstance(r.event, Recalled) and r.event.statement == given.verified.digest for r in before):
        yield "recalled", "The approval had been taken back."


def _started(records: Sequence[Recorded], event: ProposalSettled, at: Recorded) -> bool:
    return any(
        isinstance(r.event, EffectStarted) and r.event.proposal == event.proposal and r.event.purpose == "approved_tool"
        for r in records[: at.seq - 1]
    )
