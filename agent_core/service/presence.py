"""Who looks at what right now: rows that expire, beside the log and never in it (R-M9).

A console says where it stands; each poll of its feed renews that, and the end of its session ends it. Whoever shares the
brand is told with the feed. It must never tell anybody of a brand they do not see, and never keep anything but the last
place of a session that lives.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.clock import Clock
from agent_core.contract.ids import AskId, BrandId, ConversationId, OperatorId, SessionId, StreamId
from agent_core.contract.presence import Looking, PresentShown
from agent_core.service.in_view import in_view
from agent_core.service.operators import OperatorBook
from agent_core.service.sessions import Seat
from agent_core.store import Store
from agent_core.store.tables import present

LIFE: Final = timedelta(seconds=70)
"""More than two polls of a feed: a console that is gone is not shown for longer."""
MOST_SHOWN: Final = 200
_RENEW_BELOW: Final = timedelta(seconds=45)

_PUT = sa.text(
    "INSERT INTO present (session, brand, operator, conversation, ask, since_us, until_us) "
    "VALUES (:session, :brand, :operator, :conversation, :ask, :now, :until) ON CONFLICT (session) DO UPDATE SET "
    "brand = excluded.brand, conversation = excluded.conversation, ask = excluded.ask, since_us = excluded.since_us, "
    "until_us = excluded.until_us"
)
_RENEW = sa.text("UPDATE present SET until_us = :until WHERE session = :session")
_GONE = sa.text("DELETE FROM present WHERE session = :session OR until_us <= :now")


class Presence:
    """Places of the people of one core.

    Args:
        store: Where they are kept until they expire.
        people: How colleagues are called.
        clock: The present moment.
        news: Called when somebody came or went, so that whoever waits for news looks again.
    """

    def __init__(self, store: Store, people: OperatorBook, clock: Clock, news: Callable[[], None]) -> None:
        self._store = store
        self._people = people
        self._clock = clock
        self._news = news
        self._until: dict[SessionId, datetime] = {}

    async def look(self, seat: Seat, looking: Looking) -> None:
        """A session stands somewhere else now, or nowhere. Who only reads is nobody to others.

        Raises:
            NotFound: `not_found`: no such conversation, or not for this session.
        """
        if looking.conversation is None:
            await self.leave(seat.session)
            return
        head = await in_view(self._store, seat, StreamId(looking.conversation))
        if seat.operator is None:
            return
        now = self._clock()
        values = {
            "session": seat.session, "brand": head.brand, "operator": seat.operator.id,
            "conversation": looking.conversation, "ask": looking.ask, "now": _micros(now), "until": _micros(now + LIFE),
        }  # fmt: skip

        def place(connection: Connection) -> None:
            connection.execute(_GONE, {"session": seat.session, "now": values["now"]})
            connection.execute(_PUT, values)

        await self._store.write(place)
        self._until[seat.session] = now + LIFE
        self._news()

    async def renew(self, session: SessionId) -> None:
        """A session polled its feed: whoever it is still stands there."""
        known, now = self._until.get(session), self._clock()
        if known is None or known - now > _RENEW_BELOW:
            return
        values = {"session": session, "until": _micros(now + LIFE)}
        await self._store.write(lambda connection: connection.execute(_RENEW, values).rowcount)
        self._until[session] = now + LIFE

    async def leave(self, session: SessionId) -> None:
        """A session stands nowhere any more, or is over."""
        if self._until.pop(session, None) is None:
            return
        values = {"session": session, "now": _micros(self._clock())}
        await self._store.write(lambda connection: connection.execute(_GONE, values).rowcount)
        self._news()

    async def others(self, seat: Seat, brands: Iterable[BrandId]) -> tuple[PresentShown, ...]:
        """Colleagues who look at conversations of these brands, whoever asks left out."""
        me = None if seat.operator is None else seat.operator.id
        asked = (
            sa.select(present.c.operator, present.c.conversation, present.c.ask, present.c.since_us)
            .where(present.c.brand.in_(list(brands)), present.c.until_us > _micros(self._clock()))
            .order_by(present.c.since_us, present.c.session)
            .limit(MOST_SHOWN)
        )
        found = await self._store.read(lambda tx: tx.connection.execute(asked).all())
        if not found:
            return ()
        people = await self._people.people()
        shown = [
            PresentShown(
                operator=OperatorId(str(operator)),
                name=people.name(OperatorId(str(operator))),
                conversation=ConversationId(StreamId(str(conversation))),
                ask=None if ask is None else AskId(str(ask)),
                since=_moment(int(since)),
            )
            for operator, conversation, ask, since in found
            if operator != me
        ]
        return tuple(shown)


def mark_of(shown: Iterable[PresentShown]) -> str:
    """A short name of who is where: the same for the same people at the same places."""
    places = sorted((one.operator, one.conversation, one.ask or "") for one in shown)
    return hashlib.sha256(json.dumps(places).encode()).hexdigest()[:16] if places else ""


_BEGINNING: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _micros(at: datetime) -> int:
    return (at - _BEGINNING) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return _BEGINNING + timedelta(microseconds=micros)
