"""Rules for whole turns: roles, emptiness, system turns in the middle, and how a conversation may end.

Adjacent turns of one role are allowed here as by the provider; whether pairing is judged before or after they are merged
is not known, so the stricter reading (before) is taken in ``rules_pairing``.
"""

from typing import Any

from agent_core.sandbox.messages.catalog import ModelTraits
from agent_core.sandbox.messages.problems import at, invalid
from agent_core.sandbox.messages.rules_blocks import is_server_result

MOST_MESSAGES = 100_000


def check_turns(request: dict[str, Any], traits: ModelTraits) -> None:
    """Checks the list of messages, every role and that no turn is empty."""
    messages = request["messages"]
    if not isinstance(messages, list):
        raise at("messages", "Input should be a valid list")
    if not messages:
        raise at("messages", "at least one message is required")
    if len(messages) > MOST_MESSAGES:
        raise at("messages", f"List should have at most {MOST_MESSAGES} items")
    for index, message in enumerate(messages):
        path = f"messages.{index}"
        if not isinstance(message, dict):
            raise at(path, "Input should be a valid dictionary or object to extract fields from")
        for field in ("role", "content"):
            if field not in message:
                raise at(f"{path}.{field}", "Field required")
        for field in message:
            if field not in {"role", "content"}:
                raise at(f"{path}.{field}", "Extra inputs are not permitted")
        _check_role(message["role"], path, traits)
        if not isinstance(message["content"], str | list):
            raise at(f"{path}.content", "Input should be a valid string or list of content blocks")
        last_assistant = index == len(messages) - 1 and message["role"] == "assistant"
        if not message["content"] and not last_assistant:
            raise at(path, "all messages must have non-empty content except for the optional final assistant message")
    if messages[0]["role"] == "assistant":
        raise at("messages", 'first message must use the "user" role')


def _check_role(role: Any, path: str, traits: ModelTraits) -> None:
    if role == "system":
        if not traits.takes_system_turns:
            raise at(path, "role 'system' is not supported on this model")
    elif role not in ("user", "assistant"):
        raise at(f"{path}.role", "Input should be 'user' or 'assistant'")


def check_system_turns(request: dict[str, Any]) -> None:
    """Checks where ``{"role": "system"}`` turns stand: after a user turn, before an assistant turn or last."""
    messages = request["messages"]
    for index, message in enumerate(messages):
        if message["role"] != "system":
            continue
        if index == 0 or messages[index - 1]["role"] != "user":
            raise at(f"messages.{index}", "role 'system' must follow a 'user' message")
        if index + 1 < len(messages) and messages[index + 1]["role"] != "assistant":
            raise at(f"messages.{index}", "role 'system' must precede an 'assistant' message or end the array")


def _is_paused(message: dict[str, Any]) -> bool:
    """Whether a turn stopped at a tool the provider runs: it comes back as it is, and is gone on with."""
    content = message["content"]
    kind = content[-1]["type"] if isinstance(content, list) and content else ""
    return kind == "server_tool_use" or is_server_result(kind)


def check_prefill(request: dict[str, Any], traits: ModelTraits) -> None:
    """Checks how the conversation ends: prefill is taken by few models, and never with trailing white space."""
    last = request["messages"][-1]
    if last["role"] != "assistant" or _is_paused(last):
        return
    if not traits.takes_prefill:
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )
    content = last["content"]
    text = content
    if isinstance(content, list):
        text = content[-1]["text"] if content and content[-1]["type"] == "text" else ""
    if text != text.rstrip():
        raise at("messages", "final assistant content cannot end with trailing whitespace")
