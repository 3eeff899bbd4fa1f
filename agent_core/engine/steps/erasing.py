"""What is personal goes, in the transaction of the event that says so (R-N5).

Whole: open asks end, the conversation closes, and every body but the signed statements loses text and salt. In part: only
evidence that stood beside the conversation, by the brand's rule. What was counted for the event must be what is erased, so
the log must not have moved. It must never start anything.
"""

from agent_core.contract.erasing import KEPT_KINDS
from agent_core.contract.events import AnyEvent, AskResolved, BodiesErased, ControlChanged
from agent_core.conversation.plan import EraseBodies
from agent_core.conversation.state import State
from agent_core.engine.common import Context
from agent_core.engine.effects import finish
from agent_core.engine.session import Pending
from agent_core.engine.work import Work
from agent_core.store import Erasure, ReadTx, Stale

_CLOSED = "Everything personal in this conversation was erased."


async def erase(context: Context, step: EraseBodies) -> Work:
    """Erases, and says what went and what stays."""
    session = context.session
    seq, state = session.true_state.seq, session.state
    stream = session.stream
    standing = await session.store.read(lambda tx: tx.standing_bodies(stream))
    gone = [each for each in standing if each.kind not in KEPT_KINDS and (step.whole or each.kind in step.kinds)]
    order = state.ordered
    event = BodiesErased.model_validate({
        "whole": step.whole,
        "reason": "brand_rule" if order is None else order.reason,
        "operator": None if order is None else order.operator,
        "kinds": tuple(each.kind for each in gone) if step.whole else step.kinds,
        "bodies": sum(each.count for each in gone),
        "kept": sum(each.count for each in standing) - sum(each.count for each in gone),
        "statement": None if order is None else order.statement,
    })  # fmt: skip
    # Whoever might still perform one of these finds its end taken, and appends nothing.
    left = [
        finish(session, effect, "interrupted", settled_by="recovered", code="erased", sentence=_CLOSED)
        for effect in (state.open if step.whole else ())
    ]
    events: list[AnyEvent] = [*(_ended(state) if step.whole else ()), event]

    def unmoved(tx: ReadTx) -> None:
        head = tx.head(stream)
        if head is None or head.seq != seq:
            raise Stale("epoch", detail=f"{stream}: counted at {seq}")

    pending = Pending(
        tuple(session.draft(each) for each in events),
        keys=(erased_key(stream),) if step.whole and order is None else (),
        checks=(unmoved,),
        erases=Erasure(None if step.whole else step.kinds),
    )
    return Work(sum(left, Pending()) + pending)


def erased_key(stream: str) -> str:
    """The unique key that says that nothing enters this conversation any more: whoever writes begins another one."""
    return f"erased:{stream}"


def _ended(state: State) -> list[AnyEvent]:
    """Nobody has to do anything here any more."""
    over: list[AnyEvent] = [
        AskResolved(ask=ask, verb=None, by="code", code="erased", sentence=_CLOSED)
        for ask, known in state.asks.items()
        if not known.resolved
    ]
    if state.control != "closed":
        over.append(ControlChanged(to="closed", code="erased", sentence=_CLOSED))
    return over
