"""The stand-in over streamable HTTP: every request is answered as JSON, there is no stream to listen to."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent_core.sandbox.stock.desk import Desk


def create_stock_app(desk: Desk, *, token: str) -> Starlette:
    """The application.

    Args:
        desk: What it offers.
        token: Bearer token it wants to see.
    """

    async def mcp(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {token}":
            return Response(status_code=401)
        if request.method != "POST":
            return Response(status_code=405)
        message: Any = json.loads(await request.body())
        answer = desk.answer(message)
        return Response(status_code=202) if answer is None else JSONResponse(answer)

    return Starlette(routes=[Route("/mcp", mcp, methods=["GET", "POST", "DELETE"])])
