"""A tiny system of somebody else's that no code of ours knows: bookings of a pottery school, over a real socket."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent_core.sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

KEY = "bookings-key-4711"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


class Bookings:
    """What it knows, what it was asked, and how it answers next."""

    def __init__(self) -> None:
        self.bookings: dict[str, dict[str, Any]] = {}
        self.moves: dict[str, dict[str, Any]] = {}
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []
        self.next: list[Response] = []
        """Answered instead of its own, in order; a `None` body that was performed first is `perform_then`."""
        self.perform_then: Response | None = None

    def add(self, name: str, customer: str, day: str = "monday", **more: Any) -> None:
        self.bookings[name] = {"id": name, "customer_id": customer, "day": day, "state": "booked", "teacher": None, **more}

    async def _noted(self, request: Request) -> Any:
        raw = await request.body()
        body = await request.json() if raw else None
        self.seen.append((request.method, request.url.path, dict(request.headers), body))
        return body

    async def booking(self, request: Request) -> Response:
        await self._noted(request)
        if self.next:
            return self.next.pop(0)
        if request.headers.get("x-api-key") != KEY:
            return JSONResponse({"problem": {"code": "who_are_you"}}, 401)
        found = self.bookings.get(request.path_params["name"])
        return JSONResponse({"problem": {"code": "no_such_booking"}}, 404) if found is None else JSONResponse(found)

    async def move(self, request: Request) -> Response:
        body = await self._noted(request)
        if self.next:
            return self.next.pop(0)
        name, key = request.path_params["name"], request.headers["idempotency-key"]
        if body["day"] not in DAYS:
            return JSONResponse({"problem": {"code": "no_such_day"}}, 409)
        if key not in self.moves:
            self.bookings[name]["day"] = body["day"]
            made = {"move_id": f"m{len(self.moves) + 1}", "booking": name, "day": body["day"], "key": key, "iban": "secret"}
            self.moves[key] = made
        instead, self.perform_then = self.perform_then, None
        return instead or JSONResponse(self.moves[key], 201)

    async def found_moves(self, request: Request) -> Response:
        await self._noted(request)
        if self.next:
            return self.next.pop(0)
        made = self.moves.get(request.query_params["key"])
        return JSONResponse({"moves": [] if made is None else [made]})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/bookings/{name}", self.booking),
                Route("/api/bookings/{name}/moves", self.move, methods=["POST"]),
                Route("/api/moves", self.found_moves),
            ]
        )


@asynccontextmanager
async def bookings() -> "AsyncGenerator[tuple[Bookings, str]]":
    """The system and its address."""
    system = Bookings()
    async with serve(system.app()) as served:
        yield system, served.base_url
