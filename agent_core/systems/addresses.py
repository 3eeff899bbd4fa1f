"""Where a request to a system that a brand named may really go: never into this machine or its network (SSRF).

A name is resolved here, every address it has is looked at, and the request goes to the very address that was looked at: what
the name means a moment later does not matter. Hosts an installation allows by name are exempt. Where the installation has a
proxy for the way out, what is asked for goes there by name: a name that stands for something inside here is refused all the
same, and what the proxy makes of others is its matter. It must never fall back to letting the library resolve a name again.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Final

import httpx
from pydantic import SecretStr

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_MOST_ADDRESSES: Final = 4


class AddressNotAllowed(httpx.ConnectError):
    """The host stands for an address that no request of a brand's own tools may reach. Nothing was sent."""


def is_outside(address: str) -> bool:
    """Whether an address is a public one; what wraps another address is judged by that one too."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None and not is_outside(str(inner)):
            return False
    return found.is_global and not found.is_multicast


class CheckedAddresses(httpx.AsyncBaseTransport):
    """Sends requests to one host of a brand, by an address that was looked at.

    Args:
        allowed: `HOST` or `HOST:PORT` that the installation lets be reached whatever their address.
        inner: What really sends, for tests.
        proxy: The installation's way out, `http://HOST:PORT`; hosts that are allowed inside are reached without it.
    """

    def __init__(
        self,
        allowed: Iterable[str] = (),
        inner: httpx.AsyncBaseTransport | None = None,
        proxy: SecretStr | None = None,
    ) -> None:
        self._allowed = frozenset(allowed)
        self._outward = None if proxy is None else httpx.AsyncHTTPTransport(proxy=proxy.get_secret_value())
        self._inner = inner or httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_keepalive_connections=4, keepalive_expiry=15)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Resolves, checks, sends to what was checked.

        Raises:
            AddressNotAllowed: One of its addresses is none of the outside, or it has none.
        """
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        limit = request.extensions.get("timeout", {}).get("connect")
        if self._outward is not None and not self._allowed & {host, f"{host}:{port}"}:
            try:
                await not_inside(host, port, limit)
            except Inside as error:
                raise AddressNotAllowed("an address inside", request=request) from error
            return await self._outward.handle_async_request(request)
        try:
            addresses = await looked_at(host, port, self._allowed, limit)
        except Inside as error:
            raise AddressNotAllowed("an address inside", request=request) from error
        except TimeoutError as error:
            raise httpx.ConnectTimeout("the name was not resolved in time", request=request) from error
        except OSError as error:
            raise httpx.ConnectError("the name has no address", request=request) from error
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_at(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_at(request, addresses[-1]))

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._inner.aclose()
        if self._outward is not None:
            await self._outward.aclose()


def _at(request: httpx.Request, address: str) -> httpx.Request:
    # The certificate is still that of the name: httpx takes it from `sni_hostname`, and the Host header stays.
    extensions = {**request.extensions, "sni_hostname": request.url.host}
    url = request.url.copy_with(host=address)
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)


class Inside(Exception):
    """A name stands for an address that is none of the outside."""


async def not_inside(host: str, port: int, limit: float | None) -> None:
    """Whether a name may be given to a proxy: not when it stands for something inside here. One nobody here knows may.

    Raises:
        Inside: It stands for an address inside.
    """
    try:
        await looked_at(host, port, frozenset(), limit)
    except (OSError, TimeoutError):
        return


async def looked_at(host: str, port: int, allowed: frozenset[str], limit: float | None) -> list[str]:
    """The addresses of a host, at least one, every one of which may be reached.

    Args:
        host: A name or an address.
        port: Where it is asked.
        allowed: `HOST` or `HOST:PORT` that are exempt.
        limit: Seconds for finding out.

    Raises:
        Inside: One of them may not be reached.
        OSError: It has none. TimeoutError: Nobody said in time.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(limit):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("no name") from error
    ordered = sorted(found, key=lambda each: each[0] != socket.AF_INET)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in ordered))
    if not addresses:
        raise OSError("no address")
    if not allowed & {host, f"{host}:{port}"} and not all(map(is_outside, addresses)):
        raise Inside(host)
    return addresses[:_MOST_ADDRESSES]
