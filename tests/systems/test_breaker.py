"""A failing system is left alone and tried again carefully; its state survives what does not concern it (R-A7)."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from agent_core.systems.breaker import Breaker, BreakerRules, Verdict, admit, ended, restored
from agent_core.systems.budget import RetryBudget
from agent_core.systems.integrations import Change, Integrations
from agent_core.systems.outcomes import read_failure, write_failure
from agent_core.systems.transport import Reply, Transport, Trouble

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RULES = BreakerRules()


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def fed(verdicts: Sequence[str], *, every: float = 1.0) -> Breaker:
    breaker = Breaker()
    for number, verdict in enumerate(verdicts):
        breaker = ended(breaker, after(number * every), cast("Verdict", verdict), RULES, "system_error")
    return breaker


def test_R_A7_a_breaker_opens_on_a_rate_of_failures_and_not_on_a_few() -> None:
    assert fed(["failed"] * 4).state == "closed"
    assert fed(["failed"] * 5).state == "open"
    assert fed(["ok"] * 6 + ["failed"] * 5).state == "closed"
    assert fed(["ok"] * 5 + ["failed"] * 5).state == "open"
    assert fed(["failed"] * 20, every=20).state == "closed"  # never five within the window


def test_R_A7_asking_to_wait_and_being_cancelled_say_nothing_about_a_system() -> None:
    assert fed(["neutral"] * 50).state == "closed"
    assert fed(["failed"] * 4 + ["neutral"] * 9).state == "closed"


def test_R_A7_an_open_breaker_lets_one_probe_through_when_it_is_due() -> None:
    breaker = fed(["failed"] * 5)
    assert breaker.next_probe is not None
    breaker, admitted = admit(breaker, breaker.next_probe - timedelta(milliseconds=1), RULES)
    assert not admitted
    breaker, admitted = admit(breaker, breaker.next_probe or AT, RULES)
    assert admitted
    assert breaker.state == "half_open"
    breaker, second = admit(breaker, after(60), RULES)
    assert not second
    assert ended(breaker, after(61), "ok", RULES).state == "closed"


def test_R_A7_each_probe_that_fails_doubles_the_pause_up_to_a_bound() -> None:
    breaker, pauses = fed(["failed"] * 5), list[float]()
    now = breaker.next_probe or AT
    for _ in range(8):
        breaker, admitted = admit(breaker, now, RULES)
        assert admitted
        breaker = ended(breaker, now, "failed", RULES, "timed_out")
        assert breaker.state == "open"
        assert breaker.next_probe is not None
        pauses.append((breaker.next_probe - now).total_seconds())
        now = breaker.next_probe
    assert pauses == [30, 60, 120, 240, 300, 300, 300, 300]


def test_R_A7_a_probe_that_never_ends_does_not_keep_the_door_shut() -> None:
    breaker = fed(["failed"] * 5)
    breaker, _ = admit(breaker, after(60), RULES)
    _, admitted = admit(breaker, after(60) + RULES.probe_lost, RULES)
    assert admitted


@pytest.mark.parametrize("probing", [False, True])
def test_R_A4_a_clock_that_is_set_back_does_not_keep_the_door_shut_for_as_long(probing: bool) -> None:
    breaker = fed(["failed"] * 5)
    if probing:
        breaker, _ = admit(breaker, after(60), RULES)
    _, admitted = admit(breaker, after(-5 * 3600), RULES)
    assert admitted


def test_R_A7_a_late_success_of_an_older_request_does_not_close_an_open_breaker() -> None:
    assert ended(fed(["failed"] * 5), after(6), "ok", RULES).state == "open"


def test_R_A7_a_credential_that_is_not_accepted_is_another_state_and_ends_with_a_success() -> None:
    breaker = fed(["auth"])
    assert breaker.state == "auth_failed"
    assert not admit(breaker, after(30), RULES)[1]
    breaker, admitted = admit(breaker, after(60), RULES)
    assert admitted
    breaker = ended(breaker, after(61), "failed", RULES)
    assert breaker.state == "auth_failed"
    breaker, _ = admit(breaker, after(130), RULES)
    assert ended(breaker, after(131), "ok", RULES).state == "closed"


def test_R_A7_after_a_restart_what_was_open_is_not_believed_to_work() -> None:
    breaker = restored("half_open", AT, after(5), "timed_out", 5)
    assert breaker.state == "open"
    assert not admit(breaker, after(4), RULES)[1]
    assert admit(breaker, after(5), RULES)[1]
    assert restored("closed", AT, None, None, 0).state == "closed"
    assert restored("auth_failed", AT, after(5), "not_authorised", 1).state == "auth_failed"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["enter", "ok", "failed", "auth", "neutral"]), st.floats(0, 200))))
def test_R_A7_whatever_happens_a_breaker_admits_somebody_again_some_time(steps: list[tuple[str, float]]) -> None:
    breaker, now = Breaker(), AT
    for what, seconds in steps:
        now += timedelta(seconds=seconds)
        if what == "enter":
            breaker, _ = admit(breaker, now, RULES)
        else:
            breaker = ended(breaker, now, cast("Verdict", what), RULES, "x")
        assert (breaker.state == "closed") == (breaker.next_probe is None)
        assert len(breaker.recent) <= 200
    _, admitted = admit(breaker, now + RULES.longest_open + RULES.probe_lost, RULES)
    assert admitted


def test_R_A7_repetitions_have_a_budget_that_requests_fill_again() -> None:
    budget, taken = RetryBudget(), 0
    while (left := budget.spent()) is not None:
        budget, taken = left, taken + 1
    assert taken == 10
    for _ in range(5):
        assert budget.spent() is None
        budget = budget.earned()
    assert budget.spent() is not None


class _Shop(httpx.AsyncBaseTransport):
    """Answers with the statuses it is given, then with 200; an exception instead of a status is raised."""

    def __init__(self, *answers: int | Exception) -> None:
        self.left = list(answers)
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        answer = self.left.pop(0) if self.left else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, json={})


@pytest.mark.parametrize("failure", [503, 500, httpx.ConnectError("no"), httpx.ReadTimeout("slow")])
def test_R_A7_a_system_that_fails_is_not_asked_and_no_write_of_unknown_outcome_is_added(failure: int | Exception) -> None:
    async def run() -> None:
        shop, changes, now = _Shop(*[failure] * 5), list[Change](), [AT]
        fares = Integrations(lambda: now[0], listener=changes.append)
        transport = Transport(clock=lambda: now[0], inner=shop)
        site = transport.site("shop", "https://shop.example", SecretStr("t"), fares)
        for _ in range(5):
            await site.post("/v1/x", {}, idempotency_key="k", deadline=after(60))
        refused = await site.post("/v1/x", {}, idempotency_key="k", deadline=after(60))
        assert shop.requests == 5
        assert isinstance(refused, Trouble)
        assert (refused.code, refused.maybe_done) == ("integration_down", False)
        result = write_failure(refused)
        assert (result.outcome, result.transient) == ("failed", True)
        assert result.retry_after == 15
        assert [(c.operation, c.state) for c in changes] == [("write", "open")]
        assert isinstance(await site.get("/v1/x", deadline=after(60)), Reply)  # reads fare for themselves
        now[0] = after(15)
        assert isinstance(await site.post("/v1/x", {}, idempotency_key="k", deadline=after(60)), Reply)
        assert [c.state for c in changes] == ["open", "half_open", "closed"]
        await transport.close()

    asyncio.run(run())


def test_R_A7_a_refused_credential_is_not_tried_by_everybody() -> None:
    async def run() -> None:
        shop, now = _Shop(401), [AT]
        fares = Integrations(lambda: now[0])
        transport = Transport(clock=lambda: now[0], inner=shop)
        site = transport.site("shop", "https://shop.example", SecretStr("t"), fares)
        await site.get("/v1/x", deadline=after(60))
        again = await site.get("/v1/x", deadline=after(60))
        assert isinstance(again, Trouble)
        assert (again.code, read_failure(again).transient) == ("not_authorised", False)
        assert shop.requests == 1
        await transport.close()

    asyncio.run(run())


def test_R_A9_one_brands_broken_shop_stops_no_other() -> None:
    async def run() -> None:
        shop = _Shop(*[503] * 5)
        transport = Transport(clock=lambda: AT, inner=shop)
        one, other = (
            transport.site("shop", "https://shop.example", SecretStr("t"), Integrations(lambda: AT)) for _ in range(2)
        )
        for _ in range(6):
            await one.get("/v1/x", deadline=after(60))
        assert isinstance(await one.get("/v1/x", deadline=after(60)), Trouble)
        assert isinstance(await other.get("/v1/x", deadline=after(60)), Reply)
        await transport.close()

    asyncio.run(run())


def test_R_A7_a_cancelled_request_gives_its_place_back() -> None:
    async def run() -> None:
        class Silent(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                await asyncio.Event().wait()
                raise AssertionError

        now = [AT]
        fares = Integrations(lambda: now[0])
        fares.restore("shop", "read", restored("open", AT, AT, "x", 5))
        transport = Transport(clock=lambda: now[0], inner=Silent())
        site = transport.site("shop", "https://shop.example", SecretStr("t"), fares)
        probe = asyncio.create_task(site.get("/v1/x", deadline=after(600)))
        await asyncio.sleep(0)
        assert fares.held("shop", "read") is not None
        probe.cancel()
        await asyncio.wait({probe})
        assert fares.held("shop", "read") is None
        await transport.close()

    asyncio.run(run())
