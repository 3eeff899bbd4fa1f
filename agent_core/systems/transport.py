"""One HTTP transport for every outside system (DESIGN §5): bounds, places per system, redaction, and honest failures.

Why: whether a request may have been performed is the only thing that matters after a failure, and it is known here and
nowhere else. Every system of every brand has places of its own, and there is no bound that brands share: a shop that hangs
takes nobody else's place, though it be on the same host (R-A9). It must never retry, follow a redirect, decompress, keep a
cookie, or put a credential into a log or an error.
"""

import asyncio
import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
import structlog
from pydantic import SecretStr

from agent_core.boundary.sources import read_json
from agent_core.contract.clock import Clock, system_clock
from agent_core.systems.addresses import AddressNotAllowed, CheckedAddresses
from agent_core.systems.breaker import Verdict
from agent_core.systems.integrations import Held, Integrations, Operation
from agent_core.systems.port import Still

MOST_ANSWER_BYTES: Final = 2_000_000
MOST_OWN_BYTES: Final = 256_000
"""Of a system a brand declares itself."""
CONNECT_SECONDS: Final = 3.0
REQUESTS_PER_SITE: Final = 8
"""Requests under way at one system of one brand; who comes next waits in line, as long as their deadline."""
STOPPED: Final = "stopped"
"""Code of a request that nobody wanted any more when its turn came."""
_HEADERS: Final = {"user-agent": "countersign", "accept": "application/json", "accept-encoding": "identity"}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NEVER_SENT: Final = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.LocalProtocolError,
    httpx.ProxyError,
)  # fmt: skip

_log = structlog.get_logger("countersign.systems")


@dataclass(frozen=True, slots=True)
class Reply:
    """The other side answered.

    Attributes:
        status: HTTP status.
        body: The JSON object, every string clean; empty when the answer was none and the status is an error anyway.
        retry_after: Seconds it asked to wait.
    """

    status: int
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    retry_after: float | None = None

    @property
    def good(self) -> bool:
        """Whether the status says that it was done."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Trouble:
    """There is no answer to rely on.

    Attributes:
        code: `not_reached`, `timed_out`, `connection_lost`, `answer_too_large` or `bad_answer`; `integration_down` or
            `not_authorised` when nothing was sent because of what earlier requests came to.
        sentence: Our own words, safe to show.
        maybe_done: The request may have been performed.
        retry_after: Seconds until it makes sense to try again, where that is known.
    """

    code: str
    sentence: str
    maybe_done: bool
    retry_after: float | None = None


class _Unreadable(Exception):
    """The answer breaks a bound; `code` says which."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


class Transport:
    """The shared connections. One per core; `site` gives each system its own view of it.

    Args:
        clock: Where deadlines are compared with.
        inner: Another httpx transport, for tests.
        per_site: Requests under way at one system of one brand at a time.
        proxy: The way out, for everything but this machine and hosts that are allowed inside; else the environment's, which
            systems that brands name themselves never use.
    """

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        inner: httpx.AsyncBaseTransport | None = None,
        per_site: int = REQUESTS_PER_SITE,
        proxy: SecretStr | None = None,
    ) -> None:
        # A jar that takes nothing; given as a jar, for httpx.Cookies would lose its policy when it is copied.
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        # No bound on all connections together: it would be the one place where a brand waits for another's shop.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=32, keepalive_expiry=15)
        way_out = None if proxy is None else proxy.get_secret_value()

        def made(*, local: bool, secure: bool) -> httpx.AsyncClient:
            # What speaks plain HTTP trusts no certificate: to read all that are trusted takes longer than all else here.
            verify = True if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            return httpx.AsyncClient(
                transport=inner, limits=limits, cookies=cookies, follow_redirects=False, verify=verify,
                trust_env=not local and way_out is None, proxy=None if local else way_out, headers=_HEADERS,
            )  # fmt: skip

        self._made = made
        # A proxy is for the way out, never for this machine itself: hence different clients, each made when it is needed.
        self._clients: dict[tuple[bool, bool], httpx.AsyncClient] = {}
        self._own: list[httpx.AsyncClient] = []
        self._proxy = proxy
        self._clock = clock
        self._per_site = per_site

    def site(self, name: str, base_url: str, token: SecretStr, integrations: Integrations | None = None) -> "Site":
        """One system's address and credential.

        Args:
            name: For logs, e.g. `shop`.
            base_url: `https://…` (or `http://` on this machine), without a trailing slash.
            token: Sent as bearer token.
            integrations: How the brand's systems fare: what fails is left alone for a while.

        Raises:
            ValueError: The address is neither.
        """
        parts = urlsplit(base_url)
        local = parts.hostname in _LOOPBACK
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError("a system is reached over https, or over http on this machine")
        places = asyncio.Semaphore(self._per_site)
        secrets = {"authorization": SecretStr(f"Bearer {token.get_secret_value()}")}
        fares = integrations or Integrations(self._clock)
        way = (local, parts.scheme == "https")
        if way not in self._clients:
            self._clients[way] = self._made(local=way[0], secure=way[1])
        return Site(self, name, base_url.rstrip("/"), secrets, self._clients[way], fares, places)

    def own_site(
        self,
        name: str,
        base_url: str,
        *,
        secrets: Mapping[str, SecretStr],
        headers: Mapping[str, str],
        integrations: Integrations,
        allowed: Iterable[str] = (),
    ) -> "Site":
        """A system that a brand named itself: connections of its own, only to addresses that were looked at.

        Args:
            name: The brand's name for it.
            base_url: `https://…`, or `http://` on this machine.
            secrets: Header to value.
            headers: Sent as they are.
            integrations: How the brand's systems fare.
            allowed: Hosts that may be reached although they are inside; see `CheckedAddresses`.
        """
        client = httpx.AsyncClient(
            transport=CheckedAddresses(allowed, proxy=self._proxy), follow_redirects=False, trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])), headers={**_HEADERS, **headers},
        )  # fmt: skip
        self._own.append(client)
        places = asyncio.Semaphore(self._per_site)
        return Site(self, name, base_url.rstrip("/"), secrets, client, integrations, places, own=True)

    async def close(self) -> None:
        """Closes every connection."""
        for client in (*self._clients.values(), *self._own):
            await client.aclose()

    async def request(
        self,
        site: "Site",
        request: httpx.Request,
        *,
        deadline: datetime,
        shown: str | None = None,
        still: Still | None = None,
    ) -> Reply | Trouble:
        """Sends one request, once, as soon as there is a place for it, if it is still wanted then; used by `Site`.

        Args:
            site: Where it goes.
            request: What is sent.
            deadline: The answer must be there by then.
            shown: The path as logs may hold it.
            still: Whether it is still wanted: asked right before it leaves.
        """
        name = site.name
        begun = self._clock()
        left = (deadline - begun).total_seconds()
        sent = False
        outcome: Reply | Trouble
        try:
            async with asyncio.timeout(max(left, 0.0)), site.places:
                if left <= 0:
                    raise TimeoutError
                if still is not None and not await still():
                    outcome = Trouble(STOPPED, "It was not wanted any more, so it was not sent.", maybe_done=False)
                else:
                    sent = True
                    outcome = await self._exchange(site, request, left)
        except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout):
            outcome = Trouble("timed_out", f"The {name} did not answer in time.", maybe_done=sent)
        except AddressNotAllowed:
            words = f"The address of the {name} is none that may be reached from here. Nothing was sent."
            outcome = Trouble("address_not_allowed", words, maybe_done=False)
        except _NEVER_SENT:
            outcome = Trouble("not_reached", f"The {name} could not be reached.", maybe_done=False)
        except _Unreadable as error:
            outcome = Trouble(error.code, error.sentence, maybe_done=True)
        except httpx.HTTPError:
            outcome = Trouble("connection_lost", f"The connection to the {name} was lost.", maybe_done=True)
        took = round((self._clock() - begun).total_seconds(), 3)
        seen = outcome.status if isinstance(outcome, Reply) else outcome.code
        _log.info(
            "outside_call", system=name, method=request.method, path=shown or request.url.path, outcome=seen, seconds=took
        )
        return outcome

    async def _exchange(self, site: "Site", request: httpx.Request, left: float) -> Reply:
        request.extensions["timeout"] = {
            "connect": min(CONNECT_SECONDS, left), "read": left, "write": left, "pool": left,
        }  # fmt: skip
        response = await site.client.send(request, stream=True)
        try:
            data = await _read(response, MOST_OWN_BYTES if site.own else MOST_ANSWER_BYTES)
        finally:
            await response.aclose()
        return Reply(response.status_code, _json_object(response, data, own=site.own), _retry_after(response))


@dataclass(frozen=True, slots=True)
class Site:
    """One system as an adapter uses it. Its `repr` shows no credential."""

    transport: Transport = field(repr=False)
    name: str
    base_url: str
    secrets: Mapping[str, SecretStr]
    client: httpx.AsyncClient = field(repr=False)
    integrations: Integrations = field(repr=False)
    places: asyncio.Semaphore = field(repr=False)
    own: bool = False

    async def get(self, path: str, *, deadline: datetime, **query: str) -> Reply | Trouble:
        """Reads. `path` holds no outside text that was not quoted."""
        return await self._send("GET", path, deadline, params=query)

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        idempotency_key: str,
        deadline: datetime,
        still: Still | None = None,
    ) -> Reply | Trouble:
        """Writes, under a key by which the other side recognises a repetition; `still` is asked right before it leaves."""
        headers = {"idempotency-key": idempotency_key}
        return await self._send("POST", path, deadline, still=still, json=dict(body), headers=headers)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        operation: Operation,
        deadline: datetime,
        query: Mapping[str, str],
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        shown: str | None = None,
    ) -> Reply | Trouble:
        """Any other request of a declared tool; `shown` is its path as logs may hold it."""
        parts: dict[str, Any] = {} if body is None else {"json": body}
        if query:  # an empty one would take away what stands in the address
            parts["params"] = dict(query)
        more = {} if headers is None else dict(headers)
        return await self._send(method, path, deadline, operation=operation, shown=shown, headers=more, **parts)

    async def _send(
        self, method: str, path: str, deadline: datetime, *, operation: Operation | None = None, **parts: Any
    ) -> Reply | Trouble:
        if operation is None:
            operation = "read" if method == "GET" else "write"
        held = self.integrations.enter(self.name, operation)
        if held is not None:
            return _not_sent(self.name, held)
        said = _NOTHING_SAID
        try:
            outcome = await self._sent(method, path, deadline, **parts)
            said = _verdict(outcome)
        finally:
            self.integrations.left(self.name, operation, *said)
        return outcome

    async def _sent(
        self,
        method: str,
        path: str,
        deadline: datetime,
        *,
        shown: str | None = None,
        still: Still | None = None,
        **parts: Any,
    ) -> Reply | Trouble:
        secrets = {name: secret.get_secret_value() for name, secret in self.secrets.items()}
        headers = {**parts.pop("headers", {}), **secrets}
        request = self.client.build_request(method, f"{self.base_url}{path}", headers=headers, **parts)
        return await self.transport.request(self, request, deadline=deadline, shown=shown, still=still)


def _not_sent(name: str, held: Held) -> Trouble:
    """What fails is not asked at all for a while: nothing is known to have happened, because nothing was sent."""
    if held.auth:
        return Trouble("not_authorised", f"The {name} does not accept our credential.", maybe_done=False)
    words = f"The {name} is not working at the moment. Nothing was sent."
    return Trouble("integration_down", words, maybe_done=False, retry_after=held.seconds)


_NOTHING_SAID: Final[tuple[Verdict, str | None]] = ("neutral", None)
"""Of a request that was cancelled."""


def _verdict(outcome: Reply | Trouble) -> tuple[Verdict, str | None]:
    """What one exchange says about the system. Asked to wait: nothing."""
    if isinstance(outcome, Trouble):
        return _NOTHING_SAID if outcome.code == STOPPED else ("failed", outcome.code)
    if outcome.status in {401, 403}:
        return "auth", "not_authorised"
    if outcome.status == 429:
        return "neutral", None
    if outcome.status >= 500 or outcome.status == 408:
        return "failed", "system_error"
    return "ok", None


def path_part(text: str) -> str:
    """One segment of a path, whatever it holds: it can neither leave its place nor begin a query."""
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


async def _read(response: httpx.Response, most: int) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise _Unreadable("bad_answer", "The answer was compressed, which nobody asked for.")
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > most:
            raise _Unreadable("answer_too_large", f"The answer was larger than {most // 1000} kB.")
        pieces.append(piece)
    return b"".join(pieces)


def _json_object(response: httpx.Response, data: bytes, *, own: bool) -> Mapping[str, Any]:
    if own and not data and response.is_success:
        return {}
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if own and isinstance(value, list):
        value = {"items": value}  # pyright: ignore[reportUnknownVariableType] - any JSON list
    if isinstance(value, dict):
        return read_json("tool_answer", value).value  # pyright: ignore[reportUnknownArgumentType] - any JSON object
    if response.is_success:
        raise _Unreadable("bad_answer", "The answer was not the JSON object that was expected.")
    return {}


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return min(float(value), 3600.0) if value.isascii() and value.isdigit() else None
