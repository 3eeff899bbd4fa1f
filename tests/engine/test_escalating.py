"""The escalation table at work in the engine: people come in, the customer is told once, and nothing loops (R-E1, R-E3)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from agent_core.contract.actors import System
from agent_core.contract.bodies import new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.events import AskRaised, Escalated, FactsLearned, RunEscalated
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import FactId
from agent_core.store import Append, Draft
from agent_core.workflows.release import Release
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, play

WHERE = f"Where is order {OTHER_ORDER}?"
SECURITY = f"My account was hacked. Where is order {OTHER_ORDER}?"


async def fired(stage: Stage, c: Any) -> list[tuple[str, str]]:
    """Moment and reason of each time people were called."""
    return [(event.at, event.fired[0].code) for event in await stage.events(c, Escalated)]


async def learned(stage: Stage, c: Any, **facts: Any) -> None:
    """A brand's own tool found something out about the customer."""
    ids = {key: FactId(f"x.{number}") for number, key in enumerate(facts, 1)}
    body = new_body(
        "facts", canonical([{"id": ids[key], "key": f"customer.{key}", "value": facts[key]} for key in facts]).decode()
    )
    refs = tuple(FactRef(id=ids[key], key=f"customer.{key}") for key in facts)
    event = FactsLearned(source="crm", facts=refs, body=body.ref)
    await stage.harness.store.append(Append(c, [Draft(event, System(part="crm"))], bodies=[body]))


def test_R_E1_a_hard_trigger_sends_the_message_to_people_tells_the_customer_once_and_says_why(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(SECURITY, "1")
        await stage.settle(c)
        assert await fired(stage, c) == [("triage", "account_security")]
        event = (await stage.events(c, Escalated))[0]
        assert [(g.signal, g.value) for g in event.fired[0].grounds] == [("security_words", "1")]
        assert "hacked" not in event.model_dump_json()
        assert [e.ask.code for e in await stage.events(c, AskRaised)] == ["account_security"]
        assert len(stage.texts()) == 1
        state = await stage.harness.state(c)
        assert state.control == "awaiting_human"
        assert not state.runs
        await stage.settle(c, within=60)
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_E1_a_conversation_in_which_the_agent_has_answered_goes_to_people_as_a_whole(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert await fired(stage, c) == []
        await stage.writes(SECURITY, "2")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "awaiting_human"
        assert len(stage.texts()) == 2

    play(tmp_path, scene)


def test_R_E1_who_is_unhappy_from_the_third_turn_on_gets_a_person_and_not_in_the_second(tmp_path: Path) -> None:
    angry = f"This is a disgrace, I am furious. Where is order {OTHER_ORDER}?"

    async def scene(stage: Stage) -> None:
        c = await stage.writes(angry, "1")
        await stage.settle(c)
        await stage.writes(angry, "2")
        await stage.settle(c)
        assert await fired(stage, c) == []
        await stage.writes(angry, "3")
        await stage.settle(c)
        assert await fired(stage, c) == [("triage", "frustrated")]

    play(tmp_path, scene)


def test_R_E1_the_eighth_turn_on_one_matter_goes_to_a_person(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        for number in range(1, 9):
            c = await stage.writes(WHERE, str(number))
            await stage.settle(c)
            assert await fired(stage, c) == ([("triage", "too_many_turns")] if number == 8 else [])

    play(tmp_path, scene)


def test_R_E1_a_disputed_payment_above_the_threshold_calls_a_person_once_its_amount_is_known(tmp_path: Path) -> None:
    async def scene(stage: Stage, above: int, *, called: bool) -> None:
        release = stage.harness.brand.release
        own = release.behaviour.escalation.model_copy(update={"disputed_above": {"EUR": above}})
        behaviour = release.behaviour.model_copy(update={"escalation": own})
        changed = Release.of(release.content.model_copy(update={"behaviour": behaviour}))
        stage.harness.brand = replace(stage.harness.brand, release=changed)
        stage.harness.brands.at_work = stage.harness.brand
        c = await stage.writes(f"Where is order {ORDER}? I did not authorise this payment.", "1")
        await stage.settle(c)
        assert await fired(stage, c) == ([("reply", "disputed_payment")] if called else [])
        assert len(stage.texts()) == 1
        assert ORDER in stage.texts()[0]
        state = await stage.harness.state(c)
        assert state.control == ("awaiting_human" if called else "agent")

    play(tmp_path / "above", lambda stage: scene(stage, 1, called=True))
    play(tmp_path / "below", lambda stage: scene(stage, 10_000_000, called=False))


def test_R_E1_a_run_that_is_not_sure_enough_says_nothing_and_its_part_goes_to_a_person(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        release = stage.harness.brand.release
        own = release.behaviour.escalation.model_copy(update={"agent_percent": 98})
        behaviour = release.behaviour.model_copy(update={"escalation": own})
        changed = Release.of(release.content.model_copy(update={"behaviour": behaviour}))
        stage.harness.brand = replace(stage.harness.brand, release=changed)
        stage.harness.brands.at_work = stage.harness.brand
        c = await stage.writes(WHERE, "1")
        await stage.settle(c)
        assert await fired(stage, c) == [("outcome", "low_confidence")]
        assert [e.code for e in await stage.events(c, RunEscalated)] == ["low_confidence"]
        assert [e.ask.code for e in await stage.events(c, AskRaised)] == ["low_confidence"]
        assert len(stage.texts()) == 1
        assert OTHER_ORDER not in stage.texts()[0]
        assert (await stage.harness.state(c)).control == "awaiting_human"

    play(tmp_path, scene)


def test_R_E3_what_a_person_handed_back_does_not_go_back_to_them_for_the_same_reasons(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(SECURITY, "1")
        await learned(stage, c, tier="vip")
        await stage.settle(c)
        assert await fired(stage, c) == [("triage", "account_security")]
        await stage.control(c, "human")
        await stage.control(c, "agent")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "agent"
        await stage.writes(WHERE, "2")
        await stage.settle(c)
        assert (await stage.harness.state(c)).control == "agent"
        assert OTHER_ORDER in stage.texts()[-1]
        assert await fired(stage, c) == [("triage", "account_security")]
        await stage.writes(SECURITY, "3")
        await stage.settle(c)
        assert [code for _, code in await fired(stage, c)] == ["account_security", "account_security"]

    play(tmp_path, scene)
