"""The session of a request, for every route that needs one, and the refusals any route may answer.

It must never let a request through whose token, or whose proof of who holds it, is missing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Header, Request

from agent_core.contract.errors import ErrorAnswer
from agent_core.contract.operator_proofs import PROOF_HEADER
from agent_core.service.outliving import seated
from agent_core.service.possession import Asking
from agent_core.service.sessions import Seat

if TYPE_CHECKING:
    from agent_core.service.composition import Core

_TEXTS: Final[Mapping[int, str]] = MappingProxyType({
    400: "The request could not be read",
    401: "No valid session",
    403: "Not allowed",
    404: "No such thing, or not for this session",
    409: "The world moved on",
    410: "The cursor is lost: begin again",
    413: "Too large",
    422: "Malformed",
    500: "A bug of ours",
    503: "Try again later",
})  # fmt: skip
_REFERRED: Final = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorAnswer.__name__}"}}}

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"content": _REFERRED, "description": text} for status, text in _TEXTS.items()
}
"""What any route may answer. It names the shape instead of giving it: a schema of its own for each of ten refusals of each
of sixty routes is a tenth of a second before a core listens. `DECLARED`, at one route, gives it."""

DECLARED: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorAnswer, "description": text} for status, text in _TEXTS.items() if status == 500
}
"""The shape itself, for one refusal of one route."""


def _token(authorization: Annotated[str | None, Header()] = None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


Token = Annotated[str, Depends(_token)]


async def asking(request: Request) -> Asking:
    """The request as its proof names it."""
    query: bytes = request.scope.get("query_string", b"")
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    target = path.partition(b"?")[0] + (b"?" + query if query else b"")
    return Asking(request.method, target, await request.body(), request.headers.get(PROOF_HEADER))


async def _seat(request: Request, token: Token) -> Seat:
    core: Core = request.app.state.core
    seat = await core.desk.seat(token, await asking(request))
    seated(request.scope, seat)
    return seat


Seated = Annotated[Seat, Depends(_seat)]
