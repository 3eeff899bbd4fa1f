"""What a person says beside a decision: signed with it, kept word for word in a body, never in a sentence (R-C4, R-N5)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.bodies import Comment, salted_digest
from agent_core.contract.commands import Decide, HandToTeam, ResolveAsk
from agent_core.contract.events import AskResolved, Countersigned
from agent_core.contract.statements import DecisionStatement, read_statement
from agent_core.contract.views import AskCard
from console.headless.errors import CoreRefused
from tests.service.scene import approval, closed, scene, until

WORDS = Comment(text="The parcel shows no damage.\nSee the photo.")


def test_R_C4_the_signed_words_are_the_stored_words(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=60) as it:
            client, signer = await it.admin()
            await it.write("Please refund NW-10023")
            card = await approval(client)
            assert client.session is not None
            core = client.session.core
            hidden = Comment(text="No\u200b damage.")
            refused = {
                "unclean_comment": Decide(
                    envelope=signer.decision(core, card, "deny", hidden), comment=hidden.text, comment_salt=hidden.salt
                ),
                "other_comment": Decide(
                    envelope=signer.decision(core, card, "deny", WORDS), comment="Sure.", comment_salt=WORDS.salt
                ),
            }
            missing = Decide(envelope=signer.decision(core, card, "deny", WORDS))
            unsalted = Decide(envelope=signer.decision(core, card, "deny", WORDS), comment=WORDS.text)
            unsigned = Decide(envelope=signer.decision(core, card, "deny"), comment=WORDS.text, comment_salt=WORDS.salt)
            commands = [*refused.items(), *(("other_comment", each) for each in (missing, unsalted, unsigned))]
            for code, command in commands:
                with pytest.raises(CoreRefused) as caught:
                    await client.command(command)
                assert caught.value.code == code
            await client.command(
                Decide(envelope=signer.decision(core, card, "deny", WORDS), comment=WORDS.text, comment_salt=WORDS.salt)
            )
            over = await closed(client, card)
            assert over.closed_sentence is not None
            records = await it.core.store.records(card.conversation)
            (event,) = (record.event for record in records if isinstance(record.event, Countersigned))
            assert event.comment is not None
            bodies = await it.core.store.bodies([event.comment, event.envelope])
            kept = bodies[event.comment.id]
            assert kept.text == WORDS.text
            statement = read_statement(signer.decision(core, card, "deny", WORDS).payload_bytes())
            assert isinstance(statement, DecisionStatement)
            assert statement.comment_digest == event.comment.digest == salted_digest(bytes.fromhex(WORDS.salt), kept.data)

    asyncio.run(run())


def test_a_persons_words_stand_in_a_body_and_in_no_sentence(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            conversation = await it.write("Hello, who are you?")

            async def there() -> bool | None:
                return True if any(row.conversation == conversation for row in (await client.rows()).rows) else None

            await until(client, there)
            await client.command(HandToTeam(conversation=conversation))

            async def asked() -> AskCard | None:
                return next((each for each in await client.asks() if "resolve" in each.verbs), None)

            card = await until(client, asked)
            await client.command(ResolveAsk(ask=card.ask, conversation=conversation, comment=WORDS.text))
            assert (await closed(client, card)).closed_sentence == "A person dealt with it."
            records = await it.core.store.records(conversation)
            (event,) = (
                record.event for record in records if isinstance(record.event, AskResolved) and record.event.ask == card.ask
            )
            assert event.comment is not None
            assert (await it.core.store.bodies([event.comment]))[event.comment.id].text == WORDS.text
            assert "damage" not in event.model_dump_json()

    asyncio.run(run())
