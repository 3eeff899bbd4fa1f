"""Items of what went wrong outside and what was done about it (R-A7): one line each, in words of ours.

Must never show what a model was told in private or what a provider wrote.
"""

from collections.abc import Mapping
from typing import Final

from agent_core.contract.actors import Person
from agent_core.contract.events import (
    AgentSteered,
    AskAssigned,
    AskPutOff,
    AssessmentFlagged,
    BeliefCorrected,
    BodiesErased,
    ConversationExported,
    CorrectionEnded,
    EffectFinished,
    ErasureOrdered,
    Escalated,
    Quarantined,
    QuarantineLifted,
    Recorded,
    RoutingOverridden,
    RunContinuedAs,
    SecondAnswer,
    SteeringEnded,
    TranscriptHealed,
    TurnForked,
)  # fmt: skip
from agent_core.contract.views import MarkTone
from agent_core.service.projection.correction_rows import stated
from agent_core.service.projection.story import bounded
from agent_core.service.projection.telling import Telling, mark

_WHY = {
    "conversation_too_long": "The conversation had grown too long for the model.",
    "model_refused": "The model refused to answer this message.",
    "model_failed_over": "The model did not answer, so another one goes on.",
    "repaired": "Its transcript was repaired.",
}


def continued(telling: Telling, event: RunContinuedAs, record: Recorded) -> None:
    """Work goes on with a fresh transcript."""
    telling.workflows[event.successor] = telling.workflows.get(event.run, event.run)
    words = f"{_WHY.get(event.code, 'Work had to begin anew.')} It goes on with everything that is known so far."
    mark(telling, record, "recovered", "plain", words)


def second_answer(telling: Telling, event: SecondAnswer, record: Recorded) -> None:
    """Somebody else, too, says what became of a write."""
    who = telling.people.name(event.operator) if event.by == "person" else "A look-up"
    said = "it happened" if event.happened else "it did not happen"
    first = "as was known already" if event.agrees else "which is not what was found out first"
    tone = "plain" if event.agrees else "danger"
    detail = telling.story.text(event.comment, 2_000)
    mark(telling, record, "ask", tone, f"{who} says: {said}, {first}. Nothing was done because of it.", detail=detail)


def put_off(telling: Telling, event: AskPutOff, record: Recorded) -> None:
    """A person could not tell either."""
    words = f"{telling.people.name(event.operator)} could not tell yet. It is looked at again later."
    mark(telling, record, "ask", "warn", words, detail=telling.story.text(event.comment, 2_000))


def assigned(telling: Telling, event: AskAssigned, record: Recorded) -> None:
    """Whose an ask is meant to be."""
    by = telling.people.name(event.by)
    if event.to is None:
        words = f"{by} gave an ask back to everybody."
    else:
        words = f"{by} took an ask on." if event.to == event.by else f"{by} gave an ask to {telling.people.name(event.to)}."
    mark(telling, record, "ask", "plain", words, detail=telling.story.text(event.comment, 2_000))


def overridden(telling: Telling, event: RoutingOverridden, record: Recorded) -> None:
    """A person decided who works on it; the router's own choice stands beside it."""
    for routed in event.runs:
        telling.workflows[routed.run] = routed.workflow
    queue = () if event.queue is None else (f"people ({_plainly(event.queue)})",)
    now = ", ".join((*map(_plainly, event.workflows), *queue))
    router = ", ".join(map(_plainly, (*event.router.workflows, *event.router.to_people))) or "nothing yet"
    words = f"{telling.people.name(event.operator)} changed the routing: {now}. The router had chosen: {router}."
    mark(telling, record, "run", "ok", words, detail=telling.story.text(event.comment, 2_000))


def steered(telling: Telling, event: AgentSteered, record: Recorded) -> None:
    """A colleague told the agent something in private. Colleagues may read it; the customer never does."""
    workflow = None if event.run is None else telling.workflows.get(event.run, event.run)
    about = "" if workflow is None else f" about {workflow.replace('_', ' ')}"
    words = (
        f"{telling.people.name(event.operator)} told the agent in private{about}, until {event.until:%Y-%m-%d %H:%M} UTC."
    )
    mark(telling, record, "notice", "plain", words, detail=telling.story.text(event.note, 2_000))


def steering_ended(telling: Telling, event: SteeringEnded, record: Recorded) -> None:
    """It holds no longer, and the agent was told."""
    known = telling.story.state.steering.get(event.steering)
    detail = "" if known is None else telling.story.text(known.note, 2_000)
    who = "Its time is over" if event.operator is None else f"{telling.people.name(event.operator)} ended it"
    mark(telling, record, "notice", "plain", f"A private instruction holds no longer. {who}.", detail=detail)


def belief_corrected(telling: Telling, event: BeliefCorrected, record: Recorded) -> None:
    """A colleague says what is so. The agent was told, and the customer never is by this."""
    found = stated(telling.story.json(event.facts_body))
    words = f"{telling.people.name(event.operator)} corrected what the agent believes: {found.about}"
    detail = f"{found.says} ({found.source})"
    mark(telling, record, "notice", "warn", bounded(words, 400), detail=bounded(detail, 2_000))


def correction_ended(telling: Telling, event: CorrectionEnded, record: Recorded) -> None:
    """A correction was taken back, and the agent was told."""
    words = f"{telling.people.name(event.operator)} took correction {event.correction} back."
    mark(telling, record, "notice", "plain", words)


_PARTS = {"whole": "all of it", "next": "the next steps", "tried": "what was tried", "done": "what was done"}
_WRONG = {
    "not_true": "is not so", "missing": "leaves something out", "misread": "misreads the customer",
    "not_needed": "was not needed", "unclear": "is not clear", "undone": "was undone later",
}  # fmt: skip


def assessed(telling: Telling, event: AssessmentFlagged, record: Recorded) -> None:
    """A colleague corrected what they were handed."""
    what = _PARTS.get(event.part, event.part)
    words = f"{telling.people.name(event.operator)} says the assessment is wrong: {what} {_WRONG[event.wrong]}."
    mark(telling, record, "notice", "warn", words, detail=telling.story.text(event.comment, 2_000))


def healed(telling: Telling, _event: TranscriptHealed, record: Recorded) -> None:
    """Damage that code knows how to heal; the line of the new run stands beside it."""
    words = "Its transcript would have been refused. It was made anew from what the log recorded; nothing was done again."
    mark(telling, record, "recovered", "plain", words)


_REASONS: Final[Mapping[str, str]] = {
    "customer_asked": "the customer asked for it",
    "law": "the law asks for it",
    "stored_by_mistake": "it was stored by mistake",
    "contract_ended": "the contract has ended",
    "brand_rule": "its time was over",
}


def ordered(telling: Telling, event: ErasureOrdered, record: Recorded) -> None:
    """Somebody ordered that everything personal goes."""
    who = telling.people.name(event.operator)
    whole = " with every conversation of this customer" if event.scope == "customer" else ""
    words = f"{who} ordered and signed that this is erased{whole}: {_REASONS[event.reason]}."
    mark(telling, record, "decision", "warn", words)


def erased(telling: Telling, event: BodiesErased, record: Recorded) -> None:
    """What is gone, since when, because of whom."""
    who = "the brand's rule" if event.operator is None else telling.people.name(event.operator)
    what = "Erased" if event.whole else f"Erased beside the conversation ({', '.join(event.kinds)})"
    words = f"{what} on {record.at:%Y-%m-%d} by {who}: {_REASONS[event.reason]}."
    stays = f"{event.bodies} texts are gone, {event.kept} signed statements stay." if event.whole else ""
    mark(telling, record, "notice", "warn", words, detail=stays)


def exported(telling: Telling, event: ConversationExported, record: Recorded) -> None:
    """The conversation left the house."""
    operator = record.actor.operator if isinstance(record.actor, Person) else None
    who = "Somebody at this computer" if operator is None else telling.people.name(operator)
    mark(telling, record, "notice", "warn", f"{who} exported this conversation with its proofs, {event.bodies} texts.")


def forked(telling: Telling, event: TurnForked, record: Recorded) -> None:
    """Somebody ran a turn again in thought; where a model was asked, what that took."""
    who = telling.people.name(event.operator)
    if event.usage is not None:
        tokens = event.usage.input_tokens + event.usage.output_tokens
        words = f"{who} had the model asked {event.model_calls} times for that, {tokens} tokens. Nothing was done."
    else:
        what = f" with another {', another '.join(event.different)}" if event.different else ""
        words = f"{who} ran the turn from event {event.position} again in thought{what}. Nothing was done."
    mark(telling, record, "notice", "plain", words)


def held(telling: Telling, event: Quarantined, record: Recorded) -> None:
    """Damage that only a person can judge; who controls the conversation has its own line."""
    mark(telling, record, "failure", "danger", event.sentence)


def lifted(telling: Telling, event: QuarantineLifted, record: Recorded) -> None:
    """On-call repaired it."""
    words = f"{telling.people.name(event.operator)} repaired the conversation and signed it. Nothing was done again."
    mark(telling, record, "recovered", "ok", words, detail=telling.story.text(event.comment, 2_000))


_PROVED: Final[Mapping[str, tuple[str, MarkTone]]] = {
    "succeeded": ("The customer proved who they are: address and reference belong together.", "ok"),
    "refused": ("The customer could not prove who they are.", "warn"),
}


def proved(telling: Telling, event: EffectFinished, record: Recorded) -> None:
    """Whether the customer proved who they are. What they named stays in the log's bodies."""
    words, tone = _PROVED.get(event.outcome, ("It could not be checked who the customer is.", "warn"))
    mark(telling, record, "run", tone, words)


def _plainly(code: str) -> str:
    return code.replace("_", " ")


def escalated(telling: Telling, event: Escalated, record: Recorded) -> None:
    """Why a person comes in: the ask beside it has the sentence, this the values it rests on."""
    reasons = [
        f"{_plainly(each.code)}: "
        + ", ".join(f"{_plainly(g.signal)} {g.value}" + f" (limit {g.limit})" * bool(g.limit) for g in each.grounds)
        for each in event.fired
    ]
    words = "The rules for calling a person apply to this part." if event.run else "The rules for calling a person apply."
    mark(telling, record, "guardrail", "warn", words, detail=bounded("; ".join(reasons), 1_200))
