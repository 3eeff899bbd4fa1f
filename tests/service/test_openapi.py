"""The description of the API is true: what is answered fits what is promised, for answers and for refusals."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from agent_core.sandbox.local_http import local_client
from tests.service.scene import approval, scene, settled


def test_what_is_answered_fits_the_description(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=60) as it:
            client, signer = await it.admin()
            conversation = await it.write()
            card = await approval(client)
            await settled(client, conversation, 2)
            assert client.session is not None
            headers = {"authorization": f"Bearer {client.session.token}"}
            async with local_client(base_url=it.url, headers=headers) as raw:
                described: dict[str, Any] = (await raw.get("/v1/openapi.json")).json()
                decide = {
                    "type": "decide",
                    "envelope": signer.decision(client.session.core, card, "approve").model_dump(mode="json"),
                }
                questions: tuple[tuple[str, str, str, Any], ...] = (
                    ("get", "/v1/health", "/v1/health", None),
                    ("post", "/v1/challenge", "/v1/challenge", None),
                    ("get", "/v1/sessions/current", "/v1/sessions/current", None),
                    ("get", "/v1/core", "/v1/core", None),
                    ("get", "/v1/feed", "/v1/feed", None),
                    ("get", "/v1/feed", "/v1/feed?after=x", None),
                    ("get", "/v1/feed", "/v1/feed?wait=99", None),
                    ("get", "/v1/conversations", "/v1/conversations?bucket=needs&limit=1", None),
                    ("get", "/v1/conversations", "/v1/conversations?bucket=nonsense", None),
                    ("get", "/v1/feed", "/v1/feed?begin=here", None),
                    ("get", "/v1/open-asks", "/v1/open-asks?limit=1", None),
                    ("get", "/v1/open-asks", "/v1/open-asks?after=x", None),
                    ("get", "/v1/conversations/{conversation}", f"/v1/conversations/{conversation}", None),
                    (
                        "get",
                        "/v1/conversations/{conversation}",
                        f"/v1/conversations/{conversation}?after_version=9999",
                        None,
                    ),
                    ("get", "/v1/conversations/{conversation}", "/v1/conversations/c_none", None),
                    ("get", "/v1/conversations/{conversation}", "/v1/conversations/brand:northwind", None),
                    ("get", "/v1/conversations/{conversation}/log", f"/v1/conversations/{conversation}/log", None),
                    (
                        "get",
                        "/v1/conversations/{conversation}/packet",
                        f"/v1/conversations/{conversation}/packet",
                        None,
                    ),
                    ("get", "/v1/conversations/{conversation}/packet", "/v1/conversations/brand:northwind/packet", None),
                    ("get", "/v1/detections", "/v1/detections?days=7", None),
                    ("get", "/v1/detections", "/v1/detections?days=0", None),
                    ("get", "/v1/reply-checks", "/v1/reply-checks?days=7", None),
                    ("get", "/v1/reply-checks", "/v1/reply-checks?days=0", None),
                    (
                        "post",
                        "/v1/conversations/{conversation}/check-reply",
                        f"/v1/conversations/{conversation}/check-reply",
                        {"text": "It costs 12,345.00 EUR."},
                    ),
                    (
                        "post",
                        "/v1/conversations/{conversation}/check-reply",
                        "/v1/conversations/c_none/check-reply",
                        {"text": "x"},
                    ),
                    ("get", "/v1/assessments", "/v1/assessments?limit=1", None),
                    ("get", "/v1/queues", "/v1/queues?days=3", None),
                    ("get", "/v1/authority/evidence", "/v1/authority/evidence?days=3", None),
                    ("get", "/v1/authority/evidence", "/v1/authority/evidence?days=0", None),
                    ("get", "/v1/queues/next", "/v1/queues/next?language=en", None),
                    ("get", "/v1/asks", "/v1/asks?assigned=me&queue=billing", None),
                    ("get", "/v1/integrations", "/v1/integrations", None),
                    ("get", "/v1/triage", "/v1/triage", None),
                    (
                        "get",
                        "/v1/conversations/{conversation}/triage",
                        f"/v1/conversations/{conversation}/triage?limit=2",
                        None,
                    ),
                    ("get", "/v1/conversations/{conversation}/triage", "/v1/conversations/c_none/triage", None),
                    (
                        "post",
                        "/v1/conversations/{conversation}/triage/reconcile",
                        f"/v1/conversations/{conversation}/triage/reconcile",
                        {},
                    ),
                    (
                        "post",
                        "/v1/conversations/{conversation}/forks",
                        f"/v1/conversations/{conversation}/forks",
                        {"position": 9},
                    ),
                    (
                        "post",
                        "/v1/conversations/{conversation}/forks",
                        f"/v1/conversations/{conversation}/forks",
                        {"position": 9, "policy": "permit("},
                    ),
                    ("post", "/v1/diagnose", "/v1/diagnose", {"file": "e30="}),
                    ("post", "/v1/diagnose", "/v1/diagnose", {"file": "?"}),
                    ("get", "/v1/operators", "/v1/operators", None),
                    ("get", "/v1/invitations", "/v1/invitations", None),
                    ("get", "/v1/anchor", "/v1/anchor", None),
                    ("post", "/v1/invitations/open", "/v1/invitations/open", {"code": "AAAA"}),
                    ("post", "/v1/invitations/open", "/v1/invitations/open", {"code": "A" * 20}),
                    ("post", "/v1/commands", "/v1/commands", {"type": "stop_key", "key": "ed25519:00", "reason": "x"}),
                    ("get", "/v1/asks", "/v1/asks", None),
                    ("get", "/v1/asks/{ask}", f"/v1/asks/{card.ask}", None),
                    ("get", "/v1/asks/{ask}", "/v1/asks/a_none", None),
                    (
                        "post",
                        "/v1/conversations/{conversation}/asks/{ask}/edit-preview",
                        f"/v1/conversations/{conversation}/asks/{card.ask}/edit-preview",
                        {},
                    ),
                    (
                        "post",
                        "/v1/conversations/{conversation}/asks/{ask}/edit-preview",
                        f"/v1/conversations/{conversation}/asks/{card.ask}/edit-preview",
                        {"arguments": {"amount_minor": []}},
                    ),
                    (
                        "post",
                        "/v1/conversations/{conversation}/asks/{ask}/edit-preview",
                        f"/v1/conversations/c_none/asks/{card.ask}/edit-preview",
                        {},
                    ),
                    (
                        "post",
                        "/v1/conversations/{conversation}/propose-preview",
                        f"/v1/conversations/{conversation}/propose-preview",
                        {},
                    ),
                    (
                        "post",
                        "/v1/conversations/{conversation}/propose-preview",
                        f"/v1/conversations/{conversation}/propose-preview",
                        {"tool": "refund_payment"},
                    ),
                    (
                        "post",
                        "/v1/conversations/{conversation}/propose-preview",
                        f"/v1/conversations/{conversation}/propose-preview",
                        {"tool": "no_such_tool"},
                    ),
                    ("post", "/v1/commands", "/v1/commands", {"type": "claim", "ask": "a", "conversation": "c_none"}),
                    ("post", "/v1/commands", "/v1/commands", {"type": "nonsense"}),
                    ("post", "/v1/commands", "/v1/commands", decide),
                    ("post", "/v1/sessions/embedded", "/v1/sessions/embedded", {"token": "x"}),
                    ("post", "/v1/sessions", "/v1/sessions", {"envelope": None}),
                    ("post", "/v1/inbound/{brand}/{channel}", "/v1/inbound/northwind/chat", {}),
                    ("get", "/v1/inbound/{brand}/{channel}/{event_id}", "/v1/inbound/northwind/chat/e", None),
                    ("delete", "/v1/sessions/current", "/v1/sessions/current", None),
                )
                for asked, (method, template, path, body) in enumerate(questions):
                    answer = await raw.request(method, path, json=body, headers={"idempotency-key": f"k{asked}"})
                    fits(described, method, template, answer)

    asyncio.run(run())


def fits(described: dict[str, Any], method: str, template: str, answer: httpx.Response) -> None:
    promised = described["paths"][template][method]["responses"]
    assert str(answer.status_code) in promised, (template, answer.status_code, answer.text)
    schema = promised[str(answer.status_code)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": described["components"]}
    faults = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(answer.json())]
    assert not faults, (template, answer.status_code, faults[:3])


def test_odd_paths_and_methods_are_refused_in_the_one_shape(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, local_client(base_url=it.url) as raw:
            for method, path, status in (
                ("GET", "/", 404), ("GET", "/v1/nothing", 404), ("PUT", "/v1/health", 405), ("GET", "/docs", 404),
                ("POST", "/v1/sessions", 422), ("GET", "/v1/conversations/%00", 401),
            ):  # fmt: skip
                answer = await raw.request(method, path, content=b"{" if method == "POST" else None)
                assert answer.status_code == status, path
                error = answer.json()["error"]
                assert set(error) == {"code", "message", "request_id"}
                assert answer.headers["cache-control"] == "no-store"

    asyncio.run(run())
