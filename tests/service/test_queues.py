"""What waits for people: whose it should be, where and in which language, how fast they are, what is due (R-E4)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.commands import AssignAsk, Claim, HandToTeam, ResolveAsk
from agent_core.contract.ids import OperatorId
from agent_core.contract.queues import BreachAhead, QueueShown
from agent_core.contract.views import AskCard
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import approval, scene, until


async def queue(client: CoreClient, name: str) -> QueueShown:
    return next(each for each in (await client.queues()).queues if each.queue == name)


async def card(client: CoreClient, code: str) -> AskCard:
    async def look() -> AskCard | None:
        return next((each for each in await client.asks() if each.code == code), None)

    return await until(client, look)


def test_R_E4_an_ask_is_assigned_claimed_counted_by_language_and_timed(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path) as stage, asyncio.timeout(300):
            boss = await stage.admin()
            client, _ = boss
            cleo, signer = await stage.colleague(boss, "Cleo")
            conversation = await stage.write("Please refund NW-10023.")
            money = await approval(client)
            await client.command(HandToTeam(conversation=conversation))
            team = await card(client, "handed_to_team")
            assert (team.language, team.assigned_to, team.queue) == ("en", None, "standard")
            standard = await queue(client, "standard")
            assert (standard.waiting, standard.claimed, standard.assigned) == (1 + (money.queue == "standard"), 0, 0)
            assert [each.language for each in standard.by_language] == ["en"]
            assert [each.queue for each in (await client.queues()).queues] == ["priority", "billing", "standard"]

            me, give = OperatorId(signer.operator), AssignAsk(ask=team.ask, conversation=conversation)
            await client.command(give.model_copy(update={"to": me}))

            async def given() -> AskCard | None:
                found = await client.ask(team.ask)
                return found if found.assigned_to == me else None

            assert (await until(client, given)).assigned_name == "Cleo"
            assert [each.ask for each in await cleo.asks(assigned="me")] == [team.ask]
            assert team.ask not in [each.ask for each in await cleo.asks(assigned="nobody")]
            assert [each.ask for each in await client.asks(assigned=me, queue="standard", language="en")] == [team.ask]
            assert await client.asks(language="de") == ()

            async def refused(command: AssignAsk) -> str:
                with pytest.raises(CoreRefused) as found:
                    await client.command(command)
                return found.value.code

            assert await refused(give.model_copy(update={"to": me})) == "assigned_already"
            assert await refused(give.model_copy(update={"to": OperatorId("op_nobody")})) == "assignee_not_allowed"
            _, foreign = await stage.colleague(boss, "Bo", brands=("lumen",))
            assert await refused(give.model_copy(update={"to": foreign.operator})) == "assignee_not_allowed"

            await cleo.command(Claim(ask=team.ask, conversation=conversation))

            async def looked() -> tuple[BreachAhead, ...] | None:
                ahead = (await client.breaching(language="en")).breaches
                assert [each.due for each in ahead] == sorted(each.due for each in ahead)
                clocks = {each.ask: each.clock for each in ahead}
                return ahead if clocks.get(team.ask, "answer") == "answer" else None

            await until(client, looked)
            await cleo.command(ResolveAsk(ask=team.ask, conversation=conversation))

            async def over() -> QueueShown | None:
                found = await queue(client, "standard")
                return found if found.times.answered else None

            times = (await until(client, over)).times
            assert (times.looked, times.answered, times.in_time_percent) == (1, 1, 100)
            assert times.look_median_s is not None
            assert times.answer_p95_s is not None
            assert times.look_median_s <= times.answer_p95_s
            assert await refused(give) == "ask_over"

    asyncio.run(body())
