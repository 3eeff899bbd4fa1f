"""What an answer that came later comes to: the events that settle its call, and nothing else (R-A5, R-C6).

Pure, so that a webhook appends it in one transaction and a look-up as its outcome: the same answer has the same end,
whoever brought it. Only the first answer counts; a later one is on record, and where it says the opposite people are asked
to look. It must never start anything.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent_core.contract.actors import Actor, PersonForAgent
from agent_core.contract.asks import Ask
from agent_core.contract.bodies import Body
from agent_core.contract.events import AnswerArrived, AskRaised, AskResolved, ProposalSettled
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import FactId, ask_id
from agent_core.conversation.state import Awaited, ProposalState, State
from agent_core.engine import effects
from agent_core.engine.flagging import seen_answer
from agent_core.engine.placing import placed
from agent_core.engine.session import ENGINE, json_body, loose_json_body
from agent_core.engine.work import call_holder
from agent_core.store import Draft, IntentEnd
from agent_core.systems.port import ToolResult
from agent_core.workflows.brand import BrandConfig
from agent_core.workflows.release import Release

By = Literal["callback", "look_up", "deadline"]
Answered = Literal["succeeded", "refused", "failed"]

DIFFERS = "Another system answered late, and says something else than what was settled before."


@dataclass(frozen=True, slots=True)
class Answer:
    """What to append: all of it, in one transaction."""

    drafts: tuple[Draft, ...]
    bodies: tuple[Body, ...] = ()
    intent_ends: tuple[IntentEnd, ...] = ()
    late: bool = False


def answer(
    state: State,
    known: Awaited,
    result: ToolResult,
    *,
    by: By,
    release: Release,
    now: datetime,
    raw: Body | None = None,
    occurred_at: datetime | None = None,
) -> Answer:
    """What an answer comes to.

    Args:
        state: The conversation, folded up to its newest event.
        known: The call it is about.
        result: `succeeded`, `refused` or `failed`, as the adapter read it.
        by: Who brought it.
        release: By whose thresholds the answer is looked at, and in whose queues an ask waits.
        now: The present moment, for asks.
        raw: What arrived, kept beside.
        occurred_at: When the other system says it happened.
    """
    outcome = _outcome(result)
    result, seen = seen_answer(release, known.effect.effect, result)
    bodies: list[Body] = [] if raw is None else [raw]
    stored = effects.result_body(result)
    bodies.append(stored)
    effect = known.effect
    assert effect.run is not None
    late = known.outcome is not None
    refs: tuple[FactRef, ...] = ()
    facts: Body | None = None
    if not late and result.facts:
        refs = tuple(FactRef(id=FactId(f"{effect.effect}.{n}"), key=key) for n, (key, _) in enumerate(result.facts, 1))
        values = [{"id": r.id, "key": key, "value": value} for r, (key, value) in zip(refs, result.facts, strict=True)]
        facts = json_body("facts", values)
        bodies.append(facts)
    arrived = AnswerArrived(
        run=effect.run,
        effect=effect.effect,
        by=by,
        outcome=outcome,
        code=result.code,
        sentence=result.sentence,
        result=stored.ref,
        facts=refs,
        facts_body=None if facts is None else facts.ref,
        raw=None if raw is None else raw.ref,
        occurred_at=occurred_at,
        late=late,
    )
    drafts = [Draft(arrived, ENGINE)]
    for flag in seen:
        drafts.append(Draft(flag.event, ENGINE))
        bodies.extend(flag.bodies)
    if late:
        drafts += _contradiction(state, known, outcome, release.brand, now)
        return Answer(tuple(drafts), tuple(bodies), late=True)
    ends: tuple[IntentEnd, ...] = ()
    if effect.proposal is not None:
        settled, detail = _of_proposal(state.proposals[effect.proposal], known, result, outcome, refs)
        drafts += settled
        bodies.append(detail)
    elif effect.kind == "write":
        assert effect.run is not None
        assert effect.tool_use_id is not None
        holder = call_holder(str(state.conversation), effect.run, effect.tool_use_id)
        ends = (IntentEnd(holder, "executed" if outcome == "succeeded" else "ended"),)
    drafts += _asks_over(state, known)
    return Answer(tuple(drafts), tuple(bodies), ends)


def _outcome(result: ToolResult) -> Answered:
    match result.outcome:
        case "succeeded" | "refused" | "failed":
            return result.outcome
        case "accepted" | "timed_out" | "unknown":
            raise ValueError(f"{result.outcome} is no answer")


def _of_proposal(
    known: ProposalState, awaited: Awaited, result: ToolResult, outcome: Answered, refs: tuple[FactRef, ...]
) -> tuple[list[Draft], Body]:
    """An approved action has ended over there: the proposal's end, as if it had been answered at once."""
    facts = [{"id": r.id, "key": key, "value": value} for r, (key, value) in zip(refs, result.facts, strict=True)]
    detail = loose_json_body("result", {"result": dict(result.result), "facts": facts})
    done = outcome == "succeeded"
    operator = known.approvals[-1].operator if known.approvals else None
    settled = ProposalSettled(
        run=known.proposal.run,
        proposal=known.proposal.id,
        outcome="executed" if done else "failed",
        by="person" if done else "code",
        code="executed" if done else (result.code or "failed"),
        sentence="It was done." if done else (result.sentence or "The system refused it.")[:400],
        operator=operator,
        effect=awaited.effect.effect,
        detail=detail.ref,
    )
    resolved = AskResolved(
        ask=known.proposal.ask,
        verb="approve",
        by=settled.by,
        operator=operator,
        code=settled.code,
        sentence=settled.sentence,
    )
    actor: Actor = PersonForAgent(operator=operator) if operator else ENGINE
    return [Draft(settled, actor), Draft(resolved, ENGINE)], detail


def _asks_over(state: State, known: Awaited) -> list[Draft]:
    """People were asked meanwhile, and need not find out any more."""
    words = "The other system has answered."
    return [
        Draft(AskResolved(ask=ask, verb=None, by="code", code="answered", sentence=words), ENGINE)
        for ask, asked in state.asks.items()
        if not asked.resolved and asked.ask.kind == "unknown_outcome" and asked.ask.effect == known.effect.effect
    ]


def _contradiction(state: State, known: Awaited, outcome: Answered, brand: BrandConfig, now: datetime) -> list[Draft]:
    """It was settled otherwise: nothing is undone or done again, but somebody looks."""
    if (known.outcome == "succeeded") == (outcome == "succeeded") or state.control == "closed":
        return []
    assert state.conversation is not None
    ask = Ask(
        id=ask_id(state.conversation, "review", f"late:{known.effect.effect}"),
        kind="review",
        brand=state.brand,
        conversation=state.conversation,
        run=known.effect.run,
        effect=known.effect.effect,
        code="late_answer_differs",
        sentence=DIFFERS,
        priority=1,
        verbs=("take_over", "resolve"),
        roles=("supervisor", "lead", "on_call", "admin"),
        raised_at=now,
    )
    return [Draft(AskRaised(ask=placed(ask, brand, state.turn.language)), ENGINE)]
