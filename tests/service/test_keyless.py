"""Who reads without a key sees what everybody here may see, and nothing once somebody was let out (R-C1, R-C7)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import ValidationError

from agent_core.authority.facts import OperatorFacts
from agent_core.authority.keys import KeyRing
from agent_core.authority.verify import Key
from agent_core.contract.commands import EmbeddedSignIn, Pause, Resume, Session
from agent_core.contract.ids import BrandId, KeyFingerprint, OperatorId
from agent_core.service.keyless import EVERY_BRAND, known_to_all, open_to_all
from agent_core.service.outliving import StillSeated, seated
from agent_core.service.sessions import NotSignedIn, Seat
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from console.headless.key_signing import Terms
from console.headless.operators import Operators
from console.headless.signing import KeyPair
from tests.service.scene import NORTHWIND, TOKEN, Scene, approval, scene, settled

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LUMEN = BrandId("lumen")


def person(name: str, brands: Sequence[str], *, simulated: bool = False) -> OperatorFacts:
    return OperatorFacts(OperatorId(name), "supervisor", tuple(brands), None, simulated)


def key(of: OperatorFacts, name: str = "", **more: Any) -> Key:
    fingerprint = KeyFingerprint(f"ed25519:{of.id}{name}")
    return Key(fingerprint, b"", of, NOW, "0" * 64, fingerprint, **more)


def ring(*keys: Key) -> KeyRing:
    return KeyRing(anchor=None, core="core_1", keys=MappingProxyType({each.fingerprint: each for each in keys}))


ADA, BO, LOU = person("ada", ["*"]), person("bo", ["lumen", "northwind"]), person("lou", ["lumen"])


@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        ((), EVERY_BRAND),
        ((key(ADA),), EVERY_BRAND),
        ((key(ADA), key(BO)), ("lumen", "northwind")),
        ((key(ADA), key(BO), key(LOU)), ("lumen",)),
        ((key(LOU), key(person("nia", ["northwind"]))), ()),
        ((key(ADA), key(person("ines", ["lumen"], simulated=True))), EVERY_BRAND),
        ((key(ADA), key(BO, revoked=True)), ()),
        ((key(ADA), key(BO, stopped_at=NOW)), ()),
        ((key(ADA), key(BO, not_after=NOW)), ()),
        ((key(ADA), key(BO, not_after=NOW + timedelta(seconds=1))), ("lumen", "northwind")),
        ((key(ADA), key(BO, followed_by=KeyFingerprint("ed25519:bo2")), key(BO, "2")), ("lumen", "northwind")),
        ((key(ADA), key(BO, revoked=True), key(BO, "2")), ("lumen", "northwind")),
    ],
)
def test_R_C1_without_a_key_no_more_is_seen_than_each_person_here_may_see(
    keys: tuple[Key, ...], seen: tuple[str, ...]
) -> None:
    assert open_to_all(ring(*keys), NOW) == seen


def test_R_C7_where_trust_was_moved_or_an_unknown_key_revoked_nothing_is_seen_without_a_key() -> None:
    assert open_to_all(replace(ring(key(ADA)), barred=frozenset({KeyFingerprint("ed25519:x")})), NOW) == ()
    assert open_to_all(replace(ring(), recovered="0" * 64), NOW) == ()
    assert open_to_all(replace(ring(), anchor=KeyFingerprint("ed25519:ada")), NOW) == (), "the log lost who was enrolled"


def test_who_sees_nothing_knows_nobody() -> None:
    assert known_to_all(EVERY_BRAND, LOU)
    assert known_to_all(("lumen",), LOU)
    assert known_to_all(("lumen",), ADA)
    assert not known_to_all(("northwind",), LOU)
    assert not known_to_all((), ADA)


async def hidden(question: Awaitable[object]) -> str:
    with pytest.raises(CoreRefused) as refused:
        await question
    return refused.value.code


async def keyless(it: Scene, own: KeyPair) -> CoreClient:
    client = await it.console()
    await client.sign_in_embedded(TOKEN, own)
    return client


def test_R_C1_the_console_that_started_the_core_sees_less_as_people_come_and_nothing_when_one_is_let_out(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it:
            own = KeyPair.new()
            first = await keyless(it, own)
            assert first.session is not None
            assert (first.session.brands, first.session.may_enrol_first) == (("*",), True)
            ada, signer = await it.admin_from(first)
            alone = await keyless(it, own)
            conversation = await it.write("Please refund NW-10023")
            card = await approval(ada)
            await settled(ada, conversation, 2)
            assert [row.conversation for row in (await alone.rows()).rows] == [conversation], "everybody here may see it"
            cursor = (await alone.changes(None)).token
            waiting = asyncio.create_task(alone.changes(cursor, wait=20))
            lou, lou_signer = await it.colleague((ada, signer), "Lou Lumen", brands=("lumen",))
            news = await waiting
            assert news.reset, "who sees other brands begins anew, also while they wait"
            assert (news.rows, news.asks, news.counts.all) == ((), (), 0)
            assert news.core is not None
            assert [one.brand for one in news.core.brands] == ["lumen"]
            assert {one.name for one in news.core.operators} == {"Ada Admin", "Lou Lumen"}
            assert (await alone.rows()).rows == ()
            assert await hidden(alone.detail(conversation)) == "not_found"
            assert await hidden(alone.log(conversation)) == "not_found"
            assert await hidden(alone.ask(card.ask)) == "not_found"
            assert (await alone.renew()).brands == ("lumen",)

            await Operators(ada).revoke(lou_signer.key.fingerprint, "left")
            assert (await alone.renew()).brands == ()
            shown = await alone.core()
            assert (shown.brands, shown.operators) == ((), ())
            assert (await Operators(alone).all()).operators == ()
            again = await keyless(it, own)
            assert again.session is not None
            assert (again.session.brands, again.session.may_enrol_first) == ((), False)
            assert (await again.changes(None)).core is not None
            await again.command(Pause(brand=NORTHWIND))  # whoever sits at this machine may stop, whatever they may read
            assert {one.brand for one in (await ada.core()).brands if one.paused} == {NORTHWIND}
            assert await hidden(again.query(Session, f"/v1/brands/{LUMEN}/workflows")) == "not_found"
            assert await hidden(lou.core()) == "key_revoked"

    asyncio.run(run())


def test_R_C7_a_session_ends_when_its_owner_may_do_something_else(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it:
            ada = await it.admin()
            bo, signer = await it.colleague(ada, "Bo Becker")
            assert bo.session is not None
            limit, before = bo.session.limit, bo.session.session
            (known,) = [one for one in (await Operators(ada[0]).all()).operators if one.key == signer.key.fingerprint]
            await Operators(ada[0]).amend(known, Terms("supervisor", ("lumen",), limit))
            bo.only_read()
            assert await hidden(bo.core()) == "session_ended"
            session = await bo.sign_in(signer)
            assert (session.brands, session.session != before) == (("lumen",), True)
            (known,) = [one for one in (await Operators(ada[0]).all()).operators if one.key == signer.key.fingerprint]
            await Operators(ada[0]).amend(known, Terms("lead", ("lumen",), limit))
            assert await hidden(bo.core()) == "wrong_role"

    asyncio.run(run())


class Ending:
    """A desk whose session is over by the time that it is asked about it."""

    async def still(self, seat: Seat) -> Seat:
        raise NotSignedIn("session_ended", "This session has ended. Sign in again.")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/feed", 401), ("POST", "/v1/commands", 200), ("DELETE", "/v1/sessions/current", 200)],
)
def test_R_C7_what_took_a_while_is_answered_only_to_who_still_may_have_it(method: str, path: str, status: int) -> None:
    async def app(scope: Any, _receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        seated(scope, Seat(session=None, operator=None, key=None, begun=NOW, seen=NOW))  # pyright: ignore[reportArgumentType] - none is asked for
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"what they may not see", "more_body": True})
        await send({"type": "http.response.body", "body": b"any more"})

    async def run() -> None:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        whole = StillSeated(app, Ending(), a_while=0.0)  # pyright: ignore[reportArgumentType] - only `still` is asked
        await whole({"type": "http", "method": method, "path": path}, receive, send)
        told = b"".join(each.get("body", b"") for each in sent)
        assert sent[0]["status"] == status
        assert (b"may not see" in told) == (status == 200)
        assert (b"session_ended" in told) == (status == 401)

    asyncio.run(run())


def test_R_M7_no_token_is_shown_by_what_carries_it() -> None:
    secret = "a-token-of-this-session"
    shown = Session(
        session="s_1", token=secret, core="core_1", expires_at=NOW,  # pyright: ignore[reportArgumentType] - an id
    )  # fmt: skip
    assert secret not in repr(shown) + str(shown) + repr(EmbeddedSignIn(token=secret))
    assert secret in shown.model_dump_json()
    with pytest.raises(ValidationError) as unreadable:
        Session.model_validate_json(shown.model_dump_json().replace("expires_at", "expired"))
    assert secret not in str(unreadable.value)


def test_R_M9_a_flood_of_questions_without_a_session_takes_no_challenge_from_whoever_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_core.service.sessions.MOST_CHALLENGES", 8)

    async def run() -> None:
        async with scene(tmp_path) as it:
            ada, signer = await it.admin()
            await ada.command(Pause())
            challenge = await ada.challenge()
            stranger = await it.console()
            for _ in range(20):
                await stranger.challenge()
            await ada.command(Resume(envelope=signer.resuming(challenge, None)))
            assert not (await ada.core()).paused
            lost = await stranger.challenge()
            for _ in range(8):
                await stranger.challenge()
            await ada.command(Pause(), key="again")
            with pytest.raises(CoreRefused) as pushed_out:
                await ada.command(Resume(envelope=signer.resuming(lost, None)))
            assert pushed_out.value.code == "nonce_not_issued", "there is a bound all the same"

    asyncio.run(run())
