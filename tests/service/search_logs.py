"""Logs and indexes for the tests and benches of search: conversations of a few messages, with no core around them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from agent_core.contract.actors import Customer, Person
from agent_core.contract.bodies import new_body
from agent_core.contract.events import BodiesErased, ConversationOpened, MessageReceived
from agent_core.contract.ids import BrandId, MessageId, OperatorId, StreamId
from agent_core.contract.searching import SearchAsked
from agent_core.contract.threads import Thread, thread_body
from agent_core.service.projection.story import Story, read_story
from agent_core.service.search.index_file import FILE_NAME, IndexFile, Talk, reading
from agent_core.service.search.indexer import Indexer
from agent_core.service.search.looking import Asked, Found, Looking
from agent_core.service.search.passages import Passage
from agent_core.service.search.traits import Traits
from agent_core.store import Append, Draft, Erasure, NewStream, Store

NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
BRAND: Final = BrandId("northwind")


def name(number: int) -> StreamId:
    """A conversation's id."""
    return StreamId(f"c_{number:020x}")


TRAITS: Final = Traits(
    stream=name(0), brand=BRAND, channel="chat", customer_name="Max", state="closed", workflows=("order_status",),
    tools=("get_order",), outcomes=("answered",), flags=(), language="en", replied="agent_alone", handled="automated",
    money=None, score_percent=None, reviewed=False, messages=2, opened_at=NOON, last_at=NOON, disputes=(), findings=(),
    work=4, looked=0, lot=0,
)  # fmt: skip


def traits(number: int, brand: str = BRAND, **changes: Any) -> Traits:
    """A conversation like many."""
    at = NOON + timedelta(minutes=number)
    return replace(TRAITS, **{"stream": name(number), "brand": BrandId(brand), "opened_at": at, "last_at": at, **changes})


def passage(text: str, number: int = 0, seq: int = 1) -> Passage:
    """Something a customer said."""
    return Passage(seq, 0, NOON + timedelta(minutes=number), "message", "customer", None, "message_received", text)


def filled(folder: Path, texts: Sequence[str], brands: Sequence[str] = (BRAND,)) -> IndexFile:
    """An index with one conversation for each text, of the brands in turns."""
    file = IndexFile(folder)
    talks = [
        Talk(traits(number, brands[number % len(brands)]), [passage(text, number)]) for number, text in enumerate(texts)
    ]
    file.keep(talks, len(texts), ("generation", "hash"))
    return file


def look(folder: Path, words: str, brands: Sequence[str] = (BRAND,), **asked: Any) -> tuple[Found, str | None]:
    """What is found with time enough, and the token that goes on from there."""
    wanted = SearchAsked.model_validate({"q": words, **asked})
    connection = reading(folder / FILE_NAME)
    try:
        question = Asked.of(wanted, [BrandId(brand) for brand in brands])
        ((made,),) = connection.execute("SELECT value FROM about WHERE key = 'made'").fetchall()
        found = Looking(connection, question, made, 60).answer(wanted.after)
        return found, None if found.next is None else found.next.token(made, question.name)
    finally:
        connection.close()


def numbers(found: Found) -> list[int]:
    """The conversations that were found, in their order."""
    return [int(row.stream.removeprefix("c_"), 16) for row in found.rows]


async def writes(store: Store, number: int, texts: Sequence[str]) -> None:
    """A conversation in which a customer writes."""
    thread = thread_body(Thread(external_id=f"t{number}", customer=f"cus{number}"))
    opened = ConversationOpened(brand=BRAND, channel="chat", thread=thread.ref)
    drafts, bodies = [Draft(opened, Customer())], [thread]
    for place, text in enumerate(texts):
        body, raw = new_body("message", text), new_body("message_raw", text)
        event = MessageReceived(message=MessageId(f"m{place}"), raw=raw.ref, text=body.ref, occurred_at=NOON)
        drafts.append(Draft(event, Customer()))
        bodies += [body, raw]
    await store.append(Append(name(number), drafts, bodies=bodies, create=NewStream("conversation", BRAND)))


async def erases(store: Store, number: int) -> None:
    """Everything personal of a conversation goes."""
    event = BodiesErased(whole=True, reason="customer_asked", bodies=1)
    drafts = [Draft(event, Person(operator=OperatorId("op_1")))]
    await store.append(Append(name(number), drafts, erases=Erasure()))


def indexer_of(
    store: Store, folder: Path, *, batch: int = 400, story: Callable[[StreamId], Awaitable[Story]] | None = None
) -> Indexer:
    """An indexer without a core."""

    async def plain(stream: StreamId) -> Story:
        return await read_story(store, stream)

    return Indexer(store, folder, story or plain, batch=batch)


async def index_all(indexer: Indexer) -> None:
    """Opens the index and brings it up to the log."""
    await indexer.open()
    while await indexer.step():
        pass
