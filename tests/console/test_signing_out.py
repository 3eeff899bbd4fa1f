"""Whoever signs out leaves nothing behind, whatever was on its way just then: no session, no key, no late answer (R-M8)."""

import asyncio
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from agent_core.contract.clock import system_clock
from agent_core.contract.commands import Enrol
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.statements import ConsoleIdentity
from agent_core.contract.views import RowPage
from console.connected import Connected
from console.headless.client import CoreClient
from console.headless.errors import NotSignedIn
from console.headless.keys import MemoryKeyStore
from console.state.acting import ActionShown
from console.state.app_state import AppState
from console.state.happenings import FeedArrived, Happening, PageArrived, SignedIn, SignedOut, SystemsArrived
from console.state.levels import LevelsArrived
from console.state.ports import SessionEnded, Unreachable
from console.state.stopping import ReachArrived
from console.state.store import Store
from console.state.triage import TriageArrived
from tests.console import made, made_acting, made_triage
from tests.console.scene import say
from tests.console.scenes_levels import LEVELS
from tests.console.scenes_stopping import REACH
from tests.service.scene import TOKEN, Scene, scene


class Held(httpx.AsyncBaseTransport):
    """The way to a core, on which one answer waits until the test lets it go.

    Attributes:
        held: Method and path of that request.
        reached: The core has answered it.
        go: Lets the answer go.
        broken: Requests that never reach the core.
    """

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport()
        self.held: tuple[str, str] | None = None
        self.broken: tuple[str, str] | None = None
        self.reached, self.go = asyncio.Event(), asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = (request.method, request.url.path)
        if asked == self.broken:
            raise httpx.ConnectError("away")
        answer = await self.inner.handle_async_request(request)
        if asked == self.held:
            self.reached.set()
            await self.go.wait()
        return answer

    async def aclose(self) -> None:
        await self.inner.aclose()


def seats(it: Scene) -> int:
    """How many operators' sessions the core knows."""
    return sum(seat.operator is not None for seat in it.core.desk._seats.values())  # pyright: ignore[reportPrivateUsage]


def test_R_M8_a_request_that_was_refused_meanwhile_does_not_sign_in_again_behind_whoever_signed_out(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            _, signer = await it.admin()
            way = Held()
            client = await it.stack.enter_async_context(CoreClient(it.url, way))
            mine = await client.sign_in(signer)
            before = seats(it)
            it.core.desk._end(mine.session)  # pyright: ignore[reportPrivateUsage]
            way.held = ("POST", "/v1/sessions")
            asking = asyncio.create_task(client.core())
            await way.reached.wait()
            with pytest.raises(NotSignedIn):
                await client.sign_out()
            way.go.set()
            with pytest.raises(NotSignedIn):
                await asking
            assert client.session is None
            assert seats(it) == before - 1, "the session that came too late was ended at once"
            with pytest.raises(NotSignedIn):
                await client.core()

    asyncio.run(run())


async def line_to(it: Scene, way: Held) -> tuple[Connected, MemoryKeyStore]:
    """A console's line with a key that is enrolled, not signed in yet; and where the key is kept."""
    client = await it.stack.enter_async_context(CoreClient(it.url, way))
    keys = MemoryKeyStore()
    line = Connected(keys, ConsoleIdentity(version="0.1.0", instance="x"), system_clock)
    line.attach(client, it.core.instance.core, SecretStr(TOKEN))
    made_first = await line.enrol_first(await line.sign_in(), "Ada Admin")
    wanted = Enrol(envelope=made_first.envelope, name=made_first.name, name_salt=made_first.name_salt)
    await line.command(wanted, "k_first")
    return line, keys


def test_R_M8_who_signs_out_while_a_sign_in_is_on_its_way_is_signed_out(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            way = Held()
            line, _ = await line_to(it, way)
            way.held = ("POST", "/v1/sessions")
            signing = asyncio.create_task(line.sign_in())
            await way.reached.wait()
            line.rest()
            way.go.set()
            with pytest.raises(SessionEnded):
                await signing
            assert line.signer is None
            assert line.client.session is None
            assert seats(it) == 0
            with pytest.raises(SessionEnded):
                await line.feed(None, 0)

    asyncio.run(run())


def test_R_M8_a_core_that_is_away_when_somebody_signs_out_finds_nobody_signed_in_when_it_is_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            way = Held()
            line, _ = await line_to(it, way)
            assert (await line.sign_in()).operator is not None
            way.broken = ("DELETE", "/v1/sessions/current")
            line.rest()
            with pytest.raises(Unreachable):
                await line.end_session()
            with pytest.raises(NotSignedIn):
                await line.client.core()
            assert line.client.session is None

    asyncio.run(run())


LATE: tuple[Happening, ...] = (
    PageArrived("needs", RowPage(rows=(made.row(1),), next=None, counts=made.COUNTS), begun=1),
    TriageArrived(made_triage.answer()),
    ActionShown(made_acting.BLANK),
    LevelsArrived((LEVELS,)),
    ReachArrived(made.BRAND, REACH),
    SystemsArrived(IntegrationsAnswer(integrations=())),
)


def signed_out() -> Store:
    """A console somebody worked at and signed out of."""
    store = Store(AppState(now=made.NOW))
    say(store, SignedIn(made.session()), FeedArrived(made.answer(reset=True), made.NOW), SignedOut())
    return store


@pytest.mark.parametrize("late", LATE, ids=lambda late: type(late).__name__)
def test_R_M8_no_answer_that_comes_too_late_is_shown_to_whoever_comes_next(late: Happening) -> None:
    store = signed_out()
    before = store.state
    store.dispatch(late)
    assert store.state == before


def test_R_M8_a_page_of_who_left_is_none_of_whoever_signed_in_since() -> None:
    store = signed_out()
    say(store, SignedOut(resting=False), SignedIn(made.session()), FeedArrived(made.answer(reset=True, rows=()), made.NOW))
    store.dispatch(LATE[0])
    assert not store.state.rows
    now = store.state.begun
    store.dispatch(PageArrived("needs", RowPage(rows=(made.row(1),), next=None, counts=made.COUNTS), begun=now))
    assert store.state.rows
