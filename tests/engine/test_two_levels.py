"""A brand with hundreds of intents: triage is asked for topics, then for intents, or at once where words tell (R-B1)."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from agent_core.contract.events import Routed, TopicsFound, Triaged
from agent_core.routing.shortlist import MOST_SHOWN
from agent_core.workflows.release import Release
from tests.engine.harness import ORDER, northwind
from tests.engine.stage import Stage, play

KINDS = ("lamp", "tent", "kayak", "sofa")


@cache
def large() -> Release:
    """The demo brand with two hundred more workflows that nobody asks for here."""
    made = northwind()
    flow = made.workflow("where_is_my_order")
    more = []
    for number in range(200):
        kind = KINDS[number % len(KINDS)]
        intent = flow.intents[0].model_copy(
            update={
                "id": f"assemble_{number}", "description": f"How to put {kind} number {number} together.",
                "phrases": (f"assemble {kind} {number}",),
            }
        )  # fmt: skip
        more.append(flow.model_copy(update={"name": f"assembly_{number}", "topic": "assembly", "intents": (intent,)}))
    topics = made.content.brand.topics.model_copy(update={"allowed": (*made.content.brand.topics.allowed, "assembly")})
    brand = made.content.brand.model_copy(update={"topics": topics})
    flows = (*made.content.workflows, *more)
    return Release.of(made.content.model_copy(update={"workflows": flows, "brand": brand}))


def set_up(stage: Stage) -> None:
    stage.harness.brand = replace(stage.harness.brand, release=large())
    stage.harness.brands.at_work = stage.harness.brand


def test_R_B1_topics_first_and_then_the_intents_of_these_topics(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        set_up(stage)
        c = await stage.writes(f"Hello dear team, a nice day to you. Where is {ORDER}, my friends of the sea?", "1")
        await stage.settle(c)
        asked = [r for r in stage.model.requests if r.purpose == "triage"]
        (found,) = await stage.events(c, TopicsFound)
        assert "delivery" in found.topics
        assert len(asked) == 2
        assert '"workflow": "topic"' in asked[0].system
        assert asked[1].system.count('{"id": ') <= MOST_SHOWN
        assert "assemble_7" not in asked[1].system
        assert [run.workflow for run in (await stage.events(c, Routed))[0].runs] == ["where_is_my_order"]
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_B4_where_the_words_tell_one_question_is_enough(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        set_up(stage)
        c = await stage.writes(f"where is {ORDER}?", "1")
        await stage.settle(c)
        assert len([r for r in stage.model.requests if r.purpose == "triage"]) == 1
        assert await stage.events(c, TopicsFound) == []
        assert len(await stage.events(c, Triaged)) == 1
        assert len(stage.texts()) == 1

    play(tmp_path, scene)


def test_R_B1_a_threat_of_court_needs_no_second_question(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        set_up(stage)
        c = await stage.writes("Dear people of this shop, my lawyer will now take care of all that.", "1")
        await stage.settle(c)
        assert len([r for r in stage.model.requests if r.purpose == "triage"]) == 1
        assert (await stage.events(c, Triaged))[0].legal
        assert (await stage.events(c, Routed))[0].to_people == ("legal_language",)

    play(tmp_path, scene)
