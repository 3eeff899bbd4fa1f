"""What the HTTP surfaces of the shop and the channel share: one error shape, bearer sign-in, bounded JSON bodies.

Why it exists: a client must be able to read every refusal of a stand-in in the same way. It must never answer with a
stack trace, never accept a body of unlimited size, and never write a credential anywhere.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, cast

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

MAX_BODY_BYTES = 32 * 1024 * 1024
"""Larger bodies are refused; a hostile 10 MB message must still get through to the core, which decides about it."""

MAX_KEY_CHARACTERS = 255


class Refusal(Exception):
    """A request the stand-in refuses, in the vendor's voice.

    Attributes:
        status: HTTP status.
        code: Stable snake_case code.
        message: A sentence.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def json_answer(value: Mapping[str, Any], status: int = 200) -> JSONResponse:
    """Answers ``value`` as ASCII JSON, which carries even lone surrogates unharmed."""
    return _AsciiJson(dict(value), status_code=status)


class _AsciiJson(JSONResponse):
    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def error_answer(status: int, code: str, message: str) -> JSONResponse:
    """Answers the one error shape: ``{"error": {"code", "message"}}``."""
    return json_answer({"error": {"code": code, "message": message}}, status)


async def answer_refusal(_request: Request, refusal: Exception) -> Response:
    """Turns a :class:`Refusal` into its answer (a Starlette exception handler)."""
    assert isinstance(refusal, Refusal)
    return error_answer(refusal.status, refusal.code, refusal.message)


async def answer_not_found(request: Request, _error: Exception) -> Response:
    """Answers an unknown path in the common error shape."""
    return error_answer(404, "not_found", f"There is nothing at {request.url.path[:200]}.")


async def answer_wrong_method(request: Request, _error: Exception) -> Response:
    """Answers a known path with the wrong method in the common error shape."""
    return error_answer(405, "method_not_allowed", f"{request.method} is not possible here.")


async def read_json(request: Request, *, required: bool = True) -> dict[str, Any]:
    """Reads the request's JSON object.

    Args:
        request: The request.
        required: Without it, an empty body counts as ``{}``.

    Raises:
        Refusal: 413 for a body that is too large, 400 when it is not a JSON object.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                raise Refusal(413, "body_too_large", f"The body is larger than {MAX_BODY_BYTES} bytes.")
            chunks.append(chunk)
    except ClientDisconnect:
        # Nobody will read it, but the request must end as any refused one does: nothing performed.
        raise Refusal(400, "body_incomplete", "The body did not arrive completely.") from None
    raw = b"".join(chunks)
    if not raw and not required:
        return {}
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refusal(400, "invalid_json", "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_json", "The body is not a JSON object.")
    return cast("dict[str, Any]", value)


def text_field(
    body: Mapping[str, Any], name: str, *, default: str | None = None, limit: int = 2_000, storable: bool = True
) -> str:
    """Takes a text of at most ``limit`` characters from ``body``; ``storable`` refuses lone surrogates.

    Raises:
        Refusal: 422 ``invalid_field`` when it is missing without default, no text, or too long.
    """
    value = body.get(name, default)
    if not isinstance(value, str):
        raise Refusal(422, "invalid_field", f"{name} must be a text.")
    if len(value) > limit:
        raise Refusal(422, "invalid_field", f"{name} may have {limit} characters at most.")
    if not storable:
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal(422, "invalid_field", f"{name} holds half a character.") from None
    return value


def int_field(body: Mapping[str, Any], name: str, *, default: int | None = None) -> int:
    """Takes a whole number from ``body``; 1.0, true and "1" are none.

    Raises:
        Refusal: 422 ``invalid_field`` when it is missing without default or no whole number.
    """
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**53:
        raise Refusal(422, "invalid_field", f"{name} must be a whole number.")
    return value


def number_field(body: Mapping[str, Any], name: str, *, default: float) -> float:
    """Takes a number of seconds between 0 and 3600 from ``body``; never used for money.

    Raises:
        Refusal: 422 ``invalid_field``.
    """
    value = body.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 3600:
        raise Refusal(422, "invalid_field", f"{name} must be a number between 0 and 3600.")
    return float(value)


def idempotency_key(request: Request) -> str:
    """Takes the required ``Idempotency-Key`` header.

    Raises:
        Refusal: 400 ``idempotency_key_required`` or ``idempotency_key_invalid``.
    """
    key = request.headers.get("idempotency-key", "")
    if not key:
        raise Refusal(400, "idempotency_key_required", "This write needs an Idempotency-Key header.")
    if len(key) > MAX_KEY_CHARACTERS or not key.isascii() or not key.isprintable():
        raise Refusal(400, "idempotency_key_invalid", f"An Idempotency-Key has 1 to {MAX_KEY_CHARACTERS} ASCII characters.")
    return key


def fingerprint(operation: str, body: Mapping[str, Any]) -> str:
    """Digests an operation and its body, to tell a retry from another request under the same key."""
    canonical = json.dumps([operation, dict(body)], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


class BearerGate:
    """Lets only requests with the right bearer token through; everything else is 401.

    It guards the control paths too: a page in somebody's browser must not be able to steer the sandbox.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        if not token:
            raise ValueError("a stand-in needs a token")
        self._app = app
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/_sandbox/health":
            await self._app(scope, receive, send)
            return
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) == 1 and hmac.compare_digest(given[0], self._wanted):
            await self._app(scope, receive, send)
            return
        answer = error_answer(401, "unauthorized", "The bearer token is missing or wrong.")
        await answer(scope, receive, send)


async def answer_health(_request: Request) -> Response:
    """Answers that the stand-in is up."""
    return json_answer({"ok": True})
