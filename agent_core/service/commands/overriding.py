"""A person decides which workflows work on a live conversation (R-B7). Letting the agent do more is signed (DESIGN §1.8).

What is carried out is built by the same comparison as the preview, on the newest log. It must never start anything: the
engine looks again under the new epoch.
"""

from typing import Final

from agent_core.authority.verify import Verified
from agent_core.contract.commands import CommandDone, OverrideRouting
from agent_core.contract.errors import Conflict, Forbidden, NotFound
from agent_core.contract.ids import WorkflowName
from agent_core.contract.overriding import override_value
from agent_core.engine.common import Context
from agent_core.engine.overriding import Wanted, change_of, obstacles, overridden, widens
from agent_core.engine.session import Remembered, Session
from agent_core.service.commands.asks import check_about, envelope_body, widening
from agent_core.service.commands.common import NOW, Means, Order, comment_body, in_conversation
from agent_core.service.settled_append import Read
from agent_core.store import Append

_UNSIGNED: Final = "This lets the agent do more, so it needs your signature."
_MISSING: Final = frozenset({"no_workflow", "no_queue"})


async def override_routing(order: Order, command: OverrideRouting) -> CommandDone:
    """Changes the set of runs, at once and in one transaction.

    Raises:
        CheckFailed: The statement does not hold, or says something else.
        Forbidden: `signature_needed`.
        Conflict: The conversation does not allow it now, or has moved since `seen`.
        NotFound: `no_workflow`, `no_queue`.
        Invalid: `unclean_comment`.
    """
    said = comment_body(command.comment, command.comment_salt)
    verified = await _verified(order, command, None if said is None else said.ref.digest)
    kept = None if command.envelope is None else envelope_body(command.envelope)
    wanted = Wanted(
        workflows=tuple(dict.fromkeys(WorkflowName(name) for name in command.workflows)),
        queue=command.queue,
        operator=order.operator,
        comment=None if said is None else said.ref,
        statement=None if verified is None else verified.digest,
        envelope=None if kept is None else kept.ref,
    )

    async def build(read: Read) -> Append:
        if command.seen is not None and read.seq != command.seen:
            raise Conflict("moved", "Something newer happened in this conversation. Look at it again.", detail=read.stream)
        if verified is not None:
            check_about(verified, read)
        context = await context_of(order.means, read)
        changed = change_of(context, wanted.workflows)
        for obstacle in obstacles(context, wanted, changed):
            refusal = NotFound if obstacle.code in _MISSING else Conflict
            raise refusal(obstacle.code, obstacle.sentence, detail=read.stream)
        if verified is None and widens(read.state, changed, wanted.workflows):
            raise Forbidden("signature_needed", _UNSIGNED, detail=read.stream)
        pending = await overridden(context, wanted, changed, read.records)
        bodies = [body for body in (said, kept) if body is not None]
        keys = order.keys if verified is None else (*order.keys, f"statement:{verified.digest}")
        return Append(read.stream, pending.drafts, bodies=(*bodies, *pending.bodies), keys=keys, wake=NOW)

    first = (await in_conversation(order, command.conversation, build))[0]
    return CommandDone(seq=first.seq, statement=getattr(first.event, "statement", None))  # as a repetition answers


async def _verified(order: Order, command: OverrideRouting, comment: str | None) -> Verified | None:
    if command.envelope is None:
        return None
    return await widening(
        order,
        command.envelope,
        change="override_routing",
        subject=command.conversation,
        value=override_value(command.workflows, command.queue),
        comment=comment,
    )


async def context_of(means: Means, read: Read) -> Context:
    """What a step may use, with a session that has folded what was read."""
    session = Session(means.store, read.stream, means.clock, Remembered())
    await session.refresh()
    return means.runner.context(session, {})
