"""Serves a stand-in over a real socket inside the caller's event loop, or in a thread for synchronous tests.

Why it exists: every stand-in must be reached over loopback by the same client code that reaches the real vendor, and
many of them run in one process during tests and the demo. It must never install signal handlers (the host process owns
Ctrl-C), never configure logging, and never leave a task, thread or socket behind.
"""

import asyncio
import contextlib
import errno
import queue
import socket
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, MutableMapping
from dataclasses import dataclass
from typing import Any

import uvicorn

from agent_core.sandbox.errors import AddressInUse, AddressUnavailable

_Scope = MutableMapping[str, Any]
AsgiApp = Callable[[_Scope, Callable[[], Awaitable[_Scope]], Callable[[_Scope], Awaitable[None]]], Awaitable[None]]
"""Any ASGI 3 application: Starlette and FastAPI objects fit."""

ABORT = "sandbox.abort"
"""Name of the scope extension that breaks the connection of a request."""

GRACE_SECONDS = 0.5
"""How long answers under way may finish at shutdown before their connections are cut."""


class _LoopServer(uvicorn.Server):
    """A uvicorn server that lives in somebody else's loop: no signals, stops by an event instead of a polling flag."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self.ready.set()
        await self.stop.wait()
        for server in self.servers:
            server.close()
        await self._settle()

    async def _settle(self) -> None:
        """Lets running answers finish, then cuts them, so that no stand-in can hold its host open."""
        for connection in list(self.server_state.connections):
            connection.shutdown()
        running = set(self.server_state.tasks)
        if running:
            await asyncio.wait(running, timeout=GRACE_SECONDS)
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class _Abortable:
    """Gives every request a way to break its own connection, for stand-ins that play a lost connection.

    The way is ``scope["extensions"]["sandbox.abort"]``, a function without arguments. ASGI itself has none.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self.server: _LoopServer | None = None

    async def __call__(
        self,
        scope: _Scope,
        receive: Callable[[], Awaitable[_Scope]],
        send: Callable[[_Scope], Awaitable[None]],
    ) -> None:
        if scope["type"] == "http":
            client = scope.get("client")
            scope["extensions"] = {**scope.get("extensions", {}), ABORT: lambda: self._abort(client)}
        await self._app(scope, receive, send)

    def _abort(self, client: object) -> None:
        for connection in list(self.server.server_state.connections) if self.server else []:
            if getattr(connection, "client", None) == client:
                connection.transport.abort()


@dataclass(frozen=True)
class Served:
    """A stand-in that is listening.

    Attributes:
        host: Address it listens on.
        port: Port it listens on; the real one when 0 was asked for.
    """

    host: str
    port: int

    @property
    def base_url(self) -> str:
        """The URL to give to a client, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def bind(host: str, port: int) -> socket.socket:
    """Binds and returns a listening TCP socket.

    Args:
        host: Address, normally ``127.0.0.1``.
        port: Port; 0 lets the system choose.

    Raises:
        AddressInUse: Another program has the port.
        AddressUnavailable: The address cannot be bound for another reason.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(
                f"Port {port} on {host} is already in use. Stop the other program or choose another port.", str(error)
            ) from error
        raise AddressUnavailable(f"Cannot listen on {host} port {port}. Choose another address.", str(error)) from error
    return listening


@contextlib.asynccontextmanager
async def serve(app: AsgiApp, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[Served, None]:
    """Serves ``app`` in the running loop for as long as the block lasts.

    The lifespan of ``app`` runs: start-up before the block is entered, shutdown after the last answer. Answers under
    way at the end get :data:`GRACE_SECONDS`, then their connections are cut.

    Args:
        app: ASGI application.
        host: Address to listen on.
        port: Port to listen on; 0 lets the system choose.

    Yields:
        Where it listens.

    Raises:
        AddressInUse: Another program has the port.
        AddressUnavailable: The address cannot be bound, or the application did not start.
    """
    listening = bind(host, port)
    abortable = _Abortable(app)
    config = uvicorn.Config(
        abortable,
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    server = abortable.server = _LoopServer(config)
    running = asyncio.create_task(_run(server, listening), name="sandbox-server")
    ready = asyncio.create_task(server.ready.wait(), name="sandbox-server-ready")
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
            raise AddressUnavailable("The stand-in ended before it was ready.")
        bound_host, bound_port = listening.getsockname()[:2]
        yield Served(str(bound_host), int(bound_port))
    finally:
        ready.cancel()
        server.stop.set()
        try:
            await asyncio.shield(running)
        finally:
            listening.close()


async def _run(server: _LoopServer, listening: socket.socket) -> None:
    # uvicorn ends by SystemExit when the application's lifespan fails; inside a task that would end the whole loop.
    try:
        await server.serve(sockets=[listening])
    except SystemExit as ended:
        raise AddressUnavailable("The stand-in could not start.", f"exit status {ended.code}") from None


@contextlib.contextmanager
def serve_in_thread(app: AsgiApp, host: str = "127.0.0.1", port: int = 0) -> Generator[Served, None, None]:
    """Serves ``app`` from a thread with its own loop, for synchronous tests.

    Args:
        app: ASGI application; it must not be shared with another loop.
        host: Address to listen on.
        port: Port to listen on; 0 lets the system choose.

    Yields:
        Where it listens.

    Raises:
        AddressInUse: Another program has the port.
        AddressUnavailable: The address cannot be bound, or the application did not start.
    """
    answers: queue.Queue[tuple[Served, asyncio.AbstractEventLoop, asyncio.Event] | BaseException] = queue.Queue()

    async def live() -> None:
        async with serve(app, host, port) as served:
            stop = asyncio.Event()
            answers.put((served, asyncio.get_running_loop(), stop))
            await stop.wait()

    def work() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:  # noqa: BLE001 - handed to the starting thread, which raises it
            answers.put(error)

    thread = threading.Thread(target=work, name="sandbox-server", daemon=True)
    thread.start()
    first = answers.get()
    if isinstance(first, BaseException):
        thread.join()
        raise first
    served, loop, stop = first
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
    if not answers.empty():
        late = answers.get()
        if isinstance(late, BaseException):
            raise late
