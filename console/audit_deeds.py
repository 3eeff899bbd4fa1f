"""What a person asks for in Audit, carried out: questions whose stale answers are dropped, deeds that are sent once.

It must never write a file anywhere but where the person said, and never leave half of one there.
"""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from agent_core.contract.bodies import Comment
from agent_core.contract.checkpoints import AlarmShown
from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.events import ErasureReason
from agent_core.contract.events.reviewing import CriterionScore, PickedFor
from agent_core.contract.ids import ConversationId, EffectId
from agent_core.contract.reviewing import FinishReview, NoteReview, ReviewCommand, ReviewsShown, ScoreReview
from agent_core.contract.searching import SearchAsked
from agent_core.contract.verification import VerificationShown
from console import texts_audit
from console.errands import Errands
from console.state.audit import (
    ACKNOWLEDGING,
    ERASING,
    EXPORTING,
    REVIEWING,
    ErasureAsked,
    ErasureShown,
    OversightArrived,
    Period,
    PeriodChosen,
    QueueArrived,
    VerificationArrived,
)
from console.state.audit_port import AuditCore
from console.state.happenings import Happening, LogWitnessed, News
from console.state.past import (
    CallsArrived,
    MomentArrived,
    MomentWanted,
    PastArrived,
    PastFailed,
    PastOpened,
    PastQuestion,
    RequestArrived,
    RequestWanted,
    ReviewsArrived,
)
from console.state.ports import ConsoleError
from console.state.searching import FacetsArrived, SearchArrived, SearchFailed, SearchMoreWanted, SearchWanted
from console.state.store import Store
from console.tasks import Tasks

LOOK_AGAIN_S = 0.4
PAUSE_S = 0.07
_Answer = TypeVar("_Answer")


class AuditWork:
    """The deeds of one person in Audit.

    Args:
        store: The state.
        core: Whom to ask.
        tasks: Where the work is kept.
        look_again_s: Seconds between two looks at a verification that runs.
        pause_s: Seconds that one must stand on something before it is read.
    """

    def __init__(
        self,
        store: Store,
        core: AuditCore,
        tasks: Tasks,
        *,
        look_again_s: float = LOOK_AGAIN_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._look_again_s = look_again_s
        self._pause_s = pause_s
        self._store = store
        self._core = core
        self._tasks = tasks
        self._errands = Errands(store, tasks)
        self._standing: int | None = None
        self._watching = False

    # -- searching -----------------------------------------------------------------------------------------------------

    def search(self, asked: SearchAsked) -> None:
        """Look for something; an answer to what was looked for before is dropped."""
        self._store.dispatch(SearchWanted(asked))
        self._page(self._store.state.audit.search.asked)

    def search_more(self) -> None:
        """Read the next page of what was found."""
        asked = self._store.state.audit.search.next_page
        if asked is not None:
            self._store.dispatch(SearchMoreWanted())
            self._page(asked)

    def _page(self, asked: SearchAsked) -> None:
        async def answer() -> Happening:
            return SearchArrived(asked, await self._core.search(asked))

        self._errands.ask("search", answer, lambda sentence: SearchFailed(asked, sentence))

    def read_facets(self) -> None:
        """Ask what filters can be set to."""

        async def answer() -> Happening:
            return FacetsArrived(await self._core.facets())

        self._errands.ask("facets", answer, lambda sentence: News("facets", sentence, "", "warn"))

    # -- looking back --------------------------------------------------------------------------------------------------

    def open_past(self, place: PastOpened) -> None:
        """Look at a conversation, at an event of it."""
        self._store.dispatch(place)
        self.show_call(None)
        if place.conversation is not None:
            self._tasks.start(self._opening(place.conversation, self._store.state.audit.past.opened), "audit:open")

    async def _opening(self, conversation: ConversationId, opened: int) -> None:
        """Read what was opened, unless it was passed by: whoever holds a key down asks for the last one only."""
        await asyncio.sleep(self._pause_s)
        if self._store.state.audit.past.opened == opened:
            self._read(conversation, "detail", lambda: self._core.detail(conversation), PastArrived)
            self.read_reviews(conversation)

    def read_past(self) -> None:
        """Read the open conversation anew: more has happened in it."""
        conversation = self._store.state.audit.past.conversation
        if conversation is not None:
            self._read(conversation, "detail", lambda: self._core.detail(conversation), PastArrived)

    def read_reviews(self, conversation: ConversationId) -> None:
        """Ask what leads said about it."""
        self._read(conversation, "reviews", lambda: self._core.reviews(conversation), ReviewsArrived)

    def _read(
        self,
        conversation: ConversationId,
        about: PastQuestion,
        ask: Callable[[], Awaitable[_Answer]],
        tell: Callable[[_Answer], Happening],
    ) -> None:
        async def answer() -> Happening:
            return tell(await ask())

        self._errands.ask(about, answer, lambda sentence: PastFailed(conversation, about, sentence))

    def stand_at(self, position: int | None) -> None:
        """See it as it was after an event; of many that are passed by quickly only the last is asked for."""
        self._store.dispatch(MomentWanted(position))
        if position is not None and self._standing is None:
            self._ask_moment()

    def _ask_moment(self) -> None:
        past = self._store.state.audit.past
        conversation, position = past.conversation, past.position
        self._standing = position
        if conversation is None or position is None:
            return

        async def standing() -> None:
            try:
                happening: Happening = MomentArrived(position, await self._core.moment(conversation, position))
            except ConsoleError as error:
                happening = PastFailed(conversation, "moment", error.message)
            self._store.dispatch(happening)
            now = self._store.state.audit.past
            if (now.conversation, now.position) != (conversation, position):
                self._ask_moment()
            else:
                self._standing = None

        self._tasks.start(standing(), "audit:moment")

    def read_calls(self) -> None:
        """Ask for every call of a model in it."""
        conversation = self._store.state.audit.past.conversation
        if conversation is not None:
            self._read(conversation, "calls", lambda: self._core.calls(conversation), CallsArrived)

    def show_call(self, effect: EffectId | None) -> None:
        """See what a model saw in a call; None closes it."""
        past = self._store.state.audit.past
        conversation = past.conversation
        self._store.dispatch(RequestWanted(effect))
        if effect is not None and conversation is not None:
            self._tasks.start(self._asking_call(conversation, effect), "audit:call")

    async def _asking_call(self, conversation: ConversationId, effect: EffectId) -> None:
        await asyncio.sleep(self._pause_s)
        past = self._store.state.audit.past
        if (past.conversation, past.wanted) == (conversation, effect):
            self._read(conversation, "request", lambda: self._core.request(conversation, effect), RequestArrived)

    # -- reviews -------------------------------------------------------------------------------------------------------

    def next_review(self) -> None:
        """Open the next conversation that is worth a look: the first in the queue that is not open already."""

        async def answer() -> Happening:
            queue = await self._core.review_queue()
            open_now = self._store.state.audit.past.conversation
            item = next((one for one in queue.items if one.of.conversation != open_now), None)
            self._store.dispatch(QueueArrived(queue))
            if item is None:
                return News("reviews", texts_audit.QUEUE_EMPTY, "", "ok")
            self.open_past(PastOpened(item.of.conversation, picked=item.picked))
            return QueueArrived(queue)

        self._errands.ask("queue", answer, lambda sentence: News("reviews", sentence, "", "warn"))

    def note(self, conversation: ConversationId, text: str, about: int | None) -> None:
        """Write a note for colleagues."""
        words = Comment(text=text)
        command = NoteReview(conversation=conversation, note=words.text, comment_salt=words.salt, about=about)
        self._review(conversation, "note", (command,), texts_audit.NOTED)

    def score(
        self, shown: ReviewsShown, scores: tuple[CriterionScore, ...], comment: str, picked: PickedFor | None, *, done: bool
    ) -> None:
        """Score it by the rubric that was shown; with `done`, take it out of the queue as well."""
        words = Comment(text=comment) if comment else None
        score = ScoreReview(
            conversation=shown.conversation, rubric=shown.rubric_digest, scores=scores, seen=shown.seq, picked=picked,
            comment=words and words.text, comment_salt=words and words.salt,
        )  # fmt: skip
        commands: tuple[ReviewCommand, ...] = (score,)
        if done:
            commands = (score, FinishReview(conversation=shown.conversation, seen=shown.seq, picked=picked))
        self._review(shown.conversation, "score", commands, texts_audit.SCORED)

    def finish_review(self, shown: ReviewsShown, picked: PickedFor | None) -> None:
        """Say that one has looked."""
        command = FinishReview(conversation=shown.conversation, seen=shown.seq, picked=picked)
        self._review(shown.conversation, "finish", (command,), texts_audit.REVIEWED)

    def _review(self, conversation: ConversationId, verb: str, commands: tuple[ReviewCommand, ...], said: str) -> None:
        async def deed() -> News:
            for command in commands:
                await self._core.review(command)
            self.read_reviews(conversation)
            return News(REVIEWING, said, "", "ok")

        self._deed(REVIEWING, verb, deed)

    # -- proof and oversight -------------------------------------------------------------------------------------------

    def read_verification(self) -> None:
        """Ask how the newest verification stands, and follow it while it runs; compare the log with what was seen here."""
        self._verifying(self._core.verification)

        async def answer() -> Happening:
            return LogWitnessed(await self._core.witness())

        self._errands.ask("witness", answer, lambda sentence: VerificationArrived(None, sentence))

    def verify(self) -> None:
        """Verify the whole log."""
        self._verifying(self._core.verify)

    def stop_verifying(self) -> None:
        """Stop the verification that runs."""
        self._verifying(self._core.stop_verifying)

    def _verifying(self, ask: Callable[[], Awaitable[VerificationShown]]) -> None:
        async def answer() -> Happening:
            shown = await ask()
            if shown.state == "running" and not self._watching:
                self._watching = True
                self._tasks.start(self._watch(), "audit:watch")
            return VerificationArrived(shown)

        self._errands.ask("verification", answer, lambda sentence: VerificationArrived(None, sentence))

    async def _watch(self) -> None:
        """Ask again and again while a verification runs; only this task does, however often somebody looks."""
        try:
            while True:
                await asyncio.sleep(self._look_again_s)
                shown = await self._core.verification()
                self._store.dispatch(VerificationArrived(shown))
                if shown.state != "running":
                    return
        except ConsoleError as error:
            self._store.dispatch(VerificationArrived(None, error.message))
        finally:
            self._watching = False

    def read_oversight(self, period: Period) -> None:
        """Ask how people decided in so many days."""
        self._store.dispatch(PeriodChosen(period))

        async def answer() -> Happening:
            return OversightArrived(period, await self._core.oversight(int(period)))

        self._errands.ask("oversight", answer, lambda sentence: OversightArrived(period, None, sentence))

    # -- erasing -------------------------------------------------------------------------------------------------------

    def preview_erasure(self, wanted: ErasureWanted | None) -> None:
        """Ask what an erasure would take; with None, forget what was asked."""
        self._store.dispatch(ErasureAsked(wanted))
        if wanted is None:
            self._errands.forget("erasure")
            return

        async def answer() -> Happening:
            return ErasureShown(wanted, await self._core.erasure_preview(wanted))

        self._errands.ask("erasure", answer, lambda sentence: ErasureShown(wanted, None, sentence))

    # -- doing ---------------------------------------------------------------------------------------------------------

    def _deed(self, subject: str, verb: str, deed: Callable[[], Coroutine[Any, Any, News]]) -> None:
        self._errands.do(subject, verb, deed, done=self._store.dispatch)

    def erase(self, shown: ErasurePreview, reason: ErasureReason) -> None:
        """Erase exactly what was shown; signed."""

        async def deed() -> News:
            await self._core.erase(shown, reason)
            if self._store.state.audit.past.conversation in {row.conversation for row in shown.conversations}:
                self._store.dispatch(PastOpened(None))
            said = texts_audit.ERASE_ORDERED_WORDS.of(len(shown.conversations))
            return News(ERASING, texts_audit.ERASE_ORDERED, said, "ok")

        self._deed(ERASING, "erase", deed)

    def acknowledge(self, alarm: AlarmShown, comment: str) -> None:
        """Sign that one knows why the log is another one."""

        async def deed() -> News:
            await self._core.acknowledge(alarm, comment)
            # What this console saw by itself is another matter: it is compared anew, and may stand on.
            self._store.dispatch(LogWitnessed(await self._core.witness()))
            return News(ACKNOWLEDGING, texts_audit.ALARM_OVER, texts_audit.ALARM_OVER_WORDS, "ok")

        self._deed(ACKNOWLEDGING, "acknowledge", deed)

    def take_on_log(self) -> None:
        """Let this console believe the log as the core shows it now."""

        async def deed() -> News:
            self._store.dispatch(LogWitnessed(await self._core.take_on_log()))
            return News(ACKNOWLEDGING, texts_audit.TAKEN_ON, "", "ok")

        self._deed(ACKNOWLEDGING, "take_on", deed)

    def export(self, conversation: ConversationId, file: Path) -> None:
        """Write a conversation with its proofs into a file."""

        async def deed() -> News:
            data = await self._core.export(conversation)
            try:
                await asyncio.to_thread(_written, file, data)
            except OSError as error:
                said = texts_audit.NOT_WRITTEN_WORDS.format(file=file, why=error.strerror or type(error).__name__)
                return News(EXPORTING, texts_audit.NOT_WRITTEN, said, "danger")
            return News(EXPORTING, texts_audit.EXPORTED, texts_audit.EXPORTED_WORDS.format(file=file), "ok")

        self._deed(EXPORTING, "export", deed)


def _written(file: Path, data: bytes) -> None:
    """Put a file where it was wanted, whole or not at all, readable by its owner only."""
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
