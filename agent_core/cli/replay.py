"""``countersign-core replay``: posts recorded conversations through the signed webhook of a core and waits for each (R-A6).

Why it exists: real input is typed by nobody here: typos, anger, invisible characters, other businesses. Every message must
be answered, asked about or handed to a person; nothing may be lost or stuck. Without ``--url`` it starts a core of its own
with its sandbox, in a folder that is gone afterwards, and writes through the sandbox's channel.

Environment: ``COUNTERSIGN_WEBHOOK_SECRET`` (with ``--url``). The file has one JSON object a line: ``{"stream", "conv",
"seq", "t" (seconds), "author", "text"}``; only what customers wrote is posted. It must never print a text of the file.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import SecretStr

from agent_core.boundary.signature import read_secret, sign
from agent_core.cli.command import Commands
from agent_core.cli.log_output import log_to_standard_error
from agent_core.contract.canonical import digest
from agent_core.contract.clock import iso, system_clock
from agent_core.contract.errors import Invalid, Unavailable, Unusable
from agent_core.service.api import create_app
from agent_core.service.composition import Core
from agent_core.service.serving import served
from agent_core.service.settings import DEMO_BRAND, ROOT, SandboxSettings, Settings

CHANNEL: Final = "chat"
PATIENCE: Final = 120.0
"""Seconds after the last message within which every conversation must have come to rest."""
_AT_ONCE: Final = 16
_MOST_LINE: Final = 2_000_000
_POLL: Final = 0.2


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a customer."""

    conversation: str
    seq: int
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go."""

    core_url: str
    brand: str
    key: bytes
    channel_url: str | None = None
    channel_token: str = ""


def add(commands: Commands) -> None:
    """Adds ``replay`` to the command line."""
    parser = commands.add_parser(
        "replay",
        help="post recorded conversations through the signed webhook",
        description="Posts recorded customer messages and waits until each is answered, asked about or with a person.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="conversations, one JSON object a line")
    parser.add_argument("--brand", required=True, help="the brand's name")
    parser.add_argument("--url", help="a running core (default: one of our own, with its sandbox)")
    parser.add_argument(
        "--speed", type=float, default=0.0, help="1 keeps the recorded pauses, 10 a tenth; 0: none (default)"
    )
    parser.add_argument("--limit", type=int, help="replay at most so many conversations")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Replays a file.

    Returns:
        0 when every message came to rest; 1 when something was lost or stuck.

    Raises:
        CountersignError: The file, the core or the secret cannot be used; the message says what to do.
    """
    conversations = read_file(arguments.file, arguments.limit)
    log_to_standard_error()
    report = asyncio.run(_replay(conversations, arguments))
    print(json.dumps(report))
    return 0 if report["stuck"] == 0 and report["lost"] == 0 else 1


def read_file(path: Path, limit: int | None) -> dict[str, list[Line]]:
    """The customers' messages of a file, by conversation, in their order.

    Raises:
        Unusable: `no_file`.
        Invalid: `bad_line`; the message names the line.
    """
    found: dict[str, list[Line]] = {}
    try:
        for line in _lines(path):
            if line.conversation not in found and limit is not None and len(found) >= limit:
                continue
            found.setdefault(line.conversation, []).append(line)
    except OSError as error:
        raise Unusable("no_file", f"{path.name} cannot be read: give the path of a file.", detail=str(error)) from error
    return {name: sorted(lines, key=lambda line: line.seq) for name, lines in found.items()}


def _lines(path: Path) -> Iterator[Line]:
    with path.open("rb") as file:
        number = 0
        while data := file.readline(_MOST_LINE):
            number += 1
            if not data.strip():
                continue
            try:
                value: Any = json.loads(data)
                wanted = value["author"] == "customer"
                line = Line(str(value["conv"]), int(value["seq"]), float(value["t"] or 0), str(value["text"]))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise Invalid("bad_line", f"Line {number} is not a message of the agreed form.") from error
            if wanted:
                yield line


async def _replay(conversations: dict[str, list[Line]], arguments: argparse.Namespace) -> dict[str, Any]:
    run_name = os.urandom(4).hex()
    async with _target(arguments) as target, httpx.AsyncClient(trust_env=False, timeout=60) as client:
        room = asyncio.Semaphore(_AT_ONCE)
        results: list[tuple[str, int]] = []

        async def play(name: str, lines: list[Line]) -> None:
            async with room:
                results.append(await _conversation(client, target, f"{run_name}-{name}", lines, arguments.speed))

        async with asyncio.TaskGroup() as group:
            for name, lines in conversations.items():
                group.create_task(play(name, lines), name=f"replay {name}")
    states = Counter(state for state, _ in results)
    sent = sum(count for _, count in results)
    return {
        "conversations": len(conversations),
        "messages": sum(len(lines) for lines in conversations.values()),
        "taken": sent,
        "lost": sum(len(lines) for lines in conversations.values()) - sent,
        "answered": states["answered"],
        "asked": states["asked"],
        "with_a_person": states["with_a_person"],
        "stuck": states["working"] + states["unknown"],
    }


async def _conversation(
    client: httpx.AsyncClient, target: Target, name: str, lines: list[Line], speed: float
) -> tuple[str, int]:
    """Posts one conversation, message by message, each when the one before has come to rest; its last state."""
    sent, state, before = 0, "unknown", lines[0].at
    for line in lines:
        if speed > 0:
            await asyncio.sleep(max(line.at - before, 0.0) / speed)
        before = line.at
        event = await _post(client, target, name, line)
        if event is None:
            continue
        sent += 1
        state = await _rest(client, target, event)
    return state, sent


async def _post(client: httpx.AsyncClient, target: Target, name: str, line: Line) -> str | None:
    """Posts one message; its event id, or none when it was refused."""
    customer = {"id": f"replay-{digest(name)[:12]}", "name": "", "email": "", "authenticated": False}
    if target.channel_url is not None:
        body = {"conversation": name, "channel": CHANNEL, "customer": customer, "text": line.text}
        answer = await client.post(
            f"{target.channel_url}/_sandbox/messages",
            headers={"authorization": f"Bearer {target.channel_token}"},
            content=json.dumps(body).encode(),
        )
        return str(answer.json()["event_id"]) if answer.is_success else None
    event = f"replay-{name}-{line.seq}"
    body = {
        "type": "message.created", "id": event, "occurred_at": iso(system_clock()),
        "conversation": {"id": name, "channel": CHANNEL}, "customer": customer,
        "message": {"id": event, "text": line.text},
    }  # fmt: skip
    data = json.dumps(body).encode()
    url = f"{target.core_url}/v1/inbound/{target.brand}/{CHANNEL}"
    answer = await client.post(url, content=data, headers=signed(target.key, event, data))
    return event if answer.is_success else None


async def _rest(client: httpx.AsyncClient, target: Target, event: str) -> str:
    """Waits until a message is answered, asked about or with a person."""
    url = f"{target.core_url}/v1/inbound/{target.brand}/{CHANNEL}/{event}"
    state = "unknown"
    for _ in range(int(PATIENCE / _POLL)):
        answer = await client.get(url, headers=signed(target.key, event, b""))
        state = str(answer.json()["state"]) if answer.is_success else "unknown"
        if state not in ("unknown", "working"):
            return state
        await asyncio.sleep(_POLL)
    return state


def signed(key: bytes, event: str, data: bytes) -> dict[str, str]:
    """The headers of a webhook, by Standard Webhooks 1.0."""
    seconds = int(system_clock().timestamp())
    return {
        "content-type": "application/json", "webhook-id": event, "webhook-timestamp": str(seconds),
        "webhook-signature": sign(key, event, seconds, data),
    }  # fmt: skip


@contextlib.asynccontextmanager
async def _target(arguments: argparse.Namespace) -> AsyncGenerator[Target]:
    """A running core, or one of our own for as long as the block lasts."""
    if arguments.url is not None:
        secret = os.environ.get("COUNTERSIGN_WEBHOOK_SECRET", "")
        if not secret:
            raise Unusable("no_secret", "Set COUNTERSIGN_WEBHOOK_SECRET to the secret of the brand's webhook.")
        url = arguments.url.rstrip("/")
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
                (await client.get(f"{url}/v1/health")).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("no_core", f"No core answers at {url}.", detail=type(error).__name__) from error
        yield Target(url, arguments.brand, read_secret(secret))
        return
    folder = ROOT / "resources" / "brands" / arguments.brand
    secret = SecretStr("whsec_" + base64.b64encode(os.urandom(24)).decode())
    with tempfile.TemporaryDirectory(prefix="countersign-replay-") as place:
        settings = Settings(
            data=Path(place) / "data",
            config=Path(place) / "config",
            brands=(folder if folder.is_dir() else DEMO_BRAND,),
            sandbox=SandboxSettings(people=60, webhook_secret=secret),
        )
        async with Core.open(settings) as core, served(create_app(core)) as at:
            assert core.sandbox is not None
            await core.sandbox.point_at(at.base_url)
            connection = next(iter(core.sandbox.connections.values()))
            brand = core.shelf.names()[0]
            token = connection.channel_token.get_secret_value()
            yield Target(at.base_url, brand, read_secret(secret.get_secret_value()), connection.channel_url, token)
