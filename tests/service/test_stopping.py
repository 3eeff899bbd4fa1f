"""The stop switch without a key: the console that started the core may use it, only to stop, and nobody else may (R-M3)."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from agent_core.contract.actors import System
from agent_core.contract.commands import Command, Pause, Resume
from agent_core.contract.errors import Forbidden
from agent_core.contract.events import AgentPaused, AgentResumed, EffectStarted
from agent_core.contract.ids import CORE_STREAM, BrandId, OperatorId, SessionId, StreamId, WorkflowName, brand_stream
from agent_core.contract.statements import Envelope
from agent_core.contract.stopping import Stopped, WorkflowReach, WorkflowReachAnswer
from agent_core.contract.views import AskCard
from agent_core.service.answers import AsksAnswer
from agent_core.service.commands import carry_out
from agent_core.service.sessions import Seat
from agent_core.service.workflow_stops import stopped_by
from agent_core.store import ReadTx
from console.headless.client import CoreClient
from console.headless.errors import Conflict, CoreRefused, NoKey
from console.headless.signing import KeyPair
from console.headless.stopping import stop_without_session
from tests.service.scene import NORTHWIND, TOKEN, Scene, approval, scene, settled, until

LUMEN = BrandId("lumen")
WHERE = "Where is NW-10024?"


async def stops(it: Scene, stream: StreamId) -> list[tuple[object, object]]:
    """Every stop and start of a log, and whose doing it was."""
    records = await it.core.store.records(stream)
    return [(one.event, one.actor) for one in records if isinstance(one.event, AgentPaused | AgentResumed)]


async def paused(client: CoreClient) -> tuple[bool, dict[str, bool]]:
    """What is stopped: everything, and each brand."""
    shown = await client.core()
    return shown.paused, {one.brand: one.paused for one in shown.brands}


HERE = (AgentPaused(operator=None, code="paused_without_key"), System(part="embedded_console"))


def test_R_M3_everything_stops_without_any_key_and_goes_on_only_with_a_signature(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            reader = await it.reader()
            assert not (await it.core.means.people.keyring()).keys, "nobody has enrolled a key"
            await reader.command(Pause(), key="stop")
            await reader.command(Pause(), key="stop")
            assert await stops(it, CORE_STREAM) == [HERE], "sent twice, done once"
            with pytest.raises(Conflict, match="already stopped"):
                await reader.command(Pause())
            conversation = await it.write(WHERE)

            async def waiting() -> bool | None:
                page = await reader.rows()
                return any(row.conversation == conversation for row in page.rows) or None

            await until(reader, waiting)
            assert await it.replies() == []
            with pytest.raises(NoKey):
                await reader.resume()
            unsigned = Resume(envelope=Envelope(payloadType="x", payload="e30=", signatures=()))
            with pytest.raises(CoreRefused) as refused:
                await reader.command(unsigned)
            assert refused.value.code == "read_only_session"
            assert (await paused(reader))[0]
            admin, _ = await it.admin_from(reader)
            await admin.resume()
            assert not (await paused(admin))[0]
            await settled(admin, conversation, 2)
            assert len(await it.replies()) == 1

    asyncio.run(run())


def test_R_M3_one_brand_stops_without_a_key_and_the_others_work(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it:
            reader = await it.reader()
            await reader.command(Pause(brand=NORTHWIND))
            assert await paused(reader) == (False, {"northwind": True, "lumen": False})
            assert await stops(it, brand_stream(NORTHWIND)) == [HERE]
            assert await stops(it, brand_stream(LUMEN)) == []
            with pytest.raises(CoreRefused):
                await reader.command(Pause(brand=BrandId("no-such-brand")))

    asyncio.run(run())


@pytest.mark.parametrize("command", [Pause(), Pause(brand=NORTHWIND)], ids=["all", "brand"])
def test_R_M3_a_read_only_session_from_elsewhere_stops_nothing_and_hears_why(tmp_path: Path, command: Command) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            now = it.core.means.clock()
            elsewhere = Seat(SessionId("s_elsewhere"), None, None, begun=now, seen=now)
            with pytest.raises(Forbidden, match="Only the console that started this core") as refused:
                await carry_out(it.core.means, elsewhere, command, "k")
            assert refused.value.code == "read_only_session"
            assert await stops(it, CORE_STREAM) == await stops(it, brand_stream(NORTHWIND)) == []

    asyncio.run(run())


def test_R_M3_the_token_of_the_core_lets_one_console_in_and_without_it_nothing_is_stopped(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            stranger = await it.console()
            with pytest.raises(CoreRefused) as unknown:
                await stranger.sign_in_embedded("guessed")
            assert unknown.value.code == "bad_token"
            await it.reader()
            with pytest.raises(CoreRefused) as used:
                await stranger.sign_in_embedded(TOKEN)
            assert used.value.code == "bad_token"
            with pytest.raises(CoreRefused) as nobody:
                await stranger.command(Pause())
            assert nobody.value.code == "not_signed_in"
            assert await stops(it, CORE_STREAM) == []

    asyncio.run(run())


def test_R_M3_who_signed_in_with_a_key_stops_in_their_own_name(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            admin, signer = await it.admin()
            await admin.command(Pause())
            ((event, actor),) = await stops(it, CORE_STREAM)
            assert event == AgentPaused(operator=signer.operator, code="paused_by_person")
            assert getattr(actor, "operator", None) == signer.operator

    asyncio.run(run())


REFUNDS = WorkflowName("refund_order")
BOTH = "Please refund order NW-10023. Where is NW-10024?"


def test_R_M3_a_workflow_stops_without_a_key_others_answer_and_only_a_signature_resumes_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            admin, signer = await it.admin()
            reader = admin
            before = await reach_of(reader, REFUNDS)
            assert (before.conversations, before.asks, before.paused) == (0, 0, None)
            await reader.command(Pause(brand=NORTHWIND, workflow=REFUNDS))
            ((event, _),) = await stops(it, brand_stream(NORTHWIND))
            assert event == AgentPaused(operator=signer.operator, code="paused_by_person", workflow=REFUNDS)
            assert await paused(reader) == (False, {"northwind": False})
            (shown,) = (await reader.core()).brands[0].paused_workflows
            assert (shown.workflow, shown.by, shown.title) == (REFUNDS, signer.operator, before.title)
            with pytest.raises(Conflict, match="This workflow is already stopped"):
                await reader.command(Pause(brand=NORTHWIND, workflow=REFUNDS))
            conversation = await it.write(BOTH)
            await settled(admin, conversation, 2)
            assert "NW-10024" in str((await it.replies())[0])
            assert (await reach_of(reader, REFUNDS)).conversations == 1
            assert [card.code for card in await asks_of(admin)] == ["workflow_stopped"]
            with pytest.raises(CoreRefused) as of_brand:
                await admin.command(
                    Resume(brand=NORTHWIND, workflow=REFUNDS, envelope=signer.resuming(await admin.challenge(), NORTHWIND))
                )
            assert of_brand.value.code == "bad_statement", "no signature moves from a brand to a workflow"
            await admin.resume(NORTHWIND, REFUNDS)
            assert (await admin.core()).brands[0].paused_workflows == ()

            assert (await approval(admin, conversation)).kind == "approval"
            assert [card.code for card in await asks_of(admin) if card.kind == "escalation"] == []
            with pytest.raises(Conflict, match="This workflow is not stopped"):
                await admin.resume(NORTHWIND, REFUNDS)

    asyncio.run(run())


def test_R_M3_a_workflow_that_is_nobodys_is_not_stopped(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            reader = await it.reader()
            for command, code in (
                (Pause(workflow=REFUNDS), "no_brand_named"),
                (Pause(brand=NORTHWIND, workflow=WorkflowName("no_such")), "no_workflow"),
            ):
                with pytest.raises(CoreRefused) as refused:
                    await reader.command(command)
                assert refused.value.code == code
            await reader.command(Pause(brand=NORTHWIND, workflow=REFUNDS))
            (shown,) = (await reader.core()).brands[0].paused_workflows
            assert (shown.by, shown.by_name) == (None, None), "nobody's key said it"
            with pytest.raises(NoKey):
                await reader.resume(NORTHWIND, REFUNDS)

    asyncio.run(run())


def test_R_M3_a_workflow_that_was_stopped_is_stopped_when_the_core_starts_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            await (await it.reader()).command(Pause(brand=NORTHWIND, workflow=REFUNDS))
        async with scene(tmp_path) as it:
            reader = await it.reader()
            assert [one.workflow for one in (await reader.core()).brands[0].paused_workflows] == [REFUNDS]
            conversation = await it.write("Please refund order NW-10023.")
            await settled(reader, conversation, 2)
            assert [card.code for card in await asks_of(reader)] == ["workflow_stopped"]
            started = [
                one.event for one in await it.core.store.records(conversation) if isinstance(one.event, EffectStarted)
            ]
            assert not [one for one in started if one.run is not None], "nothing was begun for its run"

    asyncio.run(run())


def test_R_M3_who_stopped_everything_or_a_brand_and_since_when_is_said_to_whoever_knows_them(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it:
            admin, signer = await it.admin()
            assert (await admin.core()).stopped is None
            await admin.command(Pause(brand=LUMEN))
            await admin.command(Pause())
            shown = await admin.core()
            of = {one.brand: one.stopped for one in shown.brands}
            assert shown.stopped is not None
            assert shown.stopped.by == signer.operator
            assert shown.stopped.by_name
            assert of[NORTHWIND] is None
            lumen = of[LUMEN]
            assert lumen is not None
            assert lumen.by == signer.operator
            at = {one.event.type: one.at for one in await it.core.store.records(CORE_STREAM)}
            assert shown.stopped.since == at["agent_paused"]
            await admin.resume()
            assert (await admin.core()).stopped is None

            def told(known: dict[OperatorId, str]) -> Callable[[ReadTx], Stopped | None]:
                return lambda tx: stopped_by(tx, LUMEN, known)

            stranger = await it.core.store.read(told({}))
            assert stranger is not None
            assert (stranger.by, stranger.by_name) == (None, ""), "of another brand, and no name"

    asyncio.run(run())


async def asks_of(client: CoreClient) -> tuple[AskCard, ...]:
    """Every open ask."""
    return (await client.query(AsksAnswer, "/v1/asks")).asks


async def reach_of(client: CoreClient, workflow: WorkflowName) -> WorkflowReach:
    """What a preview says of one workflow."""
    answer = await client.query(WorkflowReachAnswer, f"/v1/brands/{NORTHWIND}/workflows")
    return next(one for one in answer.workflows if one.workflow == workflow)


def test_R_M3_the_token_is_good_again_for_the_console_it_came_with_and_for_no_other(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            own, client, other = KeyPair.new(), await it.console(), await it.console()
            await client.sign_in_embedded(TOKEN, own)
            await client.sign_out()
            with pytest.raises(CoreRefused) as stolen:
                await other.sign_in_embedded(TOKEN, KeyPair.new())
            assert stolen.value.code == "bad_token"
            with pytest.raises(Forbidden) as unbound:
                await it.core.desk.sign_in_embedded(TOKEN, None)
            assert unbound.value.code == "bad_token", "nor for one that proves nothing, where proofs may be left out"
            await stop_without_session(client, TOKEN, own, Pause())
            await stop_without_session(client, TOKEN, own, Pause())
            assert await stops(it, CORE_STREAM) == [HERE], "stopped already: nothing more is written"
            with pytest.raises(CoreRefused) as nobody:
                await client.core()
            assert nobody.value.code == "not_signed_in", "no session is left behind"

    asyncio.run(run())


def test_R_M3_what_is_stopped_is_said_to_be_stopped_though_the_core_is_away_right_after(tmp_path: Path) -> None:
    class Leaving(httpx.AsyncBaseTransport):
        """The core answers everything but the goodbye."""

        def __init__(self) -> None:
            self.inner = httpx.AsyncHTTPTransport()

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "DELETE":
                raise httpx.ConnectError("away")
            return await self.inner.handle_async_request(request)

        async def aclose(self) -> None:
            await self.inner.aclose()

    class Console(CoreClient):
        def beside(self) -> CoreClient:
            return CoreClient(self.place, Leaving())

        place = ""

    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.stack.enter_async_context(Console(it.url))
            client.place = it.url
            await stop_without_session(client, TOKEN, KeyPair.new(), Pause())
            assert await stops(it, CORE_STREAM) == [HERE]

    asyncio.run(run())
