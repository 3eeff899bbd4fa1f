"""Proof of identity through the whole service: the shop is asked over its socket; a proof is its writer's alone (R-B6)."""

import asyncio
from dataclasses import replace
from pathlib import Path

from agent_core.contract.events import EffectStarted
from agent_core.contract.ids import ConversationId
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.workflows.brand import Proof
from agent_core.workflows.release import Release
from console.headless.client import CoreClient
from tests.engine.stage import staged
from tests.engine.test_proving import mail_of, prepared
from tests.service.scene import Scene, scene, until
from tests.service.test_inbound import event, post
from tests.service.test_personal_data import Outside

WANT = "Where is NW-10023?"


async def folded(stage: Scene, conversation: ConversationId) -> State:
    return fold(await stage.core.store.records(conversation))


async def value(stage: Scene, conversation: ConversationId, key: str) -> object:
    detail = await stage.core.projector.detail(conversation)
    assert detail is not None
    return next((fact.value for fact in detail.facts if fact.key == key), None)


async def somebody_else(stage: Scene, text: str) -> None:
    """Another person writes in the same thread."""
    assert stage.core.sandbox is not None
    other = next(p for p in stage.core.sandbox.shop.people() if all(order.id != "NW-10023" for order in p.orders))
    customer = {"id": other.id, "name": other.name, "email": other.email, "authenticated": False}
    answer = await post(stage, event(text, number="77", thread="t1", customer=customer), name="evt_77")
    assert answer.status_code == 200, answer.text


async def replied(client: CoreClient, stage: Scene, count: int) -> list[str]:
    async def look() -> list[str] | None:
        found = [reply["text"] for reply in await stage.replies()]
        return found if len(found) >= count else None

    return await until(client, look)


def test_R_B6_a_proof_lasts_for_its_writer_and_ends_when_somebody_else_writes(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as stage, asyncio.timeout(300):
            client = await stage.reader()
            conversation = await stage.write(WANT, authenticated=False)
            first = await replied(client, stage, 1)
            assert "NW-10023" in first[0], "the address they write from and the order belong together"
            records = await stage.core.store.records(conversation)
            assert [r.event.purpose for r in records if isinstance(r.event, EffectStarted)].count("prove") == 1
            await stage.write("And where is NW-10023 now?", authenticated=False)
            await replied(client, stage, 2)
            state = await folded(stage, conversation)
            assert state.facts["customer.authenticated"].source == "prove"
            assert await value(stage, conversation, "customer.authenticated") == "yes"
            await somebody_else(stage, WANT)
            third = await replied(client, stage, 3)
            assert "Last report" not in third[2], "nothing about an order that is not theirs"
            state = await folded(stage, conversation)
            assert state.facts["customer.authenticated"].source != "prove"

    asyncio.run(run())


def test_R_B6_a_proof_ends_after_its_time_and_not_before(tmp_path: Path) -> None:
    async def run() -> None:
        async with staged(tmp_path) as stage:
            prepared(stage)
            release = stage.harness.brand.release
            proof = Proof(reference="order_id", holds_s=3600)
            brand = release.brand.model_copy(update={"routing": release.brand.routing.model_copy(update={"proof": proof})})
            made = Release.of(release.content.model_copy(update={"brand": brand}))
            stage.harness.brand = replace(stage.harness.brand, release=made)
            stage.harness.brands.at_work = stage.harness.brand
            outside = Outside(stage)
            outside.authenticated = False
            outside.email = mail_of(stage)

            async def standing(text: str, event: str) -> str:
                conversation = await outside.writes(text, event)
                await stage.settle(conversation)
                return (await stage.harness.state(conversation)).facts["customer.authenticated"].source

            assert await standing(WANT, "1") == "prove"
            stage.clock.forward(seconds=3600)
            assert await standing("And when does it arrive?", "2") == "prove"
            stage.clock.forward(seconds=1)
            assert await standing("And when does it arrive?", "3") == "channel chat", "it is asked for again"
            assert await standing(WANT, "4") == "prove"

    asyncio.run(run())
