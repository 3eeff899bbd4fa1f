"""How the shop answers later: signed callbacks to the core, one queue for each account, retried until they are taken.

Why it exists: what a system says weeks after it was asked must cross a real socket with a real signature too (R-A5, R-I3).
It uses the channel's postman, so answers can be made to come twice, late or backwards. It must never post anywhere but to
this machine.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from agent_core.sandbox.channel.ledger import ChannelLedger
from agent_core.sandbox.channel.postman import Backoff, Mishaps, Postman
from agent_core.sandbox.channel.webhooks import webhook_key
from agent_core.sandbox.clock import Clock, iso, system_clock


class ShopCallbacks:
    """The shop's side of what it answers later.

    Args:
        accounts: Account -> the ``whsec_…`` secret shared with its core.
        folder: Where what waits is kept; in memory without one.
        core_url: The core's base URL on this machine, or None to keep everything until it is known.
        backoff: Waits between attempts.
        clock: The shop's clock.

    Raises:
        ValueError: A secret has the wrong form.
    """

    def __init__(
        self,
        accounts: Mapping[str, str],
        *,
        folder: Path | None = None,
        core_url: str | None = None,
        backoff: Backoff | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._clock = clock
        self._ledgers: dict[str, ChannelLedger] = {}
        self._postmen: dict[str, Postman] = {}
        for account, secret in accounts.items():
            webhook_key(secret)
            path = None if folder is None else folder / f"callbacks-{account}.sqlite3"
            self._ledgers[account] = ChannelLedger.open(path, clock)
            self._postmen[account] = Postman(
                self._ledgers[account], secret=secret, core_url=core_url, backoff=backoff or Backoff(), clock=clock
            )

    def point_at(self, core_url: str | None) -> None:
        """Sends answers to another core from now on; what waits is due at once."""
        for postman in self._postmen.values():
            postman.point_at(core_url)

    def arm(self, mishaps: Mishaps) -> None:
        """Makes something go wrong with the next answers of every account."""
        for postman in self._postmen.values():
            postman.arm(mishaps)

    def answer(self, account: str, ref: str, answer: Mapping[str, Any]) -> str | None:
        """Takes an answer to deliver; the event's id, or None for an account nobody is called back for."""
        postman = self._postmen.get(account)
        if postman is None:
            return None
        event = {
            "type": "operation.answered",
            "id": f"evt_{secrets.token_hex(12)}",
            "occurred_at": iso(self._clock()),
            "ref": ref,
            "answer": dict(answer),
        }
        postman.post(event, f"/v1/callbacks/{account}/shop", about=ref)
        return str(event["id"])

    def outbox(self) -> dict[str, Any]:
        """What no core has taken yet, by account."""
        return {account: ledger.outbox() for account, ledger in self._ledgers.items()}

    @contextlib.asynccontextmanager
    async def delivering(self) -> AsyncGenerator[None]:
        """Delivers for as long as the block lasts, then closes."""
        running = [asyncio.create_task(each.run(), name=f"shop-postman {name}") for name, each in self._postmen.items()]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running)
            for ledger in self._ledgers.values():
                ledger.close()
