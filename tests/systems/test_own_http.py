"""A declared HTTP tool is asked by template and answered by schema; what failed, and how, is a type (R-B3, R-A7, R-C6)."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, RedirectResponse, Response

from agent_core.contract.clock import system_clock
from agent_core.contract.errors import Invalid
from agent_core.systems.addresses import AddressNotAllowed, CheckedAddresses, is_outside
from agent_core.systems.integrations import Integrations
from agent_core.systems.own.brand_tools import BrandTools
from agent_core.systems.own.http_tools import HttpTools
from agent_core.systems.own.requests import NotSaid, path_of, placed, query_of
from agent_core.systems.own.results import read_result
from agent_core.systems.own.samples import SampleTools
from agent_core.systems.own.unready import UnreadyTools
from agent_core.systems.port import DidNotHappen, Happened, ToolResult, Unknown
from agent_core.systems.transport import Transport
from agent_core.workflows.tools import ToolDeclaration
from tests.systems.bookings import KEY, Bookings, bookings
from tests.systems.sandbox_scene import soon
from tests.workflows.own_brand import TOOLS, write_brand
from tests.workflows.releases import load

MOVE = {"booking_id": "KB-1001", "day": "friday"}


def declared(folder: Path, text: str = TOOLS) -> dict[str, ToolDeclaration]:
    return {tool.name: tool for tool in load(write_brand(folder, tools=text)).content.tools}


def play(
    folder: Path, use: Callable[[HttpTools, Bookings], Awaitable[None]], *, key: str = KEY, text: str = TOOLS,
    allowed: bool = True,
) -> None:  # fmt: skip
    async def run() -> None:
        async with bookings() as (system, url):
            system.add("KB-1001", "cus_1", iban="DE00", note="\u200bhello")
            transport = Transport()
            parts = urlsplit(url)
            site = transport.own_site(
                "bookings",
                f"{url}/api",
                secrets={"x-api-key": SecretStr(key)},
                headers={"x-client": "countersign"},
                integrations=Integrations(),
                allowed={f"{parts.hostname}:{parts.port}"} if allowed else (),
            )
            try:
                await use(HttpTools(site, declared(folder, text), system_clock), system)
            finally:
                await transport.close()

    asyncio.run(run())


async def do(
    tools: Any, name: str, arguments: dict[str, Any], *, key: str | None = None, customer: str | None = "cus_1"
) -> ToolResult:
    return await tools.perform(name, arguments, idempotency_key=key, deadline=soon(), customer=customer)


def test_R_B3_a_declared_read_yields_its_facts_and_only_what_it_declares(tmp_path: Path) -> None:
    async def use(tools: HttpTools, system: Bookings) -> None:
        result = await do(tools, "find_booking", {"booking_id": "KB-1001"})
        assert result.outcome == "succeeded"
        assert result.result == {
            "id": "KB-1001",
            "customer_id": "cus_1",
            "day": "monday",
            "state": "booked",
            "teacher": None,
        }
        assert dict(result.facts) == {
            "booking.KB-1001.customer": "cus_1", "booking.KB-1001.day": "monday", "booking.KB-1001.state": "booked",
        }  # fmt: skip
        method, path, headers, body = system.seen[0]
        assert (method, path, body) == ("GET", "/api/bookings/KB-1001", None)
        assert (headers["x-api-key"], headers["x-client"]) == (KEY, "countersign")

    play(tmp_path, use)


def test_R_C6_a_declared_write_sends_its_key_and_body_and_a_repetition_is_one(tmp_path: Path) -> None:
    async def use(tools: HttpTools, system: Bookings) -> None:
        first = await do(tools, "move_booking", MOVE, key="k1")
        assert (first.outcome, first.result) == ("succeeded", {"move_id": "m1", "day": "friday"})
        assert dict(first.facts) == {"booking.KB-1001.moved_to": "friday"}
        assert (await do(tools, "move_booking", MOVE, key="k1")).result == first.result
        assert len(system.moves) == 1
        _, path, headers, body = system.seen[0]
        assert (path, headers["idempotency-key"]) == ("/api/bookings/KB-1001/moves", "k1")
        assert body == {"day": "friday", "source": "countersign for cus_1"}  # `why` is optional and was not given
        assert (await do(tools, "move_booking", MOVE, key="k2", customer=None)).code == "customer_unknown"
        with pytest.raises(ValueError, match="key"):
            await do(tools, "move_booking", MOVE)

    play(tmp_path, use)


@pytest.mark.parametrize(
    ("answer", "read", "write"),
    [
        (JSONResponse({"problem": {"code": "no_such_day"}}, 409), ("refused", "no_such_day"), ("refused", "no_such_day")),
        (JSONResponse({"problem": {"code": "Words!"}}, 422), ("refused", "refused"), ("refused", "refused")),
        (JSONResponse({}, 503), ("failed", "system_error"), ("failed", "unavailable")),
        (JSONResponse({}, 502), ("failed", "system_error"), ("unknown", "system_error")),
        (JSONResponse({}, 500), ("failed", "system_error"), ("unknown", "system_error")),
        (JSONResponse({"id": 7}), ("failed", "bad_result"), ("unknown", "bad_result")),
        (Response("<html>"), ("failed", "bad_answer"), ("unknown", "bad_answer")),
        (Response(status_code=204), ("failed", "bad_result"), ("unknown", "bad_result")),
        (JSONResponse([1]), ("failed", "bad_result"), ("unknown", "bad_result")),
        (RedirectResponse("https://evil.example/"), ("failed", "unexpected_answer"), ("unknown", "system_error")),
        (JSONResponse({}, 401), ("failed", "not_authorised"), ("failed", "not_authorised")),
        (JSONResponse({}, 429, {"retry-after": "7"}), ("failed", "rate_limited"), ("failed", "rate_limited")),
        (Response("x" * 300_000), ("failed", "answer_too_large"), ("unknown", "answer_too_large")),
    ],
)  # fmt: skip
def test_R_A7_every_failure_is_a_type_and_a_write_is_never_called_failed_when_it_may_be_done(
    tmp_path: Path, answer: Response, read: tuple[str, str], write: tuple[str, str]
) -> None:
    async def use(tools: HttpTools, system: Bookings) -> None:
        system.next.append(answer)
        found = await do(tools, "find_booking", {"booking_id": "KB-1001"})
        system.next.append(answer)
        made = await do(tools, "move_booking", MOVE, key="k1")
        if read[1] != "refused":  # 503 and the like: what the declaration says is said of reads too, where it names them
            assert (made.outcome, made.code) == write
        assert (found.outcome, found.code) == read
        assert found.facts == made.facts == ()
        assert KEY not in repr((found, made))

    text = TOOLS.replace(
        "      path: /bookings/{booking_id}\n",
        "      path: /bookings/{booking_id}\n      failures: {code: problem.code}\n",
        1,
    )
    play(tmp_path, use, text=text)


def test_R_A7_what_became_of_a_write_is_looked_up_by_its_key(tmp_path: Path) -> None:
    async def use(tools: HttpTools, system: Bookings) -> None:
        assert isinstance(await tools.reconcile("move_booking", MOVE, "k1", deadline=soon()), DidNotHappen)
        system.perform_then = Response(status_code=502)
        assert (await do(tools, "move_booking", MOVE, key="k1")).outcome == "unknown"
        found = await tools.reconcile("move_booking", MOVE, "k1", deadline=soon())
        assert isinstance(found, Happened)
        assert found.result.result == {"move_id": "m1", "day": "friday"}
        other = await tools.reconcile("move_booking", {**MOVE, "booking_id": "KB-1002"}, "k1", deadline=soon())
        assert isinstance(other, DidNotHappen)  # `where`: it is not about this booking
        system.next.append(JSONResponse({}, 503))
        assert await tools.reconcile("move_booking", MOVE, "k1", deadline=soon()) == Unknown(
            "system_error", "The other system had an error of its own.", transient=True
        )
        read = await tools.reconcile("find_booking", {"booking_id": "KB-1001"}, "k1", deadline=soon())
        assert isinstance(read, Unknown)

    play(tmp_path, use)


def test_a_call_answered_later_is_accepted_looked_up_and_read_from_a_callback(tmp_path: Path) -> None:
    later = "      later: {reference: move_id, status: day, open: [open], refused: [no], path: '/moves/{reference}'}\n"
    text = TOOLS.replace("      failures: {trans", later + "      failures: {trans").replace(
        "    timeout_s: 5\n", "    answers_within_s: 600\n"
    )

    async def use(tools: HttpTools, system: Bookings) -> None:
        assert (tools.late_systems, tools.system_of("move_booking")) == ({"bookings"}, "bookings")
        system.next.append(JSONResponse({"move_id": "m/7", "day": "open"}, 202))
        taken = await do(tools, "move_booking", MOVE, key="k1")
        assert (taken.outcome, taken.external_ref) == ("accepted", "m/7")
        assert tools.read_answer("move_booking", MOVE, {"move_id": "m7", "day": "friday"}).outcome == "succeeded"
        assert tools.read_answer("move_booking", MOVE, {"move_id": "m7", "day": "no"}).outcome == "refused"
        for bad in ({}, {"move_id": "", "day": "open"}, {"move_id": 7, "day": "friday"}):
            with pytest.raises(Invalid):
                tools.read_answer("move_booking", MOVE, bad)
        looked = await tools.look_up_answer("move_booking", MOVE, "m/7", deadline=soon())
        assert looked.code == "look_up_refused"  # it has no such address
        assert (await tools.look_up_answer("find_booking", MOVE, "m7", deadline=soon())).code == "look_up_impossible"
        with pytest.raises(Invalid):
            tools.read_answer("find_booking", MOVE, {})

    play(tmp_path, use, text=text)


def test_a_value_from_outside_stays_where_it_was_placed() -> None:
    given = {"a": "../../x?y=1#z", "b": "..", "c": "{a}", "n": 7, "t": True, "none": ""}
    assert path_of("/v/{a}/w", given) == "/v/..%2F..%2Fx%3Fy%3D1%23z/w"
    for up in ("/v/{b}/w", "/v/.{b}/w"):
        with pytest.raises(NotSaid):
            path_of(up, given)
    assert path_of("/v/x{b}/w", given) == "/v/x%2E%2E/w"
    assert placed("{c} {a}", given) == "{a} ../../x?y=1#z"
    assert placed("{n} {t}", given) == "7 true"
    assert query_of({"q": "{a}", "r": "{gone}"}, given) == {"q": "../../x?y=1#z"}
    for missing in ("{gone}", "{none}"):
        with pytest.raises(NotSaid):
            placed(missing, given)


def test_no_answer_makes_a_fact_of_code_or_bends_a_key(tmp_path: Path) -> None:
    find = declared(tmp_path)["find_booking"]
    good = {"id": "x", "customer_id": "cus_1", "day": "monday", "state": "booked"}
    bent = read_result(find, {"booking_id": "KB-1.customer"}, good)
    assert bent is not None
    assert bent.facts == ()
    long = read_result(find, {"booking_id": "KB-1"}, {**good, "state": "x" * 2_000})
    assert long is not None
    assert "booking.KB-1.state" not in dict(long.facts)
    assert read_result(find, {"booking_id": "KB-1"}, {**good, "day": "sunday"}) is None
    assert read_result(find, {"booking_id": "KB-1"}, [good]) is None


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False),
        ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False),
        ("::", False), ("fe80::1%eth0", False), ("fc00::1", False), ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False), ("64:ff9b::7f00:1", False), ("ff02::1", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_R_A10_only_public_addresses_are_outside(address: str, *, outside: bool) -> None:
    assert is_outside(address) is outside


def test_R_A10_a_brands_tool_reaches_no_address_inside_unless_the_installation_says_so(tmp_path: Path) -> None:
    async def use(tools: HttpTools, system: Bookings) -> None:
        for name, key in (("find_booking", None), ("move_booking", "k1")):
            result = await do(tools, name, {**MOVE} if key else {"booking_id": "KB-1001"}, key=key)
            assert (result.outcome, result.code, result.transient) == ("failed", "address_not_allowed", False)
        assert system.seen == []

    play(tmp_path, use, allowed=False)


def test_R_A10_a_name_is_asked_at_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 1:
            raise httpx.ConnectError("this one is down")
        return httpx.Response(200)

    async def run(*addresses: str) -> httpx.Response:
        async def resolve(*_: object, **__: object) -> list[Any]:
            return [(socket.AF_INET, None, None, "", (address, 443)) for address in addresses]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve, raising=False)
        async with httpx.AsyncClient(transport=CheckedAddresses(inner=httpx.MockTransport(answer))) as client:
            return await client.get("https://api.example/x")

    asyncio.run(run("93.184.215.14", "93.184.215.15"))
    assert [request.url.host for request in asked] == ["93.184.215.14", "93.184.215.15"]
    assert asked[1].headers["host"] == "api.example"
    assert asked[1].extensions["sni_hostname"] == "api.example"
    with pytest.raises(AddressNotAllowed):  # one address inside among public ones: a name that moves
        asyncio.run(run("93.184.215.14", "127.0.0.1"))
    with pytest.raises(httpx.ConnectError):
        asyncio.run(run())
    assert len(asked) == 2


def test_a_stand_in_answers_by_schema_and_a_system_that_is_not_ready_sends_nothing(tmp_path: Path) -> None:
    tools = declared(tmp_path)

    async def run() -> None:
        samples = SampleTools(tools)
        result = await do(samples, "find_booking", {"booking_id": "KB-1001"})
        assert result.result["day"] == "monday"
        assert dict(result.facts)["booking.KB-1001.customer"] == "cus_1"
        assert (await do(samples, "find_booking", {})).outcome == "refused"
        assert isinstance(await samples.reconcile("move_booking", MOVE, "k", deadline=soon()), DidNotHappen)
        unready = UnreadyTools("secret_missing", "The credential is not here.")
        both = BrandTools({"bookings": samples, "other": unready}, {"find_booking": "bookings", "move_booking": "other"})
        assert (await do(both, "find_booking", {"booking_id": "KB-1001"})).outcome == "succeeded"
        assert (await do(both, "move_booking", MOVE, key="k")).code == "secret_missing"
        assert (await do(both, "get_order", {})).code == "unknown_tool"
        for name in ("move_booking", "get_order"):
            assert isinstance(await both.reconcile(name, MOVE, "k", deadline=soon()), Unknown)
            assert (await both.look_up_answer(name, MOVE, "r", deadline=soon())).code == "look_up_impossible"
        assert both.late_systems == frozenset()
        with pytest.raises(Invalid):
            both.read_answer("find_booking", {}, {})

    asyncio.run(run())
