"""What it costs to check a request before it is sent, to read a whole history, and to heal one.

Beside each figure stands the same body written as JSON, which is done anyway before it is sent: that is the floor of
anything that looks at every character.
"""

import json
from typing import Any

from agent_core.conversation.health.diagnosing import diagnose, errors
from agent_core.conversation.health.repairing import repair
from tests.bench.figure import Figure, alternating
from tests.conversation.health.test_names import agent, call, done, request, text, user

REPETITIONS = 300
MANY = 100_000
EVERY = 50


def transcript(messages: int) -> dict[str, Any]:
    """A healthy request of about so many messages: calls, results, words, each of some length, no write twice."""
    rows = [user("Where is my parcel? " * 10)]
    while len(rows) < messages - 1:
        number = str(len(rows))
        found = json.dumps({"status": "on its way", "events": ["picked up", "in transit"] * 8})
        rows += [
            agent(text("Let me look. " * 5), call(number, input={"order_id": number, "fields": ["status", "carrier"]})),
            user(done(number, found)),
        ]
    return request(*rows)


def run() -> list[Figure]:
    """The figures."""
    turn, many = transcript(40), transcript(MANY)
    broken = transcript(MANY // 10)
    for index in range(1, MANY // 10 - 2, EVERY):
        broken["messages"][index + 1] = user("hello?")
    wire = json.dumps(turn)
    assert errors(turn) == ()
    assert {each.diagnosis for each in diagnose(many)} <= {"context_overflow:whole_history", "too_many_messages"}

    checked, written = alternating((lambda: errors(turn), lambda: json.dumps(turn)), REPETITIONS, warm_up=20)
    read, dumped = alternating((lambda: diagnose(many), lambda: json.dumps(many)), 3)
    healed, floor = alternating((lambda: repair(broken), lambda: json.dumps(broken)), 3)
    of_json = "json.dumps of the same body"
    return [
        Figure(f"check of a 40-message request ({len(wire) // 1000} kB) before it is sent", checked, "ms", of_json, written),
        Figure("diagnosis of 100,000 messages", read, "ms", of_json, dumped),
        Figure(f"repair of 10,000 messages, one in {EVERY} lost its result", healed, "ms", of_json, floor),
    ]
