"""The stand-ins' server lives in somebody else's loop and leaves nothing behind."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from agent_core.sandbox.errors import AddressInUse, AddressUnavailable
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import bind, serve, serve_in_thread


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def endless(request: Request) -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    return StreamingResponse(body())


def app() -> Starlette:
    return Starlette(routes=[Route("/", hello), Route("/endless", endless)])


def test_an_app_is_served_on_a_free_port_of_the_running_loop() -> None:
    async def scene() -> None:
        async with serve(app()) as served, local_client() as client:
            assert served.port > 0
            assert served.base_url == f"http://127.0.0.1:{served.port}"
            assert (await client.get(f"{served.base_url}/")).text == "hello"

    asyncio.run(scene())


def test_no_signal_handler_is_touched() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    async def scene() -> tuple[object, object]:
        async with serve(app()):
            return signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    # asyncio.run itself puts a SIGINT handler in place, so only SIGTERM can be compared inside.
    assert asyncio.run(scene())[1] is before[1]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_stream_nobody_finishes_does_not_hold_the_shutdown() -> None:
    async def scene() -> None:
        before = asyncio.all_tasks()
        async with local_client() as client:
            async with serve(app()) as served:
                request = client.build_request("GET", f"{served.base_url}/endless")
                answer = await client.send(request, stream=True)
                assert await anext(answer.aiter_raw()) == b"first"
            assert asyncio.all_tasks() == before
            with pytest.raises(httpx.HTTPError):
                await client.get(f"{served.base_url}/")
            await answer.aclose()

    asyncio.run(asyncio.wait_for(scene(), 120))


def test_the_lifespan_of_the_app_runs_once_around_the_block() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        seen.append("up")
        yield
        seen.append("down")

    async def scene() -> None:
        async with serve(Starlette(lifespan=lifespan)):
            assert seen == ["up"]

    asyncio.run(scene())
    assert seen == ["up", "down"]


def test_an_app_that_cannot_start_is_an_error_and_not_the_end_of_the_process(
    expected_logs: Callable[..., object],
) -> None:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        raise ValueError("no")
        yield

    async def scene() -> None:
        async with serve(Starlette(lifespan=lifespan)):
            pass

    expected_logs("uvicorn.error")
    with pytest.raises(AddressUnavailable):
        asyncio.run(scene())


def test_a_taken_port_is_one_sentence_that_says_what_to_do() -> None:
    taken = bind("127.0.0.1", 0)
    try:
        with pytest.raises(AddressInUse, match="choose another port") as raised:
            bind("127.0.0.1", taken.getsockname()[1])
        assert raised.value.code == "address_in_use"
        with pytest.raises(AddressInUse), serve_in_thread(app(), port=taken.getsockname()[1]):
            pass
    finally:
        taken.close()


def test_synchronous_tests_are_served_from_a_thread_that_ends() -> None:
    with serve_in_thread(app()) as served:
        assert httpx.get(f"{served.base_url}/").text == "hello"
    assert "sandbox-server" not in [thread.name for thread in threading.enumerate()]


def test_an_error_in_the_block_is_the_error_seen_outside() -> None:
    with pytest.raises(KeyError, match="mine"), serve_in_thread(app()):
        raise KeyError("mine")
