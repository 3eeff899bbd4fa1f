"""Who one is here: a key that is let out is shown nothing, none is lost, and no other core gets a signature (R-M7, R-C7)."""

import asyncio
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from agent_core.contract.clock import system_clock
from agent_core.contract.commands import Enrol, Session
from agent_core.contract.money import Money
from agent_core.contract.statements import ConsoleIdentity
from console import texts_headless, texts_identity
from console.connected import Connected
from console.headless.client import CoreClient
from console.headless.errors import NoKey as ClientHasNoKey
from console.headless.errors import NotSignedIn
from console.headless.key_signing import Terms
from console.headless.keys import KeyStore, Looked, MemoryKeyStore
from console.headless.operators import Operators
from console.headless.signing import Signer
from console.state.app_state import AppState, Keyring
from console.state.happenings import FeedArrived, KeyringKnown, SignedIn
from console.state.ports import ConsoleError, NoKey, SessionEnded, Unreachable
from console.state.selectors import read_only_reason
from console.state.store import Store
from tests.console import made
from tests.console.scene import say
from tests.console.test_signing_out import LATE, Held, line_to, seats
from tests.service.scene import TOKEN, Scene, scene

pytestmark = pytest.mark.qt
FIFTY = Money(amount_minor=50_000, currency="EUR")


class Watched(Held):
    """The way to a core, with everything that was asked; some answers are lost on their way back.

    Attributes:
        asked: Method and path of each request.
        lost: What the core hears and answers in vain.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.lost: tuple[str, str] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = (request.method, request.url.path)
        self.asked.append(asked)
        answer = await super().handle_async_request(request)
        if asked == self.lost:
            await answer.aclose()
            raise httpx.ReadError("lost")
        return answer

    @property
    def signed_in(self) -> int:
        """How many signatures for a sign-in were sent."""
        return self.asked.count(("POST", "/v1/sessions"))


async def another(it: Scene, keys: KeyStore, token: str | None = None) -> Connected:
    """The line of another console at the same core."""
    line = Connected(keys, ConsoleIdentity(version="0.1.0", instance="y"), system_clock)
    client = await it.stack.enter_async_context(CoreClient(it.url))
    line.attach(client, it.core.instance.core, None if token is None else SecretStr(token))
    return line


def me(line: Connected) -> tuple[CoreClient, Signer]:
    assert line.signer is not None
    return line.client, line.signer


async def two(it: Scene) -> tuple[Connected, MemoryKeyStore, CoreClient]:
    """Ada at a console of hers, and Bea, another admin."""
    line, keys = await line_to(it, Held())
    await line.sign_in()
    bea, _ = await it.colleague(me(line), "Bea Boss", role="admin")
    return line, keys, bea


# -- let out ---------------------------------------------------------------------------------------------------------------


def test_R_C7_whose_key_was_revoked_is_shown_one_sentence_and_nothing_by_any_session(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, _, bea = await two(it)
            _, signer = me(line)
            first = await line.feed(None, 0)
            await Operators(bea).revoke(signer.key.fingerprint, "left")
            with pytest.raises(SessionEnded) as at_once:
                await line.feed(first.token, 0)
            assert at_once.value.code == "key_revoked"
            with pytest.raises(SessionEnded) as ended:
                await line.sign_in()
            assert ended.value.code == "key_revoked"
            keyring = await line.look()
            assert (keyring.shut, keyring.usable) == (True, False)
            assert keyring.sentence == ended.value.message
            assert keyring.sentence.startswith("This key was revoked.")
            assert line.signer is None
            assert line.client.session is None
            for question in (line.feed(None, 0), line.rows("all", None, 5), line.asks(None, 5), line.systems()):
                with pytest.raises(SessionEnded):
                    await question
            assert seats(it) == 1, "Bea's"
            await line.client.sign_in_embedded(TOKEN, line._there().own)  # pyright: ignore[reportPrivateUsage]
            assert (await line.client.core()).brands == (), "nor by the core's own token: the core says so, not the console"

    asyncio.run(run())


def test_R_C7_a_key_that_counts_again_signs_in_by_itself(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, _, bea = await two(it)
            _, signer = me(line)
            await Operators(bea).stop(signer.key.fingerprint, "lost_laptop")
            with pytest.raises(SessionEnded) as stopped:
                await line.sign_in()
            assert stopped.value.code == "key_stopped"
            (known,) = [one for one in (await Operators(bea).all()).operators if one.key == signer.key.fingerprint]
            await Operators(bea).amend(known, Terms("admin", ("*",), FIFTY))
            assert (await line.sign_in()).operator == signer.operator
            assert not (await line.look()).shut

    asyncio.run(run())


def test_R_C7_another_role_is_taken_on_at_once_and_kept(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, keys, bea = await two(it)
            _, signer = me(line)
            first = await line.feed(None, 0)
            (known,) = [one for one in (await Operators(bea).all()).operators if one.key == signer.key.fingerprint]
            await Operators(bea).amend(known, Terms("lead", ("*",), FIFTY))
            with pytest.raises(SessionEnded):
                await line.feed(first.token, 0)
            session = await line.sign_in()
            assert (session.role, session.limit) == ("lead", FIFTY)
            assert me(line)[1].role == "lead", "what is signed from now on names it"
            (known,) = [one for one in (await Operators(bea).all()).operators if one.key == signer.key.fingerprint]
            await Operators(bea).amend(known, Terms("lead", ("*",), Money(amount_minor=100, currency="EUR")))
            await line.feed(first.token, 0)
            now = line.seated()
            assert now is not None
            assert now.limit == Money(amount_minor=100, currency="EUR"), "the client signed in again by itself"
            again = await another(it, keys)
            assert (await again.sign_in()).role == "lead"

    asyncio.run(run())


# -- what is shown ---------------------------------------------------------------------------------------------------------

SHUT = Keyring(usable=False, kind="os", sentence="This key was revoked.", shut=True)


def test_R_C7_who_was_let_out_keeps_nothing_on_the_screen_and_gets_nothing_late() -> None:
    store = Store(AppState(now=made.NOW))
    say(store, SignedIn(made.session()), FeedArrived(made.answer(reset=True), made.NOW))
    assert store.state.rows
    say(store, KeyringKnown(SHUT), SignedIn(None))
    assert not store.state.rows
    assert not store.state.asks
    assert store.state.core is None
    assert read_only_reason(store.state) == SHUT.sentence
    before = store.state
    for late in LATE:
        store.dispatch(late)
        assert store.state == before
    store.dispatch(SignedIn(None))
    assert store.state == before, "said again and again, it takes nothing away that was chosen since"


# -- no other core ---------------------------------------------------------------------------------------------------------


def test_R_C7_another_core_under_the_same_address_gets_no_signature(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path / "one") as it, scene(tmp_path / "two") as other:
            way = Watched()
            line, _ = await line_to(it, way)
            session = await line.sign_in()
            signed = way.signed_in
            line.client._http.base_url = httpx.URL(other.url)  # pyright: ignore[reportPrivateUsage] - the exchange
            with pytest.raises(SessionEnded) as by_itself:
                await line.feed(None, 0)
            with pytest.raises(SessionEnded) as again:
                await line.sign_in()
            assert by_itself.value.code == again.value.code == "another_core"
            assert way.signed_in == signed, "nothing was signed for it"
            assert line.signer is None
            assert (await line.look()).sentence == texts_headless.ANOTHER_CORE
            with pytest.raises(NoKey):
                await line.resume(session, None)

    asyncio.run(run())


def test_R_C7_where_trust_starts_is_compared_before_every_sign_in_and_never_after(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            way = Watched()
            line, keys = await line_to(it, way)
            await line.sign_in()
            signed = way.signed_in
            keys.put(f"anchor:{it.core.instance.core}", "torn")
            assert line.client.session is not None
            it.core.desk._end(line.client.session.session)  # pyright: ignore[reportPrivateUsage]
            with pytest.raises(SessionEnded) as by_itself:
                await line.feed(None, 0)
            assert by_itself.value.code == "anchor_changed"
            assert way.signed_in == signed

    asyncio.run(run())


def test_R_M7_a_keyring_that_is_locked_meanwhile_ends_nothing_that_was_compared_before(tmp_path: Path) -> None:
    class Locking(MemoryKeyStore):
        locked = False

        def get(self, name: str) -> str | None:
            if self.locked:
                raise ClientHasNoKey("locked", "The keyring is locked.")
            return super().get(name)

    async def run() -> None:
        async with scene(tmp_path) as it:
            line, kept = await line_to(it, Held())
            keys = Locking()
            keys.put(f"operator:{it.core.instance.core}", str(kept.get(f"operator:{it.core.instance.core}")))
            mine = await another(it, keys)
            await mine.sign_in()
            keys.locked = True
            assert mine.client.session is not None
            it.core.desk._end(mine.client.session.session)  # pyright: ignore[reportPrivateUsage]
            assert (await mine.feed(None, 0)).core is not None, "it signs in again: trust starts where it did"
            fresh = await another(it, keys)
            with pytest.raises(ConsoleError):
                await fresh.sign_in()
            assert line.client is not fresh.client

    asyncio.run(run())


def test_R_A10_a_core_that_refuses_every_question_is_not_asked_for_ever(tmp_path: Path) -> None:
    def refuses(request: httpx.Request) -> httpx.Response:
        if request.url.path in ("/v1/challenge", "/v1/core"):
            return httpx.Response(401, json={"ok": False, "error": {"code": "not_signed_in", "message": "No."}})
        raise AssertionError(request.url.path)

    async def run() -> None:
        async with scene(tmp_path) as it:
            _, signer = await it.admin()
            client = await it.console()
            await client.sign_in(signer)
            await client.close()
            client._http = httpx.AsyncClient(transport=httpx.MockTransport(refuses), base_url=it.url)  # pyright: ignore[reportPrivateUsage]
            await it.stack.enter_async_context(client._http)  # pyright: ignore[reportPrivateUsage]
            async with asyncio.timeout(300):
                with pytest.raises(NotSignedIn):
                    await client.core()

    asyncio.run(run())


# -- no key is lost --------------------------------------------------------------------------------------------------------


def test_R_C7_an_enrolment_whose_answer_was_lost_is_told_again_with_the_same_key(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line = await another(it, MemoryKeyStore(), TOKEN)
            session = await line.sign_in()
            told = await line.enrol_first(session, "Ada Admin")
            first = me(line)[1]
            await line.command(Enrol(envelope=told.envelope, name=told.name, name_salt=told.name_salt), "k1")
            await line.enrol_first(session, "Ada Again")  # the window had not heard of it
            again = me(line)[1]
            assert (again.key.fingerprint, again.operator) == (first.key.fingerprint, first.operator)
            assert (await line.sign_in()).operator == first.operator

    asyncio.run(run())


def test_R_C7_a_successor_whose_naming_may_have_been_heard_is_never_replaced_by_another(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            way = Watched()
            line, keys = await line_to(it, way)
            await line.sign_in()
            core = it.core.instance.core
            way.lost = ("POST", "/v1/commands")
            with pytest.raises(Unreachable):
                await line.rotate_key()
            told = keys.get(f"successor:{core}")
            way.lost = None
            with pytest.raises(ConsoleError):
                await line.rotate_key()
            assert keys.get(f"successor:{core}") == told
            assert (await line.sign_in()).operator is not None
            assert keys.get(f"operator:{core}") == told

    asyncio.run(run())


def test_R_C7_a_code_replaces_no_key_that_counts_and_its_key_becomes_ones_own_when_it_does(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, keys, bea = await two(it)
            core = it.core.instance.core
            made_first = await Operators(line.client).invite(me(line)[1].operator.__class__("op_cleo"), "Cleo", TERMS)
            mine = keys.get(f"operator:{core}")
            with pytest.raises(NoKey) as taken:
                await line.accept_invitation(made_first.code)
            assert taken.value.message == texts_identity.KEY_HERE
            boss = me(line)
            line.rest()
            with pytest.raises(NoKey) as resting:
                await line.accept_invitation(made_first.code)
            assert resting.value.code == "key_here", "who signed out comes back to their key"
            assert keys.get(f"operator:{core}") == mine

            store = MemoryKeyStore()
            newcomer = await another(it, store, None)
            name, fingerprint = await newcomer.accept_invitation(made_first.code)
            assert (name, store.get(f"operator:{core}")) == ("Cleo", None)
            with pytest.raises(SessionEnded):
                await newcomer.sign_in()
            assert not (await newcomer.look()).shut, "nobody was let out"
            (row,) = await Operators(bea).invitations()
            await Operators(bea).countersign(row, fingerprint)
            session = await newcomer.sign_in()
            assert (session.name, session.key) == ("Cleo", fingerprint)
            cleo = store.get(f"operator:{core}")

            # Let out, Cleo comes back as somebody new: a deliberate act, and the older key is kept all the same.
            await Operators(boss[0]).stop(fingerprint, "away")
            with pytest.raises(SessionEnded):
                await newcomer.sign_in()
            again = await Operators(boss[0]).invite(boss[1].operator.__class__("op_cleo2"), "Cleo again", TERMS)
            _, second = await newcomer.accept_invitation(again.code)
            (row,) = [one for one in await Operators(bea).invitations() if one.key == second]
            await Operators(bea).countersign(row, second)
            assert (await newcomer.sign_in()).key == second
            assert store.get(f"former:{core}") == cleo

    asyncio.run(run())


TERMS = Terms("supervisor", ("northwind",), FIFTY)


def test_R_M7_a_keyring_that_cannot_be_used_is_not_tried_again_and_again() -> None:
    class Asks(MemoryKeyStore):
        looks = 0

        def look(self) -> Looked:
            self.looks += 1
            return Looked("locked")

    async def run() -> None:
        keys = Asks()
        line = Connected(keys, ConsoleIdentity(version="0.1.0", instance="x"), system_clock)
        for _ in range(3):
            assert not (await line.look()).usable
        assert keys.looks == 1, "each try may put a question of the system before the person"
        line.wake()
        await line.look()
        assert keys.looks == 2, "who signs in wants it tried"

    asyncio.run(run())


def test_R_C1_a_window_without_a_key_closes_when_somebody_is_let_out(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, _ = await line_to(it, Held())
            await line.sign_in()
            ada = me(line)
            _, bo = await it.colleague(ada, "Bo Becker")
            own = line._there().own  # pyright: ignore[reportPrivateUsage] - the token's own console
            reader = await another(it, MemoryKeyStore(), TOKEN)
            object.__setattr__(reader._there(), "own", own)  # pyright: ignore[reportPrivateUsage]
            session: Session = await reader.sign_in()
            assert (session.operator, session.brands) == (None, ("*",))
            first = await reader.feed(None, 0)
            await Operators(ada[0]).revoke(bo.key.fingerprint, "left")
            with pytest.raises(SessionEnded) as ended:
                await reader.feed(first.token, 0)
            assert ended.value.code == "key_needed"
            assert (await reader.look()).shut
            with pytest.raises(SessionEnded):
                await reader.sign_in()

    asyncio.run(run())
