"""What a repair promises, held against thousands of poisoned and spoiled requests (R-A8).

No word of a customer and no answer of a tool is lost; no word is invented; a failure never becomes a success; what waits
for a decision, or is being carried out, stays as it is.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from agent_core.conversation.health.findings import Outcome
from agent_core.conversation.health.repairing import Repaired, repair
from tests.conversation.health.healthy import Body, copy
from tests.conversation.health.poisons import POISONS
from tests.conversation.health.rich import rich
from tests.conversation.health.test_two_readers import spoiled

NAMES = sorted(POISONS)
_LEFT_ON_PURPOSE = ("drop_exchange", "drop_error_turn", "shrink_result", "remove_image")
_NO_WORDS = ("thinking", "tool_use", "tool_result")


def poisoned(seed: int) -> Body:
    random = Random(seed)
    body = rich(random)
    for name in random.sample(NAMES, 1 + seed % 3):
        POISONS[name](body, random)
    return body


def blocks(body: Any) -> Iterator[tuple[int, str, Body]]:
    """Every block that is one, with its message and whose it is."""
    messages = body.get("messages") if isinstance(body, dict) else None
    for index, message in enumerate(messages if isinstance(messages, list) else []):
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        for block in content if isinstance(content, list) else []:
            if isinstance(block, dict):
                yield index, str(message.get("role")), block


def texts(value: Any) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    return [text for inner in value for text in texts(inner)] if isinstance(value, list) else []


def words(text: str) -> str:
    """A text as it comes out of a repair that replaces half characters."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()


def kept(body: Body, done: Repaired, told: str) -> None:
    """What customers said and tools answered stands in the healed request, word for word."""
    if any(change.what in _LEFT_ON_PURPOSE for change in done.changes):
        return
    there = "\n".join(texts(done.body.get("messages")))
    orphans = [change.before.get("tool_use_id") for change in done.changes if change.what == "drop_orphan_result"]
    for _, role, block in blocks(body):
        if role == "user" and isinstance(block.get("text"), str) and block.get("type") not in _NO_WORDS:
            assert words(block["text"]) in there, f"{told}: {block} is lost"
        answered = role == "user" and block.get("type") == "tool_result"
        if answered and block.get("tool_use_id") not in orphans:
            content = block.get("content")
            parts = content if isinstance(content, list) else [content]
            for said in [part.get("text") if isinstance(part, dict) else part for part in parts]:
                assert not isinstance(said, str) or words(said) in there, f"{told}: {said!r} of {block} is lost"


def invents_nothing(body: Body, done: Repaired, told: str) -> None:
    """Every text of the healed request stood in the given one, or stands in brackets as what code wrote."""
    given = {words(text) for text in texts(body)}
    joined = "\n".join(texts(body))
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    for _, _, block in blocks(done.body):
        for text in [block.get("text"), block.get("content")] if block.get("type") in ("text", "tool_result") else []:
            if not isinstance(text, str) or words(text) in given or (text.startswith("[") and text.rstrip().endswith("]")):
                continue
            lines = [line for line in text.split("\n") if line.strip()]
            ours = all(words(line) in given or words(line) in joined or line in written for line in lines)
            assert ours, f"{told}: {text!r} stood nowhere"


def no_failure_becomes_a_success(body: Body, done: Repaired, told: str) -> None:
    """A call all of whose results said that it failed has none that says it did not."""
    failed: dict[str, bool] = {}
    for _, role, block in blocks(body):
        call = block.get("tool_use_id")
        if role == "user" and block.get("type") == "tool_result" and isinstance(call, str):
            failed[call] = failed.get(call, True) and block.get("is_error") is True
    for _, _, block in blocks(done.body):
        if block.get("type") == "tool_result" and failed.get(str(block.get("tool_use_id"))):
            note = isinstance(block.get("content"), str) and block["content"].startswith("[")
            assert block.get("is_error") is True or note, f"{told}: {block}"


def holds(body: Body, told: str) -> None:
    done = repair(body)
    kept(body, done, told)
    invents_nothing(body, done, told)
    no_failure_becomes_a_success(body, done, told)


@pytest.mark.parametrize("start", range(0, 400, 200))
def test_R_A8_a_repair_of_what_is_poisoned_keeps_its_promises(start: int) -> None:
    for seed in range(start, start + 200):
        holds(poisoned(seed), f"seed {seed}")


def test_R_A8_a_repair_of_what_is_spoiled_keeps_its_promises() -> None:
    for seed in range(300):
        holds(spoiled(seed, 1 + seed % 3), f"seed {seed}")


def test_R_A8_what_waits_is_left_as_it_is_whatever_else_is_healed() -> None:
    for seed in range(400):
        random = Random(seed)
        body = poisoned(seed)
        made = (block for _, role, block in blocks(body) if role == "assistant" and block.get("type") == "tool_use")
        calls = [block["id"] for block in made if isinstance(block.get("id"), str)]
        answered = {str(block.get("tool_use_id")) for _, _, block in blocks(body) if block.get("type") == "tool_result"}
        waiting = [call for call in calls if call not in answered and calls.count(call) == 1]
        if not waiting:
            continue
        held = random.choice(waiting)
        before = [copy(block) for _, _, block in blocks(body) if block.get("id") == held]
        done = repair(body, {held: Outcome(random.choice(("pending", "in_flight")))})
        after = [block for _, _, block in blocks(done.body) if block.get("id") == held]
        assert after == before, f"seed {seed}: {held}"
        assert [block for _, _, block in blocks(done.body) if block.get("tool_use_id") == held] == [], f"seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1_000, 9_000, 500))
def test_R_A8_thousands_of_repairs_keep_their_promises(start: int) -> None:
    for seed in range(start, start + 500):
        holds(poisoned(seed), f"seed {seed}")
        holds(spoiled(seed, 1 + seed % 3), f"seed {seed}, spoiled")
