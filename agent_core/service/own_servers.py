"""The MCP servers of every brand: started, kept, told apart by what their folder says, gone when the core ends.

An edited folder keeps the connection of a server about which it says the same. A tool that stops, or works again, is an
event of the brand's log. It must never start a program the installation did not allow.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from functools import partial

import structlog
from pydantic import SecretStr

from agent_core.contract.actors import System
from agent_core.contract.errors import Unavailable
from agent_core.contract.events import ToolStateChanged
from agent_core.contract.ids import BrandId, ToolName, brand_stream
from agent_core.service.brand_log import brand_records
from agent_core.store import Append, Draft, Store
from agent_core.systems.own.mcp_server import LinkMaker, McpServer, Streams, ToolChange
from agent_core.workflows.outside import McpSystem

log = structlog.get_logger(__name__)

_ACTOR = System(part="integrations")
_AGAIN_SECONDS = 1.0
_WORDS: Mapping[str, str] = {
    "schema_changed": "The server says something else of this tool than was agreed to. It is not used.",
    "tool_gone": "The server does not have this tool any more.",
    "as_agreed": "The server says of this tool what was agreed to. It is used.",
}


class OwnServers:
    """Connections by brand and by what the folder says of them.

    Args:
        store: The log.
        allowed: Hosts that may be reached although they are inside.
        proxy: The way out for all others.
    """

    def __init__(self, store: Store, allowed: frozenset[str], proxy: SecretStr | None = None) -> None:
        self._store = store
        self._allowed = allowed
        self._proxy = proxy
        self._running: dict[tuple[BrandId, str], tuple[str, McpServer, asyncio.Task[None]]] = {}
        self._ending: list[asyncio.Task[None]] = []
        self._told: dict[tuple[BrandId, str, str], str | None] = {}
        self._line: asyncio.Queue[tuple[BrandId, str, ToolChange]] = asyncio.Queue()

    def server(
        self, brand: BrandId, system: McpSystem, pins: Mapping[str, str], secrets: Mapping[str, SecretStr]
    ) -> McpServer:
        """The connection to a server; started when it is new or the folder says something else of it now."""
        said = f"{system.model_dump_json()} {sorted(pins.items())}"
        key = (brand, system.name)
        before = self._running.get(key)
        if before is not None and before[0] == said:
            return before[1]
        if before is not None:
            self._end(before[2])
        made = McpServer(system.name, self._link(system, secrets), pins, partial(self._changed, brand, system.name))
        task = asyncio.create_task(made.run(), name=f"server {brand} {system.name}")
        self._running[key] = (said, made, task)
        return made

    def keep(self, brand: BrandId, names: Collection[str]) -> None:
        """Ends the connections of a brand to every other server: its folder names them no more."""
        for key in [key for key in self._running if key[0] == brand and key[1] not in names]:
            self._end(self._running.pop(key)[2])

    def _end(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        self._ending = [each for each in (*self._ending, task) if not each.done()]

    async def restore(self, brands: list[BrandId]) -> None:
        """What is on record of the tools of these brands, so that nothing is told twice."""
        for brand in brands:
            for record in await brand_records(self._store, brand, ToolStateChanged):
                if isinstance(record.event, ToolStateChanged):
                    event = record.event
                    now = None if event.to == "working" else event.offered or ""
                    self._told[brand, event.system, event.tool] = now

    async def run(self) -> None:
        """Writes changes into the log until it is cancelled."""
        while True:
            brand, system, change = await self._line.get()
            while True:
                try:
                    await self._store.append(_appended(brand, system, change))
                except Unavailable as error:
                    if error.code == "store_closed":
                        return
                    await asyncio.sleep(_AGAIN_SECONDS)
                else:
                    break

    async def close(self) -> None:
        """Ends every connection and every program."""
        tasks = [*self._ending, *(task for _, _, task in self._running.values())]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._running.clear()

    def _changed(self, brand: BrandId, system: str, change: ToolChange) -> None:
        key = (brand, system, change.tool)
        now = None if change.working else change.offered or ""
        if self._told.get(key) == now:  # what was never told works
            return
        self._told[key] = now
        log.warning("tool_state", brand=brand, system=system, tool=change.tool, code=change.code)
        self._line.put_nowait((brand, system, change))

    def _link(self, system: McpSystem, secrets: Mapping[str, SecretStr]) -> LinkMaker:
        if system.url is not None:
            headers: dict[str, SecretStr] = {}
            if system.auth is not None:
                value = f"{system.auth.prefix}{secrets[system.auth.secret].get_secret_value()}"
                headers[system.auth.header] = SecretStr(value)
            return _endpoint(system.url, headers, self._allowed, self._proxy)
        env = {name: secrets[secret] for name, secret in system.env.items()}
        return _program(system.command, env)


# The links are made of the protocol's library, which is loaded by the first connection and not with the core.


def _endpoint(url: str, headers: Mapping[str, SecretStr], allowed: frozenset[str], proxy: SecretStr | None) -> LinkMaker:
    @contextlib.asynccontextmanager
    async def link(lost: Callable[[], None]) -> AsyncGenerator[Streams]:
        from agent_core.systems.own.mcp_link import endpoint

        async with endpoint(url, headers, allowed, lost, proxy) as streams:
            yield streams

    return link


def _program(command: Sequence[str], env: Mapping[str, SecretStr]) -> LinkMaker:
    @contextlib.asynccontextmanager
    async def link(lost: Callable[[], None]) -> AsyncGenerator[Streams]:
        from agent_core.systems.own.mcp_link import program

        async with program(command, env, lost) as streams:
            yield streams

    return link


def _appended(brand: BrandId, system: str, change: ToolChange) -> Append:
    event = ToolStateChanged(
        tool=ToolName(change.tool),
        system=system,
        to="working" if change.working else "stopped",
        code=change.code,
        sentence=_WORDS[change.code],
        offered=change.offered,
    )
    return Append(brand_stream(brand), [Draft(event, _ACTOR)])
