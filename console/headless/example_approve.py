"""The example: starts a core with its sandbox, waits until a refund is proposed, approves it, waits until it happened."""

import asyncio
import sys

from agent_core.contract.statements import ConsoleIdentity
from console.headless.client import CoreClient
from console.headless.core_child import ServeOptions
from console.headless.core_process import core_process
from console.headless.signing import KeyPair, Signer, new_operator


async def main() -> str:
    """Answers the sentence with which the first proposal ended."""
    me = Signer(KeyPair.new(), new_operator("Ada"), "admin", ConsoleIdentity(version="0.1.0", instance="example"))
    options = ServeOptions(sandbox=True, customers=6, crowd_speed=20)
    async with core_process(options) as core, CoreClient(core.url) as client:
        await client.sign_in_embedded(core.token.get_secret_value())
        await client.enrol(me.enrolment(await client.challenge(), name="Ada Example"))
        await client.sign_in(me)
        mine = None
        async for _ in client.feed():
            waiting = [card for card in await client.asks() if card.kind == "approval" and card.required_people == 1]
            waiting = [card for card in waiting if card.risk is None or not card.risk.min_shown_s]  # the rest must be read
            if mine is None and waiting:
                mine = waiting[0].ask
                await client.approve(waiting[0])
            if mine and (card := await client.ask(mine)).state == "closed":
                return f"{card.title}: {card.closed_sentence}"
        return "the feed never ends"


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main()) + "\n")
