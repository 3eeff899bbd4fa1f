"""Nobody looked or decided in time: the ask is raised again, more urgent, and the customer hears once that it takes longer.

A breach never executes and never denies (R-A4). The words to the customer are the brand's own, said by the system.
"""

from typing import TYPE_CHECKING

from agent_core.contract.events import AnyEvent, AskBreached, AskRaised
from agent_core.conversation.plan import Breach
from agent_core.engine.brand_words import brand_says
from agent_core.engine.common import Context
from agent_core.engine.placing import raised_again
from agent_core.engine.session import Pending
from agent_core.engine.work import Work
from agent_core.guardrails.render import render_single

if TYPE_CHECKING:
    from agent_core.contract.bodies import Body
    from agent_core.workflows.release import Release


async def breach(context: Context, step: Breach) -> Work:
    """Once for each clock: what was missed, the ask again, and perhaps a word to the customer."""
    session = context.session
    release: Release = context.brand.release
    known = session.state.asks[step.ask]
    again = raised_again(known.ask, release.brand, session.now, higher=step.what == "answer")
    events: list[AnyEvent] = [
        AskBreached(ask=step.ask, what=step.what, due=step.due, told=step.tell),
        AskRaised(ask=again),
    ]
    bodies: tuple[Body, ...] = ()
    if step.tell:
        words = release.text("still_waiting", context.language)
        name = (await session.facts(["customer.name"])).get("customer.name")
        shown = str(name.value) if name is not None and name.value else None
        drafted, body = brand_says(context, render_single((), words, release, context.language, shown))
        bodies = (body,)
        events.append(drafted)
    return Work(Pending(tuple(session.draft(event) for event in events), bodies))
