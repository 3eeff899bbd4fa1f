"""A person found out whether a write of unknown outcome happened: what goes into the log, and nothing else (R-A7, R-C6).

Pure, so that the service appends it in the transaction of the signed command. It must never start anything: a write whose
outcome was unknown is not made again by this, whatever the person says.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agent_core.contract.actors import Person, System
from agent_core.contract.asks import Ask
from agent_core.contract.base import Digest
from agent_core.contract.bodies import Body, BodyRef
from agent_core.contract.errors import Conflict, NotFound
from agent_core.contract.events import (
    AnyEvent,
    AskRaised,
    AskResolved,
    EffectFinished,
    NoticeGiven,
    ProposalSettled,
    SecondAnswer,
)  # fmt: skip
from agent_core.contract.ids import AskId, EffectId, OperatorId, ask_id
from agent_core.conversation.state import AskState, State
from agent_core.engine.placing import placed
from agent_core.engine.session import json_body
from agent_core.engine.work import call_holder
from agent_core.store import Draft, IntentEnd
from agent_core.workflows.brand import BrandConfig

if TYPE_CHECKING:
    from agent_core.contract.outcomes import AskVerb

CODE = "settled_by_person"


@dataclass(frozen=True, slots=True)
class SettledByPerson:
    """What to append: everything of it, in one `Append` of the conversation, with a wake."""

    drafts: tuple[Draft, ...]
    bodies: tuple[Body, ...] = ()
    intent_ends: tuple[IntentEnd, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """What the person signed, and what they said beside it."""

    statement: Digest | None = None
    envelope: BodyRef | None = None
    comment: BodyRef | None = None


def settled_by_person(
    state: State, ask: AskId, *, happened: bool, operator: OperatorId, signed: Signed = Signed()
) -> SettledByPerson:
    """The end of a write of which nobody knew whether it happened.

    Args:
        state: The conversation, folded up to its newest event.
        ask: The open ask of kind `unknown_outcome`.
        happened: What the person found out.
        operator: Who says so; their signature was verified by the caller.
        signed: Their statement, its stored envelope and their stored words: kept with every end this makes.

    Returns:
        For a proposal its end; the engine tells the run. For a write of the agent alone the effect's end, the notice to
        its run and what becomes of its intent.

    Raises:
        NotFound: `no_such_ask`.
        Conflict: `ask_over`, `verb_not_allowed`, or `settled_already`.
    """
    known = _open_ask(state, ask)
    words = "A person found out: it happened." if happened else "A person found out: it did not happen."
    verb: AskVerb = "confirm_executed" if happened else "confirm_not_executed"
    events: list[AnyEvent] = []
    bodies: tuple[Body, ...] = ()
    ends: tuple[IntentEnd, ...] = ()
    if known.ask.proposal is not None:
        events.append(_of_proposal(state, known, words, happened=happened, operator=operator, signed=signed))
    else:
        alone, bodies, ends = _of_agent_alone(state, known, words, happened=happened, signed=signed)
        events += alone
    events += [
        AskResolved(
            ask=other.ask.id,
            verb=verb,
            by="person",
            operator=operator,
            code=CODE,
            sentence=words,
            statement=signed.statement,
            envelope=signed.envelope,
            comment=signed.comment,
        )
        for other in state.asks.values()
        if not other.resolved and _same_matter(other, known)
    ]
    actor = Person(operator=operator)
    return SettledByPerson(tuple(Draft(event, actor) for event in events), bodies, ends)


def second_answer(
    state: State,
    ask: AskId,
    *,
    happened: bool,
    operator: OperatorId,
    signed: Signed,
    brand: BrandConfig,
    now: datetime,
) -> SettledByPerson | None:
    """What a person found out after a look-up had found it out: on record, and a question when the two do not agree.

    Returns:
        None when this is not what happened: the ask is open, or a person ended it.
    """
    known = state.asks.get(ask)
    effect = None if known is None or known.ask.effect is None else EffectId(known.ask.effect)
    if known is None or not known.resolved or effect not in state.looked_up:
        return None
    assert effect is not None
    agrees = state.settled_doubts[effect] is happened
    noted = SecondAnswer(
        effect=effect,
        proposal=known.ask.proposal,
        happened=happened,
        agrees=agrees,
        by="person",
        operator=operator,
        statement=signed.statement,
        envelope=signed.envelope,
        comment=signed.comment,
    )
    drafts = [Draft(noted, Person(operator=operator))]
    if not agrees and state.control != "closed":
        drafts.append(Draft(AskRaised(ask=_review(known, effect, brand, now)), System(part="engine")))
    return SettledByPerson(tuple(drafts))


def _review(known: AskState, effect: EffectId, brand: BrandConfig, now: datetime) -> Ask:
    asked = known.ask
    ask = Ask(
        id=ask_id(asked.conversation, "review", f"second:{effect}"),
        kind="review",
        brand=asked.brand,
        conversation=asked.conversation,
        proposal=asked.proposal,
        run=asked.run,
        effect=effect,
        code="answers_contradict",
        sentence="A person and a look-up contradict each other about what became of an action.",
        priority=1,
        money=asked.money,
        verbs=("take_over", "resolve"),
        roles=asked.roles,
        raised_at=now,
    )
    return placed(ask, brand, asked.language)


def _open_ask(state: State, ask: AskId) -> AskState:
    known = state.asks.get(ask)
    if known is None:
        raise NotFound("no_such_ask", "There is no such ask in this conversation.", detail=ask)
    if known.resolved:
        raise Conflict("ask_over", "Somebody has already dealt with this.", detail=ask)
    if known.ask.kind != "unknown_outcome":
        raise Conflict("verb_not_allowed", "This cannot be answered in this way.", detail=ask)
    return known


def _same_matter(one: AskState, other: AskState) -> bool:
    return one.ask.id == other.ask.id or (one.ask.proposal is not None and one.ask.proposal == other.ask.proposal)


def _of_proposal(
    state: State, known: AskState, words: str, *, happened: bool, operator: OperatorId, signed: Signed
) -> ProposalSettled:
    assert known.ask.proposal is not None
    proposal = state.proposals[known.ask.proposal]
    if not proposal.open:
        raise Conflict("settled_already", "It is known already what became of this.", detail=proposal.proposal.id)
    return ProposalSettled(
        run=proposal.proposal.run,
        proposal=proposal.proposal.id,
        outcome="executed" if happened else "not_executed",
        by="person",
        code=CODE,
        sentence=words,
        operator=operator,
        statement=signed.statement,
        envelope=signed.envelope,
    )


def _of_agent_alone(
    state: State, known: AskState, words: str, *, happened: bool, signed: Signed
) -> tuple[list[AnyEvent], tuple[Body, ...], tuple[IntentEnd, ...]]:
    effect = next((e for key, e in state.unknown.items() if key == known.ask.effect), None)
    if effect is None:
        raise Conflict("settled_already", "It is known already what became of this.", detail=str(known.ask.effect))
    assert effect.run is not None
    assert effect.tool_use_id is not None
    assert effect.tool is not None
    outcome = "succeeded" if happened else "failed"
    told = {"tool_use_id": effect.tool_use_id, "tool": effect.tool, "outcome": outcome, "by": "person", "reason": words}
    notice = json_body("notice", told)
    finished = EffectFinished(
        effect=effect.effect,
        outcome=outcome,
        settled_by="person",
        code=CODE,
        sentence=words,
        statement=signed.statement,
        envelope=signed.envelope,
    )
    given = NoticeGiven(run=effect.run, tool_use_id=effect.tool_use_id, outcome=outcome, notice=notice.ref)
    holder = call_holder(str(state.conversation), effect.run, effect.tool_use_id)
    return [finished, given], (notice,), (IntentEnd(holder, "executed" if happened else "ended"),)
