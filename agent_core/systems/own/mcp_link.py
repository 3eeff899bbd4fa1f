"""The way to an MCP server: a program of this machine over its pipes, or an address over HTTP; both bounded.

A program runs in a process group of its own, sees no secret but those named for it, and is gone when the link is closed.
An address is reached only where it was looked at. It must never let a server make us hold more than a bound, or log a word
of what it says.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Final

import anyio
import httpx2
import mcp_types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from pydantic import SecretStr, ValidationError

from agent_core.systems.addresses import Inside, looked_at, not_inside
from agent_core.systems.own.mcp_server import Streams

MOST_MESSAGE_BYTES: Final = 1_000_000
_PATIENCE: Final = 2.0
"""Seconds a program has to end by itself, and again after it was told to."""
_INHERITED: Final = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TEMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
)  # fmt: skip

_In = MemoryObjectReceiveStream[SessionMessage | Exception]
_Out = MemoryObjectSendStream[SessionMessage]


@contextlib.asynccontextmanager
async def program(command: Sequence[str], env: Mapping[str, SecretStr], lost: Callable[[], None]) -> AsyncGenerator[Streams]:
    """Starts a program and speaks with it over standard input and output, one JSON message a line.

    Args:
        command: The program and its arguments.
        env: Beside what finds programs and folders, all it is told.
        lost: Called when it has ended or said something that has no end.

    Raises:
        OSError: It cannot be started.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**inherited, **{name: value.get_secret_value() for name, value in env.items()}},
        start_new_session=True,
        limit=MOST_MESSAGE_BYTES,
    )
    try:
        to_us, read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        write, from_us = anyio.create_memory_object_stream[SessionMessage](0)
        async with anyio.create_task_group() as group:
            group.start_soon(_hear, process, to_us, lost)
            group.start_soon(_say, process, from_us)
            try:
                yield read, write
            finally:
                group.cancel_scope.cancel()
                for stream in (to_us, read, write, from_us):
                    stream.close()
    finally:
        await _end(process)


async def _hear(
    process: asyncio.subprocess.Process, to_us: MemoryObjectSendStream[SessionMessage | Exception], lost: Callable[[], None]
) -> None:
    assert process.stdout is not None
    with to_us, contextlib.ExitStack() as stack:
        stack.callback(lost)
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                return  # a line without an end: the link is broken
            if not line:
                return
            try:
                message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValidationError:
                continue  # what is no message is nobody's; whoever waits for an answer waits until its deadline
            try:
                await to_us.send(SessionMessage(message))
            except (anyio.ClosedResourceError, anyio.BrokenResourceError):
                return


async def _say(process: asyncio.subprocess.Process, from_us: MemoryObjectReceiveStream[SessionMessage]) -> None:
    assert process.stdin is not None
    async with from_us:
        async for said in from_us:
            line = said.message.model_dump_json(by_alias=True, exclude_unset=True) + "\n"
            try:
                process.stdin.write(line.encode())
                await process.stdin.drain()
            except OSError:
                return


async def _end(process: asyncio.subprocess.Process) -> None:
    """Closes its input, then tells it to end, then ends it; and whatever it left behind with it."""
    if process.stdin is not None:
        process.stdin.close()
    for tell in (None, signal.SIGTERM):
        if tell is not None:
            _tell(process, tell)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
            break
    _tell(process, _FOR_GOOD)
    await process.wait()
    transport: Any = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


_FOR_GOOD: Final = getattr(signal, "SIGKILL", signal.SIGTERM)


def _tell(process: asyncio.subprocess.Process, what: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, what)


@contextlib.asynccontextmanager
async def endpoint(
    url: str,
    headers: Mapping[str, SecretStr],
    allowed: frozenset[str],
    _lost: Callable[[], None],
    proxy: SecretStr | None = None,
) -> AsyncGenerator[Streams]:
    """Speaks with a server at an address (streamable HTTP).

    Args:
        url: Where it is.
        headers: Credentials.
        allowed: Hosts that may be reached although they are inside.
        proxy: The installation's way out; see `CheckedAddresses`.
    """
    client = httpx2.AsyncClient(
        transport=_Checked(allowed, proxy),
        headers={name: value.get_secret_value() for name, value in headers.items()},
        timeout=httpx2.Timeout(10, read=300),
        follow_redirects=False,
        trust_env=False,
    )
    async with client, streamable_http_client(url, http_client=client, max_sse_event_size=MOST_MESSAGE_BYTES) as streams:
        yield streams


class _Checked(httpx2.AsyncBaseTransport):
    """`CheckedAddresses` for the library that the protocol's client is built on, with a bound on answers."""

    def __init__(self, allowed: frozenset[str], proxy: SecretStr | None = None) -> None:
        self._allowed = allowed
        self._outward = None if proxy is None else httpx2.AsyncHTTPTransport(proxy=proxy.get_secret_value())
        self._inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            if self._outward is not None and not self._allowed & {host, f"{host}:{port}"}:
                await not_inside(host, port, 10)
                sends, at = self._outward, request
            else:
                addresses = await looked_at(host, port, self._allowed, 10)
                sends, at = self._inner, _by_address(request, addresses[0])
        except (Inside, OSError) as error:
            raise httpx2.ConnectError("no address that may be reached", request=request) from error
        answer = await sends.handle_async_request(at)
        if not str(answer.headers.get("content-type", "")).startswith("text/event-stream"):
            assert isinstance(answer.stream, httpx2.AsyncByteStream)
            answer.stream = _Bounded(answer.stream, request)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()
        if self._outward is not None:
            await self._outward.aclose()


def _by_address(request: httpx2.Request, address: str) -> httpx2.Request:
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


class _Bounded(httpx2.AsyncByteStream):
    """An answer that ends with an error where it becomes too long."""

    def __init__(self, inner: httpx2.AsyncByteStream, request: httpx2.Request) -> None:
        self._inner = inner
        self._request = request

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        size = 0
        async for piece in self._inner:
            size += len(piece)
            if size > MOST_MESSAGE_BYTES:
                raise httpx2.ReadError("the answer is too large", request=self._request)
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
