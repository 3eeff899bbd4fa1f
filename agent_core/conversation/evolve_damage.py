"""Folds of quarantine: what holds a conversation, and what a person's repair makes of it (R-A8).

A repair changes nothing that was said or done. What failed before it counts no more, and what the log holds in a wrong place
stays passed over and is no longer asked about.
"""

from types import MappingProxyType

from agent_core.contract.events import Quarantined, QuarantineLifted, Recorded
from agent_core.conversation.changing import replace
from agent_core.conversation.state import Failing, Held, State


def quarantined(state: State, event: Quarantined, recorded: Recorded) -> State:
    """On-call is wanted. Quarantined again while it is held, the newest diagnosis counts."""
    held = Held(recorded.seq, event.cause, event.diagnosis, event.sentence, event.run, event.evidence, event.manifest)
    return replace(state, quarantine=held)


def lifted(state: State, event: QuarantineLifted, recorded: Recorded) -> State:
    """What failed until now is forgotten: the question is asked anew."""
    runs = {
        name: replace(run, failing=Failing(), model_calls=0, mended=0) if run.failing.codes or run.mended else run
        for name, run in state.runs.items()
    }
    return replace(
        state,
        damaged=False,
        quarantine=None,
        runs=MappingProxyType(runs),
        turn=replace(state.turn, failing=Failing()),
        compose_failures=0,
        compose_interrupted=0,
        compose_down=False,
        touched_at=recorded.at,
    )
