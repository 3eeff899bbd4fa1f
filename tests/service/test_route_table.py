"""Routes are put into the application as they are: made once, found as before, and no file is read to answer (R-M1)."""

import asyncio
import linecache
from typing import Annotated

import fastapi.routing
import httpx
from fastapi import APIRouter, FastAPI, Query

from agent_core.service.route_table import put_in


def table() -> tuple[FastAPI, APIRouter]:
    app = FastAPI()
    routes = APIRouter(prefix="/v1", responses={404: {"description": "No such thing"}})

    @routes.get("/things/{thing}")
    async def shown(thing: str, many: Annotated[int, Query(ge=1)] = 1) -> dict[str, int]:
        return {thing: many}

    @routes.post("/things/{thing}")
    async def made(thing: str) -> dict[str, str]:
        return {"made": thing}

    del shown, made
    return app, routes


def asked(app: FastAPI, *questions: tuple[str, str]) -> list[tuple[int, str]]:
    async def ask() -> list[tuple[int, str]]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://core") as client:
            answers = [await client.request(method, path) for method, path in questions]
            return [(answer.status_code, answer.text) for answer in answers]

    return asyncio.run(ask())


QUESTIONS = (
    ("GET", "/v1/things/a?many=3"), ("GET", "/v1/things/a?many=0"), ("POST", "/v1/things/a"), ("DELETE", "/v1/things/a"),
    ("GET", "/things/a"), ("GET", "/v1/things/a/"),
)  # fmt: skip


def test_what_is_put_in_answers_and_is_described_as_what_is_included() -> None:
    app, routes = table()
    put_in(app, routes)
    included, same = table()
    included.include_router(same)
    assert asked(app, *QUESTIONS) == asked(included, *QUESTIONS)
    assert app.openapi() == included.openapi()


def test_routes_are_those_of_the_router_and_their_places_are_known_without_reading_a_file() -> None:
    app, routes = table()
    before = len(app.router.routes)
    put_in(app, routes)
    put = app.router.routes[before:]
    assert [id(route) for route in put] == [id(route) for route in routes.routes]
    linecache.clearcache()
    assert asked(app, *QUESTIONS)[0] == (200, '{"a":3}')
    assert __file__ not in linecache.cache
    for route in put:
        assert isinstance(route, fastapi.routing.APIRoute)
        known = fastapi.routing._endpoint_context_cache.pop(id(route.endpoint))  # pyright: ignore[reportPrivateUsage] - what it stands for is compared with it
        known.pop("path", None)  # of the request that came last
        assert known == fastapi.routing._extract_endpoint_context(route.endpoint)  # pyright: ignore[reportPrivateUsage]
