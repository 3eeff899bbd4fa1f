"""Every diagnosis: how bad it is, what the API answers, which repair fits, and the sentence for a person.

One table, so that no name lives in two places. Sources: the provider's error texts as seen in public threads, its
documentation, and the design lessons drawn from them (R-A8). It must never promise what is not known: no sentence says
that something was cancelled, failed or may be repeated.
"""

from dataclasses import dataclass
from typing import Final

from agent_core.conversation.health.findings import Finding, Severity, SideEffect, shown


@dataclass(frozen=True, slots=True)
class Entry:
    """What is always true of one diagnosis."""

    repair: str
    sentence: str
    severity: Severity = "error"
    status: int | None = 400


def _known(repair: str, sentence: str) -> Entry:
    return Entry(repair, sentence, "warning", None)


REPAIRS: Final = {
    "needs_person": "Nothing is changed: a person has to look.",
    "needs_successor": "Nothing is trimmed: a successor run with a shorter plain history takes over.",
    "leave_alone": "Nothing is changed: this is no damage.",
    "synthesise_result": "A result is written that says what is known, and no more.",
    "reconcile_then_synthesise": "Look the write up first; without an answer the result says that it is not known.",
    "results_first": "Results go first, in the order of the calls; everything else follows in the same turn.",
    "drop_orphan_result": "The result without a call is taken out.",
    "result_to_notice": "The late result becomes a notice in the turn in which it came.",
    "merge_duplicate_results": "The first result stays; the text of the others is appended to it.",
    "new_id": "The call and its result get a new id, the same in both places.",
    "new_server_id": "The server tool's call gets an id of the form the API takes, the same in its result.",
    "parse_input": "Whole JSON is parsed; anything else is kept as text under one key.",
    "empty_input": "The input becomes an empty object.",
    "drop_block": "The block is taken out.",
    "keep_words": "What it says is kept as text; where it says nothing that could be sent, it is taken out.",
    "wrap_content": "The one block becomes a list of one.",
    "mend_system": "What it says is kept as the system prompt; what says nothing is taken out.",
    "drop_reference": "The reference becomes a text that names the tool.",
    "drop_message": "The message is taken out; where none would be left, a note by code stands in its place.",
    "replace_surrogates": "Half characters become U+FFFD.",
    "replace_nul": "NUL characters become U+FFFD.",
    "strip_invisible": "Characters nobody can see are taken out.",
    "fill_output": "The result says that there was no output.",
    "cap_cache_marks": "The first and the last marks stay, four in all.",
    "drop_cache_mark": "The cache mark is taken off.",
    "lower_cache_ttl": "The mark for an hour becomes one for five minutes.",
    "drop_parameter": "The parameter is left out.",
    "drop_parameter_fields": "Fields of parameters that the API does not know are left out.",
    "drop_fields": "Fields the API does not know are left out.",
    "rename_tool": "The tool gets a valid name, the same everywhere.",
    "drop_duplicate_tool": "The later definition is left out.",
    "add_tool_stubs": "Tools the history used are declared, and no more.",
    "auto_tool_choice": "The model chooses by itself.",
    "append_user_turn": "A note by code makes the conversation end with a user's turn.",
    "prepend_user_turn": "A note by code makes the conversation begin with a user's turn.",
    "trim_end": "White space at the end is taken off.",
    "move_to_user_turn": "The block moves to the next user turn.",
    "call_to_text": "The block is kept as marked text.",
    "merge_turns": "Adjacent turns of one role become one.",
    "move_system_turn": "The system turn goes where it may stand.",
    "strip_thinking": "All thinking from here on is taken out: signatures are bound to what stands before them.",
    "disable_thinking": "Thinking is off for this request.",
    "drop_exchange": "The exchange leaves the model's context; the caller keeps it for the audit.",
    "drop_error_turn": "The stored error leaves the model's context; the caller keeps it for the audit.",
    "remove_image": "The image is replaced by a marker.",
    "shrink_result": "The middle of the result is replaced by a marker.",
    "raise_max_tokens": "The budget is 1024 tokens at least, and max_tokens is raised above it.",
    "close_schema": "The schema is reduced to what structured output takes.",
}  # fmt: skip
"""Name of a repair -> what it does, in a sentence for a person."""

_WRITES_UNKNOWN = "A call has no result, and nobody has recorded whether it was carried out."
_READ_LOST = "A call has no result in the next message."

CATALOGUE: Final[dict[str, Entry]] = {
    # Shape: not yet a request.
    "malformed:body": Entry("needs_person", "This is not a request: a JSON object is expected."),
    "malformed:not_json": Entry("needs_person", "The request holds a value that JSON cannot carry."),
    "malformed:too_deep": Entry("needs_person", "Values are nested too deeply to be read."),
    "malformed:messages": Entry("needs_person", "The messages are missing or are no list."),
    "malformed:message": Entry("drop_message", "A message is not an object."),
    "malformed:content": Entry("drop_message", "A message has no content that could be read."),
    "malformed:content_object": Entry("wrap_content", "A message's content is one block instead of a list."),
    "malformed:block": Entry("keep_words", "A block is not one the API could read."),
    "malformed:system": Entry("mend_system", "The system prompt is neither a text nor text blocks."),
    "no_messages": Entry("needs_person", "There is no message at all."),
    # Calls without results.
    "dangling_tool_use:crash_after_call_read_only": Entry("synthesise_result", _READ_LOST),
    "dangling_tool_use:write_outcome_unknown": Entry("reconcile_then_synthesise", _WRITES_UNKNOWN),
    "dangling_tool_use:tail": Entry("synthesise_result", "The transcript ends with a call that has no result."),
    "dangling_tool_use:mid_history_after_resume": Entry(
        "synthesise_result", "A call was never answered, and the conversation went on behind it."
    ),
    "dangling_tool_use:awaiting_approval": Entry("leave_alone", "A call waits for a decision: no damage.", "warning"),
    "dangling_tool_use:in_flight": Entry("leave_alone", "A call is being carried out: no damage.", "warning"),
    "interleaved_customer_message": Entry("results_first", "A message stands between a call and its result."),
    "tool_result_not_first": Entry("results_first", "Something stands before the results in their turn."),
    "tool_results_not_contiguous": Entry("results_first", "Results of one turn do not stand together."),
    "parallel_partial_results": Entry("synthesise_result", "Some calls of one turn have results, others have none."),
    "truncation_dropped_tool_result": Entry("synthesise_result", "A call's result was cut out of the history."),
    # Results without calls.
    "orphan_tool_result:head_truncated": Entry("drop_orphan_result", "A result's call was cut off before the history."),
    "orphan_tool_result:history_edited": Entry("drop_orphan_result", "A result's call is gone from the turn before it."),
    "orphan_tool_result:unknown_id": Entry("drop_orphan_result", "A result names a call nobody made."),
    "orphan_tool_result:before_its_call": Entry("drop_orphan_result", "A result stands before the call it names."),
    "orphan_tool_result:late_async_result": Entry("result_to_notice", "A result came after the conversation had gone on."),
    "duplicate_tool_result": Entry("merge_duplicate_results", "One call has more than one result."),
    "duplicate_tool_use_id": Entry("new_id", "Two calls have the same id."),
    "bad_tool_use_id:empty": Entry("new_id", "A call has an empty id."),
    "bad_tool_use_id:missing": Entry("new_id", "A call or a result has no id."),
    "bad_tool_use_id:other_provider_format": Entry("new_id", "A call's id has characters the API does not take."),
    "bad_tool_use_id:server_tool": Entry("new_server_id", "A server tool's call has an id of another form."),
    "tool_input_not_object:raw_json_string": Entry("parse_input", "A call's input is text instead of an object."),
    "tool_input_not_object:empty_array_serializer": Entry("empty_input", "A call's input is a list instead of an object."),
    "tool_input_not_object:missing": Entry("empty_input", "A call has no input."),
    "tool_input_not_object:too_deep": Entry("parse_input", "A call's input is nested too deeply."),
    "tool_input_not_object:other": Entry("parse_input", "A call's input is no object."),
    "truncated_tool_call_executed": _known("needs_person", "A call that was cut off has been carried out."),
    "duplicate_side_effect_suspected": _known("needs_person", "The same writing call was carried out twice."),
    "orphan_server_tool_result": Entry("drop_block", "The result of a server tool stands without its call."),
    "orphan_server_tool_result:mcp": Entry("call_to_text", "The result of a call over MCP stands without its call."),
    "dangling_server_tool_use": Entry("drop_block", "A server tool's call stands without its result."),
    "dangling_server_tool_use:mcp": Entry(
        "call_to_text", "A call over MCP has no result, and nobody has recorded whether it was carried out."
    ),
    # Texts.
    "empty_text_block": Entry("drop_block", "A text block is empty."),
    "whitespace_text_block": Entry("drop_block", "A text block holds white space only."),
    "empty_message": Entry("drop_message", "A message has no content."),
    "empty_tool_output": _known("fill_output", "A tool answered nothing; models tend to end their turn there."),
    "lone_surrogate": Entry("replace_surrogates", "A text holds half of a character."),
    "nul_byte": _known("replace_nul", "A text holds a NUL; databases and logs break on it."),
    "invisible_unicode_payload": _known("strip_invisible", "A text holds characters nobody can see."),
    "provider_error_stored_as_assistant_text": _known(
        "drop_error_turn", "An error of the provider was stored as if the model had said it."
    ),
    "refusal_loop": _known("drop_exchange", "A refusal was left in the history; every later turn tends to be refused."),
    # Request and blocks.
    "cache_control_on_empty_text": Entry("drop_block", "An empty text carries a cache mark."),
    "too_many_cache_breakpoints": Entry("cap_cache_marks", "More than four cache marks."),
    "bad_cache_control": Entry("drop_cache_mark", "A cache mark the API does not know."),
    "bad_cache_control:deferred_tool": Entry("drop_cache_mark", "A tool that is loaded later carries a cache mark."),
    "bad_cache_control:ttl_order": Entry("lower_cache_ttl", "A cache mark for an hour stands behind one for five minutes."),
    "removed_parameter:temperature": Entry("drop_parameter", "The temperature was removed from the API."),
    "removed_parameter:top_p": Entry("drop_parameter", "The parameter top_p was removed from the API."),
    "removed_parameter:top_k": Entry("drop_parameter", "The parameter top_k was removed from the API."),
    "sampling_with_thinking": Entry("drop_parameter", "A sampling parameter and thinking exclude each other."),
    "unknown_parameter": Entry("drop_parameter", "A parameter the API does not know."),
    "null_parameter": Entry("drop_parameter", "A parameter is null; the API wants it left out."),
    "unknown_parameter_field": Entry("drop_parameter_fields", "A parameter has a field the API does not know."),
    "bad_parameter": Entry("needs_person", "A parameter has a value the API does not take."),
    "bad_parameter:thinking_budget": Entry(
        "raise_max_tokens", "The budget for thinking is under 1024 tokens, or not below max_tokens."
    ),
    "unknown_message_field": Entry("drop_fields", "A message has a field the API does not know."),
    "unknown_block_field": Entry("drop_fields", "A block has a field the API does not know."),
    "unknown_block_field:thinking.cache_control": Entry("drop_fields", "A thinking block carries a cache mark."),
    "unknown_block_type": Entry("keep_words", "A block of a type the API does not know."),
    "bad_tool": Entry("needs_person", "A tool definition the API does not take."),
    "bad_tool_name": Entry("rename_tool", "A tool's name has characters the API does not take."),
    "bad_tool_name:too_long": Entry("rename_tool", "A tool's name is longer than 128 characters."),
    "duplicate_tool_name": Entry("drop_duplicate_tool", "Two tools have the same name."),
    "tools_missing_for_history": Entry("add_tool_stubs", "The history holds calls, and the request declares no tools."),
    "forced_tool_choice_unsupported": Entry("auto_tool_choice", "This model cannot be forced to call a tool."),
    "forced_tool_choice_with_thinking": Entry("auto_tool_choice", "A forced call and thinking exclude each other."),
    "forced_tool_choice_unknown_tool": Entry("auto_tool_choice", "The tool the model is forced to call is not there."),
    "tool_choice_without_tools": Entry("auto_tool_choice", "A tool choice is given, and no tools."),
    "tool_reference_unresolved": Entry("drop_reference", "A tool is referred to that the request does not declare."),
    "all_tools_deferred": Entry("needs_person", "Every tool is to be loaded later; one at least must be there."),
    "too_many_tools": Entry("needs_person", "More than 10,000 tools."),
    "output_format_with_citations": Entry("needs_person", "An answer in a schema and citations exclude each other."),
    "error_result_not_text": Entry("keep_words", "A failed result may hold text only."),
    "output_schema_unsupported": Entry("close_schema", "The answer's schema asks for what structured output cannot do."),
    # Turns.
    "prefill_unsupported:resume_ended_on_assistant": Entry(
        "append_user_turn", "The transcript ends with the assistant's words; this model cannot continue them."
    ),
    "prefill_trailing_whitespace": Entry("trim_end", "The assistant's last words end with white space."),
    "wrong_role:tool_result_in_assistant": Entry("move_to_user_turn", "A result stands in an assistant's turn."),
    "wrong_role:tool_use_in_user": Entry("call_to_text", "A call stands in a user's turn."),
    "wrong_role:user_block_in_assistant": Entry("move_to_user_turn", "A user's block stands in an assistant's turn."),
    "wrong_role:assistant_block_in_user": Entry("drop_block", "An assistant's block stands in a user's turn."),
    "wrong_role:mcp_block_in_user": Entry("call_to_text", "A call over MCP, or its result, stands in a user's turn."),
    "wrong_role:block_in_system": Entry("drop_block", "A system turn holds more than text."),
    "wrong_role:first_is_not_user": Entry("prepend_user_turn", "The conversation does not begin with the user."),
    "wrong_role:unknown": Entry("needs_person", "A message has a role the API does not know."),
    "consecutive_same_role": _known("merge_turns", "Two turns of one role in a row; the API reads them as one."),
    "consecutive_same_role:splits_tool_pair": Entry("merge_turns", "A second assistant turn splits a call from its result."),
    "document_in_assistant_turn": Entry("move_to_user_turn", "A document stands in an assistant's turn."),
    "system_message_splits_tool_pair": Entry("move_system_turn", "A system turn stands between a call and its result."),
    "system_message_misplaced:first": Entry("move_system_turn", "A system turn opens the conversation."),
    "system_message_misplaced:not_after_user": Entry("move_system_turn", "A system turn does not follow a user's turn."),
    "system_message_misplaced:before_user": Entry("move_system_turn", "A system turn stands before a user's turn."),
    "system_message_unsupported": Entry("move_system_turn", "This model takes no system turns in the conversation."),
    # Thinking.
    "thinking_removed_before_tool_use": Entry("disable_thinking", "Thinking before a call was taken out."),
    "thinking_unsigned:interrupted_stream": Entry("strip_thinking", "A thinking block has no signature."),
    "thinking_signature_invalid:edited_or_other_provider": Entry(
        "strip_thinking", "A thinking block's signature is not one of this provider over this text."
    ),
    "thinking_prefix_mismatch:system_or_tools_changed": Entry(
        "strip_thinking", "Thinking is bound to a system prompt, tools or messages that are not these."
    ),
    "thinking_modified_in_latest_turn": Entry("strip_thinking", "Thinking of the latest turn was changed."),
    "thinking_not_followed": Entry("strip_thinking", "A turn ends with thinking; nothing was said behind it."),
    "thinking_not_first": Entry("strip_thinking", "Thinking stands behind other blocks of its turn."),
    "thinking_in_final_turn": Entry("strip_thinking", "Thinking is off, and the last turn still holds some."),
    "thinking_unsupported": Entry("drop_parameter", "This model does not take this way of thinking."),
    # Sizes.
    "image_dimension:many_image_limit": Entry("remove_image", "With more than 20 images, none may exceed 2000 pixels."),
    "image_dimension:over_8000": Entry("remove_image", "An image exceeds 8000 pixels."),
    "image_bytes:over_5MB": Entry("remove_image", "An image is larger than 5 MB."),
    "image_undecodable": Entry("remove_image", "An image cannot be read."),
    "image_undecodable:media_type_mismatch": Entry("remove_image", "An image is of another kind than it says."),
    "context_overflow:huge_tool_result": Entry("shrink_result", "One tool's result does not fit into the model's window."),
    "context_overflow:whole_history": Entry("needs_successor", "The history does not fit into the model's window."),
    "request_bytes:over_32MB": Entry("needs_successor", "The request is larger than 32 MB.", "error", 413),
    "too_many_messages": Entry("needs_successor", "More than 100,000 messages."),
}  # fmt: skip


def finding(
    diagnosis: str,
    message: int | None,
    block: int | None,
    ids: tuple[str, ...] = (),
    *,
    effect: SideEffect = "none",
    name: object = None,
) -> Finding:
    """A finding with everything its diagnosis implies.

    Args:
        diagnosis: A name of the catalogue.
        message: Index of the message, or none.
        block: Index of the block, or none.
        ids: The calls it concerns.
        effect: What it may mean outside.
        name: A field, parameter or tool the sentence should name.
    """
    entry = CATALOGUE[diagnosis]
    sentence = entry.sentence if name is None else f"{entry.sentence[:-1]} ({shown(name)})."
    lost = entry.repair == "synthesise_result" and effect != "none"
    repair = "reconcile_then_synthesise" if lost else entry.repair
    return Finding(diagnosis, entry.severity, message, block, ids, entry.status, effect, repair, sentence)
