"""The table of checks: each broken alone in a living engine, refused by its own code, nothing done (R-C4, R-C5).

The table is the product's (`authority.checks.CHECKS`): a check that is added there without a case here fails.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from agent_core.authority.checks import CHECKS
from agent_core.contract.events import EffectStarted, LookAgain, ProposalSettled
from agent_core.contract.ids import ProposalId
from agent_core.conversation.plan import Dispatch, Plan
from agent_core.conversation.state import State
from tests.engine import broken_checks
from tests.engine.broken_care import CARE, ON_ARRIVAL
from tests.engine.refund_waiting import Set
from tests.engine.stage import Stage, play

ALL = "Please refund NW-10023."
BREAKS = {**broken_checks.BREAKS, **CARE}
ELSEWHERE = {**broken_checks.ELSEWHERE, **ON_ARRIVAL}
SAMPLED = 6
"""In CI every so many-th check of those that refuse one statement, which are alike; the others, and the long suite, each."""


def test_R_C4_each_check_of_the_table_is_broken_here_or_said_to_be_elsewhere() -> None:
    assert set(BREAKS) | set(ELSEWHERE) == set(CHECKS)
    assert all(sentence.endswith(".") for sentence in (check.sentence for check in CHECKS.values()))


@contextmanager
def refusals() -> Generator[list[str]]:
    """The codes of what was not dispatched."""
    codes: list[str] = []

    def note(_logger: Any, _method: str, event: Any) -> Any:
        if event["event"] == "not_dispatched":
            codes.append(event["code"])
        return event

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[note, *before])
    try:
        yield codes
    finally:
        structlog.configure(processors=before)


def lying(proposal: ProposalId) -> Callable[[State, Any, datetime], Plan]:
    """A planner that wants this executed, wherever it stands."""

    def deciding(state: State, _rules: Any, _now: datetime) -> Plan:
        rereading = any(each.purpose == "reread" for each in state.open.values())
        return Plan(steps=() if rereading else (Dispatch(proposal, state.proposals[proposal].attempts + 1),))

    return deciding


def _marks(code: str, number: int) -> Any:
    alike = CHECKS[code].then == "refuse"
    return pytest.param(code, marks=[pytest.mark.slow] if alike and number % SAMPLED else [])


@pytest.mark.parametrize("code", [_marks(code, number) for number, code in enumerate(BREAKS)])
def test_R_C4_R_C5_a_check_broken_alone_stops_the_action_with_its_own_code(
    tmp_path: Path, code: str, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def scene(stage: Stage) -> None:
        await stage.harness.enrol_leo()
        conversation = await stage.writes(ALL, "1")
        await stage.settle(conversation)
        (known, *_) = (await stage.harness.state(conversation)).open_proposals()
        it = Set(stage, conversation, known.proposal.id)
        stage.clock.forward(minutes=30)
        with refusals() as codes:
            await BREAKS[code](it)
            done = len(stage.harness.refunds())
            started = await writes(it)
            if CHECKS[code].then != "settled":  # an honest planner ends what is over, and never comes to the check
                await stage.harness.runner.handle(conversation)
            if code not in codes:
                stage.harness.runner.deciding = lying(it.proposal)
                await stage.harness.runner.handle(conversation)
        assert (len(stage.harness.refunds()), await writes(it)) == (done, started), "something was done"
        if code in ELSEWHERE:
            assert code not in codes, "the dispatch comes to this check after all: say so"
            return
        assert codes[:1] == [code], codes
        then, events = CHECKS[code].then, await stage.events(conversation, LookAgain, ProposalSettled)
        mine = [event for event in events if event.proposal == it.proposal]
        if then in ("refuse", "look_again"):
            assert any(isinstance(event, LookAgain) and event.code == code for event in mine), mine
        elif then == "lapse":
            (settled,) = [event for event in mine if isinstance(event, ProposalSettled)]
            assert (settled.outcome, settled.code, settled.sentence) == ("lapsed", code, CHECKS[code].sentence)
        else:
            assert not any(event.code == code for event in mine)

    play(tmp_path, scene)


async def writes(it: Set) -> int:
    """How often an approved action was begun."""
    return sum(each.purpose == "approved_tool" for each in await it.stage.events(it.conversation, EffectStarted))
