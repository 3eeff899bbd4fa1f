"""An installation that reaches the outside only through a proxy: what goes there, by what name, and what never does."""

import argparse
import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from agent_core.cli.serve import add, settings_from
from agent_core.contract.clock import system_clock
from agent_core.contract.errors import Unusable
from agent_core.systems.integrations import Integrations
from agent_core.systems.transport import Reply, Transport, Trouble

if TYPE_CHECKING:
    from agent_core.cli.command import Commands


@dataclass
class Proxy:
    """Answers what it is asked for, or refuses it."""

    url: str = ""
    asked: list[str] = field(default_factory=list[str])
    refuses: bool = False


@contextlib.asynccontextmanager
async def proxy() -> AsyncGenerator[Proxy]:
    made = Proxy()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        made.asked.append(head.splitlines()[0])
        status = "502 Bad Gateway" if made.refuses else "200 OK"
        body = b'{"ok": true}'
        writer.write(
            f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


def test_R_B3_what_a_brand_names_outside_goes_by_name_to_the_proxy_and_nothing_inside_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = {"api.example": "93.184.215.14", "tricky.example": "10.0.0.7", "127.0.0.1": "127.0.0.1"}

    async def run() -> None:
        async def resolve(host: str, port: int, **_: object) -> list[Any]:
            if host not in places:
                raise OSError("nobody knows it here")
            return [(socket.AF_INET, None, None, "", (places[host], port))]

        loop = asyncio.get_running_loop()
        async with proxy() as out:
            transport = Transport(proxy=SecretStr(out.url))

            async def asked(url: str, *, allowed: frozenset[str] = frozenset()) -> Reply | Trouble:
                monkeypatch.setattr(loop, "getaddrinfo", resolve, raising=False)
                fares = Integrations(system_clock)  # what failed before says nothing here
                at = transport.own_site("own", url, secrets={}, headers={}, integrations=fares, allowed=allowed)
                try:
                    return await at.ask(
                        "GET", "/x", operation="read", deadline=system_clock() + timedelta(seconds=5), query={}
                    )
                finally:
                    monkeypatch.undo()

            for url in ("http://api.example", "http://only-the-proxy-knows.example"):
                found = await asked(url)
                assert isinstance(found, Reply), found
                assert out.asked[-1] == f"GET {url}/x HTTP/1.1"
            seen = len(out.asked)
            for url in ("http://tricky.example", "http://127.0.0.1:9"):
                found = await asked(url)
                assert isinstance(found, Trouble)
                assert (found.code, found.maybe_done) == ("address_not_allowed", False)
            inside = await asked("http://127.0.0.1:9", allowed=frozenset({"127.0.0.1:9"}))
            assert isinstance(inside, Trouble)
            assert inside.code == "not_reached", "what is allowed inside is reached without the proxy"
            assert len(out.asked) == seen
            out.refuses = True
            refused = await asked("https://api.example")
            assert isinstance(refused, Trouble)
            assert (refused.code, refused.maybe_done) == ("not_reached", False), "the proxy would not let it out"
            assert out.asked[-1] == "CONNECT api.example:443 HTTP/1.1"
            await transport.close()

    asyncio.run(run())


def test_a_proxy_with_a_password_is_taken_from_the_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def settings(*given: str) -> SecretStr | None:
        parser = argparse.ArgumentParser()
        commands: Commands = parser.add_subparsers()
        add(commands)
        return settings_from(parser.parse_args(["serve", *given]), {}).proxy

    assert settings() is None
    assert settings("--proxy", "http://proxy.example:3128") == SecretStr("http://proxy.example:3128")
    for wrong in ("http://u:p@proxy.example:3128", "socks5://proxy.example", "proxy.example:3128", "http://proxy/x?y"):
        with pytest.raises(Unusable):
            settings("--proxy", wrong)
    monkeypatch.setenv("COUNTERSIGN_PROXY", "http://u:p@proxy.example:3128")
    assert settings() == SecretStr("http://u:p@proxy.example:3128")
