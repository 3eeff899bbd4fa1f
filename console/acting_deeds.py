"""A person's own deeds, carried out over the line's own client (`console.workspaces.acting_deeds`).

Each case of a sheet is signed, sent and answered by itself, and each says what became of it. It must never say that all is
done when it is not, and never sign anything but what was shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent_core.contract.ids import AskId, ConversationId
from agent_core.contract.proposing import ActionPreview
from agent_core.contract.views import AskCard
from console import texts_acting
from console.connected import Connected
from console.errands import Errands
from console.headless.acting import Acting
from console.headless.bulk import Bulk
from console.headless.signing import Seen
from console.state.acting import ActionShown, PicksCleared
from console.state.happenings import CommandAnswered, CommandRefused, CommandSent, News
from console.state.ports import ConsoleError
from console.state.store import Store
from console.tasks import Tasks
from console.telling import told


class ActingPerson:
    """What one person does of their own.

    Args:
        store: The state.
        line: To the core.
        tasks: Where the work is kept.
    """

    def __init__(self, store: Store, line: Connected, tasks: Tasks) -> None:
        self._store = store
        self._line = line
        self._tasks = tasks
        self._asked = 0
        self._errands = Errands(store, tasks)

    def preview_action(self, conversation: ConversationId, tool: str | None, arguments: Mapping[str, Any] | None) -> None:
        """Ask what an action would come to; of two answers that overtake each other the newer question's counts."""
        self._asked += 1
        self._tasks.start(self._previewing(self._asked, conversation, tool, arguments), "action")

    async def _previewing(
        self, number: int, conversation: ConversationId, tool: str | None, arguments: Mapping[str, Any] | None
    ) -> None:
        try:
            with told():
                preview = await Acting(self._line.client).preview(conversation, tool, arguments)
        except ConsoleError as error:
            self._store.dispatch(News("action", error.message, "", "warn"))
            return
        if number == self._asked:
            self._store.dispatch(ActionShown(preview))

    def propose(self, preview: ActionPreview, comment: str) -> None:
        """Propose exactly what was shown."""
        subject = f"action:{preview.conversation}"
        seen = Seen(self._store.state.now, opened=True)

        async def signed() -> None:
            with told():
                await Acting(self._line.client).propose(preview, comment=comment or None, seen=seen)

        said = texts_acting.PROPOSED_WAITS.format(what=preview.title)
        news = News(subject, texts_acting.PROPOSED, said, "ok", preview.conversation)
        self._errands.do(subject, "propose", signed, done=lambda _: self._store.dispatch(news))

    def approve_together(self, asks: Sequence[AskId], shown_at: datetime) -> None:
        """Countersign each by itself."""
        state = self._store.state
        cards = tuple(state.asks[ask] for ask in asks if ask in state.asks and str(ask) not in state.pending)
        if len(cards) < 2 or len(cards) != len(asks):
            self._store.dispatch(News("together", texts_acting.MOVED_MEANWHILE, "", "warn"))
            return
        for card in cards:
            self._store.dispatch(CommandSent(str(card.ask), "approve", card.version))
        self._store.dispatch(PicksCleared())
        self._tasks.start(self._approving(cards, shown_at), "together")

    async def _approving(self, cards: tuple[AskCard, ...], shown_at: datetime) -> None:
        left = {card.ask: card for card in cards}
        try:
            with told():
                checkpoint = self._line.verified()
                async for one in Bulk(self._line.client).approve(cards, shown_at, checkpoint=checkpoint):
                    del left[one.card.ask]
                    if one.refused is None:
                        self._store.dispatch(CommandAnswered(str(one.card.ask)))
                    else:
                        self._refused(one.card, one.refused.code, one.refused.message)
        except ConsoleError as error:
            for card in left.values():
                self._refused(card, error.code, error.message)
        except Exception:
            for card in left.values():
                self._store.dispatch(CommandAnswered(str(card.ask), shown=True))  # what became of it, its card says
            raise

    def _refused(self, card: AskCard, code: str, sentence: str) -> None:
        """Each that failed says so by itself, by name."""
        said = texts_acting.ONE_FAILED.format(name=card.customer_name, why=sentence)
        self._store.dispatch(CommandRefused(str(card.ask), code, said))
