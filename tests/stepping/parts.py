"""What a core is made of between its store and the world outside, as the composition root builds it, without any loop.

Both kinds of play use it: that on a stepping loop, and that in processes which are killed.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from agent_core.audit.outside import OutsideFile
from agent_core.audit.sequencer import Sequencer
from agent_core.authority.sign import key_fingerprint
from agent_core.boundary.signature import read_secret, sign
from agent_core.contract.clock import Clock
from agent_core.contract.commands import Command, CommandDone
from agent_core.contract.ids import BrandId, ConversationId, SessionId, conversation_id
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import BrandAtWork, Deadlines, Instance
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.brands import BrandShelf
from agent_core.service.callbacks import CallbackAccepted, CallbackEntrance
from agent_core.service.commands import Means, carry_out
from agent_core.service.inbound import Accepted, Entrance
from agent_core.service.level_book import LevelBook
from agent_core.service.operators import OperatorBook
from agent_core.service.refusals import Refusals
from agent_core.service.sessions import Desk, Seat
from agent_core.service.settings import Connection
from agent_core.store import Store
from tests.engine.harness import CORE

WEBHOOKS: Final = "whsec_" + "c3RlcHBpbmcgd29ybGRzIHNlY3JldCE="
DEADLINES: Final = Deadlines(
    model=timedelta(seconds=20), read=timedelta(seconds=4), write=timedelta(seconds=4), reply=timedelta(seconds=4)
)


class Shelf(BrandShelf):
    """The brands, of which another release can become active while the core runs."""

    def put(self, brand: BrandAtWork) -> None:
        """This is what is active from now on."""
        self._active[brand.release.brand.name] = brand
        self._releases[brand.release.digest] = brand.release


@dataclass
class Parts:
    """Everything of a core that answers: commands, webhooks, callbacks, and a runner for each worker."""

    store: Store
    clock: Clock
    brand: BrandId
    shelf: Shelf
    people: OperatorBook
    means: Means
    entrance: Entrance
    callbacks: CallbackEntrance
    runners: tuple[Runner, ...]

    @classmethod
    def of(
        cls,
        store: Store,
        folder: Path,
        brand: BrandAtWork,
        clock: Clock,
        *,
        workers: int = 1,
        deadlines: Deadlines = DEADLINES,
    ) -> "Parts":
        """Builds them over an open store."""
        anchors = AnchorFile(folder / "config", data=folder / "data")
        people = OperatorBook(store, anchors, CORE)
        name = BrandId(brand.release.brand.name)
        shelf = Shelf({name: brand}, {})
        runners = tuple(
            Runner(store, shelf, people, instance=Instance(CORE, "test"), clock=clock, deadlines=deadlines)
            for _ in range(workers)
        )
        connection = Connection(
            shop_url="http://127.0.0.1:1", shop_token=SecretStr("x"), channel_url="http://127.0.0.1:1",
            channel_token=SecretStr("x"), webhook_secrets=(SecretStr(WEBHOOKS),), callback_secrets=(SecretStr(WEBHOOKS),),
        )  # fmt: skip
        means = Means(
            store=store,
            people=people,
            desk=Desk(people, core=CORE, clock=clock, embedded=None),
            shelf=shelf,
            runner=runners[0],
            anchors=anchors,
            clock=clock,
            core=CORE,
            sandbox=True,
            levels=LevelBook(store, people, CORE, sandbox=True),
            audit=Sequencer(store, OutsideFile(folder / "config", data=folder / "data", core=CORE), core=CORE, clock=clock),
        )
        refusals = Refusals(store, shelf, clock)
        entrance = Entrance(store, shelf, {name: connection}, clock, refusals)
        callbacks = CallbackEntrance(store, shelf, {name: connection}, clock, refusals)
        return cls(store, clock, name, shelf, people, means, entrance, callbacks, runners)

    async def webhook(self, event: str, thread: str, text: str, *, customer: str, author: str = "customer") -> Accepted:
        """A signed webhook arrives."""
        told = {
            "type": "message.created", "id": event, "occurred_at": self.clock().isoformat(),
            "conversation": {"id": thread, "channel": "chat"},
            "customer": {"id": customer, "name": "Amara Okafor", "email": "a@example.com", "authenticated": True},
            "message": {"id": event, "text": text, "author": author},
        }  # fmt: skip
        headers, chunks = signed_webhook(event, told, self.clock())
        return await self.entrance.take(self.brand, "chat", headers, chunks)

    async def callback(self, event: str, ref: str, answer: Mapping[str, Any]) -> CallbackAccepted:
        """The shop answers a call that it had taken."""
        at = self.clock()
        told = {"type": "operation.answered", "id": event, "occurred_at": at.isoformat(), "ref": ref, "answer": dict(answer)}
        headers, chunks = signed_webhook(event, told, at)
        return await self.callbacks.take(self.brand, "shop", headers, chunks)

    async def command(self, who: str, command: Command, key: str) -> CommandDone:
        """A person's console sends a command."""
        ring = await self.means.people.keyring()
        fingerprint = key_fingerprint(key_of(who))
        operator = next(each.operator for each in ring.active if each.fingerprint == fingerprint)
        now = self.clock()
        seat = Seat(SessionId(f"s_{who}"), operator, fingerprint, begun=now, seen=now)
        return await carry_out(self.means, seat, command, key)

    def conversation(self, thread: str) -> ConversationId:
        """How the core calls a thread."""
        return conversation_id(self.brand, "chat", thread, secret=self.store.secret)


def signed_webhook(event: str, told: Mapping[str, Any], at: datetime) -> tuple[dict[str, str], AsyncIterator[bytes]]:
    """A webhook as it arrives: headers and body."""
    body = json.dumps(told).encode()
    seconds = int(at.timestamp())
    headers = {
        "webhook-id": event, "webhook-timestamp": str(seconds),
        "webhook-signature": sign(read_secret(WEBHOOKS), event, seconds, body),
    }  # fmt: skip

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return headers, chunks()


def key_of(who: str) -> Ed25519PrivateKey:
    """A person's key, as the harness enrolled it."""
    return Ed25519PrivateKey.from_private_bytes(who[:1].encode() * 32)
