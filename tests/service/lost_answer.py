"""A refund that was approved and done, of which nobody knows: the answer got lost, and the shop cannot be asked (R-A7)."""

from datetime import timedelta

from agent_core.contract.ids import ConversationId
from agent_core.contract.views import AskCard
from agent_core.engine.runtime import Deadlines
from console.headless.client import CoreClient
from tests.service.scene import Scene, approval, settled, until

SHORT = Deadlines(write=timedelta(seconds=1))
"""So long the shop is asked what became of a write. Reads take their time: here they have an answer, however slow we are."""

LOST = (
    {"match": "POST /v1/payments/*", "kind": "drop_after", "times": 1},
    {"match": "GET /v1/writes*", "kind": "status", "status": 501, "times": 1000},
    {"match": "GET /v1/refunds*", "kind": "status", "status": 501, "times": 1000},
)
"""The shop performs the refund, cuts the connection, and cannot be asked afterwards."""


async def approved_and_lost(it: Scene, client: CoreClient, *, thread: str = "t1") -> tuple[ConversationId, AskCard, AskCard]:
    """A customer asks for a refund, somebody approves it, and its answer gets lost.

    Returns:
        The conversation, the card that was approved, and the one that asks what became of it.
    """
    conversation = await it.write("Please refund NW-10023", thread=thread)
    card = await approval(client)
    await settled(client, conversation, 2)
    await it.faults(*LOST)
    await client.approve(await client.ask(card.ask))

    async def asked() -> AskCard | None:
        return next((each for each in await client.asks() if each.kind == "unknown_outcome"), None)

    return conversation, card, await until(client, asked)
