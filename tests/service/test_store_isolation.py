"""Whatever two brands write, in any order: what is read for one is what would be read had the other never been (R-C1).

Every function of the store and of what stands behind it that takes brands is asked in two worlds (`two_worlds`), word for
word; a new one fails here until it has a question. Places in the log of the house are compared by what stands there.
"""

import ast
import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, get_args

import pytest

import agent_core
from agent_core.contract.events import Recorded
from agent_core.contract.ids import AskId, BrandId, StreamId
from agent_core.contract.listing import PARTS, RowFilter
from agent_core.contract.searching import SearchAsked
from agent_core.service import (
    assessments,
    authority_evidence,
    customer_search,
    level_reach,
    levels,
    overrides,
    oversight,
    queues,
    reply_checks,
    reviews,
    triage,
)  # fmt: skip
from agent_core.service.brands import known_releases
from agent_core.service.projection import (
    assessment_rows,
    authority_rows,
    decision_rows,
    listing,
    override_rows,
    present_counts,
    queue_rows,
    reply_tallies,
    tallies,
    views,
)
from agent_core.service.projection.health import Integrations
from agent_core.service.projection.views import Bucket
from agent_core.service.triage_candidates import candidates
from agent_core.store import ReadTx
from agent_core.store.stuck import stuck_wakes
from tests.service.two_worlds import OURS, THEIRS, World, drawn, seat_of, two_worlds
from tests.store.logs import START, finished, started

STEPS, LOOKS = 90, 4
_LONG: Final = timedelta(days=30)
_MOST: Final = 10_000
_SEARCHES: Final = (
    SearchAsked(limit=3),
    SearchAsked(q="refund", limit=4),
    SearchAsked(q="order -previous", order="best", limit=50),
    SearchAsked(q="Look", kind="note"),
    SearchAsked(brand=THEIRS),
    SearchAsked(workflow="refund_order", reviewed=True),
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, where and when."""

    world: World
    brands: tuple[BrandId, ...]
    now: datetime

    @property
    def seat(self) -> Any:
        return seat_of("noa", *self.brands)

    async def read(self, question: Callable[[ReadTx], Any]) -> Any:
        return await self.world.store.read(question)

    async def rows(self, question: Callable[..., Any], *more: Any, **named: Any) -> Any:
        """What a function answers that takes a connection and brands."""
        return await self.read(lambda tx: question(tx.connection, self.brands, *more, **named))

    async def place(self, position: int) -> Any:
        """What stands at a position of the log."""
        found = await self.read(lambda tx: tx.feed(position - 1, 1)) if position else ()
        return [(record.stream, record.seq) for record in found]


Question = Callable[[Asking], Awaitable[Any]]


async def _feed(it: Asking) -> Any:
    records = await it.world.store.feed(0, _MOST, it.brands)
    return [record.model_copy(update={"position": 0}) for record in records]


async def _changed(it: Asking) -> Any:
    upto = it.world.projector.position
    kinds: tuple[views.Kind, ...] = ("row", "ask")
    found: list[Any] = []
    for kind, closed in itertools.product(kinds, (True, False)):
        changed = partial(views.changed, kind=kind, brands=it.brands, after=0, upto=upto, limit=_MOST, closed=closed)
        rows = await it.read(lambda tx, changed=changed: changed(tx.connection))
        found.append([(await it.place(position), data) for position, data in rows])
    return found


async def _pages(it: Asking) -> Any:
    found: list[Any] = []
    for bucket in get_args(Bucket):
        after = None
        for _ in range(100):
            rows, after = await it.rows(views.page, bucket, after, 3, now=it.now)
            found += rows
            if after is None:
                break
        else:
            raise AssertionError("the list has no end")
    return found


async def _places(it: Asking) -> Any:
    wanted = (RowFilter(), RowFilter(flagged=True), RowFilter(workflows=("refund_order",)), RowFilter(waiting_over_s=60))
    return [(await it.rows(listing.places, PARTS, each, it.now, None, _MOST))[0] for each in wanted]


async def _queue(it: Asking) -> Any:
    """The queue, walked in small pages."""
    found: list[Any] = []
    after = None
    for _ in range(200):
        cards, after = await it.rows(views.ask_page, after, 2)
        found += cards
        if after is None:
            return found
    raise AssertionError("the queue has no end")


async def _cards(it: Asking) -> Any:
    """Each ask there is anywhere, by its name."""
    everywhere = await it.read(lambda tx: views.cards(tx.connection, (OURS, THEIRS), _MOST))
    named = {card.ask for card in everywhere} | {AskId("a_none")}
    found = [await it.rows(views.card, name) for name in sorted(named)]
    return [card for card in found if card is not None]


async def _once(it: Asking) -> Any:
    kinds: tuple[views.Once, ...] = ("override", "assessment")
    pages = await it.read(lambda tx: [views.listed_page(tx.connection, kind, it.brands, None, _MOST) for kind in kinds])
    return [[data for _, data in page] for page in pages]


async def _listed(it: Asking, of: Any, field: str) -> Any:
    """A list page by page; where the next one begins is sealed."""
    found: list[Any] = []
    after = None
    for _ in range(100):
        page = await of(it.world.means, it.brands, after, 2)
        found.append(page.model_copy(update={"next": None}))
        after = page.next
        if after is None:
            return [field, found]
    raise AssertionError("the list has no end")


async def _streams(it: Asking) -> Any:
    return await it.read(lambda tx: [each for brand in it.brands for each in tx.streams(brand=brand)])


async def _intents(it: Asking) -> Any:
    resources = ("payment:", "order:")
    every = await it.read(lambda tx: tx.connection.exec_driver_sql("SELECT DISTINCT resource FROM intent").scalars().all())
    assert any(str(each).startswith(resources) for each in every)
    return await it.read(lambda tx: [row for b in it.brands for each in sorted(every) for row in tx.intents(b, str(each))])


async def _at_work(it: Asking) -> Any:
    looking = await it.read(lambda tx: [StreamId(head.id) for head in tx.streams("conversation")])
    return await it.rows(views.at_work, looking)


async def _searched(it: Asking) -> Any:
    found: list[Any] = []
    for asked in _SEARCHES:
        after = None
        for _ in range(100):
            answer = await it.world.search.answer(it.seat, asked.model_copy(update={"after": after}), it.world.shelf.names())
            found.append(answer.model_copy(update={"next": None}))
            after = answer.next
            if after is None:
                break
    return found


async def _people(it: Asking) -> Any:
    somebody = customer_search.Identity(emails={"a@example.com"})
    return await it.read(lambda tx: [customer_search.conversations_of(tx, brand, somebody) for brand in it.brands])


async def _waiting(it: Asking) -> Any:
    return [await level_reach.waiting_streams(it.world.means, brand) for brand in it.brands]


def _rows(question: Callable[..., Any], *more: Any, **named: Any) -> Question:
    return lambda it: it.rows(question, *more, **named)


def _lately(question: Callable[..., Any]) -> Question:
    return lambda it: it.rows(question, it.now - _LONG, it.now + timedelta(days=1))


def _by_day(question: Callable[..., Any], *first: Any) -> Question:
    async def ask(it: Asking) -> Any:
        since = (it.now - _LONG).date()
        return list(await it.read(lambda tx: list(question(tx.connection, *first, it.brands, since))))

    return ask


def _fares(name: str) -> Question:
    async def ask(it: Asking) -> Any:
        return getattr(it.world.projector.integrations, name)(it.brands)

    return ask


async def _down(it: Asking) -> Any:
    return triage.down_at(it.world.projector.integrations, it.brands)


async def _found_at(it: Asking) -> Any:
    return await triage.found_at(it.world.store, it.brands, await _down(it), it.now)


async def _unsorted_rows(it: Asking, question: Callable[..., Any]) -> Any:
    return [data for _, data in await it.rows(question, None, _MOST)]


QUESTIONS: Final[dict[str, Question]] = {
    "store.reading.feed store.store.feed": _feed,
    "store.stuck.stuck_wakes": lambda it: it.rows(stuck_wakes, it.now, _MOST),
    "store.reading.streams": _streams,
    "store.reading.intents": _intents,
    "service.projection.views.changed": _changed,
    "service.projection.views.page": _pages,
    "service.projection.listing.places": _places,
    "service.projection.views.cards": _rows(views.cards, _MOST),
    "service.projection.views.ask_page": _queue,
    "service.projection.views.card": _cards,
    "service.projection.views.counts": _rows(views.counts),
    "service.projection.present_counts.standing": _rows(present_counts.standing),
    "service.projection.views.core_position": lambda it: _core(it),
    "service.projection.views.at_work": _at_work,
    "service.projection.views.listed_page": _once,
    "service.projection.assessment_rows.page": lambda it: _unsorted_rows(it, assessment_rows.page),
    "service.projection.override_rows.page": lambda it: _unsorted_rows(it, override_rows.page),
    "service.projection.assessment_rows.counts": _by_day(assessment_rows.counts),
    "service.projection.reply_tallies.counts": _by_day(reply_tallies.counts),
    "service.projection.tallies.counts": _by_day(tallies.counts),
    "service.projection.tallies.counted": _by_day(tallies.counted, tallies.KIND),
    "service.projection.authority_rows.taken": _lately(authority_rows.taken),
    "service.projection.decision_rows.taken": _lately(decision_rows.taken),
    "service.projection.queue_rows.open_asks": _rows(queue_rows.open_asks),
    "service.projection.queue_rows.past_asks": lambda it: it.rows(queue_rows.past_asks, it.now - _LONG),
    "service.projection.queue_rows.next_breaches": _rows(queue_rows.next_breaches, queue=None, language=None, limit=_MOST),
    "service.projection.health.stopped_tools": _fares("stopped_tools"),
    "service.projection.health.refused_folders": _fares("refused_folders"),
    "service.projection.health.shown": _fares("shown"),
    "service.projection.health.states": _fares("states"),
    "service.triage.down_at": _down,
    "service.triage.found_at": _found_at,
    "service.triage.listed": lambda it: triage.listed(it.world.means, it.world.projector.integrations, it.seat),
    "service.triage_candidates.candidates": lambda it: candidates(
        it.world.store, it.brands, it.now, troubled=set(it.brands)
    ),
    "service.queues.shown": lambda it: queues.shown(it.world.means, it.brands, 30),
    "service.queues.breaching": lambda it: queues.breaching(it.world.means, it.brands, queue=None, language=None, limit=99),
    "service.assessments.listed": lambda it: _listed(it, assessments.listed, "assessments"),
    "service.overrides.listed": lambda it: _listed(it, overrides.listed, "overrides"),
    "service.reply_checks.counted": lambda it: reply_checks.counted(it.world.means, it.brands, 30),
    "service.oversight.oversight": lambda it: oversight.oversight(it.world.means, it.brands, 30, None, None),
    "service.authority_evidence.evidence": lambda it: authority_evidence.evidence(
        it.world.means, it.brands, 30, None, None, None
    ),
    "service.levels.shown": lambda it: levels.shown(it.world.means, it.seat),
    "service.level_reach.waiting_streams": _waiting,
    "service.reviews.queue": lambda it: reviews.queue(it.world.means, it.world.search, it.seat, None, None, 30, 50),
    "service.search.searching.answer": _searched,
    "service.search.searching.facets": lambda it: it.world.search.facets(it.seat, it.world.shelf.names()),
    "service.customer_search.conversations_of": _people,
    "service.presence.others": lambda it: it.world.presence.others(it.seat, it.brands),
    "service.brands.known_releases": lambda it: known_releases(it.world.store, it.brands),
}
"""By the functions that each puts to the test."""

NOT_ASKED: Final = {
    "store.wakes.room": "the engine's own bulkheads: whether a worker is free",
    "service.feed.token": "seals a place of the feed, under the names of these brands",
    "service.feed.read": "opens such a place, and only for the same brands",
    "service.integrations.open": "begins to watch systems, while a core starts",
    "service.own_servers.restore": "connects systems, while a core starts",
    "service.sandbox_world.sandbox_world": "builds stand-ins, while a core starts",
    "service.search.conditions.condition_of": "writes the question that `searching` asks",
    "service.search.looking.of": "holds the question that `searching` asks",
}
NEVER_THEIRS: Final = {
    "service.projection.health.refused_folders": "no folder is loaded in these worlds",
    "service.projection.health.shown": "every system of both brands works, and of two that work neither is told apart",
    "service.brands.known_releases": "no release is activated in these worlds",
}
"""What cannot tell one world from the other here, and why."""


async def _core(it: Asking) -> Any:
    return await it.place(await it.rows(views.core_position))


def _reading_functions() -> set[str]:
    """Every public function of the store and the service that takes brands."""
    root = Path(agent_core.__file__).parent
    found: set[str] = set()
    for path in (*root.glob("store/**/*.py"), *root.glob("service/**/*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                if any(each.arg == "brands" for each in arguments):
                    found.add(f"{module}.{node.name}")
    return found


def test_R_C1_every_function_that_takes_brands_is_asked_in_two_worlds() -> None:
    asked = {name for names in QUESTIONS for name in names.split()}
    assert not asked & NOT_ASKED.keys()
    assert _reading_functions() - asked == NOT_ASKED.keys(), "a question is missing, or one is asked in vain"


async def _answers(world: World, brands: Sequence[BrandId]) -> dict[str, Any]:
    it = Asking(world, tuple(brands), world.clock.at)
    return {name: await ask(it) for name, ask in QUESTIONS.items()}


async def _lived(folder: Path, seed: int) -> tuple[list[str], set[str]]:
    """Questions whose answer told of the other brand, at any look; and those that had something to tell in the end."""
    rng, leaks = Random(seed), list[str]()
    async with two_worlds(folder) as (both, alone, lives):
        steps = drawn(lives, rng, STEPS)
        looks = {*rng.sample(range(len(steps)), LOOKS - 1), len(steps) - 1}
        for number, step in enumerate(steps):
            both.clock.forward(seconds=step.seconds)
            await both.write(step)
            if step.brand == OURS:
                await alone.write(step)
            if number in looks:
                for world in (both, alone):
                    await world.catch_up()
                with_them, without = await _answers(both, [OURS]), await _answers(alone, [OURS])
                leaks += [f"{name} after step {number}" for name in QUESTIONS if with_them[name] != without[name]]
        mine, every = await _answers(both, [OURS]), await _answers(both, [OURS, THEIRS])
        return leaks, {name for name in QUESTIONS if mine[name] != every[name]}


@pytest.mark.parametrize("seed", [11])
def test_R_C1_what_is_read_for_a_brand_is_what_would_be_read_had_the_other_never_been(
    seed: int, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.quarantine", required=True)
    with tempfile.TemporaryDirectory() as folder:
        leaks, could = asyncio.run(_lived(Path(folder), seed))
    assert leaks == []
    assert QUESTIONS.keys() - could == NEVER_THEIRS.keys(), "no proof: the other brand had nothing that could have been told"


def test_R_C1_how_a_system_fares_is_known_however_much_another_brand_has_under_way() -> None:
    known, number = Integrations(), itertools.count(1)

    def see(brand: BrandId, effect: str, *, over: bool = False) -> None:
        draft = finished(effect) if over else started(effect)
        at, place = START, next(number)
        record = Recorded.of_checked(StreamId(f"c_{brand}"), brand, 1, 1, at, draft.actor, draft.event, "0", "0", place)
        known.see(record)

    see(OURS, "e1")
    for each in range(5_100):
        see(THEIRS, f"e{each}")
    see(OURS, "e1", over=True)
    assert ("shop", "healthy") in known.shown([OURS])
