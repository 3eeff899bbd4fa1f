"""Rules for thinking: where blocks must and may not stand, and that they come back unmodified behind the same prefix.

Preserved thinking binds a block to the system prompt, the tools and all earlier messages; a changed workflow text, trimming,
redaction and repair all break it. Never strips anything by itself, except where the request asks for it.
"""

from typing import Any

from agent_core.sandbox.messages.catalog import ModelTraits
from agent_core.sandbox.messages.problems import at, invalid
from agent_core.sandbox.messages.signing import prefix_of, verify

_KINDS = ("thinking", "redacted_thinking")
_DIFFERS = {
    "other_system": " The `system` prompt differs from the one this block was created with.",
    "other_tools": " The `tools` differ from those this block was created with.",
    "other_messages": " An earlier message differs from the one this block was created with.",
    "foreign": "",
}


def check_thinking(request: dict[str, Any], traits: ModelTraits, *, drop_mismatches: bool) -> None:
    """Checks the thinking setting against the model and every thinking block against its signature.

    Args:
        request: The request.
        traits: What the model accepts.
        drop_mismatches: The beta that lets a request drop blocks of another prefix is switched on.
    """
    setting = request.get("thinking")
    kind = setting.get("type") if isinstance(setting, dict) else None
    _check_setting(kind, traits)
    messages = request["messages"]
    binding = setting.get("block_binding") if isinstance(setting, dict) else None
    if binding is not None and not drop_mismatches:
        raise at(f"thinking.{kind}.block_binding", "Extra inputs are not permitted")
    drops = isinstance(binding, dict) and binding.get("prefix_mismatch_behavior") == "drop_block"
    latest = max((index for index, message in enumerate(messages) if message["role"] == "assistant"), default=-1)
    if kind == "enabled" and latest >= 0:
        _check_loop_starts_with_thinking(messages, latest)
    if kind in {None, "disabled"} and latest == len(messages) - 1 and _has_thinking(messages[latest]):
        raise at(
            f"messages.{latest}",
            "When thinking is disabled, an `assistant` message in the final position cannot contain `thinking`. "
            "To use thinking blocks, enable `thinking` in your request.",
        )
    for index, message in enumerate(messages):
        if message["role"] == "assistant" and isinstance(message["content"], list):
            _check_last_block(message, index)
            _check_signatures(request, index, traits, latest=index == latest, drops=drops)
    if kind == "enabled" and isinstance(setting, dict) and request.get("max_tokens", 2**31) <= setting["budget_tokens"]:
        raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _check_setting(kind: Any, traits: ModelTraits) -> None:
    if kind == "enabled" and not traits.manual_thinking:
        raise invalid(
            '"thinking.type.enabled" is not supported for this model. '
            'Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
        )
    if kind == "disabled" and not traits.thinking_off:
        raise invalid('"thinking.type.disabled" is not supported for this model.')


def _has_thinking(message: dict[str, Any]) -> bool:
    content = message["content"]
    return isinstance(content, list) and any(block["type"] in _KINDS for block in content)


def _check_loop_starts_with_thinking(messages: list[dict[str, Any]], latest: int) -> None:
    answered = latest + 1 < len(messages) and _answers(messages[latest + 1])
    if not (answered or latest == len(messages) - 1):
        return
    # A loop of calls is one turn of the assistant: its first message holds the thinking, the others need none.
    opening = latest
    while opening >= 2 and _answers(messages[opening - 1]) and messages[opening - 2]["role"] == "assistant":
        opening -= 2
    content = messages[opening]["content"]
    first = content[0]["type"] if isinstance(content, list) and content else "text"
    if first in _KINDS:
        return
    raise at(
        f"messages.{opening}.content.0.type",
        f"Expected `thinking` or `redacted_thinking`, but found `{first}`. When `thinking` is enabled, a final "
        "`assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and "
        "`tool_result` blocks). We recommend you include thinking blocks from previous turns. To avoid this "
        "requirement, disable `thinking`.",
    )


def _answers(message: dict[str, Any]) -> bool:
    content = message["content"]
    return isinstance(content, list) and any(block["type"] == "tool_result" for block in content)


def _check_last_block(message: dict[str, Any], index: int) -> None:
    content = message["content"]
    if isinstance(content, list) and content and content[-1]["type"] in _KINDS:
        raise at(f"messages.{index}", "The final block in an assistant message cannot be `thinking`.")


def _check_signatures(request: dict[str, Any], index: int, traits: ModelTraits, *, latest: bool, drops: bool) -> None:
    blocks = request["messages"][index]["content"]
    if not any(block["type"] == "thinking" for block in blocks):
        return
    prefix = prefix_of(request, index)
    for position, block in enumerate(blocks):
        if block["type"] != "thinking":
            continue
        path = f"messages.{index}.content.{position}"
        if not block["signature"]:
            raise at(path, "Invalid `signature` in `thinking` block")
        verdict = verify(block["thinking"], block["signature"], prefix)
        if verdict == "edited" and latest:
            raise at(
                path,
                "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. "
                "These blocks must remain as they were in the original response.",
            )
        if verdict == "edited" or (verdict == "foreign" and not traits.binds_thinking):
            raise at(path, "Invalid `signature` in `thinking` block")
        if verdict != "valid" and traits.binds_thinking and not drops:
            raise at(
                path,
                "Invalid `signature` in `thinking` block. The block is bound to a different conversation. Remove the "
                'block, or set `thinking.block_binding.prefix_mismatch_behavior` to "drop_block". That setting '
                "requires the `thinking-binding-controls-2026-08-01` value in the `anthropic-beta` header."
                + _DIFFERS[verdict],
            )
