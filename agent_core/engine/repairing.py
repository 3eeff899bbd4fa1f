"""What a person's repair of a quarantined conversation appends: answers to open calls, and a successor for each broken run.

Pure but for reading bodies; the service appends it in the transaction of the signed command. Nothing is sent and no call is
made again, whatever the person says: what they found out is what every model is told from here on (R-A8, R-C6).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent_core.boundary import marking
from agent_core.contract.actors import Person
from agent_core.contract.base import Digest
from agent_core.contract.bodies import BodyRef, new_body
from agent_core.contract.errors import Conflict, Invalid
from agent_core.contract.events import (
    AnyEvent,
    AskResolved,
    CallAnswered,
    ControlChanged,
    EffectFinished,
    ProposalSettled,
    QuarantineLifted,
    RunContinuedAs,
)  # fmt: skip
from agent_core.contract.ids import AskId, OperatorId, ProposalId, RunId
from agent_core.contract.outcomes import AskVerb, EffectOutcome, ToolOutcome
from agent_core.contract.repairing import CallAnswerWord, CallSettled
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.successor import REPAIRED
from agent_core.engine.common import UNKNOWN_VERBS, Context, raise_ask
from agent_core.engine.examining import Examined, OpenCall
from agent_core.engine.requests import faults, run_request
from agent_core.engine.session import Pending
from agent_core.engine.steps.succession import continue_as
from agent_core.engine.waiting import next_look
from agent_core.engine.work import call_holder, finish_key
from agent_core.models.port import ModelRequest
from agent_core.store import Draft, IntentEnd

CODE: Final = "repaired"
_LIFTED: Final = "On-call repaired this conversation."
_FOUND: Final[Mapping[CallAnswerWord, str]] = {
    "executed": "A person on call found out: it was done. Do not do it again.",
    "not_executed": "A person on call found out: it was not done.",
    "unknown": "It was sent, and it is not known whether it happened. Do not say that it happened, and do not say that it "
    "did not. Do not call it again. A person finds out.",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """Who repairs, and what they signed."""

    operator: OperatorId
    plan: Digest
    statement: Digest
    envelope: BodyRef
    comment: BodyRef | None = None


@dataclass(frozen=True, slots=True)
class Successor:
    """A run that goes on, its first request, and what the check before a send has against that."""

    run: RunId
    successor: RunId
    request: ModelRequest
    verdict: tuple[Finding, ...]


async def successors(
    context: Context, examined: Examined, answers: Mapping[str, CallAnswerWord], signed: Signature | None = None
) -> tuple[Successor, ...]:
    """Answers the open calls and makes every broken run go on as another one, in the session that is given: not appended.

    Args:
        context: With a session of its own; what it plans is what a repair appends.
        examined: What was found in the very same session.
        answers: By key of the open call; for a preview what is presumed.
        signed: Who says so; none for a preview, which is thrown away.
    """
    session = context.session
    for call in examined.calls:
        session.plan(_settled(context, call, answers[call.key], signed))
    found: list[Successor] = []
    for broken in examined.runs:
        pending = await continue_as(context, session.state.runs[broken.run], REPAIRED)
        session.plan(pending)
        (event,) = (draft.event for draft in pending.drafts if isinstance(draft.event, RunContinuedAs))
        request = await run_request(context, session.state.runs[event.successor])
        found.append(Successor(broken.run, event.successor, request, faults(request)))
    return tuple(found)


def checked_answers(examined: Examined, answers: tuple[CallSettled, ...]) -> dict[str, CallAnswerWord]:
    """What was answered, by call: about exactly the calls that are open, and nothing that cannot be.

    Raises:
        Invalid: `answers_do_not_fit`.
    """
    given: dict[str, CallAnswerWord] = {each.call: each.answer for each in answers}
    wanted = {call.key: call for call in examined.calls}
    if len(given) != len(answers) or given.keys() != wanted.keys():
        raise Invalid("answers_do_not_fit", "Every open call needs exactly one answer, and nothing else does.")
    if any(answer not in wanted[key].allowed for key, answer in given.items()):
        raise Invalid("answers_do_not_fit", "Of a call that was never sent, nobody can say that its outcome is unknown.")
    return given


async def repaired(
    context: Context, examined: Examined, answers: Mapping[str, CallAnswerWord], signed: Signature
) -> Pending:
    """Everything a repair appends, the lifting first.

    Raises:
        Conflict: `still_damaged`: what the brand's release gives every request is what is wrong.
    """
    session = context.session
    held = session.state.quarantine
    made = await successors(context, examined, answers, signed)
    bad = next((each for each in made if each.verdict), None)
    if bad is not None:
        words = "The repaired request would be refused too. Take the conversation over; the workflow itself is damaged."
        raise Conflict("still_damaged", words, detail=bad.verdict[0].diagnosis)
    said = new_body("diagnosis", json.dumps({"plan": signed.plan, "answers": dict(answers)}, sort_keys=True))
    lifted = QuarantineLifted(
        operator=signed.operator,
        diagnosis=session.state.control_code if held is None else held.diagnosis,
        code=CODE,
        plan=signed.plan,
        statement=signed.statement,
        envelope=signed.envelope,
        answers=said.ref,
        comment=signed.comment,
        continued=tuple(each.run for each in made),
    )
    asks = [
        AskResolved(
            ask=known.ask.id,
            verb="repair",
            by="person",
            operator=signed.operator,
            code=CODE,
            sentence=_LIFTED,
            statement=signed.statement,
            envelope=signed.envelope,
            comment=signed.comment,
        )
        for known in session.state.asks.values()
        if not known.resolved and known.ask.kind == "quarantine"
    ]
    changed = ControlChanged(
        to="agent", code=CODE, sentence=_LIFTED, operator=signed.operator, comment=None
    )  # a note to the agent is a hand-back's: what on-call says here is for people
    person = Person(operator=signed.operator)
    planned = session.planned
    drafts = (
        Draft(lifted, person),
        *(Draft(draft.event, person) for draft in planned.drafts),
        *(Draft(event, person) for event in (*asks, changed)),
    )
    return Pending(drafts, (said, *planned.bodies), planned.keys, intent_ends=planned.intent_ends)


_ENDS: Final[Mapping[CallAnswerWord, EffectOutcome]] = {
    "executed": "succeeded", "not_executed": "failed", "unknown": "unknown",
}  # fmt: skip
_INTENTS: Final = {"executed": "executed", "not_executed": "ended", "unknown": "unknown"}


def _settled(context: Context, open_call: OpenCall, answer: CallAnswerWord, signed: Signature | None) -> Pending:
    """The end of one open call, as a person found out."""
    if open_call.proposal is not None:
        return _approved(context, open_call, open_call.proposal, answer, signed)
    session, call = context.session, open_call.call
    assert call is not None
    run = session.state.runs[open_call.run]
    pending = Pending() if open_call.effect is None else _finished(context, open_call, answer, signed)
    outcome = _outcome(open_call, answer)
    body = new_body("result", marking.result_text(run.suffix, outcome=outcome, reason=_FOUND[answer]))
    effect = None if open_call.effect is None else open_call.effect.effect
    about = (run.run, call.tool_use_id)
    proposal = next(
        (p.proposal.id for p in session.state.proposals.values() if (p.proposal.run, p.proposal.tool_use_id) == about), None
    )
    events: list[AnyEvent] = [
        CallAnswered(
            run=run.run,
            tool_use_id=call.tool_use_id,
            outcome=outcome,
            result=body.ref,
            effect=effect,
            proposal=proposal if outcome == "pending" else None,
        )
    ]
    if outcome == "unknown":
        events.append(
            raise_ask(
                context, "unknown_outcome", f"effect:{effect}", "unknown_outcome", run=run.run, effect=effect,
                verbs=UNKNOWN_VERBS, priority=1,
            )
        )  # fmt: skip
    holder = call_holder(session.stream, run.run, call.tool_use_id)
    ends = (IntentEnd(holder, _INTENTS[answer]),) if open_call.writes and call.attempts else ()  # pyright: ignore[reportArgumentType] - the three words
    return pending + Pending(tuple(session.draft(event) for event in events), (body,), intent_ends=ends)


def _outcome(open_call: OpenCall, answer: CallAnswerWord) -> ToolOutcome:
    assert open_call.call is not None
    match open_call.call.verdict:
        case "propose":
            return "pending"  # it was proposed: people decide, whatever became of the worker that said so
        case "forbid":
            return "refused"
        case _:
            pass
    if answer == "executed":
        return "succeeded"
    if answer == "unknown":
        return "unknown"
    return "failed" if open_call.attempts else "not_run"


def _finished(context: Context, open_call: OpenCall, answer: CallAnswerWord, signed: Signature | None) -> Pending:
    """The end of the attempt that was on its way."""
    session, effect = context.session, open_call.effect
    assert effect is not None
    now = session.now
    event = EffectFinished(
        effect=effect.effect,
        outcome=_ENDS[answer],
        settled_by="person",
        code="settled_by_person",
        sentence=_FOUND[answer][:400],
        statement=None if signed is None else signed.statement,
        envelope=None if signed is None else signed.envelope,
        retry_at=next_look(now, now) if answer == "unknown" else None,
    )
    return Pending((session.draft(event),), keys=(finish_key(session.stream, effect.effect),))


def _approved(
    context: Context, open_call: OpenCall, proposal: ProposalId, answer: CallAnswerWord, signed: Signature | None
) -> Pending:
    """The end of an action that people had approved: its run is told by the notice of its proposal."""
    session = context.session
    pending = _finished(context, open_call, answer, signed)
    known = session.state.proposals[proposal]
    events: list[AnyEvent] = []
    if answer == "unknown":
        assert open_call.effect is not None
        ask = raise_ask(
            context, "unknown_outcome", f"proposal:{proposal}", "unknown_outcome", run=open_call.run, proposal=proposal,
            effect=open_call.effect.effect, money=known.proposal.money, verbs=UNKNOWN_VERBS, priority=1,
        )  # fmt: skip
        events.append(ask)
    else:
        settled = ProposalSettled(
            run=known.proposal.run,
            proposal=proposal,
            outcome="executed" if answer == "executed" else "not_executed",
            by="person",
            code="settled_by_person",
            sentence=_FOUND[answer],
            operator=None if signed is None else signed.operator,
            statement=None if signed is None else signed.statement,
            envelope=None if signed is None else signed.envelope,
        )
        verb: AskVerb = "confirm_executed" if answer == "executed" else "confirm_not_executed"
        about = [a.ask.id for a in session.state.asks.values() if a.ask.proposal == proposal and not a.resolved]
        ended = [_ended(ask, verb, answer, signed) for ask in about]
        events += [settled, *ended]
    return pending + Pending(tuple(session.draft(event) for event in events))


def _ended(ask: AskId, verb: AskVerb, answer: CallAnswerWord, signed: Signature | None) -> AskResolved:
    return AskResolved(
        ask=ask,
        verb=verb,
        by="person",
        operator=None if signed is None else signed.operator,
        code="settled_by_person",
        sentence=_FOUND[answer],
        statement=None if signed is None else signed.statement,
        envelope=None if signed is None else signed.envelope,
    )


def answers_presumed(examined: Examined) -> dict[str, CallAnswerWord]:
    """What the record alone suggests about each open call."""
    return {call.key: call.presumed for call in examined.calls}
