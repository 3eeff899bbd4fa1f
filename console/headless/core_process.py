"""Starts a core as a child of this console, hands it what it must not find elsewhere, and ends it.

Token and model key go over standard input, never over arguments, environment or a file. The core ends when its input
closes, so it ends with this console however that ends. It must never be left running, or be waited for in a blocking way.
"""

import asyncio
import contextlib
import json
import secrets
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from console import texts_headless
from console.headless.errors import CoreEnded

READY_SECONDS: Final = 60.0
END_SECONDS: Final = 15.0
_MOST_LINES: Final = 40
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class StartedCore:
    """A core that listens.

    Attributes:
        token: Good for one read-only sign-in.
        process: The child; `returncode` tells whether it is still there.
    """

    url: str
    core: str
    token: SecretStr
    process: asyncio.subprocess.Process


@contextlib.asynccontextmanager
async def core_process(
    *,
    data: Path | None = None,
    config: Path | None = None,
    brands: Sequence[Path] = (),
    sandbox: bool = False,
    customers: float = 0.0,
    crowd_speed: float = 1.0,
    anthropic_key: SecretStr | None = None,
    more: Sequence[str] = (),
) -> AsyncGenerator[StartedCore]:
    """Starts `python -m agent_core serve --embedded` for as long as the block lasts.

    Args:
        data: Its data folder; its own choice when none.
        config: Where the anchor is kept.
        brands: Brand folders.
        sandbox: With the stand-ins of the outside world.
        customers: New conversations a minute, in the sandbox.
        crowd_speed: 1 is real time, 10 ten times as fast.
        anthropic_key: The real model.
        more: Further options, for tests.

    Raises:
        CoreEnded: It did not start; the sentence is the core's own.
    """
    options = ["serve", "--embedded", "--port", "0"]
    options += ["--data", str(data)] if data is not None else []
    options += ["--config", str(config)] if config is not None else []
    for folder in brands:
        options += ["--brand", str(folder)]
    options += ["--sandbox"] if sandbox else []
    options += ["--customers", f"{customers:g}", "--crowd-speed", f"{crowd_speed:g}"] if customers > 0 else []
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agent_core", *options, *more,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )  # fmt: skip
    said: list[str] = []
    listening = asyncio.create_task(_listen(process, said), name="core-stderr")
    talking: asyncio.Task[None] | None = None
    try:
        token = SecretStr(secrets.token_urlsafe(32))
        ready = await _ready(process, token, anthropic_key, said, listening)
        talking = asyncio.create_task(_drain(process), name="core-stdout")
        yield StartedCore(url=ready["url"], core=ready["core"], token=token, process=process)
    finally:
        await _end(process)
        for task in (listening, talking):
            if task is not None:
                await asyncio.wait({task}, timeout=2)
                task.cancel()
                await asyncio.wait({task})


async def _ready(
    process: asyncio.subprocess.Process,
    token: SecretStr,
    anthropic_key: SecretStr | None,
    said: list[str],
    listening: "asyncio.Task[None]",
) -> dict[str, Any]:
    """Hands over what the core needs and waits for its line."""
    assert process.stdin is not None
    assert process.stdout is not None
    key = None if anthropic_key is None else anthropic_key.get_secret_value()
    handed = json.dumps({"token": token.get_secret_value(), "anthropic_key": key})
    line = b""
    with contextlib.suppress(ConnectionError):  # it may have ended already; then its own words say why
        process.stdin.write(f"{handed}\n".encode())
        await process.stdin.drain()
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = await process.stdout.readline()
    except TimeoutError:
        raise CoreEnded(texts_headless.NOT_READY) from None
    try:
        ready = json.loads(line)
        return {"url": str(ready["url"]), "core": str(ready["core"])}
    except (ValueError, KeyError, TypeError):
        await asyncio.wait({listening}, timeout=5)
        raise CoreEnded(said[-1] if said else texts_headless.ENDED) from None


async def _listen(process: asyncio.subprocess.Process, said: list[str]) -> None:
    """Keeps the last lines the core wrote, for the sentence when it cannot start."""
    assert process.stderr is not None
    async for line in process.stderr:
        said.append(line.decode("utf-8", "replace").strip()[:400])
        del said[:-_MOST_LINES]


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    async for _ in process.stdout:
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    """Closes its input, waits, and only then ends it by force."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
