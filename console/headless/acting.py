"""A person's own actions from a console: what there is to propose, what it would come to, and the signature (R-C3, R-E3).

A thin layer over `CoreClient`. What is signed is what the core showed; it must never make up anything a signature is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_core.contract.bodies import Comment
from agent_core.contract.commands import CommandDone
from agent_core.contract.ids import ConversationId
from agent_core.contract.proposing import ActionAsked, ActionPreview, ProposeAction
from console import texts_acting
from console.headless.client import CoreClient
from console.headless.errors import NoKey
from console.headless.signing import Seen


@dataclass(frozen=True, slots=True)
class Acting:
    """A person at a console who has a conversation.

    Attributes:
        client: Signed in with a key.
    """

    client: CoreClient

    async def preview(
        self, conversation: ConversationId, tool: str | None = None, arguments: Mapping[str, Any] | None = None
    ) -> ActionPreview:
        """What there is to propose; with a tool what its form needs, with arguments what it would be. Nothing is done."""
        asked = ActionAsked(tool=tool, arguments=None if arguments is None else dict(arguments))
        return await self.client.tell(ActionPreview, f"/v1/conversations/{conversation}/propose-preview", asked)

    async def propose(
        self, preview: ActionPreview, *, comment: str | None = None, seen: Seen | None = None, key: str | None = None
    ) -> CommandDone:
        """Puts an action before others exactly as it was shown.

        Args:
            preview: With a `draft`.
            comment: What the others should know.
            seen: When it was shown to the person.
            key: Sends the same command again.

        Raises:
            NoKey: `nothing_to_sign`: there is no draft.
        """
        session = self.client.session
        if preview.binding is None or preview.ask is None or preview.draft is None or session is None:
            raise NoKey("nothing_to_sign", texts_acting.NOTHING_TO_SIGN)
        words = Comment(text=comment) if comment else None
        envelope = self.client.signer.own_proposal(
            session.core, preview.ask, preview.binding, comment=words, shown_at=None if seen is None else seen.shown_at
        )
        command = ProposeAction(
            conversation=preview.conversation,
            draft=preview.draft,
            envelope=envelope,
            comment=words and words.text,
            comment_salt=words and words.salt,
        )
        return await self.client.command(command, key=key)
