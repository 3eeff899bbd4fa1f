"""A file somebody brings is named, healed and never stored; whatever it holds, the core answers (R-A8, R-M4, R-A10)."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.errors import Invalid
from agent_core.contract.triage import DiagnoseAnswer, DiagnoseWanted
from agent_core.sandbox.local_http import local_client
from agent_core.service.file_diagnosis import diagnosed
from agent_core.service.triage_blocks import aligned, block_shown, visible
from console.headless.errors import CoreRefused
from tests.conversation.health.test_foreign import CHAT, GRAPH, checkpoint
from tests.conversation.health.test_names import agent, call, done, request, user
from tests.poisoned_examples import NOT_HERE, examples
from tests.service.scene import scene

LOST = request(user("x"), agent(call(name="refund_order")), user("well?"))


def of(value: Any, **more: Any) -> DiagnoseAnswer:
    """What is said of a value."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return diagnosed(data, DiagnoseWanted(file="", **more))


@pytest.mark.skipif(not examples(), reason=NOT_HERE)
@pytest.mark.parametrize("path", examples(), ids=lambda path: path.stem)
def test_R_A8_every_poisoned_transcript_is_named_and_healed_into_one_that_is_healthy(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))["expected"]
    found = of(path.read_bytes())
    if expected["diagnosis"] == "healthy":
        assert (found.healthy, found.findings, found.changes) == (True, (), ())
        assert {row.state for row in found.blocks} == {"kept"}
        return
    (named,) = [each for each in found.findings if each.diagnosis == expected["diagnosis"]]
    assert found.changes
    assert found.repaired.isascii()
    if any(row.state != "kept" for row in found.blocks):
        assert any(row.state == "kept" for row in found.blocks) or len(found.blocks) <= 2
    healed = of(found.repaired.encode())
    assert {each.diagnosis for each in healed.findings} <= {each.diagnosis for each in found.left}
    assert (named.severity == "error") is not found.healthy or len(found.findings) > 1


def test_what_a_repair_did_stands_in_two_columns() -> None:
    found = of(LOST, known={"toolu_a": "not_executed"})
    states = [(row.state, row.before_message, row.after_message) for row in found.blocks]
    assert [state for state, _, _ in states].count("kept") == 3
    (added,) = [row for row in found.blocks if row.state == "added"]
    assert added.after is not None
    assert added.after.tool_use_id == "toolu_a"
    assert not found.left


def test_what_nobody_knows_is_left_to_a_person() -> None:
    found = of(LOST)
    assert [each.diagnosis for each in found.left] == ["dangling_tool_use:write_outcome_unknown"]
    assert found.left[0].side_effect == "unknown"


@pytest.mark.parametrize("value", [CHAT, checkpoint(GRAPH)], ids=["openai_chat", "langgraph"])
def test_transcripts_of_others_keep_their_form(value: Any) -> None:
    found = of(value)
    assert found.form in ("openai_chat", "langgraph")
    assert found.blocks
    assert type(json.loads(found.repaired)) is type(value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf  \n", "empty_file"),
        (b"{", "not_json"),
        (b'{"a": 1}\n{"b"', "not_json"),
        (b"[" * 200_000, "too_deep"),
        (b'{"messages":' + b"[" * 900 + b"]" * 900 + b"}", None),
        (b"9" * 5_000, "not_json"),
        (b'{"messages": [{"role": "user", "content": NaN}]}', None),
        (b'"\xff\xfe half"', None),
        (b"null", None),
        (
            json.dumps({"request": LOST, "expand": [{"path": ["x"], "append": "x" * 9, "times": 10**12}]}).encode(),
            "too_large",
        ),
        (json.dumps({"request": LOST, "expand": [{}] * 1_000}).encode(), "too_large"),
    ],
    ids=range(12),
)
def test_R_A10_whatever_a_file_holds_it_is_read_or_refused_with_a_sentence(data: bytes, code: str | None) -> None:
    if code is None:
        found = of(data)
        assert DiagnoseAnswer.model_validate_json(found.model_dump_json()) == found
        return
    with pytest.raises(Invalid) as refused:
        of(data)
    assert refused.value.code == code


def test_what_nobody_can_see_is_seen() -> None:
    hidden = "a\u200b\U000e0041\u202eb\ud800\x00é\n"
    assert visible(hidden) == "a\\u{200B}\\u{E0041}\\u{202E}b\\u{D800}\\u{0}é\n"
    shown = block_shown({"type": "text", "text": hidden * 9_000}, 0)
    assert shown.cut
    assert shown.characters == len(hidden) * 9_000
    shown.model_dump_json().encode()


def test_two_columns_hold_thousands_of_blocks_and_count_them_all() -> None:
    before = [{"role": "user", "content": f"line {number}"} for number in range(5_000)]
    after = [*before[:2_000], {"role": "user", "content": "new"}, *before[2_001:]]
    found = aligned(before, after)
    assert (found.kept, found.changed, found.added, found.removed, found.cut) == (4_999, 1, 0, 0, True)
    other = aligned(before[:3_000], [{"role": "assistant", "content": "x"}] * 3_000)
    assert (other.added, other.removed) == (3_000, 3_000)


def files_in(folder: Path) -> list[str]:
    """Names of all files but the search's, which comes about in its own time."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("search."))


def test_R_A10_a_file_is_diagnosed_for_whoever_is_signed_in_and_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            before = files_in(tmp_path / "data")
            positions = len(await it.core.store.feed(0, 1_000))
            wanted = DiagnoseWanted(file=base64.b64encode(json.dumps(LOST).encode()).decode())
            found = await client.tell(DiagnoseAnswer, "/v1/diagnose", wanted)
            assert [each.diagnosis for each in found.left] == ["dangling_tool_use:write_outcome_unknown"]
            large = base64.b64encode(json.dumps(request(user("x" * 4_000_000))).encode()).decode()
            assert (await client.tell(DiagnoseAnswer, "/v1/diagnose", DiagnoseWanted(file=large))).form == "messages"
            with pytest.raises(CoreRefused) as refused:
                await client.tell(DiagnoseAnswer, "/v1/diagnose", wanted.model_copy(update={"file": "?"}))
            assert refused.value.code == "not_base64"
            async with local_client(base_url=it.url) as raw:
                answer = await raw.post("/v1/diagnose", content=b" " * 9_000_000)
                assert answer.status_code == 413
                assert (await raw.post("/v1/diagnose", json={"file": ""})).status_code == 401
            assert files_in(tmp_path / "data") == before
            assert len(await it.core.store.feed(0, 1_000)) == positions

    asyncio.run(run())


def test_a_healed_call_is_healthy_for_good() -> None:
    assert of(request(user("x"), agent(call()), user(done()))).healthy
