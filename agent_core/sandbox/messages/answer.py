"""What the stand-in is about to say, before it becomes JSON or a stream.

One value for script, brain and faults, so that every fault can be played on every answer. Never knows HTTP.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from agent_core.sandbox.messages.signing import prefix_of, sign
from agent_core.sandbox.messages.tokens import InputUsage, canonical, count_text

StopReason = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal", "pause_turn"]


@dataclass(frozen=True)
class Say:
    """A text block."""

    text: str


@dataclass(frozen=True)
class Think:
    """A thinking block; its signature is added when the answer is finished."""

    text: str


@dataclass(frozen=True)
class Call:
    """A tool call.

    Attributes:
        tool: Tool name.
        arguments: The call's input.
        id: The call's id; made from the request when None.
        cut: The JSON text of the input as far as it came, when the answer was cut inside the call.
    """

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    id: str | None = None
    cut: str | None = None

    @property
    def json(self) -> str:
        """The JSON text of the input that goes over the wire."""
        return self.cut if self.cut is not None else json.dumps(self.arguments, ensure_ascii=False)


Block = Say | Think | Call


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Attributes:
        blocks: Content in order.
        stop_reason: Why the model stopped; worked out from the blocks when None.
        stop_sequence: The stop sequence that was hit.
        refusal_category: Category of a refusal.
    """

    blocks: tuple[Block, ...]
    stop_reason: StopReason | None = None
    stop_sequence: str | None = None
    refusal_category: str | None = None

    @property
    def reason(self) -> StopReason:
        """The stop reason, worked out when it was not set."""
        if self.stop_reason is not None:
            return self.stop_reason
        return "tool_use" if any(isinstance(block, Call) for block in self.blocks) else "end_turn"


@dataclass(frozen=True)
class Finished:
    """An answer with ids, signatures and usage: all that goes on the wire.

    Attributes:
        message: The ``Message`` object as the non-streaming endpoint sends it.
        input_json: For each content index of a call, the JSON text to stream.
        thinking_tokens: Output tokens spent on thinking.
    """

    message: dict[str, Any]
    input_json: dict[int, str]
    thinking_tokens: int


def digest_of(seed: int, request: dict[str, Any], *parts: object) -> str:
    """A stable hexadecimal digest of a request, so that equal requests get equal ids and answers."""
    text = canonical([seed, {key: value for key, value in request.items() if key != "stream"}, [*map(str, parts)]])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fit(answer: Answer, request: dict[str, Any]) -> Answer:
    """Applies ``stop_sequences`` and ``max_tokens`` to an answer.

    The last block is cut where the limit falls, as the real service does: a call may end in the middle of its JSON.
    """
    answer = _stop_at_sequence(answer, request.get("stop_sequences") or [])
    room = int(request["max_tokens"])
    kept: list[Block] = []
    for block in answer.blocks:
        size = _tokens(block)
        if size <= room:
            kept.append(block)
            room -= size
            continue
        if room > 0:
            kept.append(cut(block, room * 4))
        return replace(answer, blocks=tuple(kept), stop_reason="max_tokens", stop_sequence=None)
    return answer


def cut(block: Block, characters: int) -> Block:
    """The beginning of a block."""
    if isinstance(block, Call):
        text = block.json[: min(characters, len(block.json) - 1)]
        return replace(block, cut=text, arguments=_partial(text))
    return replace(block, text=block.text[:characters])


def _partial(text: str) -> dict[str, Any]:
    """What a reader of half a JSON object would take for its content: whole values, and numbers that were cut."""
    for end in range(len(text), 0, -1):
        for closing in ("}", '"}'):
            try:
                value = json.loads(text[:end].rstrip(", ") + closing)
            except ValueError:
                continue
            return value if isinstance(value, dict) else {}
    return {}


def _stop_at_sequence(answer: Answer, sequences: list[str]) -> Answer:
    for index, block in enumerate(answer.blocks):
        if not isinstance(block, Say):
            continue
        hits = [(block.text.find(sequence), sequence) for sequence in sequences if sequence in block.text]
        if hits:
            position, sequence = min(hits)
            said = (replace(block, text=block.text[:position]),) if position else ()
            blocks = (*answer.blocks[:index], *said)
            return replace(answer, blocks=blocks, stop_reason="stop_sequence", stop_sequence=sequence)
    return answer


def _tokens(block: Block) -> int:
    return count_text(block.json) + count_text(block.tool) if isinstance(block, Call) else count_text(block.text)


def finish(answer: Answer, request: dict[str, Any], usage: InputUsage, seed: int) -> Finished:
    """Turns an answer into the ``Message`` object of the wire.

    Args:
        answer: What to say.
        request: The request it answers; ids and signatures are made from it.
        usage: How its input tokens are accounted.
        seed: Seed of the stand-in.
    """
    digest = digest_of(seed, request)
    content: list[dict[str, Any]] = []
    input_json: dict[int, str] = {}
    thinking_tokens = 0
    omitted = (request.get("thinking") or {}).get("display") == "omitted"
    for index, block in enumerate(answer.blocks):
        if isinstance(block, Say):
            content.append({"type": "text", "text": block.text})
        elif isinstance(block, Think):
            shown = "" if omitted else block.text
            signature = sign(shown, prefix_of(request, len(request["messages"])))
            content.append({"type": "thinking", "thinking": shown, "signature": signature})
            thinking_tokens += count_text(block.text)
        else:
            call = block.id or "toolu_" + digest_of(seed, request, index)[:24]
            content.append({"type": "tool_use", "id": call, "name": block.tool, "input": block.arguments})
            input_json[index] = block.json
    output = max(1, sum(_tokens(block) for block in answer.blocks))
    details = None
    if answer.reason == "refusal":
        details = {"type": "refusal", "category": answer.refusal_category, "explanation": None}
    message = {
        "id": "msg_" + digest[:24],
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": content,
        "stop_reason": answer.reason,
        "stop_sequence": answer.stop_sequence,
        "stop_details": details,
        "usage": {
            **usage.fields(),
            "output_tokens": output,
            "output_tokens_details": {"thinking_tokens": thinking_tokens},
            "service_tier": "standard",
            "inference_geo": "local",
        },
    }
    return Finished(message, input_json, thinking_tokens)
