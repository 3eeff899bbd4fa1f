"""Before every send the request is checked: known damage is healed by a successor run, unknown damage is held for on-call.

Healing never edits a transcript: another run goes on with what the log recorded of every call and what was really said. It
never makes a call again, and never leaves anything out without saying so (R-A8). A request that its check does not pass must
never leave.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from agent_core.contract.bodies import BodyRef
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import RunContinuedAs, TranscriptHealed
from agent_core.contract.ids import RunId
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.plan import ContinueRun, FailRun
from agent_core.conversation.state import Run
from agent_core.conversation.successor import REPAIRED, TOO_LONG
from agent_core.engine.asking import Asking
from agent_core.engine.common import Context
from agent_core.engine.readable import unreadable
from agent_core.engine.requests import faults, run_request
from agent_core.engine.session import Pending
from agent_core.engine.steps import succession
from agent_core.engine.steps.holding import Damage, evidence_body, hold
from agent_core.engine.work import Work
from agent_core.models.port import ModelRequest

log = structlog.get_logger(__name__)

TOO_LARGE: Final = frozenset({"context_overflow", "request_bytes", "too_many_messages"})
"""What does not fit has a path of its own: a shorter run."""

UNREADABLE: Final = "transcript_unreadable"
"""Something the transcript names cannot be read any more: erased, or not what was stored."""

MOST_MENDS: Final = 2
"""How often a run is made anew without a usable answer in between; what comes back then, nobody knows how to heal."""

_MOST_NAMED: Final = 12


async def checked(context: Context, run: Run, *, larger: bool) -> ModelRequest | Work:
    """The run's next request, or what happens instead of sending it."""
    try:
        request = await run_request(context, run, larger=larger)
    except (CountersignError, KeyError, ValueError, TypeError, AttributeError) as error:
        if not await unreadable(context.session, run):
            raise
        log.warning("transcript_unreadable", conversation=context.session.stream, run=run.run, error=type(error).__name__)
        return await _heal(context, run, None, ())
    findings = faults(request)
    return await _heal(context, run, request, findings) if findings else request


async def _heal(context: Context, run: Run, request: ModelRequest | None, findings: Sequence[Finding]) -> Work:
    if findings and all(each.head in TOO_LARGE for each in findings):
        if run.shrunk < context.brand.rules.shrinks:
            return await succession.continue_run(context, ContinueRun(run.run, TOO_LONG))
        return await succession.fail_run(context, FailRun(run.run, TOO_LONG))
    manifest, stored = await _written(context, run, request)
    names = tuple(dict.fromkeys(each.diagnosis for each in findings)) or (UNREADABLE,)
    if run.mended >= MOST_MENDS or any(each.repair == "needs_person" for each in findings):
        return Work(stored + _held(context, run, names[0], findings, manifest))
    pending = await succession.continue_as(context, run, REPAIRED)
    successor = _successor(context, pending)
    left = faults(await run_request(context, successor))
    if left:
        return Work(stored + _held(context, run, left[0].diagnosis, left, manifest))
    first = findings[0].sentence if findings else "Something the transcript names cannot be read any more."
    damage = Damage("request", names[0], REPAIRED, first, run.run, findings, manifest)
    turns = sum(entry.kind == "assistant" for entry in run.transcript)
    evidence = evidence_body(damage, successor=successor.run, assistant_turns_left_behind=turns)
    healed = TranscriptHealed(
        run=run.run,
        successor=successor.run,
        diagnoses=names[:_MOST_NAMED],
        found=max(1, len(findings)),
        evidence=evidence.ref,
        manifest=manifest,
    )
    log.warning("transcript_healed", conversation=context.session.stream, run=run.run, diagnoses=list(names))
    return Work(stored + pending + Pending((context.session.draft(healed),), (evidence,)))


def _held(context: Context, run: Run, diagnosis: str, findings: Sequence[Finding], manifest: BodyRef | None) -> Pending:
    """Nobody knows how to heal this: a person has to look."""
    code = diagnosis.partition(":")[0]
    found = next((each for each in findings if each.diagnosis == diagnosis), None)
    words = "What the transcript names cannot be read any more." if found is None else found.sentence
    words = f"The transcript is not one the model's API would take. {words}"
    log.error("request_not_valid", conversation=context.session.stream, run=run.run, diagnosis=diagnosis)
    return hold(context, Damage("request", diagnosis, code, words, run.run, findings, manifest))


def _successor(context: Context, pending: Pending) -> Run:
    """The run that would go on: looked at before anything of it is decided."""
    (name,) = (draft.event.successor for draft in pending.drafts if isinstance(draft.event, RunContinuedAs))
    return context.session.foreseen(pending).runs[name]


async def _written(context: Context, run: Run, request: ModelRequest | None) -> tuple[BodyRef | None, Pending]:
    """The request as evidence, where it can be written down at all."""
    if request is None:
        return None, Pending()
    try:
        asking = await Asking.of(context.session, request, run=run.run)
    except (ValueError, TypeError, RecursionError):
        return None, Pending()
    # Evidence of one run: another run stores its parts anew.
    return asking.manifest, replace(asking.pending, stored=())


def blocked(context: Context, purpose: str, findings: Sequence[Finding], run: RunId | None = None) -> Work:
    """A question without a transcript that its check does not pass: there is nothing to heal, it is made anew each time."""
    found = findings[0]
    words = f"The question of {purpose} is not one the model's API would take. {found.sentence}"
    return Work(hold(context, Damage("request", found.diagnosis, found.head, words, run, findings)))
