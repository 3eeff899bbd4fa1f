"""What a person puts right reaches the next request as data with its source, and never a policy (R-M1, R-B7, R-C2)."""

import asyncio
from pathlib import Path

from agent_core.contract.bodies import new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.events import BeliefCorrected, CorrectionEnded, EffectFinished, ProposalSettled, Proposed
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import ConversationId, FactId, OperatorId, RunId
from agent_core.engine.session import json_body
from agent_core.store import Append, Draft, WakeRequest
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import SUE, Stage, play
from tests.engine.test_steering import asked

SAYS = "It was handed to the neighbour yesterday."
WHERE = f"Where is order {OTHER_ORDER}?"


async def correct(stage: Stage, c: ConversationId, *keys: str, run: str | None = "r1") -> None:
    name = f"k{len((await stage.harness.state(c)).corrections) + 1}"
    entry = {"id": f"{name}.1", "key": f"staff.{name}", "value": {"about": "where it is", "says": SAYS, "source": "seen"}}
    facts = new_body("facts", canonical([entry]).decode())
    notice = json_body("notice", {"outcome": "corrected_by_staff", "by": "person", "facts": [entry]})
    event = BeliefCorrected(
        correction=name, operator=OperatorId("sue"), run=None if run is None else RunId(run), at=1, index=0, keys=keys,
        facts=(FactRef(id=FactId(f"{name}.1"), key=f"staff.{name}"),), facts_body=facts.ref, notice=notice.ref,
    )  # fmt: skip
    append = Append(c, [Draft(event, SUE)], bodies=[facts, notice], wake=WakeRequest())
    await stage.harness.store.append(append)
    stage.harness.runner.nudge(c)


def test_R_M1_the_next_request_holds_what_staff_stated_as_a_cited_fact_old_runs_and_new(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await correct(stage, c, f"order.{OTHER_ORDER}.status")
        await stage.settle(c)
        assert not any(SAYS in each for each in asked(stage)), "it makes no run work by itself"
        await stage.writes(f"Where is order {OTHER_ORDER} now? And please refund order {ORDER}.", "2")
        await stage.settle(c)
        told = [each for each in asked(stage) if SAYS in each]
        assert told
        assert all("k1.1" in each for each in told)
        state = await stage.harness.state(c)
        assert "staff.k1" in state.facts
        assert SAYS in asked(stage)[-1], "a run that begins later knows it as well"

    play(tmp_path, scene)


def test_R_M1_what_a_model_was_asked_before_is_stopped_and_asked_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asking = stage.model.hold("run")
        c = await stage.writes(WHERE, "1")
        handling = asyncio.create_task(stage.settle(c))
        await asking.wait()
        await correct(stage, c)
        await stage.model.stopped.wait()
        await handling
        await stage.settle(c)
        assert "superseded" in [event.outcome for event in await stage.events(c, EffectFinished)]
        requests = asked(stage)
        assert SAYS not in requests[0]
        assert all(SAYS in each for each in requests[1:])
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_C5_what_waits_on_the_strength_of_it_lapses_once_and_is_proposed_anew(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        (first,) = await stage.events(c, Proposed)
        await correct(stage, c, "order.another.status")
        await stage.settle(c)
        assert await stage.events(c, ProposalSettled) == [], "it rests on nothing of that"
        await correct(stage, c, first.proposal.evidence[0].key)
        await stage.settle(c)
        (settled,) = await stage.events(c, ProposalSettled)
        assert (settled.outcome, settled.code) == ("lapsed", "evidence_changed")
        assert [change.reason for change in settled.changes] == ["corrected_by_person"]
        _, second = await stage.events(c, Proposed)
        assert settled.superseded_by == second.proposal.id
        assert second.proposal.supersedes == first.proposal.id
        assert second.proposal.nonce != first.proposal.nonce
        await stage.settle(c)
        assert len(await stage.events(c, ProposalSettled)) == 1, "what was proposed knowing it does not lapse for it"

    play(tmp_path, scene)


def test_R_B7_a_correction_that_is_taken_back_is_no_fact_any_more_and_those_told_are_told(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        await correct(stage, c)
        notice = json_body("notice", {"outcome": "correction_taken_back", "by": "person", "fact": "staff.k1"})
        for _ in range(2):
            event = CorrectionEnded(correction="k1", operator=OperatorId("sue"), notice=notice.ref)
            await stage.harness.store.append(Append(c, [Draft(event, SUE)], bodies=[notice], wake=WakeRequest()))
            notice = json_body("notice", {"outcome": "again"})
        stage.harness.runner.nudge(c)
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert state.corrections["k1"].over
        assert not any(key.startswith("staff.") for key in state.facts)
        await stage.writes(f"{WHERE} And please refund order {ORDER}.", "2")
        await stage.settle(c)
        assert any("correction_taken_back" in each for each in asked(stage))
        assert not any('"again"' in each for each in asked(stage)), "an end that came first counts"

    play(tmp_path, scene)
