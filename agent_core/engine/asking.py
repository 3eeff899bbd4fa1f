"""Asking a model: the record of the call before it, the typed end after it (R-H3, R-A7).

A model's answer counts only after `read` accepted it. Whatever goes wrong becomes an outcome, never text in a transcript.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from agent_core.contract.actors import Actor
from agent_core.contract.bodies import Body, BodyRef
from agent_core.contract.events import AnyEvent
from agent_core.contract.ids import EffectId, RunId
from agent_core.engine import effects
from agent_core.engine.common import Context
from agent_core.engine.session import Pending, Session
from agent_core.models.failures import ModelFailure
from agent_core.models.manifest import content_key, record_call
from agent_core.models.port import ModelAnswer, ModelRequest

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """The answer cannot be used. The same question is asked again a few times, then people take over."""

    code: str


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


async def ask_model(
    context: Context, effect: EffectId, request: ModelRequest, read: Callable[[ModelAnswer], Problem | Asked]
) -> Pending:
    """Makes one call and returns what its end appends."""
    session = context.session
    try:
        answer = await context.brand.model.answer(request, deadline_seconds=context.deadlines.model.total_seconds())
    except ModelFailure as failure:
        log.warning("model_failed", conversation=session.stream, effect=effect, code=failure.code, detail=failure.detail)
        return effects.finish(
            session,
            effect,
            "timed_out" if failure.kind == "timeout" else "failed",
            code=failure.code,
            sentence=failure.message,
            transient=failure.transient or failure.kind == "truncated",
        )
    got = read(answer)
    if isinstance(got, Problem):
        log.warning("model_answer_unusable", conversation=session.stream, effect=effect, code=got.code)
        return effects.finish(
            session,
            effect,
            "failed",
            code=got.code,
            sentence="The model's answer was not in the agreed form.",
            transient=True,
            model=answer.model,
            usage=answer.usage,
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
