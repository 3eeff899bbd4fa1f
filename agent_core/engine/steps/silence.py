"""A customer who stays silent is asked once more, then their conversation closes, with a reason (R-A4).

The words are the brand's own and the system says them, so nobody's work is counted (R-J1). Both are decided under the
fence: a message that comes in between makes them stale. Nothing here may end what still waits for somebody.
"""

from typing import TYPE_CHECKING

from agent_core.contract.events import ControlChanged, CustomerSilent
from agent_core.contract.outcomes import Quiet
from agent_core.conversation.plan import Close, FollowUp
from agent_core.engine.brand_words import brand_says
from agent_core.engine.common import Context
from agent_core.engine.session import Pending
from agent_core.engine.work import Work
from agent_core.guardrails.render import render_single
from agent_core.workflows.texts import put, spoken

if TYPE_CHECKING:
    from agent_core.workflows.brand import Silence

CLOSED: dict[Quiet, tuple[str, str]] = {
    "asked": ("silent", "The customer did not answer, so this was closed."),
    "resolved": ("resolved", "Everything was answered and the customer wrote no more, so this was closed."),
    "declined": ("declined", "It was declined or taken back and the customer wrote no more, so this was closed."),
}
"""Code and sentence of an end, by what the silence was about."""


async def follow_up(context: Context, step: FollowUp) -> Work:
    """Drafts the brand's words for this silence; they leave like every reply."""
    session, release = context.session, context.brand.release
    state = session.state
    rules: Silence = getattr(release.brand.closing, step.why)
    assert rules.text is not None
    assert state.touched_at is not None
    name = (await session.facts(["customer.name"])).get("customer.name")
    shown = str(name.value) if name is not None and name.value else None
    words = put(spoken(rules.text, context.language, release.brand.default_language), {"brand": release.brand.title})
    drafted, body = brand_says(context, render_single((), words, release, context.language, shown))
    silent = CustomerSilent(why=step.why, number=step.number, since=state.touched_at)
    return Work(Pending((session.draft(silent), session.draft(drafted)), (body,)))


async def close(context: Context, step: Close) -> Work:
    """Nobody waits for anything here any more."""
    code, words = CLOSED[step.why]
    return Work(Pending((context.session.draft(ControlChanged(to="closed", code=code, sentence=words)),)))
