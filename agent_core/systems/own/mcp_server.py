"""One MCP server of a brand: connected, watched, connected again; only tools that say what was agreed to are called (R-B3).

What the server says of a tool is compared with a digest in the brand's folder, at each connection, whenever it says that its
tools changed, and now and then. The protocol's library takes most of a second to load, so it is loaded by the first
connection, on a thread of its own. It must never call a tool whose words or schemas are others, and never believe its hints.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import structlog

from agent_core.workflows.outside import agreed_digest

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import CallToolResult, Tool

log = structlog.get_logger("countersign.systems")

Streams = tuple[Any, Any]
"""What the protocol's library reads from and writes to."""

LinkMaker = Callable[[Callable[[], None]], AbstractAsyncContextManager[Streams]]
"""Opens the way to a server; what it is given is called when the way is lost."""

CONNECT_SECONDS: Final = 20.0
_LOOK_AGAIN_SECONDS: Final = 300.0
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
_WAIT_SECONDS: Final = 2.0
"""A call waits so long for a connection that is just being made."""
_MOST_PAGES: Final = 20


@dataclass(frozen=True, slots=True)
class ToolChange:
    """What the server says of a tool is not, or is again, what was agreed to. `offered`: its digest now."""

    tool: str
    working: bool
    code: str
    offered: str | None


class NotConnected(Exception):
    """The server cannot be asked now; nothing was sent."""


class McpServer:
    """A connection that lasts. `run` holds it; calls come from other tasks.

    Args:
        name: The brand's name for it.
        link: Opens the way to it.
        pins: The server's tool names to the digest that was agreed to.
        changed: Told when a tool stops or works again; must return at once.
    """

    def __init__(
        self, name: str, link: LinkMaker, pins: Mapping[str, str], changed: Callable[[ToolChange], None] | None = None
    ) -> None:
        self.name = name
        self._link = link
        self._pins = dict(pins)
        self._changed = changed
        self._client: Client | None = None
        self._ready = asyncio.Event()
        self._look = asyncio.Event()
        self._stopped: dict[str, ToolChange] = {}

    async def run(self) -> None:
        """Keeps the connection until it is cancelled; between attempts it waits, each time longer."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._connected()
                pause = _FIRST_PAUSE
            except Exception as error:  # noqa: BLE001 - whatever a foreign program does must not end the core
                log.warning("server_lost", system=self.name, error=type(_innermost(error)).__name__)
            finally:
                self._ready.clear()
                self._client = None
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def call(self, tool: str, arguments: Mapping[str, Any], *, seconds: float) -> "CallToolResult":
        """Calls one of the server's tools.

        Raises:
            NotConnected: Nothing was sent: the server is not there, or the tool is stopped (`str` is `tool_stopped`).
            TimeoutError: No answer in time.
            Exception: Whatever else the protocol's library raises; the call may have been performed.
        """
        client = self._client if await self.ready(min(seconds, _WAIT_SECONDS)) else None
        if client is None:
            raise NotConnected("not_reached")
        if tool in self._stopped:
            raise NotConnected("tool_stopped")
        async with asyncio.timeout(seconds):
            return await client.call_tool(tool, dict(arguments), read_timeout_seconds=seconds + 1)

    async def ready(self, seconds: float) -> bool:
        """Waits until it can be asked; false when it does not become so in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        return self._ready.is_set()

    def stopped(self, tool: str) -> ToolChange | None:
        """Why a tool is not called."""
        return self._stopped.get(tool)

    async def _connected(self) -> None:
        await asyncio.to_thread(import_module, "agent_core.systems.own.mcp_link")
        from mcp import Client

        client = Client(
            self._link(self._lost), message_handler=self._heard, cache=None, read_timeout_seconds=CONNECT_SECONDS
        )
        async with client:
            self._client = client
            while True:
                self._look.clear()
                self._compare({tool.name: tool for tool in await offered(client)})
                self._ready.set()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                        await self._look.wait()

    def _lost(self) -> None:
        self._ready.clear()
        self._look.set()

    async def _heard(self, message: object) -> None:
        from mcp_types import ToolListChangedNotification

        if isinstance(message, ToolListChangedNotification):
            self._look.set()
        elif isinstance(message, Exception):
            self._look.set()  # asking again finds out whether it is still there

    def _compare(self, tools: "Mapping[str, Tool]") -> None:
        for name, agreed in self._pins.items():
            tool = tools.get(name)
            digest = None if tool is None else digest_of(tool)
            before = self._stopped.get(name)
            if digest == agreed:
                self._stopped.pop(name, None)
                self._tell(ToolChange(name, working=True, code="as_agreed", offered=digest))
            elif before is None or before.offered != digest:
                code = "tool_gone" if digest is None else "schema_changed"
                self._stopped[name] = ToolChange(name, working=False, code=code, offered=digest)
                self._tell(self._stopped[name])

    def _tell(self, change: ToolChange) -> None:
        if self._changed is not None:
            self._changed(change)


async def offered(client: "Client") -> "list[Tool]":
    """Every tool a server offers, up to a bound."""
    found: list[Tool] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        found.extend(page.tools)
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def digest_of(tool: "Tool") -> str:
    """Names what a server says of a tool."""
    return agreed_digest(tool.name, tool.title, tool.description, tool.input_schema, tool.output_schema)


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        group: BaseExceptionGroup[BaseException] = error
        error = group.exceptions[0]
    return error
