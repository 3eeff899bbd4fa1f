"""A conversation's log, its state, and the texts it names: what every view is made of. A cache; the log is the truth."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Final, Literal, NewType, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import BodiesErased, ConversationOpened, Recorded
from agent_core.contract.facts import Fact, FactKey
from agent_core.contract.ids import BodyId, StreamId
from agent_core.contract.threads import Thread, read_thread
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.engine.identity import AUTHENTICATED, PROOF, PROVEN
from agent_core.store import ReadTx, Store
from agent_core.store.one_go import at_one_go

ERASED = "(erased)"
MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation as of one moment.

    Attributes:
        texts: Every body a view needs; an erased one is missing.
    """

    stream: StreamId
    records: tuple[Recorded, ...]
    state: State
    texts: Mapping[BodyId, str]

    def behind(self, position: int) -> tuple[Recorded, ...]:
        """The records behind a position of the feed. A long log is not walked for its newest few."""
        records = self.records
        first = bisect_right(records, position, key=lambda record: record.position)
        return records[first:]

    def text(self, ref: BodyRef | None, most: int = MOST_TEXT) -> str:
        """The text of a body, bounded; a sentence in its place when it was erased."""
        if ref is None:
            return ""
        return bounded(self.texts.get(ref.id, ERASED), most)

    def json(self, ref: BodyRef | None) -> Any:
        """The JSON value of a body; none when it is erased or no JSON."""
        text = None if ref is None else self.texts.get(ref.id)
        if text is None:
            return None
        try:
            return json.loads(text)
        except ValueError:
            return None

    def thread(self) -> Thread | None:
        """The channel's own ids of thread and customer; none when they were erased."""
        text = None if self.state.thread is None else self.texts.get(self.state.thread.id)
        return None if text is None else read_thread(text)

    def customer(self) -> str | None:
        """The brand's own id of the customer one talks with, by the rule of `engine.identity`; none where nobody vouches."""
        vouched = self.state.facts.get(AUTHENTICATED)
        if vouched is None or self.fact(AUTHENTICATED) is not True:
            return None
        proven = self.fact(PROVEN) if vouched.source == PROOF else None
        thread = self.thread()
        return str(proven) if proven is not None else thread.customer if thread is not None else None

    def facts(self) -> dict[FactKey, Fact]:
        """The newest value of every fact that can still be read."""
        found: dict[FactKey, Fact] = {}
        for key, where in self.state.facts.items():
            for entry in self._entries(where.body):
                if entry.get("id") == where.fact:
                    found[key] = Fact(
                        id=where.fact,
                        key=key,
                        value=entry.get("value"),
                        source=where.source,
                        source_seq=where.seq,
                        read_at=where.read_at,
                    )
        return found

    def fact(self, key: FactKey) -> Any:
        """The newest value of one fact, or none."""
        where = self.state.facts.get(key)
        if where is None:
            return None
        return next((e.get("value") for e in self._entries(where.body) if e.get("id") == where.fact), None)

    def _entries(self, body: BodyId) -> list[dict[str, Any]]:
        text = self.texts.get(body)
        try:
            value: Any = [] if text is None else json.loads(text)
        except ValueError:
            value = []
        return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType] - any JSON


def bounded(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


async def read_story(store: Store, stream: StreamId, known: Story | None = None) -> Story:
    """The story as of now, going on from what is known."""
    after = 0 if known is None else known.state.seq
    fresh = await store.records(stream, after=after)
    if known is not None and any(isinstance(record.event, BodiesErased) for record in fresh):
        return await read_story(store, stream)  # what is known of it holds texts that nobody may show any more
    records = fresh if known is None else (*known.records, *fresh)
    with at_one_go():
        state = fold(fresh, None if known is None else known.state)
        texts = dict(known.texts) if known is not None else {}
        wanted = {ref.id: ref for record in fresh for ref in named(record.event) if ref.id not in texts}
    if wanted:
        texts.update(await store.texts(wanted.values()))
    return Story(stream, records, state, texts)


def story_in(tx: ReadTx, stream: StreamId) -> Story:
    """The story as of one instant, for who reads many that nobody else will ask for: it is not remembered.

    Raises:
        CountersignError, ValueError: It cannot be read.
    """
    records = tx.events(stream)
    with at_one_go():
        state = fold(records)
        wanted = {ref.id: ref for record in records for ref in named(record.event)}
    return Story(stream, records, state, tx.texts(wanted.values()))


_PLAIN: Final = (str, int, float, bytes, date, type(None))
_NEEDED = frozenset({
    "message", "subject", "arguments", "result", "facts", "answer", "reply", "draft", "notice", "card", "comment", "triage",
    "evidence", "envelope", "quoted", "hidden", "attachments",
})  # fmt: skip
"""Kinds of bodies that views read. Raw messages and whole model calls stay where they are."""


def named(event: object) -> Iterable[BodyRef]:
    """Every body an event names that a view may need."""
    if isinstance(event, ConversationOpened):
        yield event.thread
    for name in _holding(type(event)):
        yield from _refs(getattr(event, name))


@cache
def _holding(of: type[object]) -> tuple[str, ...]:
    """The fields of an event in which there can be a body: few have any, and a long log has thousands of events."""
    fields = of.model_fields if issubclass(of, BaseModel) else {}
    return tuple(name for name, field in fields.items() if _can_hold(field.annotation))


def _can_hold(annotation: Any, above: tuple[object, ...] = ()) -> bool:
    """Whether a value of a type can be a body's name or have one in it; what is not known can."""
    if annotation is BodyRef:
        return True
    if annotation in above or annotation is AwareDatetime or get_origin(annotation) is Literal:
        return False
    if get_origin(annotation) is Annotated:
        return _can_hold(get_args(annotation)[0], above)
    if isinstance(annotation, NewType):
        return _can_hold(annotation.__supertype__, above)
    if isinstance(annotation, type) and get_origin(annotation) is None:
        if issubclass(annotation, BaseModel):
            return any(_can_hold(field.annotation, (*above, annotation)) for field in annotation.model_fields.values())
        return not issubclass(annotation, _PLAIN)
    inside = get_args(annotation)
    return not inside or any(_can_hold(each, above) for each in inside if each is not Ellipsis)


def _refs(value: object) -> Iterable[BodyRef]:
    if isinstance(value, BodyRef):
        if value.kind in _NEEDED:
            yield value
    elif isinstance(value, tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType] - tuples of anything
            yield from _refs(item)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, BaseModel):
        for name in _holding(type(value)):
            yield from _refs(getattr(value, name))
