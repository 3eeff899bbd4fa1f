"""The endpoints below ``/_sandbox``: order faults, see what was asked, see where the script stands.

They exist for tests and for a person at a demo. They never show a key, because none is kept.
"""

import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent_core.sandbox.messages.faults import Faults, fault_from
from agent_core.sandbox.messages.matching import NotInFormat
from agent_core.sandbox.messages.record import MOST_REQUESTS, Record
from agent_core.sandbox.messages.script import Script

_Endpoint = Callable[[Request], Awaitable[Response]]
_LARGEST_ORDER = 65_536


def admin_routes(faults: Faults, record: Record, script: Script | None) -> list[Route]:
    """The routes of the endpoints below ``/_sandbox``."""
    return [
        Route("/_sandbox/faults", _faults(faults), methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/requests", _requests(record), methods=["GET", "DELETE"]),
        Route("/_sandbox/script", _script(script), methods=["GET"]),
    ]


def _faults(faults: Faults) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            raw = await request.body()
            try:
                if len(raw) > _LARGEST_ORDER:
                    raise NotInFormat("fault: the order is too large")
                faults.arm(fault_from(json.loads(raw)))
            except (ValueError, RecursionError) as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(faults.state())

    return endpoint


def _requests(record: Record) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method == "DELETE":
            record.clear()
        asked = request.query_params.get("limit", str(MOST_REQUESTS))
        if not (asked.isascii() and asked.isdigit()):
            return JSONResponse({"error": "limit: expected a whole number"}, 400)
        return JSONResponse(record.state(min(int(asked), MOST_REQUESTS)))

    return endpoint


def _script(script: Script | None) -> _Endpoint:
    async def endpoint(_: Request) -> Response:
        if script is None:
            return JSONResponse({"error": "no script is loaded; the brain answers"}, 404)
        return JSONResponse(script.state())

    return endpoint
