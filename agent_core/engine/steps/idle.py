"""Somebody waits for a person who does nothing, or for an agent that is stopped: the team is asked (R-A4, R-E3, R-N6).

A person who still does nothing after as long again no longer has the conversation.

Everything is in the log with its reason, and the person may take it over again with one command. It must never go back to
the agent without the brand having said so.
"""

from agent_core.contract.events import AnyEvent, AskResolved, ControlChanged
from agent_core.contract.ids import AskId
from agent_core.conversation.idle import IDLE
from agent_core.conversation.paused import WORKFLOW_STOPPED
from agent_core.conversation.plan import AskStopped, AskTeam, LeaveIdle, ResolveReminder
from agent_core.conversation.stopped import STOPPED
from agent_core.engine.common import Context, raise_ask
from agent_core.engine.session import Pending
from agent_core.engine.work import Work

_TO_TEAM = "A colleague took this over and did nothing, so it waits for whoever comes first."
_TO_AGENT = "A colleague took this over and did nothing, so the agent goes on, as the brand says."
_BACK = "The colleague works on this again."
_RESUMED = "The agent works again."


async def ask_team(context: Context, step: AskTeam) -> Work:
    """An ask in the brand's queue; whose conversation it is does not change."""
    asked = raise_ask(context, "escalation", f"idle:{step.seq}", IDLE)
    return Work(Pending((context.session.draft(asked),)))


async def ask_stopped(context: Context, step: AskStopped) -> Work:
    """The agent, or a workflow, is stopped and a customer waits: people see it, and may take it over."""
    key = f"stopped:{step.through}" if step.code == STOPPED else f"{step.code}:{step.through}"
    asked = raise_ask(context, "escalation", key, step.code)
    return Work(Pending((context.session.draft(asked),)))


async def resolve_reminder(context: Context, step: ResolveReminder) -> Work:
    """They are at work again: nobody has to look."""
    resumed = context.session.state.asks[step.ask].ask.code in (STOPPED, WORKFLOW_STOPPED)
    over = _over(step.ask, "resumed", _RESUMED) if resumed else _over(step.ask, "colleague_is_back", _BACK)
    return Work(Pending((context.session.draft(over),)))


async def leave_idle(context: Context, step: LeaveIdle) -> Work:
    """The conversation waits for the team, which an ask says; or it is the agent's again."""
    session = context.session
    if context.brand.rules.takeover_returns:
        over = [_over(ask, "handed_back", _TO_AGENT) for ask in step.asks]
        events: list[AnyEvent] = [ControlChanged(to="agent", code=IDLE, sentence=_TO_AGENT), *over]
    else:
        events = [ControlChanged(to="awaiting_human", code=IDLE, sentence=_TO_TEAM)]
        if not step.asks:
            events.append(raise_ask(context, "escalation", f"left:{session.state.seq}", IDLE))
    return Work(Pending(tuple(session.draft(event) for event in events)))


def _over(ask: AskId, code: str, words: str) -> AskResolved:
    return AskResolved(ask=ask, verb=None, by="code", code=code, sentence=words)
