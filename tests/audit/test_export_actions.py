"""Every way in which an action could have started without what it needs, one at a time (R-C4, R-N5).

Whoever holds the core's own keys can write any log. So what is judged here are logs whose chain and proofs would hold.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_core.audit.checking_actions import Checked, check_signed
from agent_core.audit.exported import Export, ExportedBody, ExportedEvent, read_export
from agent_core.contract.events import (
    ACTOR,
    EVENT,
    CallJudged,
    Countersigned,
    EffectStarted,
    LookAgain,
    OperatorEnrolled,
    ProposalSettled,
    Proposed,
    Recalled,
    Recorded,
)
from agent_core.contract.ids import CORE_STREAM
from agent_core.contract.money import Money
from tests.audit.exported_files import Made

DIGEST = "0" * 64


def record(stream: str, brand: str | None, event: ExportedEvent) -> Recorded:
    return Recorded.model_validate({
        "stream": stream, "brand": brand, "seq": event.seq, "epoch": event.epoch, "at": event.at,
        "actor": ACTOR.validate_json(event.actor), "event": EVENT.validate_json(event.event), "prev": event.prev,
        "hash": event.hash, "position": event.index,
    })  # fmt: skip


def texts(bodies: tuple[ExportedBody, ...]) -> dict[Any, str]:
    return {body.id: body.text for body in bodies if body.text is not None}


def case_of(export: Export) -> Checked:
    return Checked(
        export,
        tuple(record(export.conversation, export.brand, event) for event in export.events),
        tuple(event.index for event in export.events),
        tuple(record(CORE_STREAM, None, event) for event in export.core_events),
        texts(export.bodies),
        texts(export.core_bodies),
    )


@pytest.fixture(scope="module")
def case(made: Made) -> Checked:
    return case_of(read_export(made.readable))


def changed(case: Checked, kind: type[Any], **fields: Any) -> Checked:
    """The same log with fields of one event changed."""
    records = tuple(
        r.model_copy(update={"event": r.event.model_copy(update=fields)})
        if isinstance(r.event, kind) and (kind is not EffectStarted or r.event.kind == "write")  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue] - only starts have kinds
        else r
        for r in case.records
    )
    return replace(case, records=records)


def without(case: Checked, kind: type[Any]) -> Checked:
    """The same log without events of one kind."""
    kept = [(r, i) for r, i in zip(case.records, case.indexes, strict=True) if not isinstance(r.event, kind)]
    return replace(case, records=tuple(r for r, _ in kept), indexes=tuple(i for _, i in kept))


def proposed(case: Checked, **fields: Any) -> Checked:
    found = next(r.event.proposal for r in case.records if isinstance(r.event, Proposed))
    return changed(case, Proposed, proposal=found.model_copy(update=fields))


def inserted(case: Checked, event: Any) -> Checked:
    """Something that stands right before the start of the write."""
    at = next(n for n, r in enumerate(case.records) if isinstance(r.event, EffectStarted) and r.event.kind == "write")
    new = case.records[at].model_copy(update={"event": event})
    shifted = tuple(r.model_copy(update={"seq": r.seq + 1}) for r in case.records[at:])
    return replace(
        case,
        records=(*case.records[:at], new, *shifted),
        indexes=(*case.indexes[:at], case.indexes[at], *case.indexes[at:]),
    )


def later(case: Checked, **span: float) -> Checked:
    """Everything from the start of the write on happens later."""
    at = next(n for n, r in enumerate(case.records) if isinstance(r.event, EffectStarted) and r.event.kind == "write")
    moved = tuple(r.model_copy(update={"at": r.at + timedelta(**span)}) for r in case.records[at:])
    return replace(case, records=(*case.records[:at], *moved))


def cleared(case: Checked) -> tuple[str, ...]:
    return next(r.event.cleared_by for r in case.records if isinstance(r.event, EffectStarted) and r.event.cleared_by)


def recalled(case: Checked) -> Checked:
    given = next(r.event for r in case.records if isinstance(r.event, Countersigned))
    event = Recalled(ask=given.ask, proposal=given.proposal, operator=given.operator, statement=given.statement)
    return inserted(case, event)


def looked_again(case: Checked) -> Checked:
    given = next(r.event for r in case.records if isinstance(r.event, Countersigned))
    return inserted(case, LookAgain(proposal=given.proposal, seen_through=given.seen_through, nonce="n_other"))


WRONG: dict[str, tuple[str, Callable[[Checked], Checked]]] = {
    "no signature at all": ("statement_missing", lambda c: without(c, Countersigned)),
    "cleared by nobody": ("statement_missing", lambda c: changed(c, EffectStarted, cleared_by=())),
    "cleared by another": ("statement_missing", lambda c: changed(c, EffectStarted, cleared_by=(DIGEST,))),
    "two were needed": ("statement_missing", lambda c: proposed(c, required_people=2)),
    "twice the same one": (
        "statement_missing",
        lambda c: changed(
            proposed(c, required_people=2),
            EffectStarted,
            cleared_by=2 * cleared(c),
        ),
    ),
    "nothing was proposed": ("no_proposal", lambda c: without(c, Proposed)),
    "more money": ("other_action", lambda c: changed(c, EffectStarted, money=Money(amount_minor=1, currency="EUR"))),
    "another tool": ("other_action", lambda c: changed(c, EffectStarted, tool="other")),
    "another key": ("other_action", lambda c: changed(c, EffectStarted, idempotency_key="other")),
    "other arguments": ("other_arguments", lambda c: proposed(c, arguments_digest=DIGEST)),
    "another resource": ("other_arguments", lambda c: proposed(c, resource="order:NW-1")),
    "another card": ("other_arguments", lambda c: proposed(c, card_digest=DIGEST)),
    "another policy": ("other_arguments", lambda c: proposed(c, policy_digest=DIGEST)),
    "other evidence": ("other_arguments", lambda c: proposed(c, evidence_digest=DIGEST)),
    "another customer": ("other_arguments", lambda c: proposed(c, customer_digest=DIGEST)),
    "taken back": ("recalled", recalled),
    "shown again": ("nonce_not_issued", looked_again),
    "expired": ("statement_expired", lambda c: later(c, minutes=16)),
    "denied": ("row_differs", lambda c: changed(c, Countersigned, decision="deny")),
    "another nonce": ("row_differs", lambda c: changed(c, Countersigned, nonce="n_other")),
    "another operator": ("foreign_operator", lambda c: changed(c, Countersigned, operator="op_other")),
    "another statement": ("other_statement", lambda c: changed(c, Countersigned, statement=DIGEST)),
    "the signer is not enrolled": ("unknown_key", lambda c: replace(c, core=())),
    "enrolled only afterwards": (
        "unknown_key",
        lambda c: replace(c, core=tuple(r.model_copy(update={"position": 10**9}) for r in c.core)),
    ),
    "no envelope of the enrolment": ("unknown_key", lambda c: replace(c, envelopes={})),
    "no envelope": ("envelope_missing", lambda c: replace(c, texts={})),
    "never started": ("never_started", lambda c: without(c, EffectStarted)),
}  # fmt: skip


def test_R_C4_a_log_in_which_everything_was_signed_has_no_findings(case: Checked) -> None:
    found = check_signed(case)
    assert found.findings == ()
    assert (found.executed, found.signatures) == (1, 1)
    assert any(isinstance(r.event, OperatorEnrolled) for r in case.core)
    assert any(isinstance(r.event, ProposalSettled) and r.event.outcome == "executed" for r in case.records)


@pytest.mark.parametrize("name", WRONG)
def test_R_C4_an_action_without_what_it_needs_is_found(case: Checked, name: str) -> None:
    code, change = WRONG[name]
    found = check_signed(change(case))
    assert code in {finding.code for finding in found.findings}
    assert found.executed == 0 or name in ("denied", "another nonce", "another operator", "another statement")


def test_R_C1_a_write_of_the_agent_alone_that_no_policy_allowed_is_found(case: Checked) -> None:
    def alone(c: Checked) -> Checked:
        return changed(c, EffectStarted, purpose="tool", tool_use_id="tu_none", cleared_by=())

    assert any(isinstance(r.event, CallJudged) for r in case.records)
    assert {finding.code for finding in check_signed(alone(case)).findings} == {"no_verdict", "never_started"}
