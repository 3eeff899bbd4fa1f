"""The line to the core: signs in, follows the feed, reads what is open, and comes back by itself (R-M8).

One task follows the feed; a second reads the open conversation when the feed says it moved. Both end with `run`. It must
never lose an answer: the token of the last applied one is what the next asks after, and a lost cursor starts anew.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from agent_core.contract.commands import Session
from console import texts_identity, words
from console.state.app_state import AppState, LogStanding, Paging
from console.state.happenings import (
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    FeedArrived,
    KeyringKnown,
    LogWitnessed,
    News,
    PacketArrived,
    SignedIn,
    Ticked,
)
from console.state.ports import ConsoleError, Core, RefusedByCore, SessionEnded, Signer, Unreachable
from console.state.selectors import detail_is_stale, packet_is_stale, wants_asks, wants_page
from console.state.store import Store

WAIT_SECONDS = 25
FIRST_PAUSE = 0.3
LONGEST_PAUSE = 8.0
TICK_SECONDS = 1.0


class Line:
    """The line.

    Args:
        store: The state it tells.
        core: Whom to ask.
        signer: Whose key signs in.
        clock: This machine's time.
        read_page: Asks for the next page of a part of the list.
        read_asks: Asks for the next page of the queue.
    """

    def __init__(
        self,
        store: Store,
        core: Core,
        signer: Signer,
        clock: Callable[[], datetime],
        read_page: Callable[[], None],
        read_asks: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._core = core
        self._signer = signer
        self._clock = clock
        self._read_page = read_page
        self._read_asks = read_asks
        self._once_more = False
        """The feed began anew: what happened to the open conversation before its beginning is told by nobody else."""
        self._moved = asyncio.Event()
        self._hurried = asyncio.Event()
        self._token: str | None = None
        self._anew = False
        self._was_live = False

    async def run(self) -> None:
        """Follow the core until cancelled."""
        leave = self._store.listen(self._heard)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow(), name="feed")
                group.create_task(self._read_open(), name="detail")
                group.create_task(self._tick(), name="tick")
        finally:
            leave()

    def _heard(self, before: AppState, after: AppState) -> None:
        if after.wanted != before.wanted or after.newest is not before.newest or after.connection != before.connection:
            self._moved.set()
        if after.begun != before.begun:
            self._once_more = True
            self._moved.set()
        anew = (bool(before.paging) and not after.paging) or after.begun != before.begun
        anew = anew or after.search != before.search or after.asking.next != before.asking.next
        anew = anew or (after.asks is not before.asks and not after.asking.loading)
        if before.session is not None and after.session is None and not after.rows:
            # Somebody signed out: what was told to them is told from its beginning to whoever comes.
            self._anew = True
        old, new = (state.paging.get(state.bucket, Paging()) for state in (before, after))
        # A page that came, never one that failed: that is tried again with the next tick.
        anew = anew or old.next != new.next
        if after.bucket != before.bucket or after.connection != before.connection or anew:
            asyncio.get_running_loop().call_soon(self._first_page)

    def _first_page(self) -> None:
        if self._store.state.session is None:
            return
        if wants_page(self._store.state, self._store.texts.of):
            self._read_page()
        if wants_asks(self._store.state):
            self._read_asks()

    # -- the feed ------------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                self._store.dispatch(KeyringKnown(await self._signer.look()))
                self._store.dispatch(SignedIn(await self._core.sign_in()))
                if self._anew:
                    self._token, self._anew = None, False
                self._witnessed(await self._core.witness())
                pause = await self._feed_until_lost()
            except SessionEnded:
                await self._nobody()
            except ConsoleError as error:
                self._offline(error.message)
            await self._patience(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _nobody(self) -> None:
        """Nobody is signed in; where the core let nobody in, it is there all the same."""
        before = self._store.state.keyring.shut
        self._store.dispatch(KeyringKnown(await self._signer.look()))
        self._store.dispatch(SignedIn(None))
        state = self._store.state
        if state.keyring.shut and not before and self._was_live:
            self._store.dispatch(News("shut", texts_identity.SHUT, state.keyring.sentence, "warn"))
        if state.keyring.shut and state.connection.phase != "live":
            self._store.dispatch(ConnectionChanged("live", self._clock()))

    def _seated(self) -> None:
        """What this person may do has changed, and with it the session: the window must not offer what was."""
        known, now = self._store.state.session, self._core.seated()
        if known is not None and now is not None and now != known.model_copy(update=_of_session(now)):
            self._store.dispatch(SignedIn(now))

    def _witnessed(self, standing: LogStanding) -> None:
        before = self._store.state.log.sentence
        self._store.dispatch(LogWitnessed(standing))
        if standing.sentence and standing.sentence != before:
            self._store.dispatch(News("log-alarm", words.LOG_ALARM, standing.sentence, "danger"))

    def hurry(self) -> None:
        """Try again now: there is reason to believe that the core is back."""
        self._hurried.set()

    async def _patience(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurried.wait()
        except TimeoutError:
            return
        finally:
            self._hurried.clear()

    async def _feed_until_lost(self) -> float:
        """Follow the feed; answer the pause to start with once it is lost."""
        while True:
            waiting = 0 if self._store.state.connection.phase != "live" else WAIT_SECONDS
            try:
                answer = await self._core.feed(self._token, waiting)
            except RefusedByCore as error:
                if error.code != "cursor_lost":
                    raise
                self._token = None
                continue
            except Unreachable as error:
                self._offline(error.message)
                return FIRST_PAUSE
            self._token = answer.token
            self._seated()
            self._store.dispatch(FeedArrived(answer, self._clock()))
            if answer.more:
                self._catching_up()
            else:
                self._live()

    def _catching_up(self) -> None:
        if self._store.state.connection.phase != "catching_up":
            self._store.dispatch(ConnectionChanged("catching_up", self._clock()))

    def _live(self) -> None:
        before = self._store.state.connection.phase
        if before == "live":
            return
        self._store.dispatch(ConnectionChanged("live", self._clock()))
        if self._was_live:
            self._store.dispatch(News("line", words.CORE_BACK, words.CAUGHT_UP, "ok"))
        self._was_live = True

    def _offline(self, sentence: str) -> None:
        if self._store.state.connection.phase == "offline":
            return
        self._store.dispatch(ConnectionChanged("offline", self._clock(), sentence))
        self._store.dispatch(News("line", sentence, "", "danger"))

    # -- the open conversation -----------------------------------------------------------------------------------------

    async def _read_open(self) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            state = self._store.state
            while (self._once_more or detail_is_stale(state)) and state.wanted is not None and state.session is not None:
                if state.connection.phase == "offline":
                    break
                self._once_more = False
                try:
                    detail = await self._core.detail(state.wanted)
                except RefusedByCore as error:
                    if error.code == "not_found" and self._store.state.wanted == state.wanted:
                        # Remembered from another day, or erased: nothing is stood on rather than asked for for ever.
                        self._store.dispatch(ConversationChosen(None))
                    break
                except ConsoleError:
                    # The feed's own loop finds out whether the core is away; the next move tries again.
                    break
                self._store.dispatch(DetailArrived(detail))
                if detail_is_stale(self._store.state) and self._store.state.wanted == state.wanted:
                    # The feed was quicker than the projection: look again with its next answer.
                    break
                state = self._store.state
            await self._read_packet()

    async def _read_packet(self) -> None:
        state = self._store.state
        if not packet_is_stale(state) or state.detail is None or state.connection.phase == "offline":
            return
        try:
            self._store.dispatch(PacketArrived(await self._core.packet(state.detail.row.conversation)))
        except ConsoleError:
            return  # as with the conversation itself: the feed's loop tells, and the next move tries again

    async def _tick(self) -> None:
        while True:
            self._store.dispatch(Ticked(self._clock()))
            # What failed or came too early is tried again here, never in a circle of its own.
            self._first_page()
            if detail_is_stale(self._store.state) or packet_is_stale(self._store.state):
                self._moved.set()
            await asyncio.sleep(TICK_SECONDS)


def _of_session(now: Session) -> dict[str, Any]:
    """What differs between two sessions of one person who may do the same."""
    return {"session": now.session, "token": now.token, "expires_at": now.expires_at, "renew_within_s": now.renew_within_s}
