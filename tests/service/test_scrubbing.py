"""A core that dies between an erasure and the last byte of it on the disk ends it at its next start (R-N5)."""

import asyncio
import shutil
from pathlib import Path

from agent_core.contract.ids import ConversationId
from agent_core.store import Append, Erasure
from tests.engine.harness import OTHER_ORDER
from tests.engine.stage import staged
from tests.service.test_personal_data import CANARY, Outside, holders, named
from tests.store.logs import contents


def test_R_N5_bytes_that_a_death_left_behind_are_gone_after_the_next_start(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    async def dies() -> ConversationId:
        async with staged(first) as stage:
            outside = Outside(stage)
            conversation = await outside.writes(f"Where is {OTHER_ORDER}? I am {CANARY}.", f"1.{CANARY}")
            await stage.settle(conversation)
            await outside.projector.catch_up()
            await stage.harness.store.append(Append(conversation, erases=Erasure()))
            shutil.copytree(first, second)  # as a death leaves it: committed, and nothing more
            return conversation

    async def starts(conversation: ConversationId) -> None:
        async with staged(second) as stage:
            store = stage.harness.store
            projector = Outside(stage).projector
            await projector.catch_up()
            assert await store.read(lambda tx: tx.meta("scrub")) is None
            assert ("body", "data") not in await holders(store, named)
            await store.verify(conversation)

    conversation = asyncio.run(dies())
    assert any(map(named, contents(second / "data")))
    asyncio.run(starts(conversation))
