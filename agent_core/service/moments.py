"""A conversation as it stood behind any of its events: what was known, believed and waited for then (R-M5). Only reads.

The log up to there is folded like any other, so what is shown is what a console showed, or would have. Folds are remembered
at marks on the way, so that going back and forth folds a little each time and not everything.
"""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final

from agent_core.contract.errors import NotFound
from agent_core.contract.events import Recorded
from agent_core.contract.ids import ConversationId
from agent_core.contract.looking_back import MomentShown
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.service.brands import BrandShelf
from agent_core.service.in_view import in_view
from agent_core.service.operators import OperatorBook, People
from agent_core.service.projection.detail import detail_of
from agent_core.service.projection.projector import Projector
from agent_core.service.projection.story import Story
from agent_core.service.sessions import Seat
from agent_core.store import Store

_APART: Final = 400
"""Events between two marks."""

_REMEMBERED: Final = 8
"""Conversations whose marks are kept."""


@dataclass(slots=True)
class _Marks:
    """States of one conversation behind some of its events. A log only grows, so they stay true; states hold no texts."""

    at: list[int] = field(default_factory=list[int])
    states: list[State] = field(default_factory=list[State])
    lock: Lock = field(default_factory=Lock)

    def fold(self, records: tuple[Recorded, ...], seq: int) -> State:
        """The state behind the event `seq`."""
        with self.lock:
            return self._fold(records, seq)

    def _fold(self, records: tuple[Recorded, ...], seq: int) -> State:
        place = bisect_right(self.at, seq)
        done, state = (self.at[place - 1], self.states[place - 1]) if place else (0, None)
        while done + _APART <= seq:
            state = fold(records[done : done + _APART], state)
            done += _APART
            self.at.append(done)
            self.states.append(state)
        return fold(records[done:seq], state)


class Moments:
    """Answers what was, for one core."""

    def __init__(self, store: Store, projector: Projector, people: OperatorBook, shelf: BrandShelf) -> None:
        self._store = store
        self._projector = projector
        self._people = people
        self._shelf = shelf
        self._marks: OrderedDict[ConversationId, _Marks] = OrderedDict()

    async def at(self, seat: Seat, conversation: ConversationId, seq: int | None, time: datetime | None) -> MomentShown:
        """A conversation behind its event `seq`, or at a time; neither: now.

        Raises:
            NotFound: `not_found`: no such conversation for this session; `not_yet`: nothing had happened there.
        """
        await in_view(self._store, seat, conversation)
        story = await self._projector.story(conversation)
        if story.state.conversation is None:
            raise NotFound("not_found", "There is no such thing here.", detail=conversation)
        records = story.records
        place = len(records) if seq is None else min(seq, len(records))
        if time is not None:
            place = min(place, bisect_right(records, time, key=lambda record: record.at))
        if place == 0:
            raise NotFound("not_yet", "At that time nothing had happened here yet.")
        people = await self._people.people()
        marks = self._marks_of(conversation)
        return await asyncio.to_thread(self._shown, conversation, story, marks, place, time, people)

    def _marks_of(self, conversation: ConversationId) -> _Marks:
        """Its marks; those of conversations nobody looked back at lately are forgotten."""
        marks = self._marks.setdefault(conversation, _Marks())
        self._marks.move_to_end(conversation)
        while len(self._marks) > _REMEMBERED:
            self._marks.popitem(last=False)
        return marks

    def _shown(
        self, conversation: ConversationId, story: Story, marks: _Marks, place: int, time: datetime | None, people: People
    ) -> MomentShown:
        records = story.records
        then = Story(story.stream, records[:place], marks.fold(records, place), story.texts)
        newest = records[place - 1]
        return MomentShown(
            conversation=conversation,
            seq=newest.seq,
            newest_seq=records[-1].seq,
            first_at=records[0].at,
            newest_at=records[-1].at,
            as_of=newest.at if time is None else time,
            by_event=newest.event.type,
            detail=detail_of(then, people, self._shelf),
        )
