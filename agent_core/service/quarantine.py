"""A conversation that keeps failing is taken out of the agent's hands, in the log, and on-call is asked (R-A9).

The others go on. It must never say what went wrong in words of the outside: only the error's own type goes into the ask.
"""

import structlog

from agent_core.contract.actors import System
from agent_core.contract.asks import Ask
from agent_core.contract.clock import Clock
from agent_core.contract.events import AskRaised, ControlChanged
from agent_core.contract.ids import StreamId, ask_id
from agent_core.conversation.evolve import fold
from agent_core.engine.placing import placed
from agent_core.service.brands import BrandShelf
from agent_core.store import Append, Draft, Store

log = structlog.get_logger(__name__)

_WORDS = "Working on this conversation failed again and again. The agent does nothing here until on-call has looked."


async def quarantine(store: Store, shelf: BrandShelf, clock: Clock, stream: StreamId, error: Exception) -> None:
    """Quarantines a conversation. Harmless when it is already, or is closed."""
    records = await store.records(stream)
    if not records:
        return
    head = records[-1].seq
    try:
        state = fold(records)
    except Exception as broken:  # noqa: BLE001 - a log that cannot be folded is exactly what must be quarantined
        log.error("log_does_not_fold", stream=stream, error=type(broken).__name__)  # noqa: TRY400 - the type says it
        return
    if state.conversation is None or state.control in ("quarantined", "closed"):
        return
    code = "handling_failed"
    ask = Ask(
        id=ask_id(stream, "quarantine", f"{code}:{head}"),
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
    log.error("quarantined", stream=stream, error=type(error).__name__)
    await store.append(Append(stream, [Draft(AskRaised(ask=ask), actor), Draft(changed, actor)]))
