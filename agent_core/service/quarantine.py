"""A conversation that keeps failing is taken out of the agent's hands, in the log, and on-call is asked (R-A9).

The others go on. It must never say what went wrong in words of the outside: only the error's own type is logged.
"""

import structlog

from agent_core.contract.actors import System
from agent_core.contract.asks import Ask
from agent_core.contract.clock import Clock
from agent_core.contract.events import AskRaised, ControlChanged
from agent_core.contract.ids import StreamId, ask_id
from agent_core.engine.placing import placed
from agent_core.service.brands import BrandShelf
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, Draft, Store

log = structlog.get_logger(__name__)

_WORDS = "Working on this conversation failed again and again. The agent does nothing here until on-call has looked."


class _NothingToDo(Exception):
    """It is in nobody's hands who could harm it."""


async def quarantine(store: Store, shelf: BrandShelf, clock: Clock, stream: StreamId, error: Exception) -> None:
    """Quarantines a conversation. Harmless when it is already, or is closed."""

    async def build(read: Read) -> Append:
        state = read.state
        if state.conversation is None or state.control in ("quarantined", "closed"):
            raise _NothingToDo
        code = "handling_failed"
        ask = Ask(
            id=ask_id(stream, "quarantine", f"{code}:{read.seq}"),
            kind="quarantine",
            brand=state.brand,
            conversation=state.conversation,
            code=code,
            sentence=_WORDS,
            priority=1,
            verbs=("take_over", "resolve"),
            roles=("on_call", "lead", "admin"),
            raised_at=clock(),
        )
        ask = placed(ask, shelf.active(state.brand).release.brand)
        actor = System(part="engine")
        changed = ControlChanged(to="quarantined", code=code, sentence=_WORDS)
        return Append(stream, [Draft(AskRaised(ask=ask), actor), Draft(changed, actor)])

    try:
        await append_on_newest(store, stream, build)
    except _NothingToDo:
        return
    log.error("quarantined", stream=stream, error=type(error).__name__)
