"""What is alike wherever a person signs about a proposal that was only shown so far: an edit, an own action (R-C3)."""

from collections.abc import Mapping

from agent_core.authority.decisions import Standing, heads_named
from agent_core.authority.errors import CheckFailed
from agent_core.authority.proposals import Built
from agent_core.contract.errors import Invalid
from agent_core.contract.ids import OperatorId
from agent_core.contract.statements import Envelope, ProposalStatement, Statement, read_statement
from agent_core.engine.common import Context
from agent_core.service.settled_append import Read


def statement_in(envelope: Envelope) -> Statement:
    """What an envelope says; nothing of it is verified yet.

    Raises:
        CheckFailed: It is no statement.
    """
    try:
        return read_statement(envelope.payload_bytes())
    except Invalid as error:
        raise CheckFailed(error.code, detail=error.detail) from error


def standing_of(
    context: Context,
    read: Read,
    built: Built,
    envelope: Envelope,
    statement: Statement,
    *,
    proposed_by: OperatorId | None,
    edited_by: OperatorId | None = None,
    checkpoints: Mapping[int, str] | None = None,
) -> Standing:
    """What the log knows of a proposal that was built and is not in it yet, for whoever checks a signature about it."""
    named = {statement.log_head.seq} if isinstance(statement, ProposalStatement) else heads_named([envelope])
    return Standing(
        proposal=built.proposal,
        ask=built.ask,
        seen_through=built.proposal.seen_through,
        newest_message=read.state.last_customer_seq,
        nonce=built.proposal.nonce,
        control=read.state.control,
        log_hashes={record.seq: record.hash for record in read.records if record.seq in named},
        checkpoints=checkpoints or {},
        proposed_by=proposed_by,
        edited_by=edited_by,
        in_control=read.state.operator,
        sandbox_brand=context.brand.sandbox,
    )
