"""The story that the tests of exports are about: a refund with a person's yes, exported, erased, and exported again."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent_core.contract.events import ConversationExported
from console.headless.errors import CoreRefused
from tests.service.scene import approval, closed, scene, settled
from tests.service.test_erasing import erased, whole


@dataclass(frozen=True)
class Made:
    """Files of one core: before and after an erasure, and what somebody kept meanwhile."""

    readable: bytes
    erased: bytes
    kept: str
    anchor: str
    folder: Path
    conversation: str


def made_in(folder: Path) -> Made:
    """Plays the story, and keeps the files."""

    async def body() -> Made:
        async with scene(folder) as it:
            admin, signer = await it.admin()
            conversation = await it.write("Please refund NW-10023. ```\n# not a heading")
            kept = (await it.core.audit.checkpoint()).note
            assert kept is not None
            card = await approval(admin)
            await admin.approve(card, comment="That is right.")
            await closed(admin, card)
            await settled(admin, conversation, 2)
            size = int(kept.split("\n")[1])
            readable = await admin.export(conversation, against=size)
            supervisor, _ = await it.colleague((admin, signer), "Sam Super")
            with pytest.raises(CoreRefused) as refused:
                await supervisor.export(conversation)
            assert refused.value.code == "role_not_allowed"
            lead, _ = await it.colleague((admin, signer), "Lea Lead", role="lead", brands=("lumen",))
            with pytest.raises(CoreRefused) as refused:
                await lead.export(conversation)
            assert refused.value.code == "not_found"
            events = [record.event for record in await it.core.store.records(conversation)]
            assert sum(isinstance(event, ConversationExported) for event in events) == 1
            await admin.erase(await whole(admin, conversation), "customer_asked")
            await erased(admin, conversation)
            gone = await admin.export(conversation)
            return Made(readable, gone, kept, signer.key.fingerprint, folder, conversation)

    return asyncio.run(body())
