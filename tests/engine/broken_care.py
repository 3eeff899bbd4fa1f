"""The checks of care, and of whose action it is, broken one at a time; as `broken_checks`, whose table it completes."""

from collections.abc import Mapping
from typing import Any

from agent_core.contract.actors import Person
from agent_core.contract.events import AskRaised
from agent_core.contract.ids import OperatorId
from agent_core.contract.risk import Risk
from tests.engine.broken_checks import Break, dated
from tests.engine.refund_waiting import OTHER, Set


def careful(risk: Risk, **changes: Any) -> Break:
    """The ask wants more care than the yes was given with."""

    async def broken(it: Set) -> None:
        state = await it.stage.harness.state(it.conversation)
        ask = state.asks[state.proposals[it.proposal].proposal.ask].ask
        await it.put(AskRaised(ask=ask.model_copy(update={"risk": risk})))
        await it.yes(**changes)

    return broken


async def _proposer_gone(it: Set) -> None:
    await it.forge(actor=Person(operator=OperatorId("left")))
    await it.yes()


CARE: Mapping[str, Break] = {
    "proposer_gone": _proposer_gone,
    "shown_too_short": careful(Risk(tier="high", min_shown_s=30)),
    "shown_implausible": dated(shown_at=-60),
    "batch_not_allowed": careful(Risk(tier="medium"), batch=OTHER),
}

ON_ARRIVAL: Mapping[str, str] = {
    "other_batch": "the sheet of like cases travels beside a decision when it arrives, and never again",
    "batch_not_alike": "likewise",
    "batch_too_large": "likewise",
}
