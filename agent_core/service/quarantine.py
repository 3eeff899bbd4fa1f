"""A conversation that keeps failing is taken out of the agent's hands, in the log, and on-call is asked (R-A9).

The others go on. It must never say what went wrong in words of the outside: evidence is the error's own type and the places
in our code it came through, never its message.
"""

import json
import re
import traceback
from pathlib import Path
from typing import Final

import structlog

from agent_core.contract.actors import System
from agent_core.contract.asks import Ask
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.clock import Clock
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import AskRaised, ControlChanged, Quarantined
from agent_core.contract.ids import StreamId, ask_id
from agent_core.engine.placing import placed
from agent_core.engine.steps.holding import VERBS
from agent_core.service.brands import BrandShelf
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, Draft, Store, WakeRequest

log = structlog.get_logger(__name__)

_WORDS = "Working on this conversation failed again and again. The agent does nothing here until on-call has looked."
_CODE: Final = "handling_failed"
_MOST_PLACES: Final = 12


class _NothingToDo(Exception):
    """It is in nobody's hands who could harm it."""


async def quarantine(store: Store, shelf: BrandShelf, clock: Clock, stream: StreamId, error: Exception) -> None:
    """Quarantines a conversation. Harmless when it is already, or is closed."""
    evidence = _evidence(error)

    async def build(read: Read) -> Append:
        state = read.state
        if state.conversation is None or state.control in ("quarantined", "closed"):
            raise _NothingToDo
        ask = Ask(
            id=ask_id(stream, "quarantine", f"{_CODE}:{read.seq}"),
            kind="quarantine",
            brand=state.brand,
            conversation=state.conversation,
            code=_CODE,
            sentence=_WORDS,
            priority=1,
            verbs=VERBS,
            roles=("on_call", "lead", "admin"),
            raised_at=clock(),
        )
        ask = placed(ask, shelf.active(state.brand).release.brand, state.turn.language)
        held = Quarantined(cause="handling", diagnosis=_diagnosis(error), sentence=_WORDS, evidence=evidence.ref)
        changed = ControlChanged(to="quarantined", code=_CODE, sentence=_WORDS)
        actor = System(part="engine")
        drafts = [Draft(event, actor) for event in (held, AskRaised(ask=ask), changed)]
        # Woken, so that the customer hears that a person will come back to them.
        return Append(stream, drafts, bodies=[evidence], wake=WakeRequest())

    try:
        await append_on_newest(store, stream, build)
    except _NothingToDo:
        return
    log.error("quarantined", stream=stream, error=type(error).__name__)


def _diagnosis(error: Exception) -> str:
    """The error's own name: a class of ours, of a library's or of Python's, never a text."""
    name = re.sub(r"[^A-Za-z0-9_]", "", type(error).__name__)[:64]
    return f"{_CODE}:{name}" if name else _CODE


def _evidence(error: Exception) -> Body:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]
    value = {
        "cause": "handling",
        "diagnosis": _diagnosis(error),
        "code": error.code if isinstance(error, CountersignError) else None,
        "places": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
        "findings": [],
    }
    return new_body("diagnosis", json.dumps(value))
