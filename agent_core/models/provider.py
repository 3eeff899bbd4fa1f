"""The Anthropic Messages API through the vendor's own client.

Why its own client: it speaks the wire's version, and its exceptions carry the stable error types. Everything it would do
by itself is off: retries, environment credentials, redirects, traces. Requests are streamed, so cancelling the task closes
the socket at once. It must never log or show the key, and never hand on an answer that is not whole.
Source: anthropic 2.11 (`_base_client.py`, `_exceptions.py`); it is built on httpx2, so httpx tools do not see it.
"""

import asyncio
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import anthropic
import httpx2
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import SecretStr

from agent_core.models.assembly import Assembly
from agent_core.models.failures import FailureKind, ModelFailure
from agent_core.models.port import ModelAnswer, ModelRequest

PUBLIC_URL: Final = "https://api.anthropic.com"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_BY_TYPE: Final[dict[str, FailureKind]] = {
    "rate_limit_error": "rate_limited",
    "overloaded_error": "overloaded",
    "api_error": "server_error",
    "timeout_error": "timeout",
    "request_too_large": "too_long",
    "authentication_error": "unauthorised",
    "permission_error": "unauthorised",
    "billing_error": "unauthorised",
    "invalid_request_error": "invalid_request",
    "not_found_error": "unauthorised",
}
_BY_STATUS: Final[dict[int, FailureKind]] = {
    401: "unauthorised",
    402: "unauthorised",
    403: "unauthorised",
    404: "unauthorised",
    408: "timeout",
    413: "too_long",
    429: "rate_limited",
    504: "timeout",
    529: "overloaded",
}
_TOO_LONG_HINT: Final = "prompt is too long"
"""No stable code exists for it; the words are only a hint, and when they change the failure is `invalid_request`."""


class AnthropicModel:
    """A `ModelClient` over `anthropic.AsyncAnthropic`.

    Args:
        base_url: Where the API is; `PUBLIC_URL` or a stand-in's address. No default: a test can never reach the real one.
        api_key: Sent as bearer token and kept nowhere else.
        connect_seconds: Bound for making the connection.
        silence_seconds: Bound for the time between two pieces of an answer.
        proxy: The way out, never for this machine itself; the environment's unless given.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: SecretStr,
        connect_seconds: float = 5.0,
        silence_seconds: float = 60.0,
        proxy: SecretStr | None = None,
    ) -> None:
        here = urlsplit(base_url).hostname in _LOOPBACK
        timeout = httpx2.Timeout(silence_seconds, connect=connect_seconds)
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key.get_secret_value(),
            base_url=base_url,
            timeout=timeout,
            max_retries=0,
            open_telemetry=False,
            http_client=anthropic.DefaultAsyncHttpxClient(
                timeout=timeout,
                follow_redirects=False,
                trust_env=not here and proxy is None,
                proxy=None if here or proxy is None else proxy.get_secret_value(),
            ),
        )

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        """Asks, and waits for the whole answer; see `ModelClient`."""
        try:
            body = request.request_bytes()
        except (ValueError, TypeError) as error:
            raise ModelFailure("invalid_request", message=f"cannot be sent: {type(error).__name__}") from error
        assembly = Assembly()
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._stream(body, assembly)
        except TimeoutError:
            raise assembly.failure("timeout", f"no whole answer in {deadline_seconds} s") from None
        except anthropic.APIStatusError as error:
            raise _status_failure(error, assembly) from None
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            raise assembly.failure("timeout", "the connection was silent for too long") from None
        except (anthropic.APIConnectionError, httpx2.TransportError, httpx2.StreamError) as error:
            raise assembly.failure("connection", f"{type(error).__name__}") from None
        except (anthropic.AnthropicError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise assembly.failure("bad_answer", f"the answer could not be read: {type(error).__name__}") from None
        return assembly.answer()

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _stream(self, body: bytes, assembly: Assembly) -> None:
        stream = await self._client.post(
            "/v1/messages",
            content=body,
            options={"headers": {"Content-Type": "application/json"}},
            cast_to=Message,
            stream=True,
            stream_cls=anthropic.AsyncStream[RawMessageStreamEvent],
        )
        assembly.request_id = stream.response.headers.get("request-id")
        async with stream:
            async for event in stream:
                assembly.feed(event.to_dict(mode="json", exclude_unset=True))


def _status_failure(error: anthropic.APIStatusError, assembly: Assembly) -> ModelFailure:
    words = error.api_message or ""
    kind = _BY_TYPE.get(error.type or "") or _BY_STATUS.get(error.status_code)
    if kind is None:
        kind = "server_error" if error.status_code >= 500 else "invalid_request"
    if kind == "invalid_request" and words.lower().startswith(_TOO_LONG_HINT):
        kind = "too_long"
    assembly.request_id = error.request_id or assembly.request_id
    return assembly.failure(kind, f"HTTP {error.status_code}: {words}", retry_after=_retry_after(error.response.headers))


def _retry_after(headers: Any) -> float | None:
    """Seconds from `retry-after`: a number, or a date compared with the answer's own date; else from what is used up."""
    value = headers.get("retry-after")
    if value is None:
        return _until_reset(headers)
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(headers["date"])).total_seconds())
    except (ValueError, KeyError, TypeError):
        return None


_ALLOWANCES: Final = ("requests", "tokens", "input-tokens", "output-tokens")


def _until_reset(headers: Any) -> float | None:
    """Seconds until the last of the allowances that are used up is filled again, by the answer's own clock."""
    waits: list[float] = []
    for name in _ALLOWANCES:
        if headers.get(f"anthropic-ratelimit-{name}-remaining") != "0":
            continue
        try:
            reset = datetime.fromisoformat(headers.get(f"anthropic-ratelimit-{name}-reset", ""))
            waits.append((reset - parsedate_to_datetime(headers["date"])).total_seconds())
        except (ValueError, KeyError, TypeError):
            continue
    return max(0.0, *waits) if waits else None
