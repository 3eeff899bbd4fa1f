"""What a person does about an ask besides deciding it as it is: take it, ask the agent, send it up, change it (R-C3, R-M9).

A thin layer over `CoreClient`. What is signed is what the core showed; it must never make up anything a signature is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_core.contract.bodies import Comment
from agent_core.contract.commands import AskBack, Claim, CommandDone, Edit, Escalate, ReleaseClaim
from agent_core.contract.editing import EditAsked, EditPreview
from agent_core.contract.views import AskCard
from console import texts_headless
from console.headless.client import CoreClient
from console.headless.errors import NoKey
from console.headless.signing import Seen


@dataclass(frozen=True, slots=True)
class Asks:
    """A person at a console, and the asks they see.

    Attributes:
        client: Signed in with a key.
    """

    client: CoreClient

    async def claim(self, card: AskCard, *, steal: str | None = None) -> CommandDone:
        """Says that one is on it, for two minutes; renewed by sending it again. `steal`: why it is taken from somebody."""
        return await self.client.command(Claim(ask=card.ask, conversation=card.conversation, steal=steal))

    async def release(self, card: AskCard) -> CommandDone:
        """Gives it back."""
        return await self.client.command(ReleaseClaim(ask=card.ask, conversation=card.conversation))

    async def ask_back(self, card: AskCard, question: str) -> CommandDone:
        """Asks the agent about what it proposed; the answer comes onto the card."""
        return await self.client.command(AskBack(ask=card.ask, conversation=card.conversation, question=question))

    async def escalate(self, card: AskCard, note: str, *, queue: str | None = None) -> CommandDone:
        """Sends it to those above, with a note."""
        command = Escalate(ask=card.ask, conversation=card.conversation, comment=note, queue=queue)
        return await self.client.command(command)

    async def edit_preview(self, card: AskCard, arguments: Mapping[str, Any] | None = None) -> EditPreview:
        """What a change of the arguments would come to; without any, what a form needs. Nothing is done."""
        path = f"/v1/conversations/{card.conversation}/asks/{card.ask}/edit-preview"
        asked = EditAsked(arguments=None if arguments is None else dict(arguments))
        return await self.client.tell(EditPreview, path, asked)

    async def edit(
        self,
        preview: EditPreview,
        *,
        approve: bool | None = None,
        comment: str | None = None,
        seen: Seen | None = None,
        key: str | None = None,
    ) -> CommandDone:
        """Carries out a change exactly as it was shown.

        Args:
            preview: With a `draft`.
            approve: Whether one's signature approves it; none: where it may (`may_approve`). Else it is left to others.
            comment: What the others should know.
            seen: When it was shown to the person.
            key: Sends the same command again.

        Raises:
            NoKey: `nothing_to_sign`: there is no draft.
        """
        signer, session = self.client.signer, self.client.session
        if preview.binding is None or preview.new_ask is None or preview.draft is None or session is None:
            raise NoKey("nothing_to_sign", texts_headless.NOT_POSSIBLE)
        words = Comment(text=comment) if comment else None
        shown_at, opened = (None, False) if seen is None else (seen.shown_at, seen.opened)
        ask, bound = preview.new_ask, preview.binding
        if preview.may_approve if approve is None else approve:
            envelope = signer.decision_on(session.core, ask, bound, "approve", words, shown_at=shown_at, opened=opened)
        else:
            envelope = signer.own_proposal(
                session.core, ask, bound, supersedes=preview.proposal, narrows=preview.narrows, comment=words,
                shown_at=shown_at,
            )  # fmt: skip
        command = Edit(
            conversation=preview.conversation,
            draft=preview.draft,
            envelope=envelope,
            comment=words and words.text,
            comment_salt=words and words.salt,
        )
        return await self.client.command(command, key=key)
