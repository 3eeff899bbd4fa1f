"""Healthy requests of every shape, made by chance from a seed: what every poison is poured into.

Thinking is signed by the sandbox's own signer, so the stand-in takes it. A request from here must be one that both readers
take; a test asks both.
"""

import base64
import json
import struct
from random import Random
from typing import Any

from agent_core.sandbox.messages.signing import prefix_of, sign

Body = dict[str, Any]

MODELS = (
    "claude-sonnet-5-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-haiku-4-5",
    "claude-sonnet-4-5",
    "claude-fable-5-1",
)
SYSTEM_TURNS = ("claude-opus-5", "claude-opus-4-8", "claude-fable-5-1")
BUDGETS = ("claude-haiku-4-5", "claude-sonnet-4-5")
READS = ("get_order", "track_parcel", "search_orders")
WRITES = ("refund_order", "cancel_order", "create_label")
WORDS = ("where is my parcel", "danke schön", "أين طلبي", "refund please", "ok", "🙂 thanks", "W1 and W2", "注文はどこ")


def tool(name: str) -> Body:
    schema = {"type": "object", "properties": {"order_id": {"type": "string"}}}
    return {"name": name, "description": f"{name} of the shop", "input_schema": schema}


def picture(width: int = 100, height: int = 100) -> Body:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": base64.b64encode(head).decode()},
    }


def thought(body: Body, text: str = "check first") -> Body:
    """A thinking block that belongs at the end of the messages so far."""
    return {"type": "thinking", "thinking": text, "signature": sign(text, prefix_of(body, len(body["messages"])))}


def says(random: Random) -> Body:
    return {"type": "text", "text": f"{random.choice(WORDS)} {random.randrange(1000)}"}


def healthy(random: Random, model: str | None = None) -> Body:
    """A healthy request that ends with a user's turn."""
    model = model or random.choice(MODELS)
    body: Body = {"model": model, "max_tokens": 4096, "messages": []}
    if random.random() < 0.8:
        body["system"] = random.choice(["Follow the policy.", [{"type": "text", "text": "Follow the policy."}]])
    body["tools"] = [tool(name) for name in (*READS, *WRITES)]
    thinks = random.random() < 0.5
    budget = thinks and model in BUDGETS
    if budget:
        body["thinking"] = {"type": "enabled", "budget_tokens": 2048}
    messages: list[Body] = body["messages"]
    messages.append({"role": "user", "content": random.choice(WORDS)})
    number = 0
    for _ in range(random.randint(0, 4)):
        rounds = random.choice((0, 1, 1, 2))
        for _ in range(rounds):
            calls = []
            for _ in range(random.choice((1, 1, 2, 3))):
                number += 1
                name = random.choice(READS if random.random() < 0.6 else WRITES)
                calls.append(
                    {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {"order_id": f"W{number}"}}
                )
            said = [thought(body)] if thinks else []
            said += [says(random)] if random.random() < 0.4 else []
            messages.append({"role": "assistant", "content": [*said, *calls]})
            results = [result(call["id"], random) for call in calls]
            random.shuffle(results)
            more = [says(random)] if random.random() < 0.3 else []
            more += [picture()] if random.random() < 0.05 else []
            messages.append({"role": "user", "content": [*results, *more]})
            if random.random() < 0.2 and model in SYSTEM_TURNS:
                messages.append({"role": "system", "content": "Be brief."})
        closing = [thought(body)] if thinks and (budget or random.random() < 0.5) else []
        messages.append({"role": "assistant", "content": [*closing, says(random)]})
        messages.append({"role": "user", "content": random.choice([random.choice(WORDS), [says(random)]])})
    return body


def result(call: str, random: Random) -> Body:
    made: Body = {
        "type": "tool_result",
        "tool_use_id": call,
        "content": f"status: {random.choice(('delivered', 'on its way'))}",
    }
    if random.random() < 0.2:
        made["content"] = [{"type": "text", "text": made["content"]}]
    if random.random() < 0.1:
        made["content"], made["is_error"] = "not found", True
    return made


def copy(body: Body) -> Body:
    return json.loads(json.dumps(body))
