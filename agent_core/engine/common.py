"""What every step may use, and small pieces that several steps share."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random, SystemRandom
from typing import Any

from agent_core.contract.asks import Ask
from agent_core.contract.bodies import Body
from agent_core.contract.events import AskRaised, AskResolved, CallAnswered, RunEscalated, RunFailed
from agent_core.contract.facts import FactKey
from agent_core.contract.ids import EffectId, ProposalId, RunId, WorkflowName, ask_id
from agent_core.contract.money import Money
from agent_core.contract.outcomes import AskKind, AskVerb, DecidedBy, ToolOutcome
from agent_core.conversation.state import OpenEffect, Run
from agent_core.engine import effects
from agent_core.engine.approved_days import ApprovedDays
from agent_core.engine.pace import hours_of
from agent_core.engine.placing import placed
from agent_core.engine.runtime import BrandAtWork, Brands, Deadlines, Instance, Operators
from agent_core.engine.session import Pending, Session
from agent_core.models.failures import FailureKind, ModelFailure
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.systems.breaker import Verdict
from agent_core.workflows.brand import TextKey
from agent_core.workflows.release import Release
from agent_core.workflows.workflow import Workflow

_NEUTRAL: tuple[Verdict, str | None] = ("neutral", None)

_MODEL_VERDICTS: Mapping[FailureKind, Verdict] = {
    "rate_limited": "neutral", "overloaded": "failed", "server_error": "failed", "timeout": "failed",
    "connection": "failed", "unauthorised": "auth",
}  # fmt: skip
"""What a failed call says about the provider; every other one is an answer."""

PEOPLE_VERBS: tuple[AskVerb, ...] = ("take_over", "resolve")

UNKNOWN_VERBS: tuple[AskVerb, ...] = ("confirm_executed", "confirm_not_executed", "still_unknown", "take_over")
"""What may be said about a write of which nobody knows what became (R-A7)."""

SENTENCES = {
    "safety": "The message speaks of danger to somebody.",
    "legal_language": "The message speaks of lawyers, courts or complaints to authorities.",
    "account_security": "The message speaks of an account that somebody else got into.",
    "regulatory": "The message names a supervisory authority, a breach of data or the press.",
    "disputed_payment": "The customer disputes a payment above the brand's threshold.",
    "enterprise_billing": "A customer with a contract of their own writes about a bill.",
    "vip": "This customer is looked after by people.",
    "frustrated": "The customer is still unhappy after several turns.",
    "too_many_turns": "One matter has taken too many turns.",
    "low_retrieval": "What was found on a sensitive topic does not fit well enough.",
    "low_confidence": "The agent is not sure enough of its answer.",
    "falling_sentiment": "The customer's mood falls from turn to turn.",
    "critical_urgency": "The message is critically urgent.",
    "complex_request": "The request needs a person's judgement.",
    "unsupported_language": "Nobody reachable by the agent speaks this language.",
    "not_authenticated": "The customer has not proven who they are.",
    "unclear_twice": "The request stayed unclear after one question.",
    "no_workflow": "No workflow covers this request.",
    "agent_stopped": "The agent is stopped here, and the customer waits.",
    "workflow_stopped": "The workflow for this is stopped, and the customer waits.",
    "takeover_idle": "A colleague took this conversation over, somebody waits for them, and they have not done anything.",
    "with_a_person": "The customer asks again about something a person has.",
    "triage_gave_no_answer": "The model could not say what the customer wants.",
    "model_unavailable": "The model provider did not answer in time.",
    "model_busy": "The model provider limits us, and the customer has waited long enough.",
    "model_not_authorised": "The model provider does not accept our key. Somebody on call must look at it.",
    "model_refused": "The model refused to answer this message.",
    "answer_too_long": "The model's answer did not fit, also with more room.",
    "conversation_too_long": "The conversation is too long for the model, also when shortened.",
    "work_was_interrupted": "Work on this was cut off again and again.",
    "request_refused": "The model provider calls our request malformed, and we do not know why.",
    "answers_contradict": "Two answers about what became of an action contradict each other.",
    "model_gave_no_answer": "The model gave no usable answer.",
    "run_does_not_end": "The run went round in circles.",
    "reply_not_allowed": "The reply did not pass the checks.",
    "reply_not_delivered": "The reply could not be delivered.",
    "reply_unknown": "Nobody knows whether the reply reached the customer.",
    "unknown_outcome": "An action was sent, and nobody knows whether it happened.",
    "log_does_not_fold": "The conversation's log holds an event that does not belong where it stands.",
    "customer_waits": "The customer wrote, and nobody works on it.",
    "outcome_unknown": "Nobody knows whether an action happened.",
    "tool_unavailable": "A system the agent needs cannot be reached.",
    "missing_information": "The customer could not give what is needed.",
    "approval_expired": "Nobody decided about a proposed action in time.",
    "request_not_valid": "The transcript is not one the model's API would take.",
    "wrong_channel": "The customer asks for something that is not done on this channel.",
    "topic_not_allowed": "The customer asks about something the agent does not handle.",
    "taken_off": "The customer asks for something that a person took off this conversation.",
    "routing_overridden": "A colleague sent this to people.",
    "no_run_can_go_on": "No workflow can go on with this.",
    "no_answer": "Another system took an action and never said what became of it.",
    "late_answer_differs": "Another system answered late, and says something else than what was settled before.",
    "tool_failed": "A system the agent needs is not working.",
    "agent_asked_for_a_person": "The workflow says that a person must decide.",
}  # fmt: skip


@dataclass(slots=True)
class Reread:
    """What an approval rests on, being read again or just read.

    Attributes:
        values: By fact key.
        started: The effects that read.
        unanswered: Those of them that gave no answer so far.
    """

    values: dict[FactKey, Any]
    started: set[EffectId] = field(default_factory=set[EffectId])
    unanswered: set[EffectId] = field(default_factory=set[EffectId])


@dataclass(frozen=True, slots=True)
class Context:
    """What a step may use. Everything it needs is here; nothing is looked up globally."""

    session: Session
    brand: BrandAtWork
    brands: Brands
    operators: Operators
    instance: Instance
    deadlines: Deadlines
    reread: dict[ProposalId, Reread]
    """What was read again just now for a dispatch; used once."""
    chance: Random = field(default_factory=SystemRandom)
    """Where pauses are drawn from. What was drawn is recorded."""
    days: ApprovedDays = field(default_factory=ApprovedDays)
    """What people approved, by day."""
    paused: frozenset[WorkflowName] = frozenset()
    """Workflows that were stopped when this was decided."""

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """Asks the brand's model, unless it is known not to work at the moment.

        Raises:
            ModelFailure: As the client's, or `down` and `unauthorised` without having asked.
        """
        system, fares = f"model:{request.model}"[:40], self.brand.integrations
        held = fares.enter(system, "ask")
        if held is not None:
            raise ModelFailure("unauthorised" if held.auth else "down", retry_after=held.seconds)
        verdict, code = _NEUTRAL
        try:
            answer = await self.brand.model.answer(request, deadline_seconds=self.deadlines.model.total_seconds())
            verdict, code = "ok", None
        except ModelFailure as failure:
            verdict, code = _MODEL_VERDICTS.get(failure.kind, "ok"), failure.code
            raise
        finally:
            fares.left(system, "ask", verdict, code)
        return answer

    def release_of(self, run: Run) -> Release:
        """The release a run is pinned to."""
        return self.brands.release(run.release)

    def workflow_of(self, run: Run) -> Workflow:
        """The workflow a run works by."""
        return self.release_of(run).workflow(run.workflow)

    @property
    def language(self) -> str:
        """The language of the present turn, always one of the brand's."""
        return self.session.state.turn.language or self.brand.release.brand.default_language


def hand_off_key(context: Context) -> TextKey:
    """What a hand-off says: while nobody works it says so, where the brand has words for it (R-B8)."""
    brand = context.brand.release.brand
    closed = "handoff_closed" in brand.texts and not hours_of(brand.opening_hours).is_open(context.session.now)
    return "handoff_closed" if closed else "handoff"


def sentence(code: str) -> str:
    """Our own words for a reason code."""
    return SENTENCES.get(code, "A person must look at this.")


def raise_ask(
    context: Context,
    kind: AskKind,
    subject: str,
    code: str,
    *,
    run: RunId | None = None,
    proposal: ProposalId | None = None,
    effect: str | None = None,
    money: Money | None = None,
    verbs: tuple[AskVerb, ...] = PEOPLE_VERBS,
    priority: int | None = None,
    words: str | None = None,
) -> AskRaised:
    """An ask to people, named by what it is about, so that it is raised once."""
    session = context.session
    triaged = session.state.turn.triaged
    urgent = triaged is not None and triaged.urgency in ("critical", "high")
    assert session.state.conversation is not None
    ask = Ask(
        id=ask_id(session.stream, kind, f"{subject}:{session.state.turn.turn}"),
        kind=kind,
        brand=session.state.brand,
        conversation=session.state.conversation,
        proposal=proposal,
        run=run,
        effect=effect,
        code=code,
        sentence=sentence(code) if words is None else words,
        priority=(1 if urgent else 4) if priority is None else priority,
        money=money,
        verbs=verbs,
        roles=("supervisor", "lead", "on_call", "admin"),
        raised_at=session.now,
        expires_at=None,
    )
    return AskRaised(ask=placed(ask, context.brand.release.brand, session.state.turn.language))


def resolve_asks(context: Context, proposal: ProposalId, by: DecidedBy, code: str, words: str) -> tuple[AskResolved, ...]:
    """Closes every open ask about a proposal."""
    verb: AskVerb | None = {"person": "deny", "withdrawn": "withdraw"}.get(by)  # pyright: ignore[reportAssignmentType]
    return tuple(
        AskResolved(ask=known.ask.id, verb=verb, by=by, code=code, sentence=words)
        for known in context.session.state.asks.values()
        if known.ask.proposal == proposal and not known.resolved
    )


def escalate(context: Context, run: RunId, code: str, *, failed: bool = False) -> Pending:
    """A run goes to people: its part alone (R-B2)."""
    session = context.session
    words = sentence(code)
    event = RunFailed(run=run, code=code, sentence=words) if failed else RunEscalated(run=run, code=code, sentence=words)
    ask = raise_ask(context, "escalation", f"run:{run}", code, run=run)
    return Pending((session.draft(event), session.draft(ask)))


def answer_call(run: Run, tool_use_id: str, outcome: ToolOutcome, body: Body, **more: object) -> CallAnswered:
    """The one result of a call."""
    return CallAnswered.model_validate(
        {"run": run.run, "tool_use_id": tool_use_id, "outcome": outcome, "result": body.ref, **more}
    )


def short_key(*parts: str) -> str:
    """An idempotency key: 40 hexadecimal characters over what names the thing for ever."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


_BROKEN_ATTEMPTS = 3


def broken(session: Session, effect: OpenEffect) -> Pending:
    """Our own code failed while asking a model or reading: nothing happened outside, and it may be tried again."""
    return effects.finish(
        session,
        effect.effect,
        "failed",
        code="internal_error",
        sentence="Something went wrong on our side.",
        transient=effect.attempt < _BROKEN_ATTEMPTS,
    )


def milliseconds(span: timedelta) -> int:
    """Whole milliseconds, never negative."""
    return max(0, int(span.total_seconds() * 1000))
