"""A model's client that is made when it is first asked, or beforehand on another thread.

Why: the vendor's library takes longer to load than everything else of a core, and a core that has not been asked anything
does not need it to listen, sign people in or show what stands in the log. It must never load on the thread that asks: a
loop would stand still meanwhile.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable

from pydantic import SecretStr

from agent_core.models.port import ModelAnswer, ModelClient, ModelRequest


class OnDemandModel:
    """A `ModelClient` that makes the one it stands for when it is wanted.

    Args:
        make: Makes it. Runs on another thread and may take seconds; needs no loop.
    """

    def __init__(self, make: Callable[[], ModelClient]) -> None:
        self._make = make
        self._making = asyncio.Lock()
        self._made: ModelClient | None = None

    async def prepare(self) -> None:
        """Makes the client, so that the first question does not wait for it. Harmless when done twice."""
        async with self._making:
            if self._made is None:
                self._made = await _aside(self._make)

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        """Asks, and waits for the whole answer; see `ModelClient`. What the making took is part of the deadline."""
        made = self._made
        if made is None:
            began = time.monotonic()
            await self.prepare()
            deadline_seconds = max(0.0, deadline_seconds - (time.monotonic() - began))
            made = self._made
            assert made is not None
        return await made.answer(request, deadline_seconds=deadline_seconds)

    async def close(self) -> None:
        """Gives back connections, if there are any."""
        async with self._making:
            if self._made is not None:
                await self._made.close()


async def _aside(make: Callable[[], ModelClient]) -> ModelClient:
    """On a thread of its own that nobody waits for: a core that is told to end while it loads ends at once."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[ModelClient] = loop.create_future()

    def tell(client: ModelClient | None, error: Exception | None) -> None:
        if made.done():
            return
        if client is not None:
            made.set_result(client)
        else:
            made.set_exception(error or AssertionError("neither made nor failed"))

    def work() -> None:
        client, failed = None, None
        try:
            client = make()
        except Exception as error:  # noqa: BLE001 - whoever wanted the client is told
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody wants it any more
            loop.call_soon_threadsafe(tell, client, failed)

    threading.Thread(target=work, name="model-loading", daemon=True).start()
    return await made


def anthropic_model(*, base_url: str | None, api_key: SecretStr, proxy: SecretStr | None = None) -> OnDemandModel:
    """The Anthropic Messages API, loaded when it is wanted.

    Args:
        base_url: A stand-in's address; None for the vendor's own.
        api_key: Sent as bearer token and kept nowhere else.
        proxy: The way out; the environment's unless given.
    """

    def make() -> ModelClient:
        from agent_core.models.provider import PUBLIC_URL, AnthropicModel  # takes more than a second

        return AnthropicModel(base_url=base_url or PUBLIC_URL, api_key=api_key, proxy=proxy)

    return OnDemandModel(make)
