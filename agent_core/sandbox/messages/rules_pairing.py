"""The rule that kills most agents: every call is answered, at once, once, and nothing is answered that was not called.

Judged over the turns as sent, before adjacent turns of one role are merged: whether the provider merges first is not known,
and the stricter reading keeps our transcripts right under both.
"""

from typing import Any

from agent_core.sandbox.messages.problems import at
from agent_core.sandbox.messages.rules_blocks import is_server_result


def check_pairing(request: dict[str, Any]) -> None:
    """Checks calls against results in both directions over the whole history.

    Raises:
        ApiProblem: 400 naming the first turn at fault and all ids concerned there.
    """
    messages = request["messages"]
    seen: set[str] = set()
    open_ids: list[str] = []
    for index, message in enumerate(messages):
        blocks = _blocks(message)
        if open_ids:
            _check_answered(open_ids, blocks if message["role"] == "user" else [], index - 1)
        if message["role"] == "user":
            _check_results(blocks, open_ids, index)
        open_ids = _calls(blocks, seen, index)
    if open_ids:
        _check_answered(open_ids, [], len(messages) - 1)


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return content if isinstance(content, list) else []


def _calls(blocks: list[dict[str, Any]], seen: set[str], index: int) -> list[str]:
    ids: list[str] = []
    for position, block in enumerate(blocks):
        if block["type"] != "tool_use":
            continue
        if block["id"] in seen:
            raise at(f"messages.{index}.content.{position}", "`tool_use` ids must be unique")
        seen.add(block["id"])
        ids.append(block["id"])
    return ids


def _check_answered(open_ids: list[str], blocks: list[dict[str, Any]], index: int) -> None:
    answered: set[str] = set()
    for block in blocks:
        # Results come first in their turn: a result behind any other block is not "immediately after".
        if block["type"] != "tool_result":
            break
        answered.add(block["tool_use_id"])
    missing = [call for call in open_ids if call not in answered]
    if missing:
        raise at(
            f"messages.{index}",
            f"`tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(missing)}. "
            "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
        )


def _check_results(blocks: list[dict[str, Any]], open_ids: list[str], index: int) -> None:
    answered: set[str] = set()
    for position, block in enumerate(blocks):
        if block["type"] != "tool_result":
            continue
        call, path = block["tool_use_id"], f"messages.{index}.content.{position}"
        if call not in open_ids:
            raise at(
                path,
                f"unexpected `tool_use_id` found in `tool_result` blocks: {call}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
            )
        if call in answered:
            raise at(
                path,
                f"each tool_use must have a single result. Found multiple `tool_result` blocks with id: {call}",
            )
        answered.add(call)


def check_server_results(request: dict[str, Any]) -> None:
    """Checks that every result of a tool the provider runs stands behind its call, and that no call is left behind.

    A call and its result may be turns apart: a paused turn is gone on with, and a program the provider runs calls tools of
    ours in between. A call without a result is taken at the end of a turn that is still open, and nowhere else.
    """
    called: set[str] = set()
    waiting: dict[str, tuple[int, str]] = {}
    for index, message in enumerate(request["messages"]):
        for position, block in enumerate(_blocks(message)):
            kind = block["type"]
            if kind == "server_tool_use":
                called.add(block["id"])
                waiting[block["id"]] = index, block["name"]
            elif is_server_result(kind) and block.get("tool_use_id") not in called:
                raise at(
                    f"messages.{index}.content.{position}",
                    f"unexpected `tool_use_id` found in `{kind}` blocks: {block.get('tool_use_id')}. "
                    f"Each `{kind}` block must have a corresponding `server_tool_use` block before it.",
                )
            elif is_server_result(kind):
                waiting.pop(block["tool_use_id"], None)
    for call, (index, name) in waiting.items():
        if not _still_open(request["messages"], index, call):
            raise at(
                f"messages.{index}",
                f"`{name}` tool use with id `{call}` was found without a corresponding `{name}_tool_result` block",
            )


def _still_open(messages: list[dict[str, Any]], index: int, call: str) -> bool:
    """Whether the turn that begins here is still going on at the end: only results of our tools have come since.

    Once the assistant has gone on, only a program that still calls our tools may be without its result.
    """
    latest = max(place for place, message in enumerate(messages) if message["role"] == "assistant")
    callers = [block.get("caller") for block in _blocks(messages[latest]) if block["type"] == "tool_use"]
    if latest > index and not any(isinstance(caller, dict) and caller.get("tool_id") == call for caller in callers):
        return False
    for later in range(index + 1, len(messages)):
        kinds = {block["type"] for block in _blocks(messages[later])}
        role = messages[later]["role"]
        paused = later == len(messages) - 1 and messages[later - 1]["role"] == "user"
        if role == "user" and "tool_result" not in kinds:
            return False
        if role == "assistant" and "tool_use" not in kinds and not paused:
            return False
    return True
