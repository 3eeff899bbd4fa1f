"""Whatever is asked of the service, it answers what it promises, or refuses with a code and a sentence (R-A10)."""

import asyncio
import re
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from agent_core.contract.ids import CORE_STREAM
from tests.service.scene import approval, scene, settled

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CODE = re.compile(r"[a-z][a-z0-9_]{1,60}")
FAST, MANY = 10, 300


@contextmanager
def running(folder: Path) -> Generator[tuple[str, dict[str, str]]]:
    """A core with a conversation and an open ask, in a thread of its own: its address, and a signed-in person's headers."""
    up: Future[tuple[str, dict[str, str]]] = Future()
    loop, end = asyncio.new_event_loop(), asyncio.Event()

    async def work() -> None:
        async with scene(folder, undo_s=60) as it:
            client, _ = await it.admin()
            conversation = await it.write()
            await approval(client)
            await settled(client, conversation, 2)
            assert client.session is not None
            up.set_result((it.url, {"authorization": f"Bearer {client.session.token}"}))
            await end.wait()
            # However it was asked: the log stands, and the core still works.
            await it.core.store.verify(CORE_STREAM)
            assert not it.core.broken.done()

    def run() -> None:
        try:
            loop.run_until_complete(work())
        except BaseException as error:
            if up.done():
                raise
            up.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="core-under-questions")
    thread.start()
    try:
        yield up.result(timeout=60)
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(timeout=60)
    assert not thread.is_alive()


def ask_everything(url: str, headers: dict[str, str], mode: GenerationMode, examples: int) -> int:
    """Asks every operation many times; answers how many questions were asked."""
    described: dict[str, Any] = httpx.get(f"{url}/v1/openapi.json", timeout=60, trust_env=False).json()
    asked = 0
    with requests.Session() as session:
        session.trust_env = False
        for found in schemathesis.openapi.from_dict(described).get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            if operation.label in ("DELETE /v1/sessions/current", "POST /v1/sessions/renew") and headers:
                continue  # it would end the session all other questions are asked with

            @seed(7)
            @settings(
                max_examples=examples, deadline=None, database=None, phases=(Phase.generate,),
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def one(case: schemathesis.Case[Any]) -> None:
                nonlocal asked
                if case.query.get("wait"):
                    case.query["wait"] = 0  # what it waits for is another test's business
                response = case.call(base_url=url, session=session, headers=headers, timeout=30)
                asked += 1
                case.validate_response(response, checks=CHECKS)
                if response.status_code >= 400:
                    told = response.json()["error"]
                    assert CODE.fullmatch(told["code"]), told
                    assert len(told["message"]) > 8
                    assert told["message"].endswith((".", ")")), told

            try:
                one()
            except Unsatisfiable:
                continue  # nothing about this operation can be wrong
            except Exception as error:
                raise AssertionError(f"{operation.label}: {error}") from error
    return asked


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed_in", "stranger"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_R_A10_every_refusal_has_a_code_and_a_sentence(tmp_path: Path, mode: GenerationMode, signed_in: bool) -> None:
    with running(tmp_path) as (url, headers):
        assert ask_everything(url, headers if signed_in else {}, mode, FAST) > 5 * FAST


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_R_A10_every_refusal_has_a_code_and_a_sentence_many_times(tmp_path: Path, mode: GenerationMode) -> None:
    with running(tmp_path) as (url, headers):
        assert ask_everything(url, headers, mode, MANY) > 5 * MANY
