"""A long conversation opens from its kept page, which is never more than what its log says (R-M5, R-N5)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from structlog.testing import capture_logs

from agent_core.contract.actors import Customer
from agent_core.contract.bodies import new_body
from agent_core.contract.events import MessageReceived
from agent_core.contract.ids import ConversationId, MessageId, ReleaseDigest, StreamId
from agent_core.contract.views import ConversationDetail
from agent_core.service.brands import BrandShelf
from agent_core.service.operators import People
from agent_core.service.projection import pages, projector, resting
from agent_core.service.projection.detail import detail_of
from agent_core.service.projection.resting import Made, Resting
from agent_core.service.projection.story import Story
from agent_core.store import Append, Draft, StreamHead
from agent_core.store.tables import event, view
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import Scene, scene
from tests.service.search_logs import NOON, erases, name, writes

LONG = ConversationId(name(1))
SHORT = ConversationId(name(2))
PAGES = sa.select(view.c.id, view.c.sort_key, view.c.data).where(view.c.kind == pages.KIND)


@pytest.fixture(autouse=True)
def _few_are_long(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    monkeypatch.setattr(pages, "LONG", 4)
    monkeypatch.setattr(resting, "REST_S", 0.0)


def played(story: Callable[[Scene, CoreClient], Awaitable[None]], folder: Path) -> None:
    """A core with a long conversation and a short one, and a console that reads."""

    async def run() -> None:
        async with scene(folder) as it, asyncio.timeout(300):
            await writes(it.core.store, 1, ["Where is my parcel?", "It is late.", "Hello, it is Xanthippe?"])
            await writes(it.core.store, 2, ["Thanks."])
            await story(it, await it.reader())

    asyncio.run(run())


async def kept(it: Scene) -> dict[str, tuple[str, str]]:
    """The pages there are: what each was made of, and its data."""
    rows = await it.core.store.read(lambda tx: tx.connection.execute(PAGES).all())
    return {str(conversation): (str(of), str(data)) for conversation, of, data in rows}


async def opened(it: Scene, client: CoreClient) -> ConversationDetail:
    """The long conversation opened by a core that remembers nothing of it."""
    it.core.projector._stories.clear()  # pyright: ignore[reportPrivateUsage] - as after a start
    found = await client.detail(LONG)
    assert found is not None
    return found


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Waits for a state."""
    while True:
        if await holds():
            return
        await asyncio.sleep(0.01)


async def until_kept(it: Scene, of: str = "") -> str:
    """Until a page of the long conversation is kept, made of something else than given."""

    async def there() -> bool:
        return (await kept(it)).get(LONG, (of, ""))[0] != of

    await until(there)
    return (await kept(it))[LONG][0]


def test_R_M5_a_long_conversation_that_was_opened_once_opens_again_without_its_log(tmp_path: Path) -> None:
    async def story(it: Scene, client: CoreClient) -> None:
        from_log = await opened(it, client)
        assert await client.detail(SHORT) is not None
        await until_kept(it)
        assert set(await kept(it)) == {LONG}, "a short one is read from its log"
        shown = asyncio.Event()
        records = it.core.store.records

        async def later(stream: StreamId, after: int = 0, limit: int | None = None) -> object:
            if stream == LONG:
                await shown.wait()  # whoever wants its log before the answer came waits for ever
            return await records(stream, after, limit)

        it.core.store.records = later  # pyright: ignore[reportAttributeAccessIssue] - as above
        try:
            again = await opened(it, client)
        finally:
            shown.set()
            del it.core.store.records
        assert again == from_log
        assert await client.detail(LONG, after_version=again.seq) is None

    played(story, tmp_path)


def test_R_M5_what_was_shown_is_what_is_kept_and_nothing_is_made_for_it_a_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[StreamId]()

    def counted(story: Story, people: People, shelf: BrandShelf) -> ConversationDetail:
        made.append(story.stream)
        return detail_of(story, people, shelf)

    async def story(it: Scene, client: CoreClient) -> None:
        shown = await opened(it, client)
        of = await until_kept(it)
        assert made == [LONG]
        assert (await kept(it))[LONG] == (of, pages.packed(shown.model_dump_json()))
        # From the page that was kept: what proves it is the one time that it is made.
        assert await opened(it, client) == shown
        await until(lambda: _true(len(made) == 2))

    monkeypatch.setattr(projector, "detail_of", counted)
    played(story, tmp_path)


def test_R_M5_a_page_that_goes_on_is_kept_when_it_rests_or_when_the_core_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = list[str]()

    def noted(connection: Connection, head: StreamHead, of: str, packed_page: str) -> bool:
        written.append(head.hash)
        return keep(connection, head, of, packed_page)

    async def story(it: Scene, client: CoreClient) -> None:
        for number in range(3):
            body, raw = new_body("message", f"And {number}."), new_body("message_raw", "x")
            more = MessageReceived(message=MessageId(f"m{number + 10}"), raw=raw.ref, text=body.ref, occurred_at=NOON)
            await it.core.store.append(Append(StreamId(LONG), [Draft(more, Customer())], bodies=[body, raw]))
            seen = await client.detail(LONG)
            assert seen is not None
            heads.append(seen.log_head.hash)
            await until(lambda: _at_its_head(it))
        assert written == []

    heads = list[str]()
    keep = pages.keep
    monkeypatch.setattr(resting, "REST_S", 600.0)
    monkeypatch.setattr(pages, "keep", noted)
    played(story, tmp_path)
    assert written == heads[-1:], "the newest alone, at the end"


def test_R_M5_a_long_conversation_that_nobody_opened_is_made_ready_when_it_is_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(it: Scene, client: CoreClient) -> None:
        of = await until_kept(it)
        shown = await opened(it, client)
        assert (await kept(it))[LONG] == (of, pages.packed(shown.model_dump_json()))

    monkeypatch.setattr(resting, "QUIET_S", 0.0)
    played(story, tmp_path)


async def _true(holds: bool) -> bool:
    return holds


async def _at_its_head(it: Scene) -> bool:
    """Whether the views stand where the log does."""
    return not await it.core.store.feed(it.core.projector.position, 1)


def test_few_pages_wait_and_a_newer_one_takes_the_place_of_its_older(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Resting()
    assert waiting.seconds() is None
    monkeypatch.setattr(resting, "REST_S", 600.0)
    one, two = Made("of", "a" * 64, "{}"), Made("of", "b" * 64, "{}")
    waiting.made(LONG, one)
    assert waiting.next() is None
    assert 0 < (waiting.seconds() or 0) <= 600
    waiting.made(LONG, two)
    assert waiting.next(all_of_them=True) == (LONG, two)
    assert waiting.next(all_of_them=True) is None
    waiting.made(LONG, one)
    waiting.went_on(LONG, one.head)
    assert waiting.next(all_of_them=True) == (LONG, one), "what was shown stands where the log does"
    waiting.made(LONG, one)
    waiting.went_on(LONG, two.head)
    assert waiting.next(all_of_them=True) == (LONG, None)
    waiting.made(LONG, one)
    waiting.want(LONG)
    assert waiting.next() == (LONG, None), "what was shown from a kept page is proven at once"
    for number in range(resting.MOST + 1):
        waiting.made(StreamId(name(number + 1)), one)
    assert waiting.next() == (StreamId(name(1)), one), "the oldest does not wait for its rest"
    assert waiting.next() is None


def test_what_a_page_was_made_of_has_moved_and_it_is_not_shown(tmp_path: Path) -> None:
    async def story(it: Scene, client: CoreClient) -> None:
        await opened(it, client)
        first = await until_kept(it)
        body, raw = new_body("message", "One more thing."), new_body("message_raw", "x")
        more = MessageReceived(message=MessageId("m9"), raw=raw.ref, text=body.ref, occurred_at=NOON)
        await it.core.store.append(Append(StreamId(LONG), [Draft(more, Customer())], bodies=[body, raw]))
        newer = await opened(it, client)
        assert "One more thing." in newer.model_dump_json()
        second = await until_kept(it, first)
        head = await it.core.store.head(LONG)
        assert head is not None
        people = await it.core.people.people()
        others = {
            pages.made_of(head, people, ReleaseDigest("1" * 64)),
            pages.made_of(head, type(people)(people.ring, people.names, people.seq + 1), ReleaseDigest("0" * 64)),
            pages.made_of(head, people, ReleaseDigest("0" * 64)),
        }
        assert len({first, second, *others}) == 5
        assert await it.core.store.read(lambda tx: pages.kept(tx.connection, LONG, next(iter(others)))) is None

    played(story, tmp_path)


def test_R_N5_what_older_code_made_is_neither_shown_nor_taken_for_a_changed_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(it: Scene, client: CoreClient) -> None:
        true = await opened(it, client)
        first = await until_kept(it)
        old = pages.packed(true.model_dump_json().replace("It is late.", "What is masked since."))
        await it.core.store.write(
            lambda connection: connection.execute(sa.update(view).where(view.c.kind == pages.KIND).values(data=old))
        )
        monkeypatch.setattr(pages, "code", lambda: "of an update")
        with capture_logs() as logs:
            assert await opened(it, client) == true
            await until_kept(it, first)
        assert not [entry for entry in logs if entry["event"] == "page_not_as_logged"]

    played(story, tmp_path)


def test_R_M9_a_page_that_says_anything_but_its_log_is_on_record_and_made_anew(tmp_path: Path) -> None:
    async def story(it: Scene, client: CoreClient) -> None:
        true = await opened(it, client)
        of = await until_kept(it)
        false = true.model_dump_json().replace("It is late.", "It came, thank you.")
        for bad in (pages.packed(false), "no page at all"):
            await it.core.store.write(
                lambda connection, data=bad: connection.execute(
                    sa.update(view).where(view.c.kind == pages.KIND).values(data=data)
                )
            )
            with capture_logs() as logs:
                await opened(it, client)
                await until(lambda bad=bad: _another(it, (of, bad)))
            assert [entry for entry in logs if entry["event"] == "page_not_as_logged"]
            assert await opened(it, client) == true

    played(story, tmp_path)


def test_R_M9_a_page_does_not_outlive_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    async def story(it: Scene, client: CoreClient) -> None:
        await opened(it, client)
        await until_kept(it)
        changed = sa.update(event).where(event.c.stream == LONG, event.c.seq == 2).values(data="{}")
        await it.core.store.write(lambda connection: connection.execute(changed))
        with capture_logs() as logs:
            await opened(it, client)
            await until(lambda: _another(it, None))
            with pytest.raises(CoreRefused, match="does not match its own digest"):
                await opened(it, client)
        assert [entry for entry in logs if entry["event"] == "page_failed"]

    played(story, tmp_path)


def test_R_N5_a_page_goes_with_what_it_shows_and_none_is_kept_for_a_log_that_went_on(tmp_path: Path) -> None:
    async def story(it: Scene, client: CoreClient) -> None:
        shown = await opened(it, client)
        assert "Xanthippe" in shown.model_dump_json()
        of = await until_kept(it)
        head = await it.core.store.head(LONG)
        assert head is not None
        await erases(it.core.store, 1)
        assert not await it.core.store.write(lambda c: pages.keep(c, head, of, pages.packed(shown.model_dump_json())))
        await until(lambda: _another(it, None))
        after = await opened(it, client)
        assert "Xanthippe" not in after.model_dump_json()
        await it.core.projector._keep_page()  # pyright: ignore[reportPrivateUsage] - whether its turn came already or not
        assert not await kept(it), "what was erased whole is not kept at all"

    played(story, tmp_path)


async def _another(it: Scene, than: tuple[str, str] | None) -> bool:
    """Whether another page is kept, or with nothing given: none."""
    found = (await kept(it)).get(LONG)
    return found != than if than is not None else found is None
