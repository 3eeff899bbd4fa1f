"""Serves the core on this machine inside the caller's loop: no signals, no global logging, nothing left behind.

Ends when the block ends: long polls are told at once, answers under way get a moment. It must never listen on anything but
a loopback address.
"""

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from agent_core.contract.errors import Unusable

_GRACE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ServedAt:
    """Where the core listens."""

    host: str
    port: int

    @property
    def base_url(self) -> str:
        """The URL for clients, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


class _Server(uvicorn.Server):
    """A server whose host process owns Ctrl-C, and which ends by an event."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        self.ready.set()
        while not self.stop.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):  # keeps the server's Date header true
                    await self.stop.wait()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        running = set(self.server_state.tasks)
        if running:
            await asyncio.wait(running, timeout=_GRACE_SECONDS)
        for connection in list(self.server_state.connections):
            connection.transport.abort()


@contextlib.asynccontextmanager
async def served(app: ASGIApp, *, port: int = 0, host: str = "127.0.0.1") -> AsyncGenerator[ServedAt]:
    """Serves `app` for as long as the block lasts.

    Args:
        app: The application.
        port: 0 lets the system choose.
        host: A loopback address.

    Raises:
        Unusable: `port_in_use`, or `cannot_listen`.
    """
    listening = _bind(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ws="none",
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=64 * 1024,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]), name="core-server")
    ready = asyncio.create_task(server.ready.wait(), name="core-server-ready")
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
            raise Unusable("cannot_listen", "The service ended before it was ready.")
        bound = listening.getsockname()
        yield ServedAt(str(bound[0]), int(bound[1]))
    finally:
        ready.cancel()
        server.stop.set()
        try:
            await asyncio.shield(running)
        finally:
            listening.close()


def _bind(host: str, port: int) -> socket.socket:
    if not ipaddress.ip_address(host).is_loopback:
        raise Unusable("not_loopback", "The core listens on this machine only.")
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise Unusable(
                "port_in_use", f"Port {port} is in use: stop the other program, or choose another port with --port.",
                detail=str(error),
            ) from error  # fmt: skip
        raise Unusable(
            "cannot_listen", f"Port {port} cannot be used: choose another one with --port.", detail=str(error)
        ) from error
    return listening
