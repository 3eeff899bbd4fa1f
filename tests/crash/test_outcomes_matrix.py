"""Every kind of fault at every tool, over real sockets: the outcome has the right type, and nothing is done twice (R-A7).

The ledgers of the world outside are the witness (R-C6). A sample with a fixed seed runs always, every pair with `-m slow`.
"""

import asyncio
import logging
import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr

from agent_core.contract.clock import system_clock
from agent_core.sandbox.faults import Fault, FaultBook
from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import serve
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.systems.commerce.shop import ShopTools
from agent_core.systems.port import DidNotHappen, Happened, ToolResult
from agent_core.systems.transport import Transport
from agent_core.workflows.commerce_tools import COMMERCE_TOOLS
from tests.crash import faults
from tests.crash.faults import MODEL_KINDS, PLACES, PURPOSES, SYSTEM_KINDS, TOKEN, WISHES, Plan
from tests.engine.harness import ORDER, OTHER_ORDER

TOOLS: Final = {str(tool.name): tool.writes for tool in COMMERCE_TOOLS}
CASES: Final = tuple(product(TOOLS, SYSTEM_KINDS))
PERFORMED: Final = frozenset(
    {"malformed JSON", "cut stream", "after the time-out", "done but no answer", "wrong schema", "over-long", "empty"}
)
"""Done, and whoever asked cannot know."""
GOOD: Final = frozenset({"duplicate", "slow"})
SAMPLE: Final = 24
SEED: Final = 20261121
LATE: Final = 1.5
"""Seconds after which an answer that is held back is late: the shop must have had the request by then."""
_LEDGERS: Final = ("refunds", "writes", "returns", "documents", "credits", "investigations")


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    """What fails is logged, as it should be: here it is the subject."""
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


def arguments(world: ShopWorld, tool: str) -> tuple[dict[str, Any], str]:
    """Arguments with which the tool does something, and the customer it is done for."""
    customer = str(world.order(ORDER)["customer_id"])
    unsent = next(o.id for p in world.people() for o in p.orders if o.status in {"placed", "packed"})
    owner, subscription = next(
        (p.id, each["id"]) for p in world.people() for each in world.subscriptions_of(p.id) if each["status"] == "active"
    )
    given: dict[str, dict[str, Any]] = {
        "refund_payment": {"order_id": ORDER, "payment_id": world.payments_of(ORDER)[0]["id"], "amount_minor": 2_000,
                           "currency": "EUR", "reason": "late"},
        "investigate_parcel": {"order_id": OTHER_ORDER, "tracking": world.parcels_of(OTHER_ORDER)[0]["tracking"],
                               "reason": "It never came."},
        "change_address": {"order_id": unsent, "address": "Lindenweg 5, 20095 Hamburg", "confirmed_by": "yes"},
        "cancel_order": {"order_id": unsent, "reason": "by mistake"},
        "create_return": {"order_id": ORDER, "kind": "exchange", "reason": "too small"},
        "send_document": {"order_id": ORDER, "document": "invoice"},
        "grant_credit": {"order_id": ORDER, "amount_minor": 500, "currency": "EUR", "reason": "it came late"},
        "pause_subscription": {"subscription_id": subscription},
        "cancel_subscription": {"subscription_id": subscription, "reason": "too much", "confirmed_by": "yes"},
        "track_order": {"order_id": OTHER_ORDER}, "get_order": {"order_id": ORDER}, "list_payments": {"order_id": ORDER},
    }  # fmt: skip
    if "order_id" in given.get(tool, {}):
        customer = str(world.order(given[tool]["order_id"])["customer_id"])
    return given.get(tool, {}), owner if "subscription" in tool else customer


def rows(world: ShopWorld) -> int:
    """Everything that was ever done in this shop."""
    return sum(int(world.many(f"SELECT count(*) AS n FROM {table}")[0]["n"]) for table in _LEDGERS)  # noqa: S608 - our names


@dataclass
class Shop:
    """A shop of its own for one case."""

    tools: ShopTools
    tool: str
    given: dict[str, Any]
    customer: str

    @classmethod
    def of(cls, tools: ShopTools, tool: str, world: ShopWorld) -> "Shop":
        """With arguments that are possible now."""
        return cls(tools, tool, *arguments(world, tool))

    async def do(self, *, seconds: float = 120) -> ToolResult:
        """One call, always the same, under the one key of this case."""
        deadline = system_clock() + timedelta(seconds=seconds)
        key = "key-1" if TOOLS[self.tool] else None
        return await self.tools.perform(
            self.tool, self.given, idempotency_key=key, deadline=deadline, customer=self.customer
        )


async def outcome_of(tool: str, kind: str) -> list[str]:
    """Plays one pair in a fresh shop; what is wrong about it."""
    book, writes = FaultBook(), TOOLS[tool]
    with ShopWorld.seeded(1, 40) as world:
        before = rows(world)
        async with serve(create_shop_app(world, token=TOKEN, faults=book)) as served:
            transport = Transport()
            try:
                shop = Shop.of(ShopTools(transport.site("shop", served.base_url, SecretStr(TOKEN))), tool, world)
                played, status = SYSTEM_KINDS[kind]
                seconds = {"timeout": 300.0, "late": 5.0, "slow": 0.02}.get(played, 0.0)
                book.add(Fault("POST *" if writes else "GET *", played, status or 503, 1, 0, seconds))
                result = await shop.do(seconds=LATE if played in ("timeout", "late") else 120)
                problems = _typed(kind, result, writes=writes)
                if writes and result.outcome == "unknown":
                    deadline = system_clock() + timedelta(seconds=120)
                    found = await shop.tools.reconcile(tool, shop.given, "key-1", deadline=deadline)
                    if not isinstance(found, Happened if kind in PERFORMED else DidNotHappen):
                        problems.append(f"the look-up said {found}")
                again = result if kind == "refusal" else await shop.do()
                if again.outcome not in ({"refused"} if kind == "refusal" else {"succeeded", "accepted"}):
                    problems.append(f"again it came to {again}")
                done = rows(world) - before
                first = await _clean(tool)
                if done != (0 if kind == "refusal" else first):
                    problems.append(f"{done} rows were written, and once is {first}")
                return problems
            finally:
                await transport.close()


_ONCE: dict[str, int] = {}


async def _clean(tool: str) -> int:
    """How many rows the tool writes where nothing fails."""
    if tool not in _ONCE:
        with ShopWorld.seeded(1, 40) as world:
            before = rows(world)
            async with serve(create_shop_app(world, token=TOKEN)) as served:
                transport = Transport()
                try:
                    shop = Shop.of(ShopTools(transport.site("shop", served.base_url, SecretStr(TOKEN))), tool, world)
                    assert (await shop.do()).outcome in ("succeeded", "accepted"), tool
                finally:
                    await transport.close()
            _ONCE[tool] = rows(world) - before
    return _ONCE[tool]


def _typed(kind: str, result: ToolResult, *, writes: bool) -> list[str]:
    """Whether the outcome has the one right type."""
    if kind in GOOD:
        right = {"succeeded", "accepted"}
    elif kind == "refusal":
        right = {"refused"}
    elif writes:
        right = {"failed"} if kind == "429" else {"unknown"}
    else:
        right = {"timed_out"} if kind in ("time-out", "after the time-out") else {"failed"}
    problems = [] if result.outcome in right else [f"{result.outcome} is none of {sorted(right)}"]
    if kind not in GOOD and (not result.code or not result.sentence):
        problems.append("it has no code or no sentence")
    if kind == "429" and not result.transient:
        problems.append("asked to wait, and it is not tried again")
    return problems


def _play(cases: Sequence[tuple[str, str]]) -> None:
    async def all_of_them() -> dict[str, list[str]]:
        return {f"{tool}, {kind}": await outcome_of(tool, kind) for tool, kind in cases}

    wrong = {name: problems for name, problems in asyncio.run(all_of_them()).items() if problems}
    assert not wrong, wrong


def test_R_A7_R_C6_a_sample_of_faults_at_tools_has_the_right_outcome_and_one_effect() -> None:
    _play(random.Random(SEED).sample(CASES, SAMPLE))


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_R_A7_R_C6_every_fault_at_every_tool_has_the_right_outcome_and_one_effect(tool: str) -> None:
    _play([case for case in CASES if case[0] == tool])


def plans() -> list[Plan]:
    """Every fault at every place of a conversation, once and for good."""
    pairs = [*product(PLACES, SYSTEM_KINDS), *product(PURPOSES, MODEL_KINDS)]
    return [
        Plan(WISHES[2] if place == "track_order" else WISHES[3 if place == "compose" else number % 2], number % 2 == 1,
             ((place, kind, times, 0),))
        for number, ((place, kind), times) in enumerate(product(pairs, (1, 50)))
    ]  # fmt: skip


def _judged(wanted: Sequence[Plan]) -> int:
    came = [(plan, faults.played(plan)) for plan in wanted]
    wrong = [f"{plan}: {each.problems}" for plan, each in came if each.problems]
    assert not wrong, wrong
    return sum(each.fired > 0 for _, each in came)


def test_R_A7_a_conversation_in_which_something_fails_is_answered_asked_or_with_a_person() -> None:
    assert _judged(random.Random(SEED).sample(plans(), 3)) >= 1


@pytest.mark.slow
@pytest.mark.parametrize("part", range(16))
def test_R_A7_whatever_fails_wherever_a_conversation_is_answered_asked_or_with_a_person(part: int) -> None:
    assert _judged(plans()[part::16]) > 0


def test_every_kind_is_really_played() -> None:
    """A fault that did not happen would prove nothing."""

    async def body() -> None:
        for kind, (played, status) in SYSTEM_KINDS.items():
            book = FaultBook()
            with ShopWorld.seeded(1, 5) as world:
                async with serve(create_shop_app(world, token=TOKEN, faults=book)) as served:
                    book.add(Fault("GET *", played, status or 503, 1, 0, 0.05))
                    headers = {"authorization": f"Bearer {TOKEN}"}
                    async with local_client(base_url=served.base_url, headers=headers) as client:
                        try:
                            answer = await client.get("/v1/customers", params={"email": "a@example.com"})
                            seen = answer.content[:40], answer.status_code
                        except httpx.HTTPError as error:
                            seen = type(error).__name__, 0
            assert [entry["fault"] for entry in book.requests][:1] == [played], (kind, seen)
            plain = seen == (b'{"customers":[]}', 200)
            assert plain == (kind in GOOD or kind == "after the time-out"), (kind, seen)

    asyncio.run(body())
