"""A conversation whose log holds what no event of ours would have made: what on-call is called for (R-M4, R-A8)."""

import json

from agent_core.contract.actors import Agent, System
from agent_core.contract.asks import Ask
from agent_core.contract.bodies import new_body
from agent_core.contract.clock import system_clock
from agent_core.contract.events import AskRaised, ControlChanged, ModelSpoke, Quarantined
from agent_core.contract.ids import ConversationId, EffectId, ask_id
from agent_core.conversation.evolve import fold
from agent_core.engine.steps.holding import VERBS
from agent_core.store import Append, Draft, Store, WakeRequest

GHOST = {"type": "tool_use", "id": "toolu_ghost", "name": "get_order", "input": {"order_id": "NW-10024"}}
_SAID = "What the agent said last has a call in it that was never answered."


async def poison(store: Store, conversation: ConversationId) -> None:
    """A call of the model that was never answered stands in its log, it is held, and on-call is asked."""
    state = fold(await store.records(conversation))
    assert state.control == "agent"
    body = new_body("model_message", json.dumps([{"type": "text", "text": "One moment."}, GHOST]))
    ask = Ask(
        id=ask_id(conversation, "quarantine", "test"), kind="quarantine", brand=state.brand, conversation=conversation,
        code="handling_failed", sentence=_SAID, priority=1, verbs=VERBS, roles=("on_call", "lead", "admin"),
        raised_at=system_clock(),
    )  # fmt: skip
    engine, run = System(part="engine"), next(iter(state.runs))
    drafts = [
        Draft(ModelSpoke(run=run, effect=EffectId("e999"), content=body.ref, stop="end"), Agent(run=run)),
        Draft(Quarantined(cause="handling", diagnosis="handling_failed:ValueError", sentence=_SAID), engine),
        Draft(AskRaised(ask=ask), engine),
        Draft(ControlChanged(to="quarantined", code="handling_failed", sentence=_SAID), engine),
    ]
    await store.append(Append(conversation, drafts, bodies=[body], wake=WakeRequest()))
