"""Keeps the views behind the log: new records in, rows and cards out, with the position they stand for.

Runs in batches, so a hundred events of one conversation cost one row. Woken right after each commit; whoever waits for news
is woken right after the views are stored. Killed at any instruction it goes on where the stored position says. It must
never write to the log.
"""

import asyncio
from collections import Counter, OrderedDict
from dataclasses import replace
from typing import Final

import structlog

from agent_core.contract.errors import Unavailable
from agent_core.contract.events import BodiesErased, Recorded
from agent_core.contract.ids import BrandId, ConversationId, StreamId
from agent_core.contract.views import ConversationDetail
from agent_core.service.brand_log import STANDING_STILL, brand_records, integration_states
from agent_core.service.brands import BrandShelf
from agent_core.service.operators import OperatorBook, People
from agent_core.service.projection import assessment_rows as assessed
from agent_core.service.projection import pages, reply_tallies, views
from agent_core.service.projection.assessment_rows import assessment_rows
from agent_core.service.projection.authority_rows import authority_rows
from agent_core.service.projection.cards import card_of, placed_card
from agent_core.service.projection.decision_rows import decision_rows
from agent_core.service.projection.detail import detail_of
from agent_core.service.projection.health import Integrations
from agent_core.service.projection.override_rows import override_rows
from agent_core.service.projection.resting import Made, Resting
from agent_core.service.projection.rows import placed_row, row_of
from agent_core.service.projection.story import Story, read_story
from agent_core.service.projection.tallies import Tally, tallies_of
from agent_core.service.projection.unshown import unshown_row
from agent_core.service.projection.views import Placed
from agent_core.store import Committed, Corrupt, Store, StreamHead, Unreadable

log = structlog.get_logger(__name__)

_BATCH: Final = 500
_REMEMBERED: Final = 512
_SCRUB_AGAIN_S: Final = 1.0


class Projector:
    """Folds views. One per core."""

    def __init__(self, store: Store, shelf: BrandShelf, people: OperatorBook) -> None:
        self._store = store
        self._shelf = shelf
        self._people = people
        self._stories: OrderedDict[StreamId, Story] = OrderedDict()
        self._new = asyncio.Event()
        self._stopping = False
        self._waiting: set[asyncio.Event] = set()
        self.position = 0
        self.integrations = Integrations()
        self._unscrubbed = False
        self._pages = Resting()
        """Pages of long conversations that are to be kept."""

    async def catch_up(self) -> None:
        """Brings the views up to the log, building them anew when another version made them."""
        stand = await self._store.read(lambda tx: views.stand(tx.connection))
        if stand is None:
            await self._store.write(views.forget)
        self.position = stand or 0
        for brand in self._shelf.names():
            states = await integration_states(self._store, brand)
            for record in (*states, *await brand_records(self._store, brand, *STANDING_STILL)):
                self.integrations.see(record)
        while await self._step():
            pass
        self._unscrubbed = not await self._store.scrub()

    async def run(self) -> None:
        """Works until `stop`."""
        unsubscribe = self._store.subscribe(self._committed)
        try:
            while not self._stopping:
                self._new.clear()
                try:
                    more = await self._step()
                    if not more:
                        more = await self._keep_page()
                except Unavailable as error:
                    if error.code == "store_closed":
                        return
                    log.warning("projection_waits", code=error.code)
                    more = False
                    await asyncio.sleep(0.5)
                if not more and not self._stopping:
                    await self._news()
            await self._keep_shown()
        finally:
            unsubscribe()

    async def _news(self) -> None:
        """Until something was appended, or a page rests. Meanwhile erased bytes go from the disk."""
        waits = (self._pages.seconds(), _SCRUB_AGAIN_S if self._unscrubbed else None)
        try:
            async with asyncio.timeout(min((one for one in waits if one is not None), default=None)):
                await self._new.wait()
        except TimeoutError:
            if self._unscrubbed:
                self._unscrubbed = not await self._store.scrub()

    def stop(self) -> None:
        """Ends `run`, and tells everybody who waits."""
        self._stopping = True
        self._new.set()
        self._tell()

    async def wait(self, after: int, seconds: float, stopping: asyncio.Event) -> None:
        """Until something behind `after` was projected, or the time is over."""
        told = asyncio.Event()
        self._waiting.add(told)
        try:
            if self.position > after or self._stopping or stopping.is_set():
                return
            try:
                async with asyncio.timeout(seconds):
                    await told.wait()
            except TimeoutError:
                return
        finally:
            self._waiting.discard(told)

    async def story(self, stream: StreamId) -> Story:
        """A conversation as of now."""
        story = await read_story(self._store, stream, self._stories.get(stream))
        self._stories[stream] = story
        self._stories.move_to_end(stream)
        while len(self._stories) > _REMEMBERED:
            self._stories.popitem(last=False)
        return story

    async def page(self, conversation: ConversationId, head: StreamHead) -> bytes | None:
        """The JSON of a conversation's detail; none when there is none.

        A long one that nobody looked at lately is shown as it was kept, and made anew from the log behind it.

        Args:
            conversation: Which.
            head: Where its log stands.
        """
        if head.seq >= pages.LONG:
            of = await self._made_of(head)
            if conversation in self._stories:
                return await self._page_now(conversation, head)
            stored = await self._store.read(lambda tx: pages.kept(tx.connection, conversation, of))
            found = None if stored is None else await asyncio.to_thread(pages.unpacked, stored)
            if found is not None:
                self._want_page(conversation)
                return found
            return await self._page_now(conversation, head)
        detail = await self.detail(conversation)
        return None if detail is None else detail.model_dump_json().encode()

    async def _page_now(self, conversation: ConversationId, head: StreamHead) -> bytes | None:
        """The page of a long conversation as its log has it now; what was made of it is kept once it rests."""
        story = await self.story(conversation)
        if story.state.conversation is None:
            return None
        people = await self._people.people()
        page = detail_of(story, people, self._shelf).model_dump_json()
        if not story.state.erased:
            release = self._shelf.active(story.state.brand).release.digest
            of = pages.made_of(replace(head, seq=story.state.seq, hash=story.state.head), people, release)
            self._pages.made(conversation, Made(of, story.state.head, page))
            self._new.set()
        return page.encode()

    def _want_page(self, conversation: StreamId) -> None:
        """Has the page of a long conversation made from its log and kept, when there is time."""
        self._pages.want(conversation)
        self._new.set()

    async def _made_of(self, head: StreamHead) -> str:
        assert head.brand is not None, "a conversation has a brand"
        people, release = await self._people.people(), self._shelf.active(head.brand).release.digest
        return await asyncio.to_thread(pages.made_of, head, people, release)  # the first one looks at our own files

    async def _keep_page(self) -> bool:
        """Keeps one page that may be kept; False when there was none. One that its log does not say is on record."""
        found = self._pages.next()
        if found is None:
            return False
        conversation, made = found
        try:
            made = made or await self._made(conversation)
            head = await self._store.head(conversation)
            if made is not None and head is not None and head.hash == made.head:
                await self._keep(head, made)
        except Unavailable:
            raise
        except Exception as error:
            # What its log does not say any more is not shown: whoever opens it reads the log, and hears what is wrong there.
            log.error("page_failed", stream=conversation, exc_info=error)  # noqa: TRY400 - structured
            await self._store.write(lambda connection: pages.drop(connection, conversation))
        return True

    async def _made(self, conversation: StreamId) -> Made | None:
        """The page of a conversation, made from its log; none where there is nothing to keep."""
        head = await self._store.head(conversation)
        story = await self.story(conversation)
        if head is None or story.state.head != head.hash or story.state.erased:
            return None
        of, people = await self._made_of(head), await self._people.people()
        page = await asyncio.to_thread(lambda: detail_of(story, people, self._shelf).model_dump_json())
        return Made(of, head.hash, page)

    async def _keep(self, head: StreamHead, made: Made) -> None:
        """Keeps a page, unless it is kept already. The log is the truth: a page that said anything else is on record."""
        stored = await self._store.read(lambda tx: pages.kept(tx.connection, head.id, made.of))
        if stored is not None:
            if await asyncio.to_thread(lambda: pages.unpacked(stored) == made.page.encode()):
                return
            log.error("page_not_as_logged", stream=head.id, seq=head.seq)
        packed = await asyncio.to_thread(pages.packed, made.page)
        await self._store.write(lambda connection: pages.keep(connection, head, made.of, packed))

    async def _keep_shown(self) -> None:
        """Keeps at the end what was made and waits for its rest: the next start opens it without its log."""
        while (found := self._pages.next(all_of_them=True)) is not None:
            conversation, made = found
            try:
                head = await self._store.head(conversation)
                if made is not None and head is not None and head.hash == made.head:
                    await self._keep(head, made)
            except Exception as error:  # noqa: BLE001 - it is only a page: the next start reads the log
                log.warning("page_not_kept", stream=conversation, error=type(error).__name__)
                return

    async def detail(self, conversation: ConversationId) -> ConversationDetail | None:
        """Everything about a conversation, as of now; none when there is none."""
        story = await self.story(conversation)
        if story.state.conversation is None:
            return None
        people = await self._people.people()
        return detail_of(story, people, self._shelf)

    def _committed(self, committed: Committed) -> None:
        if committed.records:
            self._new.set()

    async def _step(self) -> bool:
        """One batch. False when there was nothing."""
        after = self.position
        rows = await self._rows(after)
        if not rows:
            return False
        people = await self._people.people()
        touched: dict[StreamId, Recorded | Unreadable] = {}
        core: dict[BrandId | None, int] = {}
        tallied: Counter[Tally] = Counter()
        for row in rows:
            self._count(row, tallied)
            if row.stream.startswith("c_"):
                touched[row.stream] = row
            else:
                core[row.brand] = row.position
        erased = tuple(
            dict.fromkeys(row.stream for row in rows if isinstance(row, Recorded) and isinstance(row.event, BodiesErased))
        )
        placed: list[Placed] = []
        for row in touched.values():
            placed.extend(await self._views_of(row, people, 0 if row.stream in erased else after))
        placed.extend(views.core_mark(brand, position) for brand, position in core.items())
        position = rows[-1].position
        await self._store.write(lambda connection: views.put(connection, placed, position, tallied, erased))
        self.position = position
        self._tell()
        if erased:
            self._unscrubbed = not await self._store.scrub()
        return len(rows) == _BATCH

    async def _rows(self, after: int) -> tuple[Recorded | Unreadable, ...]:
        """The next records; what cannot be read is passed over, in its place."""
        try:
            return await self._store.feed(after, _BATCH)
        except (Corrupt, ValueError) as error:
            log.error("feed_damaged", after=after, error=type(error).__name__)  # noqa: TRY400 - structured
            return await self._store.feed_with_gaps(after, _BATCH)

    def _count(self, row: Recorded | Unreadable, tallied: Counter[Tally]) -> None:
        """What a record counts for beside its conversation's views; one that breaks this counts for nothing."""
        if isinstance(row, Unreadable):
            log.error("record_unreadable", stream=row.stream, seq=row.seq)
            return
        try:
            self.integrations.see(row)
            tallied.update(tallies_of((row,)))
            tallied.update(reply_tallies.tallies_of((row,)))
            tallied.update(assessed.tallies_of((row,)))
        except Exception as error:
            log.error("record_not_counted", stream=row.stream, seq=row.seq, exc_info=error)  # noqa: TRY400 - structured

    async def _views_of(self, row: Recorded | Unreadable, people: People, after: int) -> list[Placed]:
        """A conversation's row, and the cards of asks that this batch may have changed."""
        stream, position = row.stream, row.position
        try:
            story = await self.story(stream)
            if story.state.conversation is None:
                return []
            shown = row_of(story, people)
            open_or_touched = _touched_asks(story, after)
            cards = [card_of(story, ask, people) for ask in story.state.asks if ask in open_or_touched]
            overrides = (
                *override_rows(story, people, after),
                *assessment_rows(story, people, after),
                *authority_rows(story, after),
                *decision_rows(story, after),
            )
        except Unavailable:
            raise
        except Exception as error:
            # One conversation that cannot be shown must not hide all others, and must not be hidden itself.
            log.error("view_failed", stream=stream, exc_info=error)  # noqa: TRY400 - structured
            return [unshown_row(stream, row.brand, row.seq, row.at, position)] if row.brand is not None else []
        if story.state.seq >= pages.LONG and not story.state.erased:
            if shown.label == "closed":
                self._want_page(stream)
            else:
                self._pages.went_on(stream, story.state.head)
        return [placed_row(shown, position), *(placed_card(card, position) for card in cards), *overrides]

    def nudge(self) -> None:
        """Whoever waits for news looks again: something beside the views has changed."""
        self._tell()

    def _tell(self) -> None:
        for told in self._waiting:
            told.set()


def _touched_asks(story: Story, after: int) -> set[str]:
    """Open asks (their binding names the log's head), and those that ended in records behind `after`."""
    wanted = {ask for ask, known in story.state.asks.items() if not known.resolved}
    for record in story.records:
        if record.position > after:
            about = (getattr(record.event, "ask", None), getattr(record.event, "proposal", None))
            names = {getattr(value, "id", value) for value in about if value is not None}
            wanted |= {ask for ask, known in story.state.asks.items() if ask in names or known.ask.proposal in names}
    return {str(ask) for ask in wanted}
