"""Has a core as a child of this console for as long as a block lasts: hands it what it must not find elsewhere, and ends it.

Token and model key go over standard input, never over arguments, environment or a file. The core ends when its input
closes, so it ends with this console however that ends. It must never be left running, or be waited for in a blocking way.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import SecretStr

from console import texts_headless
from console.headless.core_child import CoreChild, ServeOptions
from console.headless.errors import CoreEnded

if TYPE_CHECKING:
    from concurrent.futures import Future

READY_SECONDS: Final = 300.0
"""A core that dies is noticed at once; one that walks a brand for the first time needs minutes on a slow machine. Ending it
meanwhile would make it begin again, and it would never come to its end."""
END_SECONDS: Final = 15.0
_SILENT_SECONDS: Final = 5.0

_T = TypeVar("_T")


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
    process: CoreChild

    async def ended(self) -> int:
        """Waits until it has ended; answers its exit code."""
        return await _told(self.process.ended)


@contextlib.asynccontextmanager
async def core_process(options: ServeOptions, *, anthropic_key: SecretStr | None = None) -> AsyncGenerator[StartedCore]:
    """Starts `python -m agent_core serve --embedded` for as long as the block lasts.

    Raises:
        CoreEnded: It did not start; the sentence is the core's own.
    """
    async with core_of(CoreChild(options), anthropic_key) as started:
        yield started


@contextlib.asynccontextmanager
async def core_of(child: CoreChild, anthropic_key: SecretStr | None) -> AsyncGenerator[StartedCore]:
    """A child that was started already, once it listens and for as long as the block lasts.

    Args:
        child: The child; it ends with the block.
        anthropic_key: The real model.

    Raises:
        CoreEnded: It did not start; the sentence is the core's own.
    """
    try:
        token = SecretStr(secrets.token_urlsafe(32))
        ready = await _ready(child, token, anthropic_key)
        yield StartedCore(url=ready["url"], core=ready["core"], token=token, process=child)
    finally:
        await end_child(child)


async def end_child(child: CoreChild) -> None:
    """Closes its input, waits, and only then ends it by force."""
    child.close_input()
    try:
        async with asyncio.timeout(END_SECONDS):
            await _told(child.ended)
    except TimeoutError:
        child.kill()
        await _told(child.ended)


async def _ready(child: CoreChild, token: SecretStr, anthropic_key: SecretStr | None) -> dict[str, Any]:
    """Hands over what the core needs and waits for its line."""
    key = None if anthropic_key is None else anthropic_key.get_secret_value()
    child.hand_over(json.dumps({"token": token.get_secret_value(), "anthropic_key": key}).encode() + b"\n")
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = await _told(child.first_line)
    except TimeoutError:
        raise CoreEnded(texts_headless.NOT_READY) from None
    try:
        ready = json.loads(line)
        return {"url": str(ready["url"]), "core": str(ready["core"])}
    except (ValueError, KeyError, TypeError):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SILENT_SECONDS):
                await _told(child.silent)
        raise CoreEnded(child.said[-1] if child.said else texts_headless.ENDED) from None


async def _told(future: "Future[_T]") -> _T:
    """What a thread tells. Whoever gives up waiting for it leaves it to the others."""
    return await asyncio.shield(asyncio.wrap_future(future))
