"""R-N5: what is personal stands in bodies, from where it can be erased; nothing else that lasts knows it.

A customer whose every name is one e-mail address writes, is refunded, and is erased. Every column of every table is
searched, and in the end every byte on the disk.
"""

import asyncio
import contextlib
import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from agent_core.boundary.signature import read_secret, sign
from agent_core.contract.clock import iso
from agent_core.contract.ids import BrandId, ConversationId, derived
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.brands import BrandShelf
from agent_core.service.inbound import Entrance
from agent_core.service.operators import OperatorBook
from agent_core.service.projection import views
from agent_core.service.projection.projector import Projector
from agent_core.service.refusals import Refusals
from agent_core.service.settings import Connection
from agent_core.store import Append, Erasure, ReadTx, Store
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.tables import metadata
from agent_core.systems.port import ToolResult
from agent_core.systems.tallying import CannotTell, Told
from tests.engine.harness import CORE, ORDER, Harness
from tests.engine.stage import Stage, staged
from tests.store.logs import contents

CANARY = "canary.7f3k@example.org"
BRAND = BrandId("northwind")
WEBHOOK = "whsec_" + "c2VjcmV0" * 4

_SHOWN = {("body", "data"), ("view", "data")}
"""Where it may stand: in bodies, which are erased, and in views, which are dropped and built anew."""


class Outside:
    """The channel that writes to the core, and whatever shows views."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        harness = stage.harness
        shelf = BrandShelf({BRAND: harness.brand}, {})
        nowhere = SecretStr("none")
        connection = Connection("http://127.0.0.1", nowhere, "http://127.0.0.1", nowhere, (SecretStr(WEBHOOK),))
        refusals = Refusals(harness.store, shelf, stage.clock)
        self.entrance = Entrance(harness.store, shelf, {BRAND: connection}, stage.clock, refusals)
        self.projector = projector_of(harness, shelf)
        self.authenticated = True
        self.email = CANARY

    async def writes(self, text: str, event: str) -> ConversationId:
        """A webhook arrives; every name in it is the canary."""
        body = json.dumps({
            "type": "message.created", "id": event, "occurred_at": iso(self.stage.clock()),
            "conversation": {"id": CANARY, "channel": "chat"},
            "customer": {"id": CANARY, "name": CANARY, "email": self.email, "authenticated": self.authenticated},
            "message": {"id": event, "text": text, "subject": f"About {CANARY}"},
        }).encode()  # fmt: skip
        taken = await self.entrance.take(BRAND, "chat", self.signed(event, body), _chunks(body))
        return taken.conversation

    def signed(self, event: str, body: bytes) -> dict[str, str]:
        at = int(self.stage.clock().timestamp())
        signature = sign(read_secret(WEBHOOK), event, at, body)
        return {"webhook-id": event, "webhook-timestamp": str(at), "webhook-signature": signature}


def projector_of(harness: Harness, shelf: BrandShelf) -> Projector:
    anchors = AnchorFile(harness.folder / "config", data=harness.folder / "data")
    return Projector(harness.store, shelf, OperatorBook(harness.store, anchors, CORE))


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def holders(store: Store, holds: Callable[[bytes], bool]) -> set[tuple[str, str]]:
    """Table and column of every value that holds something."""

    def search(tx: ReadTx) -> set[tuple[str, str]]:
        return {
            (table.name, column.name)
            for table in metadata.tables.values()
            for column in table.columns
            for value in tx.connection.execute(sa.select(column)).scalars()
            if holds(value if isinstance(value, bytes) else str(value).encode())
        }

    return await store.read(search)


def named(data: bytes) -> bool:
    return CANARY.encode() in data.lower()


def found_by_trying(data: bytes) -> bool:
    """Whether somebody who tries the address finds it: a digest, or an id derived from it, without a secret."""
    guesses = [hashlib.sha256(CANARY.encode()).hexdigest(), derived("c", BRAND, "chat", CANARY).partition("_")[2]]
    return any(guess.encode() in data for guess in guesses)


def test_R_N5_no_personal_value_stands_outside_of_bodies_and_after_erasure_none_is_on_the_disk(tmp_path: Path) -> None:
    async def refund() -> ConversationId:
        async with staged(tmp_path, alone=True) as stage:
            outside = Outside(stage)

            async def owned(_name: str, perform: Callable[[], ToolResult]) -> ToolResult:
                result = perform()
                facts = tuple((key, CANARY if key.endswith(".customer") else value) for key, value in result.facts)
                return replace(result, facts=facts)

            async def nothing(_found: Told | CannotTell) -> Told | CannotTell:
                return Told(0, 0)

            stage.harness.tools.around, stage.harness.tools.tallied = owned, nothing
            conversation = await outside.writes(f"Please refund 15 EUR of order {ORDER}. I am {CANARY}.", f"1.{CANARY}")
            await stage.settle(conversation)
            assert len(stage.harness.refunds()) == 1, "by the agent alone, counted"
            again = await outside.writes(f"Please refund 30 EUR of order {ORDER}. I am {CANARY}.", f"2.{CANARY}")
            assert again == conversation
            await stage.settle(conversation)
            for _ in range(2):  # the first yes lapses: what was refundable has changed since it was read
                await stage.harness.decide(conversation, reason=f"{CANARY} is right.")
                await stage.settle(conversation)
            assert len(stage.harness.refunds()) == 2, "by a person's yes"
            state = await outside.entrance.status(BRAND, "chat", f"1.{CANARY}", outside.signed(f"1.{CANARY}", b""))
            assert state != "unknown"
            await outside.projector.catch_up()
            assert await holders(stage.harness.store, named) == _SHOWN
            assert await holders(stage.harness.store, found_by_trying) == set()
            detail = await outside.projector.detail(conversation)
            assert detail is not None
            assert (detail.external_id, detail.row.customer_name) == (CANARY, CANARY)
            return conversation

    async def erase(conversation: ConversationId) -> None:
        async with staged(tmp_path) as stage:
            await stage.harness.store.write(views.forget)
            standing = await stage.harness.store.read(lambda tx: tx.standing_bodies(conversation))
            assert sum(each.count for each in standing) > 20
            await stage.harness.store.append(Append(conversation, erases=Erasure()))
            assert await stage.harness.store.scrub()
            assert await holders(stage.harness.store, named) == set()
            await stage.harness.store.verify(conversation)

    async def show_again(conversation: ConversationId) -> None:
        async with staged(tmp_path) as stage:
            projector = Outside(stage).projector
            await projector.catch_up()
            detail = await projector.detail(conversation)
            assert detail is not None
            assert (detail.external_id, detail.row.customer_name) == ("(erased)", "(erased)")
            assert CANARY not in detail.model_dump_json()

    conversation = asyncio.run(refund())
    assert any(map(named, contents(tmp_path / "data")))
    asyncio.run(erase(conversation))
    assert not any(map(named, contents(tmp_path / "data")))
    asyncio.run(show_again(conversation))
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / DATABASE_NAME)) as connection:
        connection.execute("VACUUM")
    assert not any(map(named, contents(tmp_path / "data")))
