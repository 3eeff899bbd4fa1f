"""What the tests of the Messages API stand-in share: a served stand-in, real clients, requests as our prompts make them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from anthropic import AsyncAnthropic

from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.messages.app import MessagesService, create_messages_app, service_of
from agent_core.sandbox.messages.brain import Brain
from agent_core.sandbox.messages.limits import RateLimits
from agent_core.sandbox.messages.script import Script
from agent_core.sandbox.serving import serve

KEY = "stand-in-key"
SUFFIX = "abcdefghijkl2345"
HEADERS = {"anthropic-version": "2026-10-21", "authorization": f"Bearer {KEY}"}


@dataclass
class Scene:
    """A served stand-in with both kinds of client."""

    base_url: str
    client: AsyncAnthropic
    http: httpx.AsyncClient
    service: MessagesService

    async def post(self, body: object, path: str = "/v1/messages", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(path, content=content, headers={**HEADERS, **headers})


@asynccontextmanager
async def scene(
    *,
    brain: Brain | None = None,
    script: Script | None = None,
    limits: RateLimits | None = None,
    seed: int = 0,
) -> AsyncGenerator[Scene]:
    app = create_messages_app(api_key=KEY, brain=brain, script=script, limits=limits, seed=seed)
    async with (
        serve(app) as served,
        AsyncAnthropic(base_url=served.base_url, api_key=KEY, max_retries=0) as client,
        local_client(base_url=served.base_url, timeout=120) as http,
    ):
        yield Scene(served.base_url, client, http, service_of(app))


def play(work: Callable[[Scene], Awaitable[None]], **options: Any) -> None:
    """Runs one scene to its end, inside a time limit."""

    async def whole() -> None:
        async with asyncio.timeout(300), scene(**options) as stage:
            await work(stage)

    asyncio.run(whole())


def hello(**more: Any) -> dict[str, Any]:
    """A smallest valid request."""
    return {"model": "claude-sonnet-5-5", "max_tokens": 256, "messages": [{"role": "user", "content": "hello"}], **more}


def tool(name: str) -> dict[str, Any]:
    return {"name": name, "description": name, "input_schema": {"type": "object", "properties": {}}}


def outside(text: str, number: int = 1) -> dict[str, Any]:
    """An outside block as our prompts mark it."""
    opening = f'<outside-{SUFFIX} origin="customer" id="m_{number}" at="2026-11-20T10:00:00Z">'
    return {"type": "text", "text": f"{opening}{text}</outside-{SUFFIX}>"}


def marked(tag: str, content: object, attributes: str = "") -> dict[str, Any]:
    """A block written by code."""
    inner = content if isinstance(content, str) else json.dumps(content)
    return {"type": "text", "text": f"<{tag}-{SUFFIX}{attributes}>{inner}</{tag}-{SUFFIX}>"}


def result(call: str, outcome: str, **more: Any) -> dict[str, Any]:
    """A tool_result as our prompts make it."""
    text = json.dumps({"outcome": outcome, **more})
    return {"type": "tool_result", "tool_use_id": call, "content": [{"type": "text", "text": text}]}
