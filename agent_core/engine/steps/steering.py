"""The time of a private instruction is over: whoever was told it is told so (R-E3)."""

from agent_core.conversation.plan import EndSteering
from agent_core.engine.common import Context
from agent_core.engine.readable import readable
from agent_core.engine.session import Pending
from agent_core.engine.steering import ending
from agent_core.engine.work import Work


async def end_steering(context: Context, step: EndSteering) -> Work:
    """Ends an instruction whose moment has come; nobody decides that."""
    known = context.session.state.steering[step.steering]
    words = await readable(context.session, (known.note,))
    event, notice = ending(known, words.get(known.note.id))
    return Work(Pending((context.session.draft(event),), (notice,)))
