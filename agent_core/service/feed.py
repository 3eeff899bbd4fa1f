"""What changed since: one long poll of versioned views of what a session may see (DESIGN §6, §7).

The cursor is sealed (`cursors`): position, where a first look began, and the brands it was told of. One of another store,
from the future, or of a session that sees other brands by now is `410 cursor_lost`: forget everything, begin again, since
what was open at a brand that came is told nowhere else. Must never answer a view of a brand the session cannot see, nor a
place in the log of the house, which would tell how busy other brands are.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from sqlalchemy.engine import Connection

from agent_core.contract.base import Value
from agent_core.contract.detections import DetectionsAnswer
from agent_core.contract.events import Recorded
from agent_core.contract.ids import AskId, BrandId, ConversationId
from agent_core.contract.integrations import IntegrationsAnswer
from agent_core.contract.listing import EVERYTHING, BrandListed, ListingAnswer, Place, RowFilter
from agent_core.contract.overriding import OverridesAnswer
from agent_core.contract.stopping import PausedWorkflow, Stopped
from agent_core.contract.views import (
    AskCard,
    AskPage,
    BrandShown,
    ConversationRow,
    CoreShown,
    Counts,
    FeedAnswer,
    RowPage,
)
from agent_core.service import overrides, workflow_stops
from agent_core.service.composition import Core
from agent_core.service.cursors import CursorLost, opened, sealed
from agent_core.service.in_view import shows
from agent_core.service.presence import mark_of
from agent_core.service.projection import tallies, views
from agent_core.service.projection.views import Bucket
from agent_core.service.sessions import Seat
from agent_core.store import GLOBAL_SCOPE, Corrupt, Store, brand_scope

MOST_WAIT: Final = 25.0
_BATCH: Final = 300
MOST_ASKS: Final = 500
_FEED: Final = "feed"
_PAGE: Final = "conversations"
_ASKS: Final = "asks"

Begin = Literal["all", "here"]


class LogShown(Value):
    """The raw events of a conversation, and whether their chain holds as stored."""

    conversation: ConversationId
    events: tuple[Recorded, ...]
    verified: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class _Cursor:
    """How far a console has seen. `floor`: where its first look began; what was closed before it, it never asks for."""

    position: int
    floor: int

    def token(self, store: Store, brands: Iterable[BrandId]) -> str:
        return sealed(store, _of(brands), self.position, self.floor)

    @staticmethod
    def read(store: Store, token: str, brands: Iterable[BrandId]) -> "_Cursor":
        position, floor = opened(store, _of(brands), token)
        return _Cursor(position, floor)


def _of(brands: Iterable[BrandId]) -> str:
    """What a cursor of these brands is sealed for."""
    return "\n".join((_FEED, *sorted(brands)))


@dataclass(frozen=True, slots=True)
class _Changed:
    """Views that changed up to a position. When one kind was cut off, `cut` is where the whole answer ends."""

    rows: list[tuple[int, str]]
    asks: list[tuple[int, str]]
    upto: int

    @property
    def cut(self) -> int:
        return min((part[-1][0] for part in (self.rows, self.asks) if len(part) >= _BATCH), default=self.upto)


@dataclass(frozen=True, slots=True)
class Feed:
    """Answers every query of a console."""

    core: Core

    def _brands(self, seat: Seat) -> tuple[BrandId, ...]:
        return seat.brands(self.core.shelf.names())

    async def changes(
        self, seat: Seat, after: str | None, wait: float, present: str | None = None, begin: Begin = "all"
    ) -> FeedAnswer:
        """What changed behind a cursor; waits for news when there is none.

        Args:
            seat: The session.
            after: The token of the last answer; none for a first look.
            wait: Seconds to wait at most.
            present: The mark of who was where in the last answer; none: nobody waits for that.
            begin: What a first look tells: everything that is open, or only what happens from now on.

        Raises:
            CursorLost: Begin again without a token.
        """
        here = self.core.projector.position
        if after is None:
            first = await self._full(seat, _Cursor(here if begin == "here" else 0, here), reset=True)
            self.core.looked_at.set()
            return first.model_copy(update={"begun": begin})
        cursor = _Cursor.read(self.core.store, after, self._brands(seat))
        if cursor.position > here:
            raise CursorLost
        await self.core.presence.renew(seat.session)
        answer = await self._answer(seat, cursor, present)
        if answer is None:
            left = min(max(wait, 0.0), MOST_WAIT)
            answer = await self._wait(seat, cursor, left, here, present)
        return answer

    async def _wait(self, seat: Seat, cursor: _Cursor, left: float, position: int, present: str | None) -> FeedAnswer:
        """Waits until something this session may see has changed, or the time is over.

        `position` is where the views stood *before* the last look: what was projected since is news, or it would be missed.
        """
        until, brands = time.monotonic() + left, self._brands(seat)
        while True:
            left = until - time.monotonic()
            if left <= 0 or self.core.stopping.is_set():
                return await self._full(seat, cursor, reset=False)
            await self.core.projector.wait(position, left, self.core.stopping)
            position = max(position, self.core.projector.position)
            seat = await self.core.desk.still(seat)
            if self._brands(seat) != brands:
                raise CursorLost
            answer = await self._answer(seat, cursor, present)
            if answer is not None:
                return answer

    async def _answer(self, seat: Seat, cursor: _Cursor, present: str | None) -> FeedAnswer | None:
        """What changed behind the cursor; none when nothing did for this session."""
        changed, core = await self._changed(seat, cursor)
        if not (changed.rows or changed.asks or core > cursor.position):
            others = () if present is None else await self.core.presence.others(seat, self._brands(seat))
            if present is None or mark_of(others) == present:
                return None
        return await self._told(seat, cursor, changed, reset=False)

    async def _full(self, seat: Seat, cursor: _Cursor, *, reset: bool) -> FeedAnswer:
        """An answer in any case: a first look, or the time is over."""
        changed, _ = await self._changed(seat, cursor)
        return await self._told(seat, cursor, changed, reset=reset)

    async def _changed(self, seat: Seat, cursor: _Cursor) -> tuple[_Changed, int]:
        brands = self._brands(seat)
        upto = self.core.projector.position
        closed = cursor.position >= cursor.floor

        def look(connection: Connection) -> tuple[_Changed, int]:
            rows = views.changed(connection, "row", brands, cursor.position, upto, _BATCH, closed=closed)
            asks = views.changed(connection, "ask", brands, cursor.position, upto, _BATCH, closed=closed)
            return _Changed(rows, asks, upto), views.core_position(connection, brands)

        return await self.core.store.read(lambda tx: look(tx.connection))

    async def _told(self, seat: Seat, cursor: _Cursor, changed: _Changed, *, reset: bool) -> FeedAnswer:
        brands = self._brands(seat)
        cut = changed.cut
        rows = tuple(ConversationRow.model_validate_json(data) for place, data in changed.rows if place <= cut)
        asks = tuple(AskCard.model_validate_json(data) for place, data in changed.asks if place <= cut)
        present = await self.core.presence.others(seat, brands)
        return FeedAnswer(
            token=_Cursor(cut, cursor.floor).token(self.core.store, brands),
            reset=reset,
            rows=rows,
            asks=asks,
            counts=await self.core.store.read(lambda tx: views.counts(tx.connection, brands)),
            core=await self.core_shown(seat),
            present=present,
            present_mark=mark_of(present),
            changed=tuple((row.conversation, row.version) for row in rows),
            more=cut < changed.upto,
        )

    async def page(
        self,
        seat: Seat,
        bucket: Bucket,
        after: str | None,
        limit: int,
        *,
        brand: str | None = None,
        wanted: RowFilter = EVERYTHING,
    ) -> RowPage:
        """A page of the list, needs first; of one brand of the session where one is named.

        A page may be shorter than its limit and still not be the last: then it says where the next one goes on looking.

        Raises:
            CursorLost: The page's token is none.
        """
        brands = self._brands(seat)
        behind = None if after is None else _place(self.core.store, after)

        asked = tuple(each for each in brands if brand in (None, each))
        now = self.core.means.clock()

        def look(connection: Connection) -> tuple[list[ConversationRow], Place | None, Counts]:
            rows, further = views.page(connection, asked, bucket, behind, limit, wanted=wanted, now=now)
            return rows, further, views.counts(connection, brands)

        rows, further, counts = await self.core.store.read(lambda tx: look(tx.connection))
        more = None if further is None else sealed(self.core.store, _PAGE, *further)
        return RowPage(rows=tuple(rows), next=more, counts=counts, reached=further)

    def listing(self, seat: Seat) -> ListingAnswer:
        """What lists of the session's brands can be narrowed to."""
        return ListingAnswer(brands=tuple(self._listed(brand) for brand in self._brands(seat)))

    def _listed(self, brand: BrandId) -> BrandListed:
        release = self.core.shelf.active(brand).release
        return BrandListed(
            brand=brand,
            channels=tuple(channel.name for channel in release.brand.channels),
            intents=tuple(sorted(release.intents)),
            workflows=tuple((str(name), flow.title) for name, flow in release.workflows.items()),
        )

    async def detail(self, seat: Seat, conversation: ConversationId, after_version: int) -> bytes | None:
        """The JSON of a conversation's detail; none when there is none for this session, nothing where nothing is newer."""
        head = await self.core.store.head(conversation)
        if head is None or not shows(seat, head):
            return None
        return b"" if head.seq <= after_version else await self.core.projector.page(conversation, head)

    async def asks(self, seat: Seat) -> tuple[AskCard, ...]:
        """Every open ask, in the order of the queue."""
        brands = self._brands(seat)
        return tuple(await self.core.store.read(lambda tx: views.cards(tx.connection, brands, MOST_ASKS)))

    async def ask_page(self, seat: Seat, after: str | None, limit: int, *, brand: str | None = None) -> AskPage:
        """A page of open asks in the order of the queue; of one brand of the session where one is named.

        Raises:
            CursorLost: The page's token is none.
        """
        brands = self._brands(seat)
        behind = None if after is None else _place(self.core.store, after, _ASKS)
        asked = tuple(each for each in brands if brand in (None, each))

        def look(connection: Connection) -> tuple[list[AskCard], Place | None, Counts]:
            cards, further = views.ask_page(connection, asked, behind, limit)
            return cards, further, views.counts(connection, brands)

        cards, further, counts = await self.core.store.read(lambda tx: look(tx.connection))
        more = None if further is None else sealed(self.core.store, _ASKS, *further)
        return AskPage(asks=tuple(cards), next=more, counts=counts, reached=further)

    async def ask(self, seat: Seat, ask: AskId) -> AskCard | None:
        """One ask; none when there is none for this session."""
        brands = self._brands(seat)
        return await self.core.store.read(lambda tx: views.card(tx.connection, brands, ask))

    async def detections(self, seat: Seat, days: int) -> DetectionsAnswer:
        """What detectors saw in the last days, today included, at the brands of the session."""
        brands = self._brands(seat)
        since = (self.core.means.clock() - timedelta(days=days - 1)).date()
        found = await self.core.store.read(lambda tx: tallies.counts(tx.connection, brands, since))
        return DetectionsAnswer(since=since.isoformat(), counts=tuple(found), complete=len(found) < tallies.MOST_ROWS)

    async def overrides(self, seat: Seat, after: str | None, limit: int) -> OverridesAnswer:
        """Overrides of the routing at the brands of the session, newest first."""
        return await overrides.listed(self.core.means, self._brands(seat), after, limit)

    def integrations(self, seat: Seat) -> IntegrationsAnswer:
        """How the systems of the session's brands fare."""
        brands, known = tuple(self._brands(seat)), self.core.projector.integrations
        return IntegrationsAnswer(
            integrations=known.states(brands),
            stopped_tools=known.stopped_tools(brands),
            refused_folders=known.refused_folders(brands),
        )

    async def log(self, seat: Seat, conversation: ConversationId, after: int, limit: int) -> LogShown | None:
        """Raw events, and what checking the whole chain came to."""
        head = await self.core.store.head(conversation)
        if not shows(seat, head):
            return None
        try:
            await self.core.store.verify(conversation)
            verified, sentence = True, "The chain of this conversation holds from its first event to its last."
        except Corrupt as error:
            verified, sentence = False, error.message
        events = await self.core.store.records(conversation, after=after, limit=limit)
        events = tuple(record.model_copy(update={"position": 0}) for record in events)  # a place in the log of the house
        return LogShown(conversation=conversation, events=events, verified=verified, sentence=sentence)

    async def core_shown(self, seat: Seat) -> CoreShown:
        """What the core is and how it fares."""
        core = self.core
        brands = self._brands(seat)
        scopes = await core.store.scopes()
        looking = tuple(core.engine.looking_at)
        working, waiting = await core.store.read(lambda tx: views.at_work(tx.connection, brands, looking))
        people = await core.people.people()
        paused = {name for name, row in scopes.items() if row.paused}
        shown = people.shown(seat.knows)
        names = {one.operator: one.name for one in shown}
        flows, stops = await core.store.read(
            lambda tx: (
                {one: workflow_stops.paused_in(tx, one, core.shelf.active(one).release, people.name) for one in brands},
                {
                    one: workflow_stops.stopped_by(tx, one, names)
                    for one in (None, *brands)
                    if (GLOBAL_SCOPE if one is None else brand_scope(one)) in paused
                },
            )
        )
        stand_in = core.settings.anthropic_key is None
        alarm = await core.audit.alarm_now()
        return CoreShown(
            core=core.instance.core,
            version=core.instance.version,
            paused=GLOBAL_SCOPE in paused,
            brands=tuple(self._brand(one, flows[one], stops.get(one), paused=brand_scope(one) in paused) for one in brands),
            operators=shown,
            model="offline stand-in" if stand_in else core.settings.models.standard,
            stand_in=stand_in,
            working=working,
            queued=waiting,
            integrations=core.projector.integrations.shown(brands),
            integration_states=core.projector.integrations.states(brands),
            undo_seconds=max((core.shelf.active(brand).release.brand.timing.undo_s for brand in brands), default=0),
            now=core.means.clock(),
            alarm=None if alarm is None else alarm.shown,
            stopped=stops.get(None),
        )

    def _brand(
        self, brand: BrandId, flows: tuple[PausedWorkflow, ...], stopped: Stopped | None, *, paused: bool
    ) -> BrandShown:
        active = self.core.shelf.active(brand)
        config = active.release.brand
        return BrandShown(
            brand=brand,
            title=config.title,
            release=active.release.digest,
            paused=paused,
            languages=config.languages,
            sandbox=active.sandbox,
            paused_workflows=flows,
            stopped=stopped,
        )


def _place(store: Store, token: str, purpose: str = _PAGE) -> Place:
    key, name = opened(store, purpose, token)
    return key, name
