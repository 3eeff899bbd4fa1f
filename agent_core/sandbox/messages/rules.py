"""Every structural rule of the Messages API, in the order in which the provider reports faults.

This is the whole point of the stand-in: a transcript the provider would refuse is refused here with the same words. Texts
come from public threads; those whose wording is from memory are listed in the README. It must never repair anything, and
never import the code that validates our own transcripts.
"""

from collections.abc import Mapping
from typing import Any

from agent_core.sandbox.messages.catalog import MODELS, ModelTraits
from agent_core.sandbox.messages.problems import ApiProblem, invalid
from agent_core.sandbox.messages.rules_blocks import check_blocks, check_texts
from agent_core.sandbox.messages.rules_cache import check_cache_marks
from agent_core.sandbox.messages.rules_images import check_images
from agent_core.sandbox.messages.rules_pairing import check_pairing, check_server_results
from agent_core.sandbox.messages.rules_parameters import check_parameters, check_version
from agent_core.sandbox.messages.rules_thinking import check_thinking
from agent_core.sandbox.messages.rules_tools import check_references
from agent_core.sandbox.messages.rules_turns import check_prefill, check_system_turns, check_turns
from agent_core.sandbox.messages.tokens import count_request

BETA_BINDING_CONTROLS = "thinking-binding-controls-2026-08-01"


def traits_of(name: object) -> ModelTraits:
    """The traits of a model.

    Raises:
        ApiProblem: 404 when there is no such model.
    """
    traits = MODELS.get(name) if isinstance(name, str) else None
    if traits is None:
        raise ApiProblem(404, "not_found_error", f"model: {name}")
    return traits


def check_request(body: object, headers: Mapping[str, str], *, counting: bool = False) -> dict[str, Any]:
    """Checks a parsed request against every rule.

    Args:
        body: The parsed JSON body.
        headers: Request headers, names in lower case.
        counting: The request is one to `/v1/messages/count_tokens`, which takes no ``max_tokens``.

    Returns:
        The body, now known to follow the rules.

    Raises:
        ApiProblem: The first fault found, as the provider would answer it.
    """
    version = check_version(headers.get("anthropic-version"))
    if not isinstance(body, dict):
        raise invalid("Input should be a valid dictionary or object to extract fields from")
    request: dict[str, Any] = body
    check_parameters(request, version, counting=counting)
    traits = traits_of(request["model"])
    betas = {name.strip() for name in headers.get("anthropic-beta", "").split(",")}
    check_turns(request, traits)
    check_blocks(request)
    check_cache_marks(request)
    check_texts(request)
    check_images(request)
    check_server_results(request)
    check_pairing(request)
    check_system_turns(request)
    _check_tools_for_history(request)
    check_references(request)
    _check_citations_and_format(request)
    check_thinking(request, traits, drop_mismatches=BETA_BINDING_CONTROLS in betas)
    check_prefill(request, traits)
    _check_tool_choice(request, traits)
    if not counting:
        _check_length(request, traits)
    return request


def _check_tools_for_history(request: dict[str, Any]) -> None:
    if request.get("tools"):
        return
    for message in request["messages"]:
        content = message["content"]
        if isinstance(content, list) and any(block["type"] in {"tool_use", "tool_result"} for block in content):
            raise invalid("Requests which include `tool_use` or `tool_result` blocks must define tools")


def _check_citations_and_format(request: dict[str, Any]) -> None:
    wanted = (request.get("output_config") or {}).get("format")
    if wanted is None:
        return
    for message in request["messages"]:
        content = message["content"]
        blocks = content if isinstance(content, list) else []
        inside = [block.get("content") for block in blocks if block["type"] == "tool_result"]
        blocks = [*blocks, *(part for parts in inside if isinstance(parts, list) for part in parts)]
        if any(isinstance(block.get("citations"), dict) and block["citations"].get("enabled") is True for block in blocks):
            raise invalid("output_config.format: citations cannot be enabled together with a structured output format")


def _check_tool_choice(request: dict[str, Any], traits: ModelTraits) -> None:
    choice = request.get("tool_choice")
    if not isinstance(choice, dict):
        return
    if not request.get("tools"):
        raise invalid("tool_choice: tool_choice may only be specified while providing tools")
    if choice["type"] not in ("any", "tool"):
        return
    if not traits.takes_forced_tools:
        raise invalid('tool_choice: type "tool" and "any" are not supported for this model.')
    thinking = request.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive", "between_tools"):
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")
    names = {tool.get("name") for tool in request["tools"]}
    if choice["type"] == "tool" and choice["name"] not in names:
        raise invalid(f"Tool '{choice['name']}' not found in provided tools")


def _check_length(request: dict[str, Any], traits: ModelTraits) -> None:
    tokens = count_request(request)
    if tokens > traits.context_tokens:
        raise invalid(f"prompt is too long: {tokens} tokens > {traits.context_tokens} maximum")
