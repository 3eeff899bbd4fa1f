"""The one transport: what may have been done, what cannot leak, what is too much (DESIGN §5)."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Coroutine

import httpx
import pytest
from pydantic import SecretStr

from agent_core.systems.transport import REQUESTS_PER_SITE, Reply, Site, Transport, Trouble, path_part
from tests.systems.sandbox_scene import soon

_Answer = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


def _ask(answer: _Answer, use: Callable[[Site], Awaitable[Reply | Trouble]], per_site: int = 8) -> Reply | Trouble:
    async def run() -> Reply | Trouble:
        transport = Transport(inner=httpx.MockTransport(answer), per_site=per_site)
        try:
            return await use(transport.site("shop", "https://shop.example/api/", SecretStr("secret-token")))
        finally:
            await transport.close()

    return asyncio.run(run())


async def _get(site: Site) -> Reply | Trouble:
    return await site.get("/x", deadline=soon())


def test_a_request_carries_its_credential_its_key_and_asks_for_plain_json() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"a": "b\u200b"}, headers={"set-cookie": "s=1; Path=/"})

    async def use(site: Site) -> Reply | Trouble:
        await site.get("/x", deadline=soon(), q="1&2")
        return await site.post("/y", {"n": 1}, idempotency_key="k", deadline=soon())

    assert _ask(answer, use) == Reply(200, {"a": "b"})
    assert [str(request.url) for request in seen] == ["https://shop.example/api/x?q=1%262", "https://shop.example/api/y"]
    assert seen[1].headers["authorization"] == "Bearer secret-token"
    assert seen[1].headers["idempotency-key"] == "k"
    assert seen[1].headers["accept-encoding"] == "identity"
    assert "cookie" not in seen[1].headers


@pytest.mark.parametrize(
    ("error", "code", "maybe_done"),
    [
        (httpx.ConnectError("no"), "not_reached", False),
        (httpx.ConnectTimeout("no"), "not_reached", False),
        (httpx.PoolTimeout("no"), "not_reached", False),
        (httpx.WriteError("half"), "connection_lost", True),
        (httpx.ReadError("gone"), "connection_lost", True),
        (httpx.RemoteProtocolError("odd"), "connection_lost", True),
        (httpx.ReadTimeout("slow"), "timed_out", True),
        (httpx.WriteTimeout("slow"), "timed_out", True),
    ],
)
def test_R_A7_after_a_failure_it_is_known_whether_it_may_have_been_done(
    error: httpx.HTTPError, code: str, maybe_done: bool
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    found = _ask(answer, _get)
    assert isinstance(found, Trouble)
    assert (found.code, found.maybe_done) == (code, maybe_done)
    assert "secret-token" not in repr(found)


def test_a_deadline_that_has_passed_is_never_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError("it was sent")

    async def late(site: Site) -> Reply | Trouble:
        return await site.get("/x", deadline=soon(-1))

    found = _ask(answer, late)
    assert isinstance(found, Trouble)
    assert (found.code, found.maybe_done) == ("timed_out", False)


def test_one_system_is_never_asked_more_often_at_a_time_than_agreed() -> None:
    under_way = 0
    most = 0
    gate = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 2:
            gate.set()
        await gate.wait()
        under_way -= 1
        return httpx.Response(200, json={})

    async def use(site: Site) -> Reply | Trouble:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(site.get("/x", deadline=soon())) for _ in range(9)]
        return tasks[0].result()

    assert _ask(answer, use, per_site=2) == Reply(200, {})
    assert most == 2


def test_R_A9_a_system_that_hangs_takes_no_place_of_another_brand_or_of_the_same_brands_channel() -> None:
    """All stand behind one host, and far more requests hang than any pool of connections would hold."""

    async def run() -> None:
        hanging, all_hang = asyncio.Event(), asyncio.Event()
        waiting = 0

        async def answer(request: httpx.Request) -> httpx.Response:
            nonlocal waiting
            if request.url.path.startswith("/hangs"):
                waiting += 1
                if waiting == len(broken) * REQUESTS_PER_SITE:
                    all_hang.set()
                await hanging.wait()
            return httpx.Response(200, json={})

        transport = Transport(inner=httpx.MockTransport(answer))
        broken = [transport.site("shop", f"https://shop.example/hangs/{n}", SecretStr("t")) for n in range(20)]
        others = [transport.site(kind, f"https://shop.example/{kind}", SecretStr("t")) for kind in ("shop", "channel")]
        async with asyncio.TaskGroup() as group:
            for site in broken:
                for _ in range(REQUESTS_PER_SITE + 2):
                    group.create_task(site.get("/x", deadline=soon(20)))
            async with asyncio.timeout(300):
                await all_hang.wait()
            assert [await site.get("/x", deadline=soon()) for site in others] == [Reply(200, {})] * 2
            hanging.set()
        await transport.close()

    asyncio.run(run())


def test_R_A9_no_bound_on_connections_is_shared_by_brands() -> None:
    """The same over real sockets: more hang than httpx would allow by itself, and another system answers at once."""

    async def run() -> None:
        hanging, all_hang = asyncio.Event(), asyncio.Event()
        waiting = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal waiting
            line = await reader.readline()
            if b"/hangs" in line:
                waiting += 1
                if waiting == len(broken) * REQUESTS_PER_SITE:
                    all_hang.set()
                await hanging.wait()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport = Transport()
        broken = [transport.site("shop", f"http://127.0.0.1:{port}/hangs/{n}", SecretStr("t")) for n in range(16)]
        other = transport.site("shop", f"http://127.0.0.1:{port}", SecretStr("t"))
        async with server, asyncio.TaskGroup() as group:
            for site in broken:
                for _ in range(REQUESTS_PER_SITE):
                    group.create_task(site.get("/x", deadline=soon(20)))
            async with asyncio.timeout(300):
                await all_hang.wait()
            assert await other.get("/x", deadline=soon()) == Reply(200, {})
            hanging.set()
        await transport.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (httpx.Response(200, content=b"x" * 2_000_001), "answer_too_large"),
        (httpx.Response(200, content=b'{"half": '), "bad_answer"),
        (httpx.Response(200, content=b"[" * 100_000), "bad_answer"),
        (httpx.Response(200, json=[1]), "bad_answer"),
        (httpx.Response(204), "bad_answer"),
        (
            httpx.Response(
                200, stream=httpx.ByteStream(zlib.compress(b"0" * 10**7)), headers={"content-encoding": "deflate"}
            ),
            "bad_answer",
        ),
    ],
)
def test_R_A10_an_answer_beyond_the_bounds_is_no_answer(response: httpx.Response, code: str) -> None:
    found = _ask(lambda _: response, _get)
    assert isinstance(found, Trouble)
    assert (found.code, found.maybe_done) == (code, True)


def test_a_redirect_is_not_followed_anywhere() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://evil.example/x"})

    assert _ask(answer, _get) == Reply(307)
    assert asked == ["shop.example"]


@pytest.mark.parametrize(("header", "seconds"), [("30", 30), ("99999", 3600), ("soon", None), ("-1", None), ("²", None)])
def test_retry_after_is_bounded(header: str, seconds: float | None) -> None:
    headers = [(b"retry-after", header.encode())]
    found = _ask(lambda _: httpx.Response(503, headers=headers, text="busy"), _get)
    assert found == Reply(503, {}, seconds)


@pytest.mark.parametrize("url", ["http://shop.example", "ftp://localhost", "shop.example", "file:///etc/passwd"])
def test_a_system_far_away_is_reached_over_https_only(url: str) -> None:
    async def run() -> None:
        transport = Transport()
        with pytest.raises(ValueError, match="https"):
            transport.site("shop", url, SecretStr("t"))
        assert "secret-token" not in repr(transport.site("shop", "http://127.0.0.1:1", SecretStr("secret-token")))
        await transport.close()

    asyncio.run(run())


def test_a_path_segment_cannot_leave_its_place() -> None:
    assert path_part("../a?b#c") == "..%2Fa%3Fb%23c"
    assert path_part("..") == "%2E%2E"
    assert path_part("NW-1") == "NW-1"
