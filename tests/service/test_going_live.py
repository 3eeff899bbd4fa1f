"""A release goes live after one executed path through every workflow; a bad one changes nothing (R-A9, R-F1, R-N6)."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_core.contract.errors import Unavailable, Unusable
from agent_core.contract.events import ReleaseChecked
from agent_core.contract.ids import BrandId, brand_stream
from agent_core.sandbox.local_http import local_client
from agent_core.service import going_live, known_folders
from agent_core.service.brands import read_brand_folder
from agent_core.service.going_live import SHIPPED, go_live
from agent_core.service.preflight import preflight
from agent_core.service.preflight_report import PreflightFinding, PreflightReport
from agent_core.store import Store
from agent_core.workflows.release import Release
from tests.service.scene import quick_brand, scene, until
from tests.workflows.releases import BRANDS, copy, edit

FLOW = "workflows/parcel_status.yaml"
LUMEN, NORTHWIND = BrandId("lumen"), BrandId("northwind")


class Walks:
    """A walk that passes, or fails for the given titles; knows what it was asked about."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.seen: list[str] = []

    async def __call__(self, folder: Path, release: Release) -> PreflightReport:
        self.seen.append(release.digest)
        bad = PreflightFinding(workflow="w", severity="error", code="stuck", message="It went nowhere.")
        found = (bad,) if release.brand.title in self.failing else ()
        return PreflightReport(brand=release.brand.name, release=release.digest, walked=(), findings=found)


@pytest.mark.parametrize("brand", ["northwind", "lumen"])
def test_R_A9_the_shipped_brands_were_walked_through_as_they_are(brand: str) -> None:
    told = json.loads(SHIPPED.read_text(encoding="utf-8"))
    again = f"countersign-core preflight --brand resources/brands/{brand} --record"
    assert told[brand] == read_brand_folder(BRANDS / brand).digest, f"the brand has changed since: {again}"


def test_R_A9_a_release_is_walked_once_and_the_report_stands_in_the_log(tmp_path: Path) -> None:
    folder = copy(tmp_path / "brands")
    edit(folder, "brand.yaml", "title: Lumen Lamps", "title: Lumen")
    walk = Walks()

    async def play() -> None:
        async with await Store.open(tmp_path / "data") as store:
            for _ in range(2):
                live, refused = await go_live(store, [folder], walk=walk)
                assert (list(live), refused) == ([LUMEN], {})
            records = await store.records(brand_stream(LUMEN))
            checks = [r.event for r in records if isinstance(r.event, ReleaseChecked)]
            assert [check.passed for check in checks] == [True]
            assert json.loads((await store.body(checks[0].report)).text)["release"] == checks[0].release

    asyncio.run(play())
    assert len(walk.seen) == 1


@pytest.mark.parametrize("fault", ["walk", "file"])
def test_R_F1_a_bad_edit_keeps_the_old_release_live_and_says_why(
    tmp_path: Path, fault: str, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.going_live", "older_release_stays")
    folder = copy(tmp_path / "brands")
    edit(folder, "brand.yaml", "title: Lumen Lamps", "title: Lumen")

    async def play() -> None:
        async with await Store.open(tmp_path / "data") as store:
            good = (await go_live(store, [folder], walk=Walks()))[0][LUMEN].release
            if fault == "walk":
                edit(folder, "brand.yaml", "title: Lumen", "title: Broken")
            else:
                edit(folder, FLOW, "version: 1", "version: none")
            live, refused = await go_live(store, [folder], walk=Walks("Broken"))
            assert refused == {}
            assert live[LUMEN].release == good
            assert ("w: It went nowhere" if fault == "walk" else FLOW) in (live[LUMEN].behind or "")

    asyncio.run(play())


def test_R_A9_one_broken_brand_does_not_stop_another(tmp_path: Path, expected_logs: Callable[..., object]) -> None:
    expected_logs("agent_core.service.going_live", "brand_not_live")
    lumen, northwind = copy(tmp_path / "brands"), copy(tmp_path / "brands", "northwind")
    edit(lumen, FLOW, "version: 1", "version: none")

    async def play() -> None:
        async with await Store.open(tmp_path / "data") as store:
            live, refused = await go_live(store, [lumen, northwind], walk=None)
            assert list(live) == [NORTHWIND]
            assert FLOW in refused[LUMEN]
            with pytest.raises(Unusable) as caught:
                await go_live(store, [lumen], walk=None)
            assert FLOW in caught.value.message

    asyncio.run(play())


def test_R_N6_the_entrance_of_a_brand_that_is_not_live_leaves_its_tickets_with_people(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.service.going_live", "brand_not_live")
    expected_logs("agent_core.service.api", "brand_not_live")
    expected_logs("agent_core.service.renewing", "edit_refused", required=True)
    edit(quick_brand(tmp_path, "lumen"), FLOW, "version: 1", "version: none")

    async def play() -> None:
        async with scene(tmp_path, brands=("northwind", "lumen")) as set_up:
            with pytest.raises(Unavailable) as caught:
                set_up.core.shelf.active(LUMEN)
            assert FLOW in (caught.value.detail or "")
            async with local_client() as client:
                answer = await client.post(f"{set_up.url}/v1/inbound/lumen/chat", content=b"{}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "brand_not_live")

            # Mended, it becomes live without a restart; another mistake changes nothing.
            folder = quick_brand(tmp_path, "lumen")
            edit(folder, FLOW, "version: none", "version: nine")
            assert (await set_up.core.renewal.renew(LUMEN)).outcome == "refused"
            with pytest.raises(Unavailable):
                set_up.core.shelf.active(LUMEN)
            edit(folder, FLOW, "version: nine", "version: 2")
            assert (await set_up.core.renewal.renew(LUMEN)).outcome == "live"
            assert (await set_up.core.renewal.renew(LUMEN)).outcome == "unchanged"
            who = {"id": "cus_1", "name": "Mia Moor", "email": "mia@example.com", "authenticated": True}
            body = {"conversation": "t1", "channel": "chat", "customer": who, "text": "Where is my lamp?"}
            client, _ = await set_up.admin()
            async with set_up.channel_of(LUMEN) as channel:
                (await channel.post("/_sandbox/messages", json=body)).raise_for_status()

            async def answered() -> bool | None:
                async with set_up.channel_of(LUMEN) as channel:
                    said = (await channel.get("/v1/conversations/t1/messages")).json()["messages"]
                return any("Which order" in each["text"] for each in said if each["by"] != "customer") or None

            assert await until(client, answered)

    asyncio.run(play())


def test_R_A9_a_workflow_that_its_own_brand_forbids_to_speak_does_not_pass(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine.steps.runs", "run_answer_blocked")
    expected_logs("agent_core.engine.asking", "model_answer_unusable")
    folder = copy(tmp_path, "northwind")
    before = "Which order are you asking about? The number looks like NW-10023"
    edit(folder, "workflows/where_is_my_order.yaml", before, "Is it NW-77777, like the last one? Your number")
    report = asyncio.run(preflight(folder, read_brand_folder(folder), only=("where_is_my_order",)))
    assert not report.passed
    assert {(f.workflow, f.code) for f in report.findings if f.severity == "error"} == {
        ("where_is_my_order", "reply_not_allowed"), ("where_is_my_order", "example_not_met"),
    }  # fmt: skip
    (walked,) = report.walked
    assert {"find_order", "track"} <= set(walked.steps)


def test_R_B4_a_folder_that_reads_as_before_is_not_parsed_again_and_any_change_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read = copy(tmp_path / "brands"), list[str]()

    def reading(path: Path) -> Release:
        read.append(path.name)
        return read_brand_folder(path)

    monkeypatch.setattr(going_live, "read_brand_folder", reading)

    async def play() -> None:
        async with await Store.open(tmp_path / "data") as store:

            async def live() -> Release:
                return (await go_live(store, [folder], walk=None))[0][LUMEN].release

            first = await live()
            assert await live() == first
            assert (await live()).workflow("parcel_status") == first.workflow("parcel_status")
            assert read == ["lumen"]
            edit(folder, "brand.yaml", "title: Lumen Lamps", "title: Lumen")
            second = await live()
            assert second.digest != first.digest
            edit(folder, "brand.yaml", "title: Lumen", "title: Lumen Lamps")
            assert (await live()).digest == first.digest, "what was live once is live again, because it was read again"
            assert read == ["lumen"] * 3
            monkeypatch.setattr(known_folders, "_readers", lambda: "another version of this code")
            assert (await live()).digest == first.digest
            assert read == ["lumen"] * 4

    asyncio.run(play())
