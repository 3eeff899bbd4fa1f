"""A transcript too long for a model goes on as a shorter one: nothing is repeated, nothing forgotten (R-A7, R-C5)."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import NoticeGiven, ProposalSettled, Proposed, RunContinuedAs, RunFailed
from agent_core.contract.ids import ConversationId, RunId
from agent_core.conversation.evolve import fold
from agent_core.engine.proposing import PENDING
from agent_core.models.failures import ModelFailure
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, ended_well, play, requests_of

WHERE = f"Where is order {OTHER_ORDER}?"


@pytest.fixture(autouse=True)
def quiet(expected_logs: Any) -> None:
    """Failures of a model are logged as warnings."""
    expected_logs("agent_core.engine", "model_failed", required=False)


async def continued(stage: Stage, refund: str) -> ConversationId:
    """A refund waits for a person, and with the next question the transcript became too long."""
    c = await stage.writes(refund, "1")
    await stage.settle(c)
    stage.model.next["run"] = [ModelFailure("too_long")]
    await stage.writes(f"How long does the refund of order {ORDER} take?", "2")
    await stage.settle(c)
    return c


async def writes_much(stage: Stage, c: ConversationId, words: str) -> None:
    """Three messages that nobody reads to the end."""
    for number in range(3):
        await stage.writes(f"{words} {number}. {'blah ' * 900}", f"m{number}")
        await stage.settle(c)


def test_R_A7_words_that_are_too_many_for_triage_are_read_shorter(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["triage"] = [ModelFailure("too_long")]
        c = await stage.writes(f"{WHERE} {'x' * 5000}", "1")
        await stage.settle(c)
        first, second = requests_of(stage, "triage")
        assert len(str(second.messages)) < len(str(first.messages)) - 3000
        assert OTHER_ORDER in stage.texts()[0]

    play(tmp_path, scene)


def test_R_A7_a_transcript_that_is_too_long_goes_on_as_a_shorter_one_that_repeats_nothing(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund 10 EUR of order {ORDER}.", "1")
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1
        calls = len(stage.harness.tools.calls)
        await writes_much(stage, c, f"Please refund 10 EUR of order {ORDER}. Really, number")
        stage.model.next["run"] = [ModelFailure("too_long")]
        await stage.writes(f"What about the refund of order {ORDER}?", "last")
        await stage.settle(c)
        (over,) = await stage.events(c, RunContinuedAs)
        assert over.code == "conversation_too_long"
        asked = requests_of(stage, "run")
        first = next(n for n, request in enumerate(asked) if '"continues"' in str(request.messages))
        long, short = asked[first - 1], asked[first]
        assert len(str(short.messages)) < len(str(long.messages)) / 2
        shown = str(short.messages)
        assert "earlier" in shown
        assert "What about the refund" in shown
        assert "thinking" not in shown
        assert all(message["role"] == "user" for message in short.messages)
        assert len(stage.harness.refunds()) == 1
        assert [n for n, _ in stage.harness.tools.calls[calls:]].count("refund_payment") == 0
        ended_well(await stage.harness.state(c))
        records = await stage.harness.log(c)
        assert fold(records) == await stage.harness.state(c)

    play(tmp_path, scene, alone=True)


async def earlier(stage: Stage, c: ConversationId, run: RunId) -> dict[str, Any]:
    """What a run that goes on is told of the calls before it: the last row of each tool."""
    entry = (await stage.harness.state(c)).runs[run].transcript[1]
    rows = json.loads((await stage.harness.store.body(entry.body)).text)["earlier"]
    return {row["tool"]: row for row in rows}


@pytest.mark.parametrize(("decision", "told"), [("approve", "succeeded"), ("deny", "denied")])
def test_R_A7_what_was_decided_long_ago_is_known_to_the_run_that_goes_on(tmp_path: Path, decision: str, told: str) -> None:
    """It was: the notice was too old to come along, and the call stood there as `pending`, as if a person had to decide."""

    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund 30 EUR of order {ORDER}.", "1")
        await stage.settle(c)
        await stage.harness.decide(c, decision)
        await stage.settle(c)
        await writes_much(stage, c, f"How long does the refund of order {ORDER} take?")
        stage.model.next["run"] = [ModelFailure("too_long")]
        await stage.writes(f"What about the refund of order {ORDER}?", "last")
        await stage.settle(c)
        (over,) = await stage.events(c, RunContinuedAs)
        (notice,) = await stage.events(c, NoticeGiven)
        goes_on = (await stage.harness.state(c)).runs[over.successor]
        assert notice.notice.id not in {entry.body.id for entry in goes_on.transcript}, "it was too old to come along"
        row = (await earlier(stage, c, over.successor))["refund_payment"]
        assert row["outcome"] == told
        assert row.get("reason") != PENDING
        assert len(stage.harness.refunds()) == (decision == "approve")

    play(tmp_path, scene)


def test_R_A7_a_transcript_that_stays_too_long_goes_to_people(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.model.next["run"] = [ModelFailure("too_long")] * 9
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert len(await stage.events(c, RunContinuedAs)) == 2
        assert [e.code for e in await stage.events(c, RunFailed)] == ["conversation_too_long"]
        assert len(stage.texts()) == 1
        ended_well(await stage.harness.state(c))

    play(tmp_path, scene)


def test_R_A7_what_people_decide_reaches_the_run_that_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await continued(stage, f"Please refund order {ORDER}.")
        (over,) = await stage.events(c, RunContinuedAs)
        state = await stage.harness.state(c)
        assert state.runs[over.successor].phase == "awaiting_approval"
        assert len(state.open_proposals()) == 1
        await stage.harness.decide(c)
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1
        (notice,) = await stage.events(c, NoticeGiven)
        assert notice.run == over.run
        told = (await stage.harness.state(c)).runs[over.successor].transcript
        assert [e.body.id for e in told if e.kind == "notice"][-1] == notice.notice.id
        assert "refunded" in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_C5_what_a_run_that_was_continued_had_proposed_is_proposed_anew_with_the_difference(tmp_path: Path) -> None:
    """It was: that run counts as withdrawn, so what people had agreed to lapsed without another card."""

    async def scene(stage: Stage) -> None:
        c = await continued(stage, f"Please refund 30 EUR of order {ORDER}.")
        assert len(await stage.events(c, RunContinuedAs)) == 1
        stage.harness.shop.alter_order(ORDER, status=None, note=None, refund_elsewhere_minor=1000)
        await stage.harness.decide(c)
        await stage.settle(c)
        (settled,) = await stage.events(c, ProposalSettled)
        first, second = await stage.events(c, Proposed)
        assert (settled.code, settled.superseded_by) == ("evidence_changed", second.proposal.id)
        assert second.proposal.supersedes == first.proposal.id
        await stage.harness.decide(c)
        await stage.settle(c)
        assert sorted(r["amount_minor"] for r in stage.harness.refunds()) == [1000, 3000]
        assert [e.outcome for e in await stage.events(c, NoticeGiven)] == ["succeeded"]

    play(tmp_path, scene)
