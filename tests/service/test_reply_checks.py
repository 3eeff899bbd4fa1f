"""Over real sockets: what fails its checks is never sent; people are warned; a count and a switch for all of it (R-F2)."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.commands import PersonReply, TakeOver
from agent_core.contract.events import ReleaseActivated, ReplyChecksSwitched, ReplyDrafted, ReplyFlagged, ReplySent
from agent_core.contract.ids import BrandId, brand_stream
from agent_core.contract.views import MarkItem, MessageItem
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.models.scripted import say, say_json
from agent_core.service.brands import activate, gate_of, read_brand_folder
from console.headless.client import CoreRefused
from tests.service.scene import Scene, quick_brand, scene, settled, until

BAD = "Your parcel arrives tomorrow, I promise, and you get 25 % off."
WHERE = "Where is NW-10024?"


class Stubborn:
    """The sandbox's model, which says one thing whatever it is told, wherever a run or a composer answers."""

    def __init__(self, inner: Any, text: str, purposes: tuple[str, ...] = ("run",)) -> None:
        self.inner = inner
        self.text = text
        self.purposes = purposes
        self.requests: list[ModelRequest] = []

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        answer: ModelAnswer = await self.inner.answer(request, deadline_seconds=deadline_seconds)
        if request.purpose not in self.purposes or answer.calls:
            return answer
        self.requests.append(request)
        told: dict[str, Any] = json.loads(answer.text)
        if request.purpose == "compose":
            return say(json.dumps(told | {"text": self.text}))
        told["points"] = [{"text": self.text, "fact_ids": []}]
        return say_json(told)

    async def close(self) -> None:
        await self.inner.close()


def stubborn(it: Scene, text: str = BAD, purposes: tuple[str, ...] = ("run",)) -> Stubborn:
    """Makes the brand's model stubborn."""
    brand = it.core.means.shelf.active(BrandId("northwind"))
    model = Stubborn(brand.model, text, purposes)
    object.__setattr__(brand, "model", model)
    return model


@pytest.fixture
def blocked(expected_logs: Callable[..., Any]) -> None:
    """What the log says of words that were held back."""
    expected_logs("agent_core.engine.steps.runs", "run_answer_blocked", required=False)
    expected_logs("agent_core.engine.steps.replies", "reply_blocked", required=False)
    expected_logs("agent_core.engine.asking", "model_answer_unusable", required=False)


@pytest.mark.usefixtures("blocked")
def test_R_F2_a_stubborn_model_is_told_once_and_then_a_person_has_it_and_nothing_bad_is_sent(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            model = stubborn(it)
            boss = await it.admin()
            stream = await it.write(WHERE)

            async def told() -> list[dict[str, Any]] | None:
                return await it.replies() or None

            said = await until(boss[0], told)
            assert [message["by"] for message in said] == ["system"]
            assert "tomorrow" not in said[0]["text"]
            assert "A colleague" in said[0]["text"]
            assert len(model.requests) == 2, "asked once more, no third time"
            again = json.dumps(model.requests[1].messages)
            assert "promises" not in json.dumps(model.requests[0].messages)
            assert "which no fact it rests on holds" in again
            assert BAD not in again.split("answer_not_usable")[1], "the reasons are our own words"
            records = await it.core.store.records(stream)
            flags = [r.event for r in records if isinstance(r.event, ReplyFlagged)]
            assert [(f.by, f.became) for f in flags] == [("run", "rewritten"), ("run", "to_people")]
            assert {f.code for f in flags[0].findings} >= {"unknown_date", "unknown_percentage", "prohibited_promise"}
            assert all(BAD not in r.event.model_dump_json() for r in records)
            assert not [r for r in records if isinstance(r.event, ReplyDrafted) and r.event.made_by == "one_run"]

            async def asked() -> list[str] | None:
                return [ask.code for ask in await boss[0].asks()] or None

            assert await until(boss[0], asked) == ["reply_not_allowed"]
            detail = await boss[0].detail(stream)
            assert detail is not None
            marks = [item for item in detail.items if isinstance(item, MarkItem) and item.what == "guardrail"]
            assert marks[0].text == "What the agent wanted to say was held back, and is written anew."
            assert BAD in marks[0].detail

            async def counted() -> dict[tuple[str, str], int] | None:
                found = {(c.check, c.became): c.count for c in (await boss[0].reply_checks(days=2)).counts}
                return found if ("dates", "to_people") in found else None

            counts = await until(boss[0], counted)
            assert counts["dates", "rewritten"] == counts["dates", "to_people"] == 1
            stranger, _ = await it.colleague(boss, "Lu", brands=("lumen",))
            assert (await stranger.reply_checks()).counts == ()
            assert (await stranger.reply_checks()).checks == ()
            with pytest.raises(CoreRefused):
                await stranger.check_reply(stream, "hello")

    asyncio.run(run())


@pytest.mark.usefixtures("blocked")
def test_R_F2_a_stubborn_composer_is_asked_once_more_and_then_the_points_are_said(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            model = stubborn(it, purposes=("compose",))
            client = await it.reader()
            stream = await it.write("Where is NW-10024, and where is NW-10023? Please also refund NW-10023.")

            async def told() -> list[dict[str, Any]] | None:
                return await it.replies() or None

            said = await until(client, told)
            assert len(model.requests) == 2
            context = json.dumps(model.requests[1].messages)
            assert "rewrite" in context
            assert "which no fact it rests on holds" in context
            assert "tomorrow" not in json.dumps(said)
            flags = [r.event for r in await it.core.store.records(stream) if isinstance(r.event, ReplyFlagged)]
            assert [(f.by, f.became) for f in flags] == [("composer", "rewritten"), ("composer", "by_code")]
            assert said[0]["by"] == "agent"
            assert "NW-10024" in said[0]["text"]

    asyncio.run(run())


def test_R_F2_a_person_is_warned_may_send_all_the_same_and_that_is_on_record(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            stream = await it.write(WHERE)
            await settled(client, stream, 2)
            asked = await client.check_reply(stream, f"  {BAD} ")
            assert {w.code for w in asked.warnings} >= {"unknown_date", "unknown_percentage", "prohibited_promise"}
            places = {w.code: w.places for w in asked.warnings}
            assert [asked.text[slice(*place)] for place in places["prohibited_promise"]] == ["I promise"]
            assert asked.text[slice(*places["unknown_percentage"][0])] == "25 %"
            before = len(await it.core.store.records(stream))
            assert (await client.check_reply(stream, "Your order NW-10024 is with us, and I look into it.")).warnings == ()
            assert len(await it.core.store.records(stream)) == before, "a question leaves nothing behind"
            with pytest.raises(CoreRefused) as refused:
                await client.check_reply(stream, " ")
            assert refused.value.code == "empty_reply"

            await client.command(TakeOver(conversation=stream))
            done = await client.command(PersonReply(conversation=stream, text=BAD))
            assert {w.code for w in done.warnings} == {w.code for w in asked.warnings}

            async def sent() -> MessageItem | None:
                detail = await client.detail(stream)
                assert detail is not None
                mine = [i for i in detail.items if isinstance(i, MessageItem) and i.by == "person" and i.delivery == "sent"]
                return mine[0] if mine else None

            item = await until(client, sent)
            assert item.text == BAD
            assert "prohibited_promise" in item.findings
            records = await it.core.store.records(stream)
            flags = [(r.actor.kind, r.event.by, r.event.became) for r in records if isinstance(r.event, ReplyFlagged)]
            assert flags == [("person", "person", "sent")]
            assert [r.event for r in records if isinstance(r.event, ReplySent)][-1].text.kind == "reply"

    asyncio.run(run())


def test_R_F2_switching_a_check_off_is_an_event_of_its_own_and_shown(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client = await it.reader()
            stream = brand_stream(BrandId("northwind"))
            folder = quick_brand(tmp_path)
            behaviour = folder / "behaviour.yaml"
            text = behaviour.read_text(encoding="utf-8")
            off = text + "\nreply_checks:\n  windows: {enabled: false}\n  counts: {enabled: false}\n"
            for wording in (off, text):
                behaviour.write_text(wording, encoding="utf-8")
                release = read_brand_folder(folder)
                await activate(it.core.store, release, gate_of(release))
            events = [record.event for record in await it.core.store.records(stream)]
            assert [e.checks_off for e in events if isinstance(e, ReleaseActivated)] == [(), ("windows", "counts"), ()]
            switched = [e for e in events if isinstance(e, ReplyChecksSwitched)]
            assert [(e.switched_off, e.switched_on) for e in switched] == [
                (("windows", "counts"), ()),
                ((), ("counts", "windows")),
            ]
            standing = {each.check: each.enabled for each in (await client.reply_checks()).checks}
            assert standing["amounts"]
            assert len(standing) == 17

    asyncio.run(run())
