"""Asking a model: the record of the call before it, the typed end after it (R-H3, R-A7).

A model's answer counts only after `read` accepted it. Whatever goes wrong becomes an outcome, never text in a transcript.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from agent_core.contract.actors import Actor
from agent_core.contract.bodies import Body, BodyRef, new_body
from agent_core.contract.events import AnswerRejected, AnyEvent
from agent_core.contract.ids import EffectId, RunId
from agent_core.conversation.model_paths import NOT_ALLOWED
from agent_core.conversation.state import Run
from agent_core.engine import effects
from agent_core.engine.common import Context
from agent_core.engine.session import Pending, Session, json_body
from agent_core.engine.waiting import again_at
from agent_core.models.failures import FailureKind, ModelFailure
from agent_core.models.manifest import content_key, record_call
from agent_core.models.port import ModelAnswer, ModelRequest

if TYPE_CHECKING:
    from agent_core.contract.events import Usage

log = structlog.get_logger(__name__)

ONCE_MORE: frozenset[FailureKind] = frozenset({"truncated", "bad_answer"})
"""The same model may well do better when it is asked again: with more room, or told what was wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The answer cannot be used. It is asked for once more with the reason, then people take over.

    Attributes:
        code: Why.
        why: What the model is told about it, in our own words; none takes the usual words of the code.
        then: What is appended beside the failure.
        bodies: What that names.
    """

    code: str
    why: str | None = None
    then: tuple[tuple[AnyEvent, Actor | None], ...] = ()
    bodies: tuple[Body, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A usable answer: the events it comes to."""

    then: tuple[tuple[AnyEvent, Actor | None], ...]
    bodies: tuple[Body, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """The record of a call that is about to be made."""

    manifest: BodyRef
    pending: Pending

    @classmethod
    async def of(
        cls, session: Session, request: ModelRequest, *, run: RunId | None, spoken: Mapping[str, BodyRef] | None = None
    ) -> "Asking":
        """Makes the manifest; what an earlier call of this run stored is named, not stored again.

        Args:
            session: The conversation.
            request: What will be sent.
            run: Whose call it is; none for triage and composing, of which only the system text repeats.
            spoken: Text -> body of what the model said before, which the log stores already.
        """
        said = {content_key("model_message", text): ref for text, ref in (spoken or {}).items()}
        recorded = record_call(request, {**await session.manifest_parts(run), **said})
        keep = recorded.known if run is not None else {
            key: ref for key, ref in recorded.known.items() if ref.kind != "model_message"
        }  # fmt: skip
        bodies = (*recorded.new, recorded.manifest)
        return cls(recorded.manifest.ref, Pending(bodies=bodies, stored=((run, keep),)))


async def asking_of_run(session: Session, request: ModelRequest, run: Run) -> Asking:
    """The record before a call about a run's transcript: what the model said in it before is stored already."""
    said = [entry.body for entry in run.transcript if entry.kind == "assistant"]
    texts = await session.texts(said)
    return await Asking.of(session, request, run=run.run, spoken={texts[ref.id]: ref for ref in said})


async def ask_model(
    context: Context,
    effect: EffectId,
    request: ModelRequest,
    read: Callable[[ModelAnswer], Problem | Asked | Awaitable[Problem | Asked]],
    *,
    attempt: int,
    run: RunId | None = None,
) -> Pending:
    """Makes one call and returns what its end appends. What a failed call has cost is kept with it (R-H3).

    Args:
        context: What a step may use.
        effect: The call, started.
        request: What is sent.
        read: What the answer comes to.
        attempt: Which attempt it is: pauses grow with it.
        run: The run that is told when its answer does not count.
    """
    session = context.session
    try:
        answer = await context.ask(request)
    except ModelFailure as failure:
        log.warning("model_failed", conversation=session.stream, effect=effect, code=failure.code, detail=failure.detail)
        again = failure.transient or failure.kind in ONCE_MORE
        told, bodies = _rejected(run, effect, failure.code) if failure.kind == "bad_answer" else ((), ())
        # What it says about a request that our own check had passed is all that on-call has to go by.
        said = new_body("error", failure.detail) if failure.kind == "invalid_request" and failure.detail else None
        return effects.finish(
            session,
            effect,
            "timed_out" if failure.kind == "timeout" else "failed",
            code=failure.code,
            sentence=failure.message,
            transient=again,
            usage=_paid(failure),
            retry_at=_due(context, failure, attempt) if again else None,
            then=told,
            bodies=bodies if said is None else (*bodies, said),
            result=None if said is None else said.ref,
        )
    found = read(answer)
    got = await found if isinstance(found, Awaitable) else found
    if isinstance(got, Problem):
        log.warning("model_answer_unusable", conversation=session.stream, effect=effect, code=got.code)
        told, bodies = _rejected(run, effect, got.code, got.why)
        form = got.code != NOT_ALLOWED
        return effects.finish(
            session,
            effect,
            "failed",
            code=got.code,
            sentence="The model's answer was not in the agreed form." if form else "What it wrote did not pass the checks.",
            transient=True,
            model=answer.model,
            usage=answer.usage,
            retry_at=session.clock(),
            then=(*told, *got.then),
            bodies=(*bodies, *got.bodies),
        )
    return effects.finish(
        session,
        effect,
        "succeeded",
        model=answer.model,
        usage=answer.usage,
        then=got.then,
        bodies=got.bodies,
    )


def _due(context: Context, failure: ModelFailure, attempt: int) -> Any:
    now = context.session.clock()
    if failure.kind in ONCE_MORE:
        return now  # nobody is overloaded: there is nothing to wait for
    return again_at(context.chance, now, attempt, failure.retry_after)


def _paid(failure: ModelFailure) -> "Usage | None":
    """What the failed call has cost, when the provider counted anything."""
    usage = failure.usage
    return usage if usage is not None and any(usage.model_dump().values()) else None


def _rejected(
    run: RunId | None, effect: EffectId, code: str, why: str | None = None
) -> tuple[tuple[tuple[AnyEvent, Actor | None], ...], tuple[Body, ...]]:
    """The note to a run whose answer does not count."""
    if run is None:
        return (), ()
    notice = json_body("notice", correction(code, why))
    return ((AnswerRejected(run=run, effect=effect, code=code, notice=notice.ref), None),), (notice,)


NOT_USABLE = "answer_not_usable"
"""The outcome by which a note about an answer is known."""

_WHAT = {
    "broken_json": "It was not one JSON object.",
    "wrong_shape": "It did not have the agreed form.",
    "no_text": "It was empty.",
    "unexpected_call": "It held tool calls where a final answer was due.",
    "duplicate_tool_use_id": "Two of its calls had the same id.",
    "too_many_calls": "It held more calls than one answer may hold.",
    "outputs_missing": "It said `answered` and left a required output empty.",
    "points_left_out": "It left points out, or named points that do not exist.",
}


def correction(code: str, why: str | None = None) -> dict[str, Any]:
    """What a model is told about an answer that did not count; `why` in our own words only."""
    what = why or _WHAT.get(code, "It could not be read.")
    return {"outcome": NOT_USABLE, "by": "code", "reason": f"Your last answer was not used. {what} Answer again."}
