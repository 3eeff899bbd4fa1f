"""Several like cases approved on one sheet: each signed on its own, each answered on its own (R-C3).

A thin layer over `CoreClient`. Some may fail while others succeed, and each says so; it must never call a sheet done.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent_core.contract.bulk import batch_digest
from agent_core.contract.commands import CommandDone, Decide
from agent_core.contract.statements import AuditCheckpoint
from agent_core.contract.views import AskCard
from console import texts_acting
from console.headless.client import CoreClient
from console.headless.errors import ClientError, NoKey
from console.state.bulk import batch_of


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one case: done, or why not."""

    card: AskCard
    done: CommandDone | None = None
    refused: ClientError | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """A person at a console who approves like cases.

    Attributes:
        client: Signed in with a key.
    """

    client: CoreClient

    async def approve(
        self,
        cards: Sequence[AskCard],
        shown_at: datetime,
        *,
        opened: bool = False,
        checkpoint: AuditCheckpoint | None = None,
    ) -> AsyncGenerator[Answered]:
        """Approves each, one after the other, in the order they were shown; tells of each as it is answered.

        Args:
            cards: As shown on the sheet.
            shown_at: Since when the sheet showed all of them.
            opened: Whether the person opened one of them.
            checkpoint: The audit log as far as this console verified it.

        Raises:
            NoKey: `nothing_to_sign`: they may not be approved together.
        """
        batch, session = batch_of(cards), self.client.session
        if batch is None or session is None:
            raise NoKey("nothing_to_sign", texts_acting.NOT_TOGETHER)
        name = batch_digest(batch)
        for card in cards:
            assert card.binding is not None
            envelope = self.client.signer.decision_on(
                session.core, card.ask, card.binding, "approve", shown_at=shown_at, opened=opened, checkpoint=checkpoint,
                batch=name,
            )  # fmt: skip
            try:
                yield Answered(card, await self.client.command(Decide(envelope=envelope, batch=batch)))
            except ClientError as refused:
                yield Answered(card, refused=refused)
