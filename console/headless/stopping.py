"""The stop switch of somebody who is not signed in, at the console that started the core (R-M3).

A stop needs no key and no session that lasts: it signs in with the core's own token, beside whatever else is open, stops,
and signs out. It must never do anything but stop, and never leave a session behind.
"""

import contextlib

from agent_core.contract.commands import Pause
from console.headless.client import CoreClient
from console.headless.errors import ClientError, Conflict
from console.headless.signing import KeyPair


async def stop_without_session(client: CoreClient, token: str, key: KeyPair, command: Pause) -> None:
    """Stops agents; harmless where they are stopped already.

    Args:
        client: Of the core; its own session is left alone.
        token: Handed over when the core was started.
        key: Of this console: the token is good again for the key it came with first.
        command: What is stopped.

    Raises:
        CoreUnreachable: Nobody answers.
        CoreRefused: The token is another console's, or there is nothing of that name.
    """
    async with client.beside() as aside:
        await aside.sign_in_embedded(token, key)
        try:
            await aside.command(command)
        except Conflict as conflict:
            if conflict.code != "already_paused":
                raise
        finally:
            with contextlib.suppress(ClientError):  # stopped is stopped, also where the core is away right after it
                await aside.sign_out()
