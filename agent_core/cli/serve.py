"""``countersign-core serve``: one core on this machine, with or without the sandbox.

Why it exists: the console starts it as a child, and a service unit starts it alone. When it listens it prints one line of
JSON, ``{"url", "core", "pid"}``. It ends cleanly on Ctrl-C, on ``SIGTERM``, and, when embedded, as soon as standard input
closes: then whoever started it is gone. Secrets come over standard input, and where nobody hands them over by name: tools'
from the environment, all of them from the core's keyring if asked. It must never outlive its parent.
"""

import argparse
import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs
from pydantic import SecretStr

from agent_core.cli.collector import sparing_what_was_built
from agent_core.cli.command import Commands
from agent_core.cli.log_output import log_to_standard_error
from agent_core.cli.numbers import count, port
from agent_core.cli.until_stopped import stop_event
from agent_core.contract.errors import Unusable
from agent_core.contract.ids import BrandId
from agent_core.service.api import create_app
from agent_core.service.composition import Core
from agent_core.service.secret_sources import CORE, CoreKeyring, Environment, InOrder
from agent_core.service.serving import served
from agent_core.service.settings import DEMO_BRAND, Connection, SandboxSettings, Settings

_MOST_LINE = 64 * 1024


def add(commands: Commands) -> None:
    """Adds ``serve`` to the command line."""
    parser = commands.add_parser(
        "serve",
        help="run the agent core",
        description="Runs the core on this machine and prints where it listens as one line of JSON.",
    )
    parser.add_argument("--data", type=Path, help="data folder (default: the user's data folder)")
    parser.add_argument("--config", type=Path, help="folder of the anchor (default: the user's configuration folder)")
    parser.add_argument("--brand", type=Path, action="append", help="a brand folder; may be given several times")
    parser.add_argument("--allow-programs", action="store_true", help="start the MCP servers that brands name as programs")
    parser.add_argument(
        "--keyring", action="store_true", help="look for secrets in the system's keyring, where `secret set` puts them"
    )
    parser.add_argument("--watch", action="store_true", help="let edited brand folders go live while the core runs")
    parser.add_argument(
        "--allow-host",
        action="append",
        metavar="HOST[:PORT]",
        help="a brand's own tools may reach this host although it is inside; in a sandbox, the only hosts they reach at all",
    )
    parser.add_argument(
        "--proxy",
        metavar="URL",
        help="the way out for everything but this machine and allowed hosts; with a password, set COUNTERSIGN_PROXY instead",
    )
    parser.add_argument("--port", type=port, default=0, help="port to listen on; 0 (default) lets the system choose")
    parser.add_argument("--sandbox", action="store_true", help="start the stand-ins of the outside world with it")
    parser.add_argument("--customers", type=_rate, default=0.0, metavar="RATE", help="sandbox: new conversations a minute")
    parser.add_argument("--customer-count", type=count, metavar="N", help="sandbox: end the crowd after N conversations")
    parser.add_argument("--crowd-speed", type=_rate, default=1.0, help="sandbox: 1 is real time, 10 ten times as fast")
    parser.add_argument("--people", type=count, default=300, help="sandbox: size of the shop's world (default 300)")
    parser.add_argument("--seed", type=int, default=1, help="sandbox: equal seeds give equal worlds (default 1)")
    parser.add_argument(
        "--embedded", action="store_true", help="read one JSON line of secrets from standard input; end when it closes"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the core until it is stopped.

    Raises:
        CountersignError: It cannot start; the message says what to do.
    """
    log_to_standard_error()
    handed = _handed_over() if arguments.embedded else {}
    with sparing_what_was_built() as built:
        return asyncio.run(_serve(settings_from(arguments, handed), arguments.port, built, embedded=arguments.embedded))


def settings_from(arguments: argparse.Namespace, handed: dict[str, Any]) -> Settings:
    """The settings of a command line and what was handed over.

    Raises:
        Unusable: `bad_hand_over`.
    """
    sandbox = None
    if arguments.sandbox:
        secret = os.environ.get("COUNTERSIGN_SANDBOX_WEBHOOK_SECRET")
        sandbox = SandboxSettings(
            people=arguments.people,
            seed=arguments.seed,
            customers_per_minute=arguments.customers,
            crowd_speed=arguments.crowd_speed,
            count=arguments.customer_count,
            webhook_secret=None if not secret else SecretStr(secret),
        )
    try:
        token, key = handed.get("token"), handed.get("anthropic_key")
        secrets = {
            BrandId(str(name)): {str(each): SecretStr(str(value)) for each, value in dict(values).items()}
            for name, values in dict(handed.get("secrets") or {}).items()
        }
        connections = {
            BrandId(str(name)): _connection(value) for name, value in dict(handed.get("connections") or {}).items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise _bad_hand_over(type(error).__name__) from error
    kept = CoreKeyring() if arguments.keyring else None
    named = InOrder((Environment(), *((kept,) if kept is not None else ())))
    model_key = SecretStr(key) if isinstance(key, str) and key else None
    if model_key is None and kept is not None:
        model_key = kept.find(CORE, "anthropic_key")
    return Settings(
        data=arguments.data or Path(platformdirs.user_data_dir("countersign", appauthor=False)) / "core",
        config=arguments.config or Path(platformdirs.user_config_dir("countersign", appauthor=False)) / "anchor",
        brands=tuple(arguments.brand or (DEMO_BRAND,)),
        connections=connections,
        secrets=secrets,
        watch=arguments.watch,
        allow_programs=arguments.allow_programs,
        allowed_hosts=frozenset(arguments.allow_host or ()),
        sandbox=sandbox,
        find_secret=named.find,
        proxy=_proxy(arguments.proxy),
        anthropic_key=model_key,
        embedded_token=SecretStr(token) if isinstance(token, str) and token else None,
    )


async def _serve(settings: Settings, port: int, built: Callable[[], None], *, embedded: bool) -> int:
    with stop_event() as stop:
        if embedded:
            _stop_when_input_closes(asyncio.get_running_loop(), stop.set)
        async with Core.open(settings) as core, served(create_app(core), port=port) as at:
            line = {"url": at.base_url, "core": core.instance.core, "pid": os.getpid()}
            print(json.dumps(line), flush=True)
            async with core.preparing(built):
                await _served(stop, core, at.base_url)
            core.stopping.set()
            core.projector.stop()
    return 0


async def _served(stop: asyncio.Event, core: Core, url: str) -> None:
    """What is done while people can reach the core."""
    if core.sandbox is None:
        await _until(stop, core)
    else:
        await core.sandbox.point_at(url)
        async with core.sandbox.crowd():
            await _until(stop, core)


async def _until(stop: asyncio.Event, core: Core) -> None:
    """Waits until somebody asks to stop, or a part of the core has failed.

    Raises:
        Unusable: `part_failed`.
    """
    stopped = asyncio.create_task(stop.wait(), name="until-stopped")
    try:
        await asyncio.wait({stopped, core.broken}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    if core.broken.done():
        raise Unusable(
            "part_failed", "A part of the core has failed, so it ended. Start it again; nothing is lost.",
            detail=str(core.broken.exception()),
        )  # fmt: skip


def _handed_over() -> dict[str, Any]:
    """The one line of JSON that whoever started this core wrote to its standard input."""
    line = sys.stdin.buffer.readline(_MOST_LINE)
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _bad_hand_over(type(error).__name__) from None
    if not isinstance(value, dict):
        raise _bad_hand_over("no object")
    return value  # pyright: ignore[reportUnknownVariableType] - any JSON object


def _bad_hand_over(detail: str) -> Unusable:
    return Unusable(
        "bad_hand_over",
        "With --embedded, one line of JSON with a token is read from standard input; this was none.",
        detail=detail,
    )


def _connection(value: Any) -> Connection:
    return Connection(
        shop_url=str(value.get("shop_url", "")),
        shop_token=SecretStr(str(value.get("shop_token", ""))),
        channel_url=str(value["channel_url"]),
        channel_token=SecretStr(str(value["channel_token"])),
        webhook_secrets=tuple(SecretStr(str(secret)) for secret in value["webhook_secrets"]),
        callback_secrets=tuple(SecretStr(str(secret)) for secret in value.get("callback_secrets", ())),
    )


def _stop_when_input_closes(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """A thread that reads until the end: no event loop can wait for a pipe on every system."""

    def read() -> None:
        try:
            while os.read(sys.stdin.fileno(), 4096):
                pass
        except (OSError, ValueError):
            pass
        try:
            loop.call_soon_threadsafe(stop)
        except RuntimeError:
            return  # it has ended already

    threading.Thread(target=read, name="parent-pipe", daemon=True).start()


def _proxy(given: str | None) -> SecretStr | None:
    """The way out: of the command line, which everybody on the machine can read, or of the environment.

    Raises:
        Unusable: `bad_proxy`.
    """
    text = given or os.environ.get("COUNTERSIGN_PROXY", "")
    if not text:
        return None
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        good = good and parts.path in ("", "/") and not parts.query
    except ValueError:
        good, parts = False, urlsplit("")
    if not good or (given and (parts.username or parts.password)):
        words = "A proxy is named as http://HOST:PORT; one with a password only in the environment, as COUNTERSIGN_PROXY."
        raise Unusable("bad_proxy", words)
    return SecretStr(text)


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100_000:
        raise argparse.ArgumentTypeError("a rate is a number from 0 to 100000")
    return value
