"""Transcripts of others in which any place was spoiled by chance: healed in their own form, once and for all (R-A8)."""

import json
from random import Random
from typing import Any

import pytest

from agent_core.conversation.health.foreign.detect import read
from agent_core.conversation.health.foreign.transcript import Form
from tests.conversation.health.healthy import copy
from tests.conversation.health.rich import places
from tests.conversation.health.test_foreign import CHAT, GRAPH, PLAIN, RESPONSES, said
from tests.conversation.health.test_forms_of_others import PACKED
from tests.conversation.health.test_sessions import ROWS

VALUES: list[Any] = [
    None, True, 0, "", "x", " ", [], {}, ["x"], "call_1", "c1", "half \ud83d", "tool", "assistant", "user", "system", "ai",
    "human", {"type": "text", "text": "x"}, [{"type": "text", "text": "x"}],
]  # fmt: skip
BASES: dict[Form, list[Any]] = {
    "openai_chat": [[*CHAT, said("user", "ok")], CHAT[:5]],
    "openai_responses": [RESPONSES, RESPONSES[:4] * 2],
    "langgraph": [GRAPH, PLAIN, [*GRAPH[1:], *PLAIN], PACKED],
    "messages": [ROWS],
}


def spoil(rows: Any, random: Random) -> None:
    found = list(places(rows))
    if not found:
        return
    holder, key = random.choice(found)
    how = random.random()
    if how < 0.45:
        holder[key] = copy(random.choice(VALUES))
    elif how < 0.65:
        del holder[key]
    elif how < 0.8 and isinstance(holder, list):
        holder.insert(key, copy(holder[key]))
    elif isinstance(holder, list):
        holder.insert(random.randrange(len(holder)), holder.pop(key))


def holds(form: Form, seed: int) -> None:
    random = Random(seed)
    rows = copy(random.choice(BASES[form]))
    for _ in range(1 + seed % 3):
        spoil(rows, random)
    told, before = f"{form}, seed {seed}", json.dumps(rows)
    transcript = read(rows, form)
    done = transcript.repair()
    assert json.dumps(rows) == before, told
    again = read(done.body, form)
    left = {each.diagnosis for each in done.left if each.severity == "error"}
    rest = {each.diagnosis for each in again.diagnose() if each.severity == "error"}
    assert rest <= left, f"{told}: {rest - left}"
    assert left or json.dumps(again.repair().body) == json.dumps(done.body), f"{told}: not idempotent"
    assert transcript.diagnose() or json.dumps(done.body) == before, f"{told}: a healthy one was changed"


@pytest.mark.parametrize("form", BASES)
def test_R_A8_a_spoiled_transcript_of_others_is_healed_in_its_own_form(form: Form) -> None:
    for seed in [*range(250), 973, 1082, 1207, 1427]:
        holds(form, seed)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1_000, 9_000, 1_000))
def test_R_A8_thousands_of_spoiled_transcripts_of_others_are_healed(start: int) -> None:
    for form in BASES:
        for seed in range(start, start + 1_000):
            holds(form, seed)


def test_a_late_result_of_a_chat_becomes_a_notice_of_its_turn_and_no_result_without_a_call() -> None:
    rows = [*CHAT[:3], CHAT[4], CHAT[5], CHAT[3], said("user", "ok")]
    healed = read(rows).repair().body
    assert healed[6] == {"role": "user", "content": "[Late result of the tool call call_1. It says: delivered]"}
    assert [each for each in read(healed).diagnose() if each.severity == "error"] == []
