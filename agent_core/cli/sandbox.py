"""``countersign-core sandbox NAME``: starts one stand-in of the outside world alone.

Why it exists: the console's demo, a developer and a test in another process need the same shop, channel, Messages API and
customers (R-I5). When a stand-in is ready it prints one line of JSON with its URL and its credentials, which are made up for
this run unless given by the environment. It must never listen on anything but this machine.

Environment: ``COUNTERSIGN_SANDBOX_TOKEN`` (token of the stand-in that is started), ``COUNTERSIGN_SANDBOX_WEBHOOK_SECRET``
(channel), ``COUNTERSIGN_SANDBOX_SHOP_TOKEN`` and ``COUNTERSIGN_SANDBOX_CHANNEL_TOKEN`` (for customers of running ones).
Credentials are not options, because a process list shows options to everybody.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import AsyncGenerator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent_core.cli.command import Commands
from agent_core.cli.numbers import count, port
from agent_core.cli.until_stopped import stop_event
from agent_core.sandbox.channel.app import create_channel_app, loopback_url
from agent_core.sandbox.channel.ledger import ChannelLedger
from agent_core.sandbox.channel.webhooks import new_webhook_secret, webhook_key
from agent_core.sandbox.customers.crowd import CustomerCrowd, Pace, people_of
from agent_core.sandbox.customers.plan import plan, scripts
from agent_core.sandbox.errors import SandboxError
from agent_core.sandbox.messages.app import create_messages_app
from agent_core.sandbox.messages.script import Script
from agent_core.sandbox.serving import AsgiApp, serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.world import DEFAULT_CUSTOMERS, ShopWorld
from agent_core.sandbox.wire import BearerGate, answer_health, json_answer

NAMES = ("messages", "shop", "channel", "customers")


class SandboxMisused(SandboxError):
    """The options or the environment do not fit the stand-in."""

    code = "sandbox_misused"


def add(commands: Commands) -> None:
    """Adds ``sandbox`` to the command line."""
    parser = commands.add_parser(
        "sandbox",
        help="start one stand-in of the outside world",
        description="Starts one stand-in on this machine and prints its URL and credentials as one line of JSON.",
    )
    parser.add_argument("name", choices=NAMES, help="which stand-in")
    parser.add_argument("--port", type=port, default=0, help="port to listen on; 0 (default) lets the system choose")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds give equal worlds (default 1)")
    parser.add_argument("--script", type=Path, help="messages: file of scripted turns instead of the offline brain")
    parser.add_argument("--data", type=Path, help="shop, channel: file to keep the state in (default: in memory)")
    parser.add_argument(
        "--people",
        type=count,
        default=DEFAULT_CUSTOMERS,
        help=f"shop, customers: size of the world (default {DEFAULT_CUSTOMERS})",
    )
    parser.add_argument("--brand", default="northwind", help="channel: brand in the webhook's path")
    parser.add_argument("--core-url", help="channel: base URL of the core; without it events wait")
    parser.add_argument("--channel-url", help="customers: a running channel (default: one is started with them)")
    parser.add_argument("--shop-url", help="customers: a running shop to ask who there is (default: by the seed)")
    parser.add_argument("--rate", type=_positive, default=6.0, help="customers: new conversations a minute (default 6)")
    parser.add_argument("--speed", type=_positive, default=1.0, help="customers: 1 is real time, 10 ten times as fast")
    parser.add_argument("--count", type=count, help="customers: end after so many conversations")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the stand-in until it is stopped.

    Returns:
        0; 1 when a script of the Messages API was not played to its end.

    Raises:
        SandboxError: It cannot start; the message says why.
    """
    return asyncio.run(_STARTS[arguments.name](arguments))


async def _messages(arguments: argparse.Namespace) -> int:
    script = Script.load(arguments.script) if arguments.script is not None else None
    api_key = _credential("COUNTERSIGN_SANDBOX_TOKEN", "sk-sandbox-")
    app = create_messages_app(api_key=api_key, script=script, seed=arguments.seed)
    await _serve_until_stopped(app, arguments, {"api_key": api_key})
    if script is None or script.fulfilled:
        return 0
    state = script.state()
    print(
        f"The script was not played as written: {len(state['unconsumed'])} turns are left and "
        f"{len(state['failures'])} requests were not expected.",
        file=sys.stderr,
    )
    return 1


async def _shop(arguments: argparse.Namespace) -> int:
    token = _credential("COUNTERSIGN_SANDBOX_TOKEN", "shop-")
    if arguments.data is None:
        world = ShopWorld.seeded(arguments.seed, arguments.people)
    else:
        world = ShopWorld.open(arguments.data, arguments.seed, arguments.people)
    with world:
        await _serve_until_stopped(create_shop_app(world, token=token), arguments, {"token": token})
    return 0


async def _channel(arguments: argparse.Namespace) -> int:
    token, secret = _credential("COUNTERSIGN_SANDBOX_TOKEN", "channel-"), _webhook_secret()
    ledger = ChannelLedger.open(arguments.data)
    try:
        app = _channel_app(arguments, token, secret, ledger)
        shown = {"token": token, "webhook_secret": secret, "brand": arguments.brand, "core_url": arguments.core_url}
        await _serve_until_stopped(app, arguments, shown)
    finally:
        ledger.close()
    return 0


async def _customers(arguments: argparse.Namespace) -> int:
    if arguments.shop_url is not None:
        people = await people_of(_local(arguments.shop_url), _given("COUNTERSIGN_SANDBOX_SHOP_TOKEN"))
    else:
        with ShopWorld.seeded(arguments.seed, arguments.people) as world:
            people = world.people()
    # Another run must not continue this one's conversations, so their names carry a label of their own.
    label = f"{secrets.token_hex(3)}_"
    options: dict[str, Any] = {"rate_per_minute": arguments.rate, "label": label}
    if arguments.count is None:
        chosen = scripts(arguments.seed, people, **options)
    else:
        chosen = iter(plan(arguments.seed, arguments.count, people, **options))
    token = _credential("COUNTERSIGN_SANDBOX_TOKEN", "customers-")
    async with _some_channel(arguments) as (channel_url, channel_token, shown):
        crowd = CustomerCrowd(chosen, channel_url=channel_url, channel_token=channel_token, pace=Pace(arguments.speed))

        async def report(_request: Request) -> Response:
            return json_answer(asdict(crowd.report))

        routes = [Route("/_sandbox/health", answer_health), Route("/_sandbox/report", report)]
        app = BearerGate(Starlette(routes=routes), token)
        playing = asyncio.create_task(crowd.run(), name="crowd")
        try:
            await _serve_until_stopped(app, arguments, {"token": token} | shown, playing)
        finally:
            playing.cancel()
            await asyncio.wait({playing})
        if not playing.cancelled():
            playing.result()
        _print_line({"name": "customers", "report": asdict(crowd.report)})
    return 0


@contextlib.asynccontextmanager
async def _some_channel(arguments: argparse.Namespace) -> AsyncGenerator[tuple[str, str, dict[str, Any]]]:
    """Yields URL, token and what to print of the channel to write to: a running one, or one of our own."""
    if arguments.channel_url is not None:
        url = _local(arguments.channel_url)
        yield url, _given("COUNTERSIGN_SANDBOX_CHANNEL_TOKEN"), {"channel_url": url}
        return
    token, secret = _credential("COUNTERSIGN_SANDBOX_CHANNEL_TOKEN", "channel-"), _webhook_secret()
    async with serve(_channel_app(arguments, token, secret, None)) as served:
        shown = {"channel_url": served.base_url, "channel_token": token, "webhook_secret": secret}
        yield served.base_url, token, shown


def _channel_app(arguments: argparse.Namespace, token: str, secret: str, ledger: ChannelLedger | None) -> AsgiApp:
    try:
        return create_channel_app(
            secret=secret, core_url=arguments.core_url, token=token, brand=arguments.brand, ledger=ledger
        )
    except ValueError as error:
        raise SandboxMisused(f"The channel cannot start: {error}.") from None


async def _serve_until_stopped(
    app: AsgiApp, arguments: argparse.Namespace, shown: dict[str, Any], work: asyncio.Task[Any] | None = None
) -> None:
    """Serves ``app``, prints the line of JSON when it listens, and returns when stopped or when ``work`` is done."""
    with stop_event() as stop:
        async with serve(app, port=arguments.port) as served:
            line = {"name": arguments.name, "url": served.base_url} | shown | {"seed": arguments.seed}
            _print_line(line)
            stopped = asyncio.create_task(stop.wait(), name="until-stopped")
            try:
                await asyncio.wait({stopped} if work is None else {stopped, work}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopped.cancel()


def _print_line(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


def _credential(variable: str, prefix: str) -> str:
    return os.environ.get(variable) or prefix + secrets.token_urlsafe(18)


def _given(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise SandboxMisused(f"Set {variable} to the token of the running stand-in.")
    return value


def _webhook_secret() -> str:
    secret = os.environ.get("COUNTERSIGN_SANDBOX_WEBHOOK_SECRET") or new_webhook_secret()
    try:
        webhook_key(secret)
    except ValueError as error:
        raise SandboxMisused(f"COUNTERSIGN_SANDBOX_WEBHOOK_SECRET cannot be used: {error}.") from None
    return secret


def _local(url: str) -> str:
    try:
        return loopback_url(url)
    except ValueError:
        raise SandboxMisused("A stand-in's URL must read like http://127.0.0.1:8400.") from None


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError("a positive number is needed")
    return value


_STARTS = {"messages": _messages, "shop": _shop, "channel": _channel, "customers": _customers}
