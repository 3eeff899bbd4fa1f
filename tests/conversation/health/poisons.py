"""Every way of poisoning a request that we know of: one function a way, each with what it must be called.

A poison changes a body in place and answers the diagnoses one of which must be found, or none when this body has no place
for it. They are applied alone and in pairs.
"""

from collections.abc import Callable
from copy import deepcopy
from random import Random

from tests.conversation.health.healthy import BUDGETS, SYSTEM_TURNS, Body, picture, says, tool

Poison = Callable[[Body, Random], tuple[str, ...]]
NONE: tuple[str, ...] = ()


def callers(body: Body) -> list[int]:
    """Indexes of assistant messages with calls, and blocks in the message behind them."""
    messages = body["messages"]
    return [
        index
        for index, message in enumerate(messages[:-1])
        if message["role"] == "assistant"
        and isinstance(message["content"], list)
        and any(block.get("type") == "tool_use" for block in message["content"])
        and isinstance(messages[index + 1]["content"], list)
    ]


def calls_of(body: Body, index: int) -> list[Body]:
    return [block for block in body["messages"][index]["content"] if block.get("type") == "tool_use"]


def pick(body: Body, random: Random) -> int | None:
    found = [index for index in callers(body) if calls_of(body, index)]
    return random.choice(found) if found else None


def listed(body: Body, index: int) -> list[Body]:
    """The content of a message as a list of blocks."""
    message = body["messages"][index]
    if isinstance(message["content"], str):
        message["content"] = [{"type": "text", "text": message["content"]}]
    return message["content"]


def users(body: Body) -> list[int]:
    return [index for index, message in enumerate(body["messages"]) if message["role"] == "user"]


def assistants(body: Body) -> list[int]:
    return [index for index, message in enumerate(body["messages"]) if message["role"] == "assistant"]


DANGLING = (
    "dangling_tool_use:crash_after_call_read_only", "dangling_tool_use:write_outcome_unknown",
    "dangling_tool_use:mid_history_after_resume", "truncation_dropped_tool_result", "dangling_tool_use:tail",
)  # fmt: skip


def result_turn_lost(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    del body["messages"][index + 1]
    return DANGLING


def results_replaced_by_words(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    body["messages"][index + 1]["content"] = [says(random)]
    return DANGLING


def cut_behind_the_call(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    del body["messages"][index + 1 :]
    return ("dangling_tool_use:tail",)


def one_result_missing(body: Body, random: Random) -> tuple[str, ...]:
    found = [index for index in callers(body) if len(calls_of(body, index)) > 1]
    if not found:
        return NONE
    content = body["messages"][random.choice(found) + 1]["content"]
    gone = next((block for block in content if block.get("type") == "tool_result"), None)
    if gone is None:
        return NONE
    content.remove(gone)
    return ("parallel_partial_results", *DANGLING)


def message_between(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    body["messages"].insert(index + 1, {"role": "user", "content": "are you there?"})
    return ("interleaved_customer_message",)


def words_before_results(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    listed(body, index + 1).insert(0, says(random))
    return ("tool_result_not_first",)


def words_between_results(body: Body, random: Random) -> tuple[str, ...]:
    found = [index for index in callers(body) if len(calls_of(body, index)) > 1]
    if not found:
        return NONE
    listed(body, random.choice(found) + 1).insert(1, says(random))
    return ("tool_results_not_contiguous",)


def results_in_two_turns(body: Body, random: Random) -> tuple[str, ...]:
    found = [index for index in callers(body) if len(calls_of(body, index)) > 1]
    if not found:
        return NONE
    index = random.choice(found)
    content = listed(body, index + 1)
    body["messages"][index + 1 : index + 2] = [
        {"role": "user", "content": content[:1]},
        {"role": "user", "content": content[1:]},
    ]
    return ("tool_results_not_contiguous",)


def head_cut_off(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    del body["messages"][: index + 1]
    return ("orphan_tool_result:head_truncated",)


def call_edited_away(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    body["messages"][index]["content"] = "I have looked."
    return ("orphan_tool_result:history_edited", "orphan_tool_result:late_async_result")


def unknown_result(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    listed(body, index + 1).insert(0, {"type": "tool_result", "tool_use_id": "toolu_nobody", "content": "?"})
    return ("orphan_tool_result:unknown_id",)


def late_result(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None or body["messages"][-1]["role"] != "user" or index + 1 == len(body["messages"]) - 1:
        return NONE
    call = calls_of(body, index)[0]["id"]
    listed(body, len(body["messages"]) - 1).insert(0, {"type": "tool_result", "tool_use_id": call, "content": "done"})
    return ("orphan_tool_result:late_async_result",)


def answered_only_late(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None or body["messages"][-1]["role"] != "user" or index + 1 == len(body["messages"]) - 1:
        return NONE
    moved = [block for block in body["messages"][index + 1]["content"] if block.get("type") == "tool_result"]
    body["messages"][index + 1]["content"] = "one moment"
    body["messages"][-1]["content"] = [*moved, *listed(body, len(body["messages"]) - 1)]
    return ("orphan_tool_result:late_async_result",)


def result_twice(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    call = calls_of(body, index)[0]["id"]
    listed(body, index + 1).insert(1, {"type": "tool_result", "tool_use_id": call, "content": "once more"})
    return ("duplicate_tool_result",)


def id_twice(body: Body, random: Random) -> tuple[str, ...]:
    found = callers(body)
    if len(found) < 2:
        return NONE
    first, second = calls_of(body, found[0]), calls_of(body, found[-1])
    if not first or not second:
        return NONE
    old, new = second[0]["id"], first[0]["id"]
    second[0]["id"] = new
    for block in listed(body, found[-1] + 1):
        if block.get("tool_use_id") == old:
            block["tool_use_id"] = new
    return ("duplicate_tool_use_id",)


def id_twice_in_a_turn(body: Body, random: Random) -> tuple[str, ...]:
    found = [index for index in callers(body) if len(calls_of(body, index)) > 1]
    if not found:
        return NONE
    index = random.choice(found)
    first, second = calls_of(body, index)[:2]
    for block in listed(body, index + 1):
        if block.get("tool_use_id") == second["id"]:
            block["tool_use_id"] = first["id"]
    second["id"] = first["id"]
    return ("duplicate_tool_use_id",)


def renamed_id(new: str, diagnosis: str) -> Poison:
    def poison(body: Body, random: Random) -> tuple[str, ...]:
        index = pick(body, random)
        if index is None:
            return NONE
        call = calls_of(body, index)[0]
        for block in listed(body, index + 1):
            if block.get("tool_use_id") == call["id"]:
                block["tool_use_id"] = new
        call["id"] = new
        return (diagnosis,)

    return poison


def input_as(value: object, diagnosis: str) -> Poison:
    def poison(body: Body, random: Random) -> tuple[str, ...]:
        index = pick(body, random)
        if index is None:
            return NONE
        random.choice(calls_of(body, index))["input"] = value
        return (diagnosis,)

    return poison


def block_in(who: Callable[[Body], list[int]], block: Body, *diagnoses: str) -> Poison:
    def poison(body: Body, random: Random) -> tuple[str, ...]:
        found = who(body)
        if not found:
            return NONE
        index = random.choice(found)
        listed(body, index).append(dict(block))
        return diagnoses

    return poison


def content_as(who: Callable[[Body], list[int]], content: object, *diagnoses: str) -> Poison:
    def poison(body: Body, random: Random) -> tuple[str, ...]:
        found = [index for index in who(body) if index < len(body["messages"]) - 1]
        if not found:
            return NONE
        body["messages"][random.choice(found)]["content"] = deepcopy(content)
        return diagnoses

    return poison


def text_as(text: str, diagnosis: str) -> Poison:
    def poison(body: Body, random: Random) -> tuple[str, ...]:
        index = random.choice(users(body)) if users(body) else None
        if index is None:
            return NONE
        listed(body, index).append({"type": "text", "text": text})
        return (diagnosis,)

    return poison


def surrogate_in_result(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    for block in listed(body, index + 1):
        if block.get("type") == "tool_result":
            block["content"] = "Gift wrap \ud83d"
            return ("lone_surrogate",)
    return NONE


def parameter(name: str, value: object, diagnosis: str) -> Poison:
    def poison(body: Body, random: Random) -> tuple[str, ...]:
        body[name] = deepcopy(value)
        return (diagnosis,)

    return poison


def field_on_block(body: Body, random: Random) -> tuple[str, ...]:
    listed(body, random.choice(users(body) or [0])).append({"type": "text", "text": "x", "index": 3})
    return ("unknown_block_field",)


def field_on_message(body: Body, random: Random) -> tuple[str, ...]:
    random.choice(body["messages"])["created_at"] = "today"
    return ("unknown_message_field",)


def cache_mark_on_thinking(body: Body, random: Random) -> tuple[str, ...]:
    for index in assistants(body):
        for block in listed(body, index):
            if block.get("type") == "thinking":
                block["cache_control"] = {"type": "ephemeral"}
                return ("unknown_block_field:thinking.cache_control",)
    return NONE


def cache_mark_on_nothing(body: Body, random: Random) -> tuple[str, ...]:
    blocks = listed(body, random.choice(users(body) or [0]))
    blocks.append({"type": "text", "text": "", "cache_control": {"type": "ephemeral"}})
    return ("cache_control_on_empty_text",)


def five_cache_marks(body: Body, random: Random) -> tuple[str, ...]:
    # In the last message: new words in the middle would void the thinking behind them, which only the provider can see.
    blocks = listed(body, len(body["messages"]) - 1)
    blocks.extend({"type": "text", "text": f"part {n}", "cache_control": {"type": "ephemeral"}} for n in range(5))
    return ("too_many_cache_breakpoints",)


def tool_renamed(new: str, diagnosis: str) -> Poison:
    def poison(body: Body, random: Random) -> tuple[str, ...]:
        if not body.get("tools"):
            return NONE
        old = body["tools"][0]["name"]
        body["tools"][0]["name"] = new
        for index in assistants(body):
            for block in listed(body, index):
                if block.get("type") == "tool_use" and block.get("name") == old:
                    block["name"] = new
        return (diagnosis, "thinking_prefix_mismatch:system_or_tools_changed")

    return poison


def tool_twice(body: Body, random: Random) -> tuple[str, ...]:
    if not body.get("tools"):
        return NONE
    body["tools"].append(tool(body["tools"][0]["name"]))
    return ("duplicate_tool_name",)


def tools_lost(body: Body, random: Random) -> tuple[str, ...]:
    if not callers(body) or not body.pop("tools", None):
        return NONE
    body.pop("tool_choice", None)
    return ("tools_missing_for_history",)


def forced_on_fable(body: Body, random: Random) -> tuple[str, ...]:
    body["model"] = "claude-fable-5-1"
    body.pop("thinking", None)
    body["tool_choice"] = {"type": "any"}
    return ("forced_tool_choice_unsupported",)


def forced_while_thinking(body: Body, random: Random) -> tuple[str, ...]:
    if body["model"] not in BUDGETS or not body.get("tools"):
        return NONE
    body["thinking"] = {"type": "enabled", "budget_tokens": 2048}
    body["tool_choice"] = {"type": "tool", "name": body["tools"][0]["name"]}
    return ("forced_tool_choice_with_thinking",)


def ends_with_the_assistant(body: Body, random: Random) -> tuple[str, ...]:
    if body["messages"][-1]["role"] != "user":
        return NONE
    body["messages"].append({"role": "assistant", "content": [{"type": "text", "text": "One moment"}]})
    prefills = body["model"] in BUDGETS
    return NONE if prefills else ("prefill_unsupported:resume_ended_on_assistant",)


def prefill_with_space(body: Body, random: Random) -> tuple[str, ...]:
    if body["model"] not in BUDGETS or body["messages"][-1]["role"] != "user" or "thinking" in body:
        return NONE
    body["messages"].append({"role": "assistant", "content": "So: "})
    return ("prefill_trailing_whitespace",)


def result_said_by_assistant(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    block = next((block for block in listed(body, index + 1) if block.get("type") == "tool_result"), None)
    if block is None:
        return NONE
    listed(body, index + 1).remove(block)
    body["messages"][index]["content"].append(block)
    return ("wrong_role:tool_result_in_assistant",)


def starts_with_the_assistant(body: Body, random: Random) -> tuple[str, ...]:
    body["messages"].insert(0, {"role": "assistant", "content": "Hello, how can I help?"})
    return ("wrong_role:first_is_not_user",)


def thinking_unsigned(body: Body, random: Random) -> tuple[str, ...]:
    for index in assistants(body):
        for block in listed(body, index):
            if block.get("type") == "thinking":
                block["signature"] = ""
                return ("thinking_unsigned:interrupted_stream",)
    return NONE


def thinking_of_others(body: Body, random: Random) -> tuple[str, ...]:
    for index in assistants(body):
        for block in listed(body, index):
            if block.get("type") == "thinking":
                block["signature"] = "rs_68af"
                return ("thinking_signature_invalid:edited_or_other_provider",)
    return NONE


def thinking_taken_out(body: Body, random: Random) -> tuple[str, ...]:
    if body.get("thinking", {}).get("type") != "enabled" or not callers(body):
        return NONE
    index = callers(body)[-1]
    del body["messages"][index + 2 :]
    for each in assistants(body):
        content = listed(body, each)
        body["messages"][each]["content"] = [block for block in content if block.get("type") != "thinking"] or "ok"
    return ("thinking_removed_before_tool_use",)


def system_first(body: Body, random: Random) -> tuple[str, ...]:
    body["messages"].insert(0, {"role": "system", "content": "You help."})
    return ("system_message_misplaced:first",)


def system_in_a_pair(body: Body, random: Random) -> tuple[str, ...]:
    index = pick(body, random)
    if index is None:
        return NONE
    body["messages"].insert(index + 1, {"role": "system", "content": "Be kind."})
    return ("system_message_splits_tool_pair",)


def system_where_none_is_taken(body: Body, random: Random) -> tuple[str, ...]:
    if body["model"] in SYSTEM_TURNS or body["messages"][-1]["role"] != "user":
        return NONE
    body["messages"].append({"role": "system", "content": "Be kind."})
    return ("system_message_unsupported",)


def calls_in_two_turns(body: Body, random: Random) -> tuple[str, ...]:
    found = [index for index in callers(body) if len(calls_of(body, index)) > 1]
    if not found:
        return NONE
    index = random.choice(found)
    content = body["messages"][index]["content"]
    rest = content[-1:]
    body["messages"][index]["content"] = content[:-1]
    body["messages"].insert(index + 1, {"role": "assistant", "content": rest})
    return ("consecutive_same_role:splits_tool_pair",)


def unknown_role(body: Body, random: Random) -> tuple[str, ...]:
    random.choice(body["messages"])["role"] = "tool"
    return ("wrong_role:unknown",)


def images_over_the_limit(body: Body, random: Random) -> tuple[str, ...]:
    index = users(body)[-1] if users(body) else 0
    listed(body, index).extend(picture(2500, 10) for _ in range(21))
    return ("image_dimension:many_image_limit",)


def strict_schema(body: Body, random: Random) -> tuple[str, ...]:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "additionalProperties": False}
    body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    return ("output_schema_unsupported",)


CALL = {"type": "tool_use", "id": "toolu_x", "name": "get_order", "input": {}}

POISONS: dict[str, Poison] = {
    "result_turn_lost": result_turn_lost,
    "results_replaced_by_words": results_replaced_by_words,
    "cut_behind_the_call": cut_behind_the_call,
    "one_result_missing": one_result_missing,
    "message_between": message_between,
    "words_before_results": words_before_results,
    "words_between_results": words_between_results,
    "results_in_two_turns": results_in_two_turns,
    "head_cut_off": head_cut_off,
    "call_edited_away": call_edited_away,
    "unknown_result": unknown_result,
    "late_result": late_result,
    "answered_only_late": answered_only_late,
    "result_twice": result_twice,
    "id_twice": id_twice,
    "id_twice_in_a_turn": id_twice_in_a_turn,
    "id_empty": renamed_id("", "bad_tool_use_id:empty"),
    "id_of_others": renamed_id("functions.get:0|fc", "bad_tool_use_id:other_provider_format"),
    "input_cut": input_as('{"order_id": "W1', "tool_input_not_object:raw_json_string"),
    "input_as_text": input_as('{"order_id": "W1"}', "tool_input_not_object:raw_json_string"),
    "input_as_list": input_as([], "tool_input_not_object:empty_array_serializer"),
    "input_none": input_as(None, "tool_input_not_object:missing"),
    "input_number": input_as(3, "tool_input_not_object:other"),
    "text_empty": block_in(assistants, {"type": "text", "text": ""}, "empty_text_block"),
    "text_empty_of_user": block_in(users, {"type": "text", "text": ""}, "empty_text_block"),
    "text_white": block_in(assistants, {"type": "text", "text": " \n"}, "whitespace_text_block"),
    "message_empty": content_as(users, [], "empty_message"),
    "message_empty_text": content_as(assistants, "", "empty_message"),
    "surrogate": text_as("half \ud83d", "lone_surrogate"),
    "surrogate_in_result": surrogate_in_result,
    "cache_mark_on_nothing": cache_mark_on_nothing,
    "five_cache_marks": five_cache_marks,
    "temperature": parameter("temperature", 1, "removed_parameter:temperature"),
    "top_p": parameter("top_p", 0.9, "removed_parameter:top_p"),
    "top_k": parameter("top_k", 5, "removed_parameter:top_k"),
    "parameter_unknown": parameter("frequency_penalty", 0, "unknown_parameter"),
    "field_on_block": field_on_block,
    "field_on_message": field_on_message,
    "cache_mark_on_thinking": cache_mark_on_thinking,
    "tool_name_bad": tool_renamed("get order", "bad_tool_name"),
    "tool_name_long": tool_renamed("x" * 129, "bad_tool_name:too_long"),
    "tool_twice": tool_twice,
    "tools_lost": tools_lost,
    "forced_on_fable": forced_on_fable,
    "forced_while_thinking": forced_while_thinking,
    "ends_with_the_assistant": ends_with_the_assistant,
    "prefill_with_space": prefill_with_space,
    "result_said_by_assistant": result_said_by_assistant,
    "call_said_by_user": block_in(users, CALL, "wrong_role:tool_use_in_user"),
    "document_of_assistant": block_in(
        assistants,
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "terms"}},
        "document_in_assistant_turn",
    ),
    "starts_with_the_assistant": starts_with_the_assistant,
    "thinking_unsigned": thinking_unsigned,
    "thinking_of_others": thinking_of_others,
    "thinking_taken_out": thinking_taken_out,
    "system_first": system_first,
    "system_in_a_pair": system_in_a_pair,
    "system_where_none_is_taken": system_where_none_is_taken,
    "calls_in_two_turns": calls_in_two_turns,
    "unknown_role": unknown_role,
    "images_over_the_limit": images_over_the_limit,
    "image_undecodable": block_in(
        users,
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}},
        "image_undecodable",
    ),
    "server_result_orphaned": block_in(
        assistants,
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_a", "content": []},
        "orphan_server_tool_result",
    ),
    "block_unknown": block_in(assistants, {"type": "reasoning", "text": "x"}, "unknown_block_type"),
    "schema_open": strict_schema,
}
