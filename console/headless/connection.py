"""A console's connection to one core: its session, the key that proves each request, and the way there and back.

A token is renewed before it ends, and a session that ended is begun again by whoever signed in. The first answer says which
core this is: from then on nothing is signed for another one, and whoever pinned where trust starts is asked before each
sign-in, also before those that happen by themselves. It must never send a token to another host, never follow a redirect,
never repeat anything that the core may have carried out, and never sign for another core than its own.
"""

import asyncio
import contextlib
import itertools
import ssl
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from pydantic import BaseModel

from agent_core.contract.commands import Challenge, EmbeddedSignIn, Session, SignIn
from agent_core.contract.operator_proofs import PROOF_HEADER, request_proof_bytes, spell_proof
from console import texts_headless
from console.headless.errors import ClientError, CoreRefused, CoreUnreachable, NoKey, NotSignedIn, refusal
from console.headless.signing import KeyPair, Signer

POLL_SECONDS: Final = 25.0
_THOUGHT_THROUGH: Final = ("/forks", "/diagnose")
_THINKING: Final = httpx.Timeout(20.0, connect=5.0, read=270.0)
"""A turn that is run again with a live model takes what turns take; the core ends it after four minutes."""
RENEW_AFTER: Final = 2 / 3
"""Of a token's life."""
_DOORS: Final = ("/v1/sessions", "/v1/challenge")
"""What signing in is made of: refused there, nobody tries to sign in because of it."""

Vouched = Callable[[Challenge], Awaitable[None]]
"""Asked before a sign-in is signed; raises `NoKey` where this is not the core that was trusted."""

Holds = Callable[[Signer], Awaitable[None]]
"""Asked before what a key signed is sent; raises `NoKey`: `key_gone` where the key is not kept any more."""
GONE: Final = "key_gone"

_Model = TypeVar("_Model", bound=BaseModel)


def load_connections() -> None:
    """Loads what the first client needs. Call it while a core loads: then nobody waits for it."""
    import_module("httpcore")
    # The first lock of a connection would load it, for as long as painting a whole window takes.
    import_module("anyio._backends._asyncio")


class Connection:
    """One console's connection to one core: who it is, and how it asks.

    Args:
        base_url: Where the core is, e.g. `http://127.0.0.1:8400`.
        transport: Another httpx transport, for tests.
        expects: The core that is there; without it the first session says.

    Attributes:
        vouched: Asked before each sign-in.
        holds: Asked before anything that was signed leaves, and before signing in again: whether the key is still kept.
        session: Who is signed in.
    """

    def __init__(
        self, base_url: str, transport: httpx.AsyncBaseTransport | None = None, *, expects: str | None = None
    ) -> None:
        self._place = (base_url, transport)
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            transport=transport,
            # A core here speaks plain HTTP: to read every certificate that is trusted takes longer than signing in.
            verify=True if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=httpx.Timeout(20.0, connect=5.0, read=POLL_SECONDS + 15.0),
            follow_redirects=False,
            trust_env=False,
        )
        self._expects = expects
        self._token: str | None = None
        self._session_key: KeyPair | None = None
        self._numbers = itertools.count(1)
        self._renew_at = float("inf")
        self._renewing = asyncio.Lock()
        self._entering = asyncio.Lock()
        self._signer: Signer | None = None
        self._left = 0  # how often somebody signed out: a sign-in that was on its way then is none
        self.vouched: Vouched | None = None
        self.holds: Holds | None = None
        self.session: Session | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections. Harmless when done twice."""
        await self._http.aclose()

    # -- who ------------------------------------------------------------------------------------------------------

    def expect(self, core: str) -> None:
        """Sign for this core alone."""
        self._expects = core

    async def challenge(self) -> Challenge:
        """A challenge with a nonce: for signing in, or for a statement that widens.

        Raises:
            NoKey: `another_core`: nothing is signed for it.
        """
        made = await self._ask(Challenge, "POST", "/v1/challenge")
        self._check_core(made.core)
        return made

    async def sign_in(self, signer: Signer) -> Session:
        """Signs in with a key; the client signs in again by itself when the session has ended.

        Raises:
            CoreRefused: The key is not enrolled, revoked, or the statement does not hold.
            NoKey: This is not the core that was trusted; nothing was signed.
        """
        left, challenge, key = self._left, await self.challenge(), KeyPair.new()
        if self.vouched is not None:
            await self.vouched(challenge)
        body = SignIn(envelope=signer.session(challenge, key.public_key))
        session = self._seated(await self._ask(Session, "POST", "/v1/sessions", body), key)
        if left != self._left:
            await self.sign_out()
            raise NotSignedIn(401, "signed_out", texts_headless.SIGNED_OUT)
        self._signer = signer
        return session

    def beside(self) -> Self:
        """Another client of the same core, with a session of its own."""
        return type(self)(*self._place, expects=self._expects)

    async def sign_in_embedded(self, token: str, key: KeyPair | None = None) -> Session:
        """Signs in without a key, with the token of the core this console started: good again for the key it came with."""
        self._signer, key = None, key or KeyPair.new()
        body = EmbeddedSignIn(token=token, session_key=key.public_key)
        return self._seated(await self._ask(Session, "POST", "/v1/sessions/embedded", body), key)

    def only_read(self) -> None:
        """Keeps the session and signs nothing more, not even in again."""
        self._signer = None

    async def sign_out(self, *, everywhere: bool = False) -> None:
        """Ends the session, or every session of this operator; whatever comes of it, this signs in by itself no more."""
        self._signer, self._left = None, self._left + 1
        try:
            if self._token is not None:
                await self._send("DELETE", "/v1/sessions/current", params={"everywhere": "true"} if everywhere else None)
        finally:
            self._token = self.session = self._session_key = None

    async def renew(self) -> Session:
        """A newer token for the same session; done by itself before the older one expires."""
        return self._seated(await self._ask(Session, "POST", "/v1/sessions/renew"), self._session_key)

    # -- asking ---------------------------------------------------------------------------------------------------

    async def query(self, model: type[_Model], path: str, **params: Any) -> _Model:
        """Any other question, answered by a type of the contract."""
        return await self._ask(model, "GET", path, params=params or None)

    async def tell(self, model: type[_Model], path: str, body: BaseModel) -> _Model:
        """Something that is no command, such as what needs no session."""
        return await self._ask(model, "POST", path, body)

    @property
    def signer(self) -> Signer:
        """The key that signed in.

        Raises:
            NoKey: `read_only`.
        """
        return self._signs()

    def _signs(self) -> Signer:
        if self._signer is None:
            raise NoKey("read_only", texts_headless.ONLY_READS)
        return self._signer

    def _check_core(self, core: str) -> None:
        if self._expects not in (None, core):
            raise NoKey("another_core", texts_headless.ANOTHER_CORE)

    # -- the wire -------------------------------------------------------------------------------------------------

    def _seated(self, session: Session, key: KeyPair | None) -> Session:
        self._check_core(session.core)
        self._expects = session.core
        if key is not self._session_key:
            self._numbers = itertools.count(1)
        self._token, self.session, self._session_key = session.token, session, key
        self._renew_at = time.monotonic() + session.renew_within_s * RENEW_AFTER
        return session

    async def _renew_in_time(self) -> None:
        """Renews the token once two thirds of its life are over."""
        if time.monotonic() < self._renew_at:
            return
        async with self._renewing:
            if time.monotonic() >= self._renew_at:
                self._renew_at = float("inf")
                with contextlib.suppress(ClientError):  # what was wanted says itself what is wrong
                    await self.renew()

    async def _ask(self, model: type[_Model], method: str, path: str, body: BaseModel | None = None, **more: Any) -> _Model:
        answer = await self._send(method, path, body, **more)
        try:
            return model.model_validate_json(answer.content)
        except ValueError as error:
            raise CoreRefused(answer.status_code, "unreadable_answer", texts_headless.UNREADABLE) from error

    async def _send(
        self,
        method: str,
        path: str,
        body: BaseModel | None = None,
        *,
        headers: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
    ) -> httpx.Response:
        if self._token is not None and not path.startswith(_DOORS):
            await self._renew_in_time()
            if getattr(body, "envelope", None) is not None:
                await self._still_held()
        used = self._token
        try:
            return await self._once(method, path, body, headers or {}, params)
        except NotSignedIn:
            if self._signer is None or path.startswith(_DOORS):
                raise
            await self._enter_again(used)
            return await self._once(method, path, body, headers or {}, params)

    async def _enter_again(self, used: str | None) -> None:
        """Signs in once for all who find at the same time that a session has ended.

        Args:
            used: The token that was refused.
        """
        async with self._entering:
            if self._token == used and self._signer is not None:
                try:
                    await self._still_held()
                except NoKey as error:
                    if error.code == GONE:
                        raise
                    # A keyring that is locked meanwhile ends no session; it gives no signature either.
                await self.sign_in(self._signer)

    async def _still_held(self) -> None:
        """Before a signature leaves.

        Raises:
            NoKey: Its key is not kept any more, or nobody can tell.
        """
        if self._signer is not None and self.holds is not None:
            await self.holds(self._signer)

    async def _once(
        self, method: str, path: str, body: BaseModel | None, headers: dict[str, str], params: dict[str, Any] | None
    ) -> httpx.Response:
        given = dict(headers)
        if self._token is not None:
            given["authorization"] = f"Bearer {self._token}"
        content = None
        if body is not None:
            content, given["content-type"] = body.model_dump_json().encode(), "application/json"
        patience = _THINKING if path.endswith(_THOUGHT_THROUGH) else httpx.USE_CLIENT_DEFAULT
        request = self._http.build_request(method, path, content=content, headers=given, params=params, timeout=patience)
        if self._token is not None and self._session_key is not None:
            number = next(self._numbers)
            proof = request_proof_bytes(self._token, number, method, request.url.raw_path, content or b"")
            request.headers[PROOF_HEADER] = spell_proof(number, self._session_key.sign_bytes(proof))
        try:
            answer = await self._http.send(request)
        except httpx.HTTPError as error:
            raise CoreUnreachable(type(error).__name__) from error
        if answer.is_success:
            return answer
        if answer.status_code in (502, 503, 504):
            raise CoreUnreachable(str(answer.status_code))
        raise refusal(answer.status_code, answer.content)
