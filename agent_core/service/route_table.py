"""Puts routers into the application without making each of their routes a second time.

Why: to include a router is to keep it and to make all of its routes anew at the first request, which waits for that; and
the first request of each route reads the file the route stands in, to find its line. That was more than half of what a
console waited for between a core that listens and a window that lives. A router of ours adds nothing when it is included,
so its routes are the application's as they are. It must never change what a route answers.
"""

from collections.abc import Callable
from typing import Any

import fastapi.routing
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute


def put_in(app: FastAPI, *routers: APIRouter) -> None:
    """The routes of these, in their order, behind those that are there."""
    for router in routers:
        for route in router.routes:
            app.router.routes.append(route)
            if isinstance(route, APIRoute):
                _know_the_place_of(route.endpoint)


def _know_the_place_of(endpoint: Callable[..., Any]) -> None:
    """Tell where a route stands, as FastAPI would find it by reading the file. Without its list nothing but time is lost."""
    known: Any = getattr(fastapi.routing, "_endpoint_context_cache", None)
    code = getattr(endpoint, "__code__", None)
    if isinstance(known, dict) and code is not None:
        known[id(endpoint)] = {"file": code.co_filename, "line": code.co_firstlineno, "function": endpoint.__name__}
