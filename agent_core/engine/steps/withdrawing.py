"""What was sent before ends after a person took off the workflow that proposed it: looked up once more first (R-A7, R-B7).

The override itself ends what never left. It must never call not done what the other side says did happen.
"""

from agent_core.conversation.plan import EndWithdrawn
from agent_core.engine.common import Context
from agent_core.engine.overriding import withdrawn
from agent_core.engine.session import Pending
from agent_core.engine.steps.doubts import found_after_all
from agent_core.engine.work import Work


async def end_withdrawn(context: Context, step: EndWithdrawn) -> Work:
    """It ends as done where it had been done after all, and as withdrawn by that person otherwise."""
    session = context.session
    known = session.state.proposals[step.proposal]
    if (done := await found_after_all(context, known)) is not None:
        return done
    assert known.withdrawn_by is not None
    return Work(Pending(tuple(session.draft(event) for event in withdrawn(known, session.state, known.withdrawn_by))))
