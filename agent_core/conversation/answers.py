"""What is due about answers that other systems owe us (R-A5). Pure; every moment stands in the log.

Nothing waits in the engine: a call that was taken elsewhere is an entry of the state, its deadline a timer, its answer an
event. When the deadline is over it is looked up; what stays open then is a person's question, or a read that failed.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from agent_core.contract.ids import RunId
from agent_core.conversation.plan import AskAboutAnswer, GiveUpAnswer, LookUpAnswer, TellAnswer
from agent_core.conversation.state import Awaited, State

MOST_LOOK_UPS = 3
"""Failed look-ups before people are asked."""


def answers_due(
    state: State, now: datetime, thinking: Callable[[RunId], bool]
) -> Iterator[LookUpAnswer | AskAboutAnswer | GiveUpAnswer | TellAnswer]:
    """What to do about awaited answers now. `thinking` says whether a run's model is being asked."""
    for effect, known in state.awaited.items():
        run = known.effect.run
        if known.outcome is not None:
            if not known.noticed and run is not None and not thinking(run):
                yield TellAnswer(effect)
        elif known.asked:
            if known.look_at is not None and known.look_at <= now and not _looking(state, known):
                yield LookUpAnswer(effect, known.looked_up + 1)
        elif known.answers_by <= now and not _looking(state, known):
            look_at = _look_at(known)
            if look_at is not None and look_at <= now:
                yield LookUpAnswer(effect, known.looked_up + 1)
            elif look_at is None:
                yield AskAboutAnswer(effect) if known.effect.kind == "write" else GiveUpAnswer(effect)


def answer_timers(state: State) -> Iterator[tuple[str, datetime]]:
    """When an awaited answer must be looked up."""
    for effect, known in state.awaited.items():
        if known.outcome is None:
            look_at = known.look_at if known.asked else _look_at(known)
            if look_at is not None:
                yield f"answer:{effect}", look_at


def _look_at(known: Awaited) -> datetime | None:
    """When to look it up; None when that was done, and told nothing."""
    if not known.looked_up:
        return known.answers_by
    return known.look_at if known.looked_up < MOST_LOOK_UPS else None


def _looking(state: State, known: Awaited) -> bool:
    return any(effect.about == known.effect.effect for effect in state.open.values())
