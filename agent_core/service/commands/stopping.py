"""The stop switch: a workflow, a brand, or everything, in one write that every fence reads (DESIGN §1.4, R-M3).

Resuming needs a signature. Stopping narrows, so the console that started this core may do it without any key: whoever sits
at this machine can end the core anyway, and stopping is the better way. It must never let anybody resume without a
signature, and never write down a person who did not say who they are.
"""

from typing import Final

from agent_core.contract.actors import Actor, System
from agent_core.contract.commands import CommandDone, Pause, Resume
from agent_core.contract.errors import Conflict, Forbidden, Invalid, NotFound
from agent_core.contract.events import AgentPaused, AgentResumed
from agent_core.contract.ids import CORE_STREAM, BrandId, StreamId, WorkflowName, brand_stream
from agent_core.contract.stopping import RESUMED, resume_subject
from agent_core.service.commands.asks import check_brand_named, envelope_body, widening
from agent_core.service.commands.common import Order, done
from agent_core.store import GLOBAL_SCOPE, Append, Draft, ReadTx, brand_scope, workflow_scope

EMBEDDED: Final = System(part="embedded_console")
"""The actor of what the console that started this core does without a key."""


async def pause(order: Order, command: Pause) -> CommandDone:
    """The agent starts nothing new in this scope. Any operator, or the console that started this core, at once (R-M3).

    Raises:
        Conflict: `already_paused`.
        Forbidden: `read_only_session`.
        Invalid: `no_brand_named`.
        NotFound: `no_workflow`.
    """
    event, actor = _stopped_by(order, command.workflow)
    stream, scope = _scope(order, command.brand, command.workflow)
    if command.brand is not None and command.workflow is not None:
        _check_known(order, command.brand, command.workflow)

    def not_yet(tx: ReadTx) -> None:
        if tx.scope(scope).paused:
            raise Conflict("already_paused", _already(command.workflow), detail=scope)

    appended = await order.means.store.append(
        Append(stream, [Draft(event, actor)], keys=order.keys, scope_paused={scope: True}, checks=(not_yet,))
    )
    return done(appended.records)


async def resume(order: Order, command: Resume) -> CommandDone:
    """The agent works again in this scope; every conversation of it is looked at.

    Raises:
        CheckFailed: The statement does not hold.
        Conflict: `not_paused`.
        Invalid: `no_brand_named`.
    """
    operator = order.seat.person()
    if command.brand is None and operator.brands != ("*",):
        raise Forbidden("foreign_brand", "Only somebody who works for every brand can resume everything.")
    stream, scope = _scope(order, command.brand, command.workflow)
    subject = resume_subject(command.brand, command.workflow)
    verified = await widening(order, command.envelope, change="resume", subject=subject, value=RESUMED)
    check_brand_named(verified, command.brand)
    kept = envelope_body(command.envelope)
    event = AgentResumed(operator=order.operator, statement=verified.digest, envelope=kept.ref, workflow=command.workflow)

    def still(tx: ReadTx) -> None:
        if not tx.scope(scope).paused:
            raise Conflict("not_paused", _not_stopped(command.workflow), detail=scope)

    appended = await order.means.store.append(
        Append(
            stream,
            [Draft(event, order.actor)],
            bodies=[kept],
            keys=(*order.keys, f"statement:{verified.digest}"),
            scope_paused={scope: False},
            wake_scopes=(scope,),
            checks=(still,),
        )
    )
    return done(appended.records)


def _already(workflow: WorkflowName | None) -> str:
    return "The agent is already stopped here." if workflow is None else "This workflow is already stopped."


def _not_stopped(workflow: WorkflowName | None) -> str:
    return "The agent is not stopped here." if workflow is None else "This workflow is not stopped."


def _stopped_by(order: Order, workflow: WorkflowName | None) -> tuple[AgentPaused, Actor]:
    """What is written down, and as whose doing."""
    seat = order.seat
    if seat.operator is not None:
        return AgentPaused(operator=seat.operator.id, code="paused_by_person", workflow=workflow), order.actor
    if seat.embedded:
        return AgentPaused(operator=None, code="paused_without_key", workflow=workflow), EMBEDDED
    raise Forbidden(
        "read_only_session",
        "Only the console that started this core, on the same machine, can stop it without a key. Sign in with one.",
    )


def _check_known(order: Order, brand: BrandId, workflow: WorkflowName) -> None:
    """Whether the brand has this workflow; one that is stopped may be resumed, whatever became of it since."""
    if workflow not in order.means.shelf.active(brand).release.workflows:
        raise NotFound("no_workflow", "This brand has no such workflow.", detail=workflow)


def _scope(order: Order, brand: BrandId | None, workflow: WorkflowName | None) -> tuple[StreamId, str]:
    """The log and the scope of a workflow, of a brand, or of everything."""
    if brand is None:
        if workflow is not None:
            raise Invalid("no_brand_named", "Say whose workflow is meant.", detail=workflow)
        return CORE_STREAM, GLOBAL_SCOPE
    if not order.seat.embedded:
        order.seat.check_brand(brand)  # who started the core may stop all of it, whatever they may read of it
    order.means.shelf.active(brand)
    if workflow is not None:
        return brand_stream(brand), workflow_scope(brand, workflow)
    return brand_stream(brand), brand_scope(brand)
