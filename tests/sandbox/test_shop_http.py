"""The shop over a real socket: its API, its one error shape, its sign-in and the faults played in front of it."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from agent_core.sandbox.local_http import local_client
from agent_core.sandbox.serving import serve, serve_in_thread
from agent_core.sandbox.shop.app import create_shop_app
from agent_core.sandbox.shop.world import ShopWorld

TOKEN = "shop-test-token"


@contextmanager
def shop() -> Generator[httpx.Client]:
    with (
        ShopWorld.seeded(1, 40) as world,
        serve_in_thread(create_shop_app(world, token=TOKEN)) as served,
        httpx.Client(
            base_url=served.base_url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False, timeout=120
        ) as client,
    ):
        yield client


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with shop() as opened:
        yield opened


def payment_of(client: httpx.Client, order: str = "NW-10023") -> str:
    return client.get(f"/v1/orders/{order}/payments").json()["payments"][0]["id"]


def post_refund(client: httpx.Client, payment: str, key: str, **changes: Any) -> httpx.Response:
    body = {"amount_minor": 2_000, "currency": "EUR", "reason": "late"} | changes
    return client.post(f"/v1/payments/{payment}/refunds", json=body, headers={"Idempotency-Key": key})


def arm(client: httpx.Client, **fault: Any) -> None:
    assert client.post("/_sandbox/faults", json=fault).status_code == 201


def test_everything_about_an_order_can_be_read(client: httpx.Client) -> None:
    order = client.get("/v1/orders/NW-10023").json()
    assert order["total"] == {"amount_minor": 6490, "currency": "EUR"}
    assert set(order) >= {"id", "status", "items", "placed_at", "note", "customer_id", "payment"}
    customer = client.get(f"/v1/customers/{order['customer_id']}").json()
    assert client.get("/v1/customers", params={"email": customer["email"].upper()}).json()["customers"] == [customer]
    orders = client.get(f"/v1/customers/{customer['id']}/orders").json()["orders"]
    assert {"NW-10023", "NW-10024"} == {each["id"] for each in orders}
    payment = client.get("/v1/orders/NW-10023/payments").json()["payments"][0]
    assert set(payment) == {
        "id", "order_id", "amount_minor", "currency", "captured_at", "refunded_minor", "refundable_minor", "method",
    }  # fmt: skip
    parcel = client.get("/v1/orders/NW-10024/parcels").json()["parcels"][0]
    assert client.get(f"/v1/parcels/{parcel['tracking']}").json() == parcel
    assert set(parcel["events"][0]) == {"code", "text", "at", "place"}
    assert "subscriptions" in client.get(f"/v1/customers/{customer['id']}/subscriptions").json()


def test_a_refund_is_created_once_repeated_harmlessly_and_can_be_looked_up(client: httpx.Client) -> None:
    payment = payment_of(client)
    first, again = post_refund(client, payment, "k1"), post_refund(client, payment, "k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert set(first.json()) >= {
        "id", "payment_id", "order_id", "amount_minor", "currency", "status", "created_at", "idempotency_key",
    }  # fmt: skip
    assert client.get("/v1/refunds", params={"idempotency_key": "k1"}).json()["refunds"] == [first.json()]
    assert client.get("/v1/refunds", params={"payment_id": payment}).json()["refunds"] == [first.json()]
    assert client.get("/v1/writes", params={"idempotency_key": "k1"}).json()["writes"][0]["answer"] == first.json()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount_minor": 999_999}, 422, "amount_too_large"),
        ({"amount_minor": 10.5}, 422, "invalid_field"),
        ({"amount_minor": True}, 422, "invalid_field"),
        ({"amount_minor": "2000"}, 422, "invalid_field"),
        ({"amount_minor": 10**400}, 422, "invalid_field"),
        ({"currency": "USD"}, 422, "currency_mismatch"),
        ({"currency": None}, 422, "invalid_field"),
        ({"reason": "x" * 2_001}, 422, "invalid_field"),
    ],
)
def test_a_wrong_refund_is_refused_with_a_code(
    client: httpx.Client, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = post_refund(client, payment_of(client), "k", **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == {"code", "message"}


def test_broken_requests_are_refused_in_the_one_error_shape(client: httpx.Client) -> None:
    payment = payment_of(client)
    url, key = f"/v1/payments/{payment}/refunds", {"Idempotency-Key": "k"}
    answers = {
        "no key": client.post(url, json={}),
        "no json": client.post(url, content=b"{nope", headers=key),
        "a list": client.post(url, content=b"[]", headers=key),
        "deep": client.post(url, content=b"[" * 100_000, headers=key),
        "half a character": client.post(url, content=b'{"amount_minor":1,"currency":"EUR","reason":"\\ud800"}', headers=key),
        "long key": post_refund(client, payment, "k" * 256),
        "unknown order": client.get("/v1/orders/NW-99999"),
        "unknown path": client.get("/v1/nothing"),
        "wrong method": client.delete("/v1/orders/NW-10023"),
        "no search": client.get("/v1/refunds"),
        "no e-mail": client.get("/v1/customers"),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "no key": 400,
        "no json": 400,
        "a list": 400,
        "deep": 400,
        "half a character": 422,
        "long key": 400,
        "unknown order": 404,
        "unknown path": 404,
        "wrong method": 405,
        "no search": 422,
        "no e-mail": 422,
    }
    assert all(set(answer.json()["error"]) == {"code", "message"} for answer in answers.values())


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic " + TOKEN, TOKEN])
def test_without_the_token_nothing_is_answered_not_even_the_control_paths(client: httpx.Client, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for path in ("/v1/orders/NW-10023", "/_sandbox/requests", "/_sandbox/people"):
        answer = httpx.get(f"{client.base_url}".rstrip("/") + path, headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


def test_a_subscription_and_an_order_are_changed_over_http(client: httpx.Client) -> None:
    people = client.get("/_sandbox/people").json()["people"]
    owner = next(person for person in people if person["plans"])
    active = next(
        each
        for each in client.get(f"/v1/customers/{owner['id']}/subscriptions").json()["subscriptions"]
        if each["status"] == "active"
    )
    paused = client.post(f"/v1/subscriptions/{active['id']}/pause", headers={"Idempotency-Key": "s"})
    assert paused.json()["status"] == "paused"
    assert client.post(f"/v1/subscriptions/{active['id']}/pause").status_code == 400
    placed = next(o["id"] for p in people for o in p["orders"] if o["status"] in {"placed", "packed"})
    assert client.post(f"/v1/orders/{placed}/cancel", headers={"Idempotency-Key": "o"}).json()["status"] == "cancelled"
    altered = client.post("/_sandbox/orders/NW-10023", json={"refund_elsewhere_minor": 490, "status": "cancelled"})
    assert altered.json()["payment"]["refundable_minor"] == 6_000
    assert client.post("/_sandbox/orders/NW-10023", json={"total": 1}).status_code == 422
    assert client.post("/_sandbox/orders/NW-10023", json={"refund_elsewhere_minor": -1}).status_code == 422


def test_R_A7_a_connection_cut_after_the_write_leaves_a_refund_that_the_look_up_finds(client: httpx.Client) -> None:
    payment = payment_of(client)
    arm(client, match="POST /v1/payments/*", kind="drop_after")
    with pytest.raises(httpx.TransportError):
        post_refund(client, payment, "k1")
    found = client.get("/v1/refunds", params={"idempotency_key": "k1"}).json()["refunds"]
    assert [each["amount_minor"] for each in found] == [2_000]
    assert post_refund(client, payment, "k1").json() == found[0]
    assert client.get("/v1/orders/NW-10023").json()["payment"]["refunded_minor"] == 2_000


def test_R_A7_a_connection_cut_before_the_write_leaves_nothing(client: httpx.Client) -> None:
    payment = payment_of(client)
    arm(client, match="POST /v1/payments/*", kind="drop_before")
    with pytest.raises(httpx.TransportError):
        post_refund(client, payment, "k1")
    assert client.get("/v1/refunds", params={"idempotency_key": "k1"}).json()["refunds"] == []
    assert post_refund(client, payment, "k1").status_code == 201


def test_a_malformed_answer_still_made_the_refund(client: httpx.Client) -> None:
    payment = payment_of(client)
    arm(client, match="POST /v1/payments/*", kind="malformed")
    answer = post_refund(client, payment, "k1")
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()
    assert len(client.get("/v1/refunds", params={"idempotency_key": "k1"}).json()["refunds"]) == 1


def test_faults_fire_as_often_as_asked_after_as_many_as_asked_and_only_where_they_match(client: httpx.Client) -> None:
    arm(client, match="GET /v1/orders/*", kind="status", status=429, times=2, after=1, seconds=3)
    assert client.get("/v1/customers", params={"email": "x"}).status_code == 200
    answers = [client.get("/v1/orders/NW-10023") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["retry-after"] == "3"
    assert answers[1].json()["error"]["code"] == "rate_limited"
    arm(client, match="* *", kind="status", status=500, times=9)
    assert len(client.get("/_sandbox/faults").json()["faults"]) == 1
    client.delete("/_sandbox/faults")
    assert client.get("/v1/orders/NW-10023").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"match": "GET /", "kind": "explode"},
        {"match": "orders", "kind": "status"},
        {"match": "GET /", "kind": "status", "status": 200},
        {"match": "GET /", "kind": "slow", "seconds": -1},
        {"match": "GET /", "kind": "slow", "times": 0},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(client: httpx.Client, fault: dict[str, Any]) -> None:
    answer = client.post("/_sandbox/faults", json=fault)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_field")


def test_slow_answers_in_the_end_and_timeout_never(client: httpx.Client) -> None:
    payment = payment_of(client)
    arm(client, match="POST /v1/payments/*", kind="slow", seconds=0.02)
    assert post_refund(client, payment, "k1").status_code == 201
    arm(client, match="POST /v1/payments/*", kind="timeout", seconds=0.02)
    with pytest.raises(httpx.RemoteProtocolError):
        post_refund(client, payment, "k2")
    arm(client, match="POST /v1/payments/*", kind="timeout", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        client.post(f"/v1/payments/{payment}/refunds", json={}, headers={"Idempotency-Key": "k3"}, timeout=0.05)
    assert client.get("/v1/refunds", params={"idempotency_key": "k2"}).json()["refunds"] == []


def test_requests_are_recorded_without_the_token(client: httpx.Client) -> None:
    post_refund(client, payment_of(client), "k1")
    seen = client.get("/_sandbox/requests")
    assert TOKEN not in seen.text
    last = seen.json()["requests"][-1]
    assert (last["method"], last["status"], last["idempotency_key"]) == ("POST", 201, "k1")
    assert '"amount_minor":2000' in last["body"]
    client.delete("/_sandbox/requests")
    assert client.get("/_sandbox/requests").json()["requests"] == []


def test_R_C6_racing_clients_over_sockets_refund_no_more_than_was_paid() -> None:
    async def race() -> tuple[list[int], int]:
        with ShopWorld.seeded(1, 40) as world:
            async with (
                serve(create_shop_app(world, token=TOKEN)) as served,
                local_client(base_url=served.base_url, headers={"Authorization": f"Bearer {TOKEN}"}) as client,
            ):
                payment = world.payments_of("NW-10023")[0]["id"]
                statuses: list[int] = []

                async def once(number: int) -> None:
                    answer = await client.post(
                        f"/v1/payments/{payment}/refunds",
                        json={"amount_minor": 4_000, "currency": "EUR", "reason": ""},
                        headers={"Idempotency-Key": f"k{number}"},
                    )
                    statuses.append(answer.status_code)

                await in_parallel([lambda number=number: once(number) for number in range(8)])
                return sorted(statuses), world.payments_of("NW-10023")[0]["refunded_minor"]

    assert asyncio.run(race()) == ([201] + [422] * 7, 4_000)


async def in_parallel(jobs: list[Callable[[], Awaitable[None]]]) -> None:
    async def run(job: Callable[[], Awaitable[None]]) -> None:
        await job()

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(run(job))
