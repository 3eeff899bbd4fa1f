"""What people decide, take back, or leave undecided; and what changes between a yes and the action (R-C4, R-C5, R-C6)."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.contract.events import (
    AskRaised,
    Countersigned,
    EffectStarted,
    LookAgain,
    NoticeGiven,
    ProposalSettled,
    Proposed,
    ReplySent,
)
from agent_core.engine.declared import judged_tools
from agent_core.systems.port import Delivery, NotSent, ToolResult
from agent_core.workflows.release import Release
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.preemption import NARROWER
from tests.engine.stage import Stage, outcomes, play

ALL = f"Please refund order {ORDER}."
PART = f"Please refund 30 EUR of order {ORDER}."
UNDO = timedelta(seconds=5)


async def writes_started(stage: Stage, conversation: object) -> int:
    events = await stage.events(conversation, EffectStarted)  # pyright: ignore[reportArgumentType] - an id
    return sum(1 for event in events if event.kind == "write")


def test_R_C3_a_denial_reaches_the_agent_with_its_reason_once_and_nothing_is_executed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.harness.decide(c, "deny", reason="The jacket was worn for a year.")
        await stage.settle(c)
        assert outcomes(await stage.events(c, ProposalSettled)) == {"denied": 1}
        assert len(await stage.events(c, NoticeGiven)) == 1
        assert "worn for a year" in str(stage.model.requests[-1].messages)
        assert len(stage.texts()) == 2
        assert "not approved" in stage.texts()[1]
        assert stage.harness.refunds() == []
        assert await writes_started(stage, c) == 0

    play(tmp_path, scene)


def test_R_A4_an_undecided_proposal_expires_is_never_executed_and_brings_a_person(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        expires = (await stage.harness.state(c)).open_proposals()[0].proposal.expires_at
        assert (await stage.harness.runner.handle(c)).next_due == expires
        stage.clock.at = expires
        await stage.settle(c)
        (settled,) = await stage.events(c, ProposalSettled)
        assert (settled.outcome, settled.by, settled.operator) == ("expired", "timeout", None)
        assert [e.ask.code for e in await stage.events(c, AskRaised)][-1] == "approval_expired"
        assert "Nobody decided in time" in str(stage.model.requests[-1].messages)
        assert "denied" not in [e.outcome for e in await stage.events(c, NoticeGiven)]
        assert stage.harness.refunds() == []
        assert len(stage.texts()) == 2

    play(tmp_path, scene)


def test_R_A4_an_approved_proposal_that_expired_before_it_could_act_holds_nothing_up(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        stage.clock.at = (await stage.harness.state(c)).open_proposals()[0].proposal.expires_at - timedelta(seconds=2)
        await stage.harness.decide(c, undo=UNDO)
        await stage.settle(c)
        assert outcomes(await stage.events(c, ProposalSettled)) == {"expired": 1}
        assert stage.harness.refunds() == []
        await stage.writes("Where is NW-10024?", "2")
        await stage.settle(c)
        assert "NW-10024" in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_M2_an_approval_recalled_within_its_undo_time_does_not_act(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.harness.decide(c, undo=UNDO)
        await stage.settle(c, within=1)
        await stage.recall(c)
        await stage.settle(c, within=60)
        assert stage.harness.refunds() == []
        state = await stage.harness.state(c)
        assert len(state.open_proposals()) == 1
        await stage.harness.decide(c, undo=UNDO)
        await stage.settle(c, within=60)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_C5_a_message_while_an_approval_waits_asks_for_another_look_and_voids_the_old_yes(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.harness.decide(c, undo=UNDO)
        before = (await stage.harness.state(c)).open_proposals()[0]
        await stage.writes("Where is order NW-10024?", "2")
        await stage.settle(c)
        after = (await stage.harness.state(c)).open_proposals()[0]
        assert after.approvals == ()
        assert after.nonce != before.nonce
        assert len(await stage.events(c, LookAgain)) == 1
        assert stage.harness.refunds() == []
        assert "NW-10024" in stage.texts()[-1]
        await stage.harness.decide(c)
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_C5_evidence_that_changed_before_the_action_brings_a_new_proposal_with_the_difference(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(PART, "1")
        await stage.settle(c)
        stage.harness.shop.alter_order(ORDER, status=None, note=None, refund_elsewhere_minor=1000)
        await stage.harness.decide(c)
        await stage.settle(c)
        (settled,) = await stage.events(c, ProposalSettled)
        assert (settled.outcome, settled.code) == ("lapsed", "evidence_changed")
        first, second = await stage.events(c, Proposed)
        assert settled.superseded_by == second.proposal.id
        assert second.proposal.supersedes == first.proposal.id
        assert second.proposal.nonce != first.proposal.nonce
        assert await stage.events(c, NoticeGiven) == []
        assert len(stage.harness.refunds()) == 1
        await stage.harness.decide(c)
        await stage.settle(c)
        assert sorted(r["amount_minor"] for r in stage.harness.refunds()) == [1000, 3000]

    play(tmp_path, scene)


def test_R_C5_evidence_that_forbids_the_action_ends_it_and_the_agent_says_so(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        stage.harness.shop.alter_order(ORDER, status=None, note=None, refund_elsewhere_minor=1000)
        await stage.harness.decide(c)
        await stage.settle(c)
        (settled,) = await stage.events(c, ProposalSettled)
        assert (settled.outcome, settled.superseded_by) == ("lapsed", None)
        assert [e.outcome for e in await stage.events(c, NoticeGiven)] == ["lapsed"]
        assert [r["amount_minor"] for r in stage.harness.refunds()] == [1000]
        assert await writes_started(stage, c) == 0
        assert len(stage.texts()) == 2

    play(tmp_path, scene)


def test_R_C5_a_system_that_cannot_be_read_again_changes_nothing_about_the_approval(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)

        async def down(name: str, perform: object) -> ToolResult:
            return ToolResult("failed", code="down", sentence="It is down.", transient=True)

        stage.harness.tools.around = down
        await stage.harness.decide(c)
        await stage.settle(c, within=12)
        assert (await stage.harness.state(c)).open_proposals()[0].complete
        stage.harness.tools.around = None
        await stage.settle(c, within=120)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_C5_an_action_whose_tool_was_withdrawn_is_not_executed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        brand = stage.harness.brand
        content = brand.release.content
        tools = tuple(t for t in content.tools if t.name != "refund_payment")
        workflows = tuple(w for w in content.workflows if w.name != "refund_order")
        smaller = Release.of(content.model_copy(update={"tools": tools, "workflows": workflows}))
        stage.harness.brands.activate(dataclasses.replace(brand, release=smaller))
        await stage.harness.decide(c)
        await stage.settle(c)
        assert outcomes(await stage.events(c, ProposalSettled)) == {"lapsed": 1}
        assert stage.harness.refunds() == []

    play(tmp_path, scene)


def test_R_C4_a_yes_under_older_policies_is_asked_for_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        brand = stage.harness.brand
        text = brand.release.policy_text + NARROWER
        gate = Gate(AuthorityPolicy.load(text, source="authority.cedar", tools=judged_tools()))
        stage.harness.brands.activate(dataclasses.replace(brand, gate=gate))
        await stage.harness.decide(c)
        await stage.settle(c)
        (settled,) = await stage.events(c, ProposalSettled)
        assert settled.code == "policy_changed"
        assert settled.superseded_by is not None
        assert stage.harness.refunds() == []

    play(tmp_path, scene)


def test_R_E3_a_takeover_between_the_yes_and_the_action_stops_it_until_the_hand_back(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.harness.decide(c, undo=UNDO)
        await stage.control(c, "human")
        await stage.settle(c, within=60)
        assert await writes_started(stage, c) == 0
        await stage.control(c, "agent")
        await stage.settle(c, within=60)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_M3_a_pause_stops_every_start_at_once_and_a_resume_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.harness.decide(c)
        await stage.paused(c, paused=True)
        await stage.writes("And where is NW-10024?", "2")
        started = len(await stage.events(c, EffectStarted))
        await stage.settle(c, within=60)
        assert len(await stage.events(c, EffectStarted)) == started
        assert stage.harness.refunds() == []
        await stage.paused(c, paused=False)
        await stage.settle(c)
        assert "NW-10024" in stage.texts()[-1]
        await stage.harness.decide(c)
        await stage.settle(c)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)


def test_R_A4_a_pause_does_not_stop_the_clock_of_a_proposal(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.writes("Hello?", "2")
        await stage.paused(c, paused=True)
        handled = await stage.harness.runner.handle(c)
        assert handled.next_due == (await stage.harness.state(c)).open_proposals()[0].proposal.expires_at

    play(tmp_path, scene)


@pytest.mark.parametrize("same", [True, False], ids=["one person twice", "two people"])
def test_R_C3_two_different_people_must_approve_above_the_limit(tmp_path: Path, same: bool) -> None:
    async def scene(stage: Stage) -> None:
        order = "NW-10018"
        await stage.harness.enrol_leo()
        owner = stage.harness.shop.order(order)["customer_id"]
        c = await stage.writes(f"Please refund order {order}.", "1", customer=owner)
        await stage.settle(c)
        (known,) = (await stage.harness.state(c)).open_proposals()
        assert known.proposal.required_people == 2
        await stage.harness.decide(c)
        await stage.settle(c, within=60)
        assert stage.harness.refunds(order) == []
        await stage.harness.decide(c, who="sue" if same else "leo")
        await stage.settle(c, within=60)
        assert len(stage.harness.refunds(order)) == (0 if same else 1)
        assert len(await stage.events(c, Countersigned)) == 2

    play(tmp_path, scene)


def test_R_E3_a_persons_words_leave_although_the_customer_writes_at_the_same_moment(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.control(c, "human")
        await stage.says(c, "Hello, this is Sue.")
        await stage.writes("Is somebody there?", "2")
        await stage.paused(c, paused=True)
        await stage.settle(c)
        assert stage.texts()[-1] == "Hello, this is Sue."
        assert stage.harness.channel.sent()[-1][1] == "person"
        assert len(await stage.events(c, ReplySent)) == 2

    play(tmp_path, scene)


def test_R_A7_a_system_that_stays_unreadable_is_asked_less_and_less_often(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)

        async def down(name: str, perform: object) -> ToolResult:
            return ToolResult("timed_out", code="down", sentence="It is down.", transient=True)

        stage.harness.tools.around = down
        await stage.harness.decide(c)
        await stage.settle(c, within=3600)
        tries = sum(1 for e in await stage.events(c, EffectStarted) if e.purpose == "reread")
        assert 4 < tries < 200

    play(tmp_path, scene)


@pytest.mark.parametrize("handed_back", [True, False], ids=["handed back before it leaves", "handed back after"])
def test_R_A3_what_the_customer_wrote_while_a_persons_words_were_on_their_way_is_answered(
    tmp_path: Path, handed_back: bool
) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(ALL, "1")
        await stage.settle(c)
        await stage.control(c, "human")

        async def writes_meanwhile(text: str) -> Delivery | None:
            stage.harness.channel.before = None
            await stage.writes("And where is order NW-10024?", "2")
            if handed_back:
                await stage.control(c, "agent")
            return None

        stage.harness.channel.before = writes_meanwhile
        await stage.says(c, "I look into your refund.")
        await stage.settle(c)
        if not handed_back:
            await stage.control(c, "agent")
        await stage.settle(c)
        assert [by for _, by in stage.harness.channel.sent()] == ["agent", "person", "agent"]
        assert "NW-10024" in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_E3_what_is_handed_back_does_not_go_straight_to_people_again(tmp_path: Path) -> None:
    """All that was left were runs that had gone to people: the person is done with them."""

    async def scene(stage: Stage) -> None:
        c = await stage.writes("Please refund my order.", "1")
        await stage.settle(c)
        await stage.writes("I do not know the number.", "2")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "awaiting_human"
        told = len(stage.texts())
        await stage.control(c, "human")
        await stage.settle(c)
        await stage.control(c, "agent")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "agent"
        assert len(stage.texts()) == told
        await stage.writes(f"Where is {OTHER_ORDER}?", "3")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "agent"
        assert OTHER_ORDER in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_A6_handed_back_without_a_word_while_the_agent_was_about_to_speak_the_customer_is_answered(tmp_path: Path) -> None:
    """Nobody had said anything: neither the agent, whose words were stopped, nor the person, who only looked."""

    async def scene(stage: Stage) -> None:
        c = await stage.writes("I want to talk to a human.", "1")

        async def stops_it(text: str) -> Delivery | None:
            stage.harness.channel.before = None
            await stage.control(c, "awaiting_human")
            return NotSent("stopped", "Something came first.", transient=False)

        stage.harness.channel.before = stops_it
        await stage.settle(c)
        assert stage.texts() == []
        await stage.control(c, "human")
        await stage.settle(c)
        await stage.control(c, "agent")
        await stage.settle(c)
        assert len(stage.texts()) == 1
        assert (await stage.harness.state(c)).turn.answered

    play(tmp_path, scene)
