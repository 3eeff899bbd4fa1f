"""Nobody reads or does anything without a session; a session sees its brands only; browsers are kept out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_core.contract.errors import Unusable
from agent_core.contract.ids import ConversationId
from agent_core.sandbox.local_http import local_client
from console.headless.errors import CoreRefused
from console.headless.signing import KeyPair, Signer, new_operator
from tests.service.scene import CONSOLE, TOKEN, approval, scene, settled

OPEN = {
    "/v1/health", "/v1/challenge", "/v1/sessions", "/v1/sessions/embedded", "/v1/invitations/open", "/v1/invitations/accept",
}  # fmt: skip


def test_every_route_but_the_doors_needs_a_session(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, local_client(base_url=it.url) as client:
            described: dict[str, Any] = (await client.get("/v1/openapi.json")).json()
            asked = 0
            for path, methods in described["paths"].items():
                if path in OPEN or path.startswith(("/v1/inbound/", "/v1/callbacks/")):
                    continue
                for method in methods:
                    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic x"}):
                        url = path.replace("{conversation}", "c_1").replace("{ask}", "a_1")
                        body = {"type": "pause"} if method == "post" else None
                        given = {**headers, "idempotency-key": "k"}
                        answer = await client.request(method, url, headers=given, json=body)
                        assert (answer.status_code, path) == (401, path)
                        assert answer.json()["error"]["code"] == "not_signed_in"
                        asked += 1
            assert asked >= 24

    asyncio.run(run())


def test_the_embedded_token_works_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.console()
            with pytest.raises(CoreRefused) as wrong:
                await client.sign_in_embedded("another")
            assert wrong.value.code == "bad_token"
            session = await client.sign_in_embedded(TOKEN)
            assert (session.operator, session.may_enrol_first) == (None, True)
            with pytest.raises(CoreRefused) as twice:
                await client.sign_in_embedded(TOKEN)
            assert twice.value.code == "bad_token"

    asyncio.run(run())


def test_a_challenge_is_answered_once_and_only_by_an_enrolled_key(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, signer = await it.admin()
            challenge = await client.challenge()
            stranger = Signer(KeyPair.new(), signer.operator, "admin", CONSOLE)
            async with local_client(base_url=it.url) as raw:

                async def answer(who: Signer) -> httpx.Response:
                    body = {"envelope": who.session(challenge).model_dump(mode="json")}
                    return await raw.post("/v1/sessions", json=body)

                assert (await answer(stranger)).json()["error"]["code"] == "unknown_key"
                assert (await answer(signer)).status_code == 200
                assert (await answer(signer)).json()["error"]["code"] == "nonce_not_issued"

    asyncio.run(run())


def test_hosts_origins_and_large_bodies_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, local_client(base_url=it.url) as client:
            for host in ("evil.example", "127.0.0.1.evil.example:80", "", "[::1"):
                answer = await client.get("/v1/health", headers={"host": host})
                assert answer.status_code in (400, 403), host
            answer = await client.get("/v1/health", headers={"origin": "http://127.0.0.1"})
            assert answer.json()["error"]["code"] == "no_browsers"
            assert "access-control-allow-origin" not in answer.headers
            large = await client.post("/v1/commands", content=b"x" * 300_000)
            assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")

            async def endless() -> AsyncIterator[bytes]:
                for _ in range(40):
                    yield b"x" * 10_000

            large = await client.post("/v1/sessions", content=endless())
            assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")
            assert (await client.get("/v1/health", headers={"host": "localhost"})).status_code == 200

    asyncio.run(run())


def test_R_C7_an_operator_of_another_brand_sees_and_reaches_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as it:
            ada = await it.admin()
            lou, _ = await it.colleague(ada, "Lou Lumen", brands=("lumen",))
            conversation = await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            await settled(ada[0], conversation, 2)
            news = await lou.changes(None)
            assert (news.rows, news.asks, news.counts.all, news.counts.approvals) == ((), (), 0, 0)
            assert news.core is not None
            assert [brand.brand for brand in news.core.brands] == ["lumen"]
            assert (await lou.rows()).rows == ()
            assert await lou.asks() == ()
            for question in (lou.detail(conversation), lou.log(conversation), lou.ask(card.ask)):
                with pytest.raises(CoreRefused) as hidden:
                    await question
                assert (hidden.value.status, hidden.value.code) == (404, "not_found")
            with pytest.raises(CoreRefused) as nothing:
                await lou.detail(ConversationId("c_there_is_no_such_one"))  # pyright: ignore[reportArgumentType] - an id
            assert nothing.value.code == "not_found"
            with pytest.raises(CoreRefused) as refused:
                await lou.approve(card)
            assert refused.value.status in (403, 404)
            assert it.refunds() == []

    asyncio.run(run())


def test_R_C4_a_core_whose_anchor_is_gone_or_another_does_not_start(tmp_path: Path) -> None:
    async def open_once(*, enrol: bool = False) -> None:
        async with scene(tmp_path) as it:
            if enrol:
                await it.admin()

    asyncio.run(open_once(enrol=True))
    asyncio.run(open_once())
    anchor = tmp_path / "config" / "anchor.json"
    kept = anchor.read_text(encoding="utf-8")
    key = KeyPair.new().fingerprint
    for damage in (kept.replace(kept.split("ed25519:")[1][:64], key.removeprefix("ed25519:")), None, "{"):
        if damage is None:
            anchor.unlink()
        else:
            anchor.write_text(damage, encoding="utf-8")
        with pytest.raises(Unusable) as refused:
            asyncio.run(open_once())
        assert refused.value.code in {"anchor_differs", "anchor_unreadable"}
    anchor.write_text(kept, encoding="utf-8")
    asyncio.run(open_once())


def test_signing_in_as_somebody_else_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            _, bo = await it.colleague(ada, "Bo Becker")
            for other in (
                Signer(bo.key, ada[1].operator, "supervisor", CONSOLE),
                Signer(bo.key, bo.operator, "admin", CONSOLE),
                Signer(bo.key, new_operator("Nobody"), "supervisor", CONSOLE),
            ):
                client = await it.console()
                with pytest.raises(CoreRefused) as refused:
                    await client.sign_in(other)
                assert refused.value.code in {"foreign_operator", "wrong_role"}

    asyncio.run(run())
