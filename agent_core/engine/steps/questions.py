"""A person asks the agent about what it proposed: its model answers them, beside its run and without tools (R-C3).

The question is asked behind the run's own transcript, as a notice that code wrote, and the answer reaches people alone: it
is no outcome of the run, and the customer is told nothing of it. It must never wake the run, and nothing can be called.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from agent_core.boundary import marking
from agent_core.contract.answers import PersonAnswer
from agent_core.contract.events import AskAnswered
from agent_core.contract.facts import FactId
from agent_core.contract.ids import AskId
from agent_core.conversation.ask_state import Question
from agent_core.conversation.plan import AnswerPerson, GiveUpQuestion
from agent_core.conversation.state import ProposalState, Run
from agent_core.engine import effects
from agent_core.engine.asking import Asked, Problem, ask_model, asking_of_run
from agent_core.engine.common import Context
from agent_core.engine.readable import unreadable
from agent_core.engine.requests import faults, run_request
from agent_core.engine.session import Pending, json_body
from agent_core.engine.work import Launch, Work
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.models.reading import AnswerProblem, parse_person_answer
from agent_core.workflows import prompt

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger(__name__)

ASKED: Final = "asked_by_person"
"""The outcome by which the question is known in a transcript."""
NO_ANSWER: Final = "The agent could not answer."
MOST_TOKENS: Final = 1200
_TELLS: Final = (
    "A person who decides about this asks you. It is still waiting: nothing was done. Answer this person in `answer`, in "
    "the language of the question, briefly, from what you know; say so where you do not know. The customer does not see it. "
    "Do not answer the customer now, and call nothing."
)


async def answer_person(context: Context, step: AnswerPerson) -> Work:
    """Sends the run's transcript with the question behind it; nothing of it becomes part of the run but a note."""
    session = context.session
    known, question = _about(context, step.ask)
    run = session.state.runs[session.state.heir(question.run)]
    words = (await session.text(question.text))[:4000]
    if await unreadable(session, run):
        return Work(_ended(context, step.ask, "transcript_unreadable"))
    request = _asking(await run_request(context, run), run, known, words)
    found = faults(request)
    if found:
        log.warning("question_not_asked", conversation=session.stream, ask=step.ask, diagnosis=found[0].diagnosis)
        return Work(_ended(context, step.ask, found[0].head))
    asking = await asking_of_run(session, request, run)
    effect, pending = effects.start(
        session,
        kind="model",
        purpose="ask_back",
        timeout=context.deadlines.model,
        attempt=step.attempt,
        run=run.run,
        proposal=known.proposal.id,
        manifest=asking.manifest,
    )

    async def perform() -> Pending:
        return await ask_model(
            context, effect, request, lambda answer: _read(context, step.ask, words, answer), attempt=step.attempt
        )

    return Work(pending + asking.pending, (Launch(effect, perform),))


async def give_up(context: Context, step: GiveUpQuestion) -> Work:
    """The person hears that there is no answer; the ask is theirs to decide all the same."""
    return Work(_ended(context, step.ask, "model_gave_no_answer"))


def _about(context: Context, ask: AskId) -> tuple[ProposalState, Question]:
    state = context.session.state
    known = state.asks[ask]
    assert known.ask.proposal is not None
    assert known.question is not None
    return state.proposals[known.ask.proposal], known.question


def _asking(request: ModelRequest, run: Run, known: ProposalState, words: str) -> ModelRequest:
    """The run's own request, with the question as its last words."""
    notice: dict[str, Any] = {
        "outcome": ASKED,
        "by": "person",
        "about": known.proposal.tool_use_id,
        "tool": known.proposal.tool,
        "proposal": known.proposal.id,
        "executed": False,
        "question": words,
        "reason": _TELLS,
    }
    block = {"type": "text", "text": marking.notice_block(run.suffix, notice)}
    *before, last = request.messages
    messages: list[Mapping[str, Any]] = [*before, last]
    if last["role"] == "user":
        messages[-1] = {"role": "user", "content": [*last["content"], block]}
    else:
        messages.append({"role": "user", "content": [block]})
    return replace(
        request,
        purpose="ask_back",
        messages=messages,
        output_schema=prompt.person_answer_schema(),
        max_tokens=MOST_TOKENS,
        calls=False,
    )


def _read(context: Context, ask: AskId, words: str, answer: ModelAnswer) -> Problem | Asked:
    said = parse_person_answer(answer)
    if isinstance(said, AnswerProblem):
        return Problem(said.code)
    state = context.session.true_state
    known = state.asks[ask]
    if known.question is None:
        return Asked(())
    assert known.ask.proposal is not None
    cited = tuple(fact for fact in dict.fromkeys(said.fact_ids) if FactId(fact) in state.fact_places)
    kept = PersonAnswer(answer=said.answer, fact_ids=cited)
    body = json_body("answer", {"text": kept.answer, "fact_ids": list(kept.fact_ids)})
    proposal = state.proposals[known.ask.proposal].proposal
    notice = json_body(
        "notice",
        {
            "outcome": ASKED, "by": "person", "about": proposal.tool_use_id, "tool": proposal.tool, "proposal": proposal.id,
            "executed": False, "question": words, "you_answered": kept.answer,
            "reason": "A person asked you this, and you answered them. The customer knows nothing of it.",
        },
    )  # fmt: skip
    run = known.question.run
    answered = AskAnswered(
        ask=ask,
        proposal=proposal.id,
        run=run,
        outcome="answered",
        code="answered",
        sentence="The agent answered.",
        answer=body.ref,
        notice=notice.ref,
    )
    return Asked(((answered, context.session.agent(run)),), (body, notice))


def _ended(context: Context, ask: AskId, code: str) -> Pending:
    known, question = _about(context, ask)
    event = AskAnswered(
        ask=ask, proposal=known.proposal.id, run=question.run, outcome="not_answered", code=code, sentence=NO_ANSWER
    )
    return Pending((context.session.draft(event),))
