"""A release's systems as clients: the shop and the channels it is connected to, and the systems it brings itself.

In a sandbox nothing real is asked: a brand's own systems are answered from their schemas, unless whoever started the sandbox
named the host. What is missing makes one system unready, never the brand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from agent_core.contract.clock import Clock
from agent_core.contract.errors import Unusable
from agent_core.service.own_servers import OwnServers
from agent_core.service.settings import Connection, Settings
from agent_core.systems.channels.webchat import WebChat
from agent_core.systems.commerce.shop import ShopTools
from agent_core.systems.integrations import Integrations
from agent_core.systems.own.brand_tools import BrandTools
from agent_core.systems.own.http_tools import HttpTools
from agent_core.systems.own.mcp_tools import McpTools, pins_of
from agent_core.systems.own.samples import SampleTools
from agent_core.systems.own.unready import UnreadyTools
from agent_core.systems.port import Channel, Prover, Tools
from agent_core.systems.transport import Site, Transport
from agent_core.workflows.outside import McpSystem, OutsideSystem
from agent_core.workflows.release import Release
from agent_core.workflows.secret_names import secrets_wanted
from agent_core.workflows.tools import ToolDeclaration

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outside:
    """What a brand's clients are made with.

    Attributes:
        sandbox: The brand is not connected to the outside.
    """

    settings: Settings
    transport: Transport
    fares: Integrations
    clock: Clock
    servers: OwnServers
    sandbox: bool


def connected(release: Release, connection: Connection | None, outside: Outside) -> tuple[Tools, dict[str, Channel]]:
    """The tools and channels of a release.

    Raises:
        Unusable: `not_connected`, or `bad_connection` with what is wrong with an address.
    """
    name = release.brand.name
    if connection is None:
        raise Unusable("not_connected", f"The brand {name} is connected to nothing. Connect it, or start with --sandbox.")

    def site(kind: str, url: str, token: SecretStr) -> Site:
        try:
            return outside.transport.site(kind, url, token, outside.fares)
        except ValueError as error:
            raise Unusable("bad_connection", f"The {kind} of {name} cannot be reached so: {error}.") from error

    channel = WebChat(site("channel", connection.channel_url, connection.channel_token))
    systems: dict[str, Tools] = {}
    if connection.shop_url:
        systems["shop"] = ShopTools(site("shop", connection.shop_url, connection.shop_token), account=name)
    elif any(not tool.own for tool in release.content.tools):
        raise Unusable("not_connected", f"The brand {name} uses tools of a shop, and no shop is connected.")
    for system in release.content.systems:
        tools = {tool.name: tool for tool in release.content.tools if tool.system == system.name}
        systems[system.name] = own_system(release, system, tools, outside)
    performs = {tool.name: tool.system for tool in release.content.tools}
    return BrandTools(systems, performs), {str(each.name): channel for each in release.brand.channels}


def prover_of(tools: Tools) -> Prover | None:
    """Who can say whether an address and an order belong together: the brand's shop, where it has one (R-B6)."""
    shop = tools.named("shop") if isinstance(tools, BrandTools) else None
    return shop if isinstance(shop, ShopTools) else None


def own_system(release: Release, system: OutsideSystem, tools: Mapping[str, ToolDeclaration], outside: Outside) -> Tools:
    """The client of a system the brand brings itself."""
    settings, brand = outside.settings, release.brand.name
    is_program = isinstance(system, McpSystem) and system.url is None
    real = settings.allow_programs if is_program else _named(system.url, settings.allowed_hosts)
    if outside.sandbox and not real:
        return SampleTools(tools)
    if is_program and not real:
        return UnreadyTools("program_not_allowed", f"The program of the system {system.name} may not be started here.")
    wanted = secrets_wanted(system)
    known = {name: found for name in wanted if (found := settings.secret(brand, name)) is not None}
    missing = [name for name in wanted if name not in known]
    if missing:
        log.warning("secret_missing", brand=brand, system=system.name, secret=missing[0])
        return UnreadyTools("secret_missing", f"A credential of the system {system.name} is not here.")
    if isinstance(system, McpSystem):
        pins = pins_of([tool.mcp for tool in tools.values() if tool.mcp is not None])
        server = outside.servers.server(brand, system, pins, known)
        return McpTools(server, tools, outside.clock, outside.fares)
    secrets: dict[str, SecretStr] = {}
    if system.auth is not None:
        secrets[system.auth.header] = SecretStr(f"{system.auth.prefix}{known[system.auth.secret].get_secret_value()}")
    at = outside.transport.own_site(
        system.name,
        system.url,
        secrets=secrets,
        headers=system.headers,
        integrations=outside.fares,
        allowed=outside.settings.allowed_hosts,
    )
    return HttpTools(at, tools, outside.clock)


def _named(url: str | None, allowed: frozenset[str]) -> bool:
    parts = urlsplit(url or "")
    return bool(allowed & {parts.hostname or "", f"{parts.hostname}:{parts.port}"})
