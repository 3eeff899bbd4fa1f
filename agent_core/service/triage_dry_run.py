"""The next turn, found out without sending anything: what would be done first, and whether the API would take it (R-M4).

Steps are `decide`'s own, on the conversation as it stands or as the repair that is shown would leave it; requests are built
by the engine's own code and diagnosed as before every send. Everything happens in a session that is thrown away.
"""

from dataclasses import replace
from typing import Final

from agent_core.contract.bodies import new_body
from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.contract.ids import OperatorId
from agent_core.contract.triage import DryRun
from agent_core.conversation.decide import decide
from agent_core.conversation.paused import stopped as is_stopped
from agent_core.conversation.plan import CallModel, OpenTurn, Plan, Triage
from agent_core.conversation.state import State
from agent_core.engine.common import Context
from agent_core.engine.examining import Examined
from agent_core.engine.repairing import Signature, Successor, answers_presumed, repaired
from agent_core.engine.requests import faults, run_request
from agent_core.service.triage_blocks import findings_shown
from agent_core.service.triage_steps import steps_shown

_PASSES: Final = "The next request would be taken as it is."
_ASKS_FIRST: Final = "First a model is asked what the customer wants; nothing stands against it."
_REFUSED: Final = "The next request would be refused."
_UNKNOWN: Final = "It cannot be found out what would be done next."
_NOTHING: Final = "Nothing is to be done now."
_FOR_A_YES: Final = "It waits for a person's yes. Nothing is wrong with that."
_UNDER_WAY: Final = "Something is under way at this moment."
_OTHERS: Final = "Nobody asks the run's model now."
_STOPPED: Final = "The agent is stopped here: nothing is done until somebody resumes it."
_NOBODY: Final = "0" * 64


async def of_repaired(
    building: Context, context: Context, examined: Examined, made: tuple[Successor, ...], operator: OperatorId
) -> DryRun:
    """The next turn after the repair as it is shown.

    Args:
        building: With a session of its own, in which the repair is put together.
        context: With another one, that has folded the newest log and nothing else: the repair is foreseen on that.
        examined: What a repair is about.
        made: The successors that were shown.
        operator: Who looks.
    """
    refused = tuple(finding for each in made for finding in each.verdict)
    if refused:
        return DryRun(of="repaired", verdict="refused", sentence=_REFUSED, findings=findings_shown(refused, None))
    unsigned = Signature(operator, examined.digest, _NOBODY, new_body("envelope", "{}").ref)
    try:
        context.session.plan(await repaired(building, examined, answers_presumed(examined), unsigned))
    except Unavailable:
        raise
    except (CountersignError, KeyError, ValueError, TypeError, AttributeError):
        return DryRun(of="repaired", verdict="unknown", sentence=_UNKNOWN)
    return await _next(context, "repaired")


async def as_it_stands(context: Context) -> DryRun:
    """The next turn of a conversation that needs no repair."""
    return await _next(context, "as_it_stands")


async def _next(context: Context, of: str) -> DryRun:
    session = context.session
    state = session.state
    try:
        stops = await session.store.stops(state.brand)
        rules = replace(context.brand.rules, paused=stops.workflows)
        plan = decide(state, rules, session.now)
        made = [(await run_request(context, state.runs[s.run])) for s in plan.steps if isinstance(s, CallModel)]
    except Unavailable:
        raise
    except (CountersignError, KeyError, ValueError, TypeError, AttributeError):
        return DryRun.model_validate({"of": of, "verdict": "unknown", "sentence": _UNKNOWN})
    stopped = stops.everything or any(is_stopped(run, rules) and run.phase == "working" for run in state.runs.values())
    found = tuple(shown for each in made for shown in findings_shown(faults(each), each.messages))
    asks = bool(made) or any(isinstance(step, OpenTurn | Triage) for step in plan.steps)
    verdict = "refused" if found else "passes" if asks and not stopped else "waits"
    return DryRun.model_validate(
        {
            "of": of,
            "verdict": verdict,
            "sentence": _sentence(verdict, plan, state, asked=bool(made), stopped=stopped),
            "findings": found,
            "next": steps_shown(plan.steps, state),
            "waits_until": plan.wake_at,
        }
    )


def _sentence(verdict: str, plan: Plan, state: State, *, asked: bool, stopped: bool) -> str:
    if verdict == "refused":
        return _REFUSED
    if stopped:
        return _STOPPED
    if verdict == "passes":
        return _PASSES if asked else _ASKS_FIRST
    if state.open:
        return _UNDER_WAY
    if plan.steps:
        return _OTHERS
    return _FOR_A_YES if state.open_proposals() else _NOTHING
