"""Heals a request body: deterministic, idempotent, and everything it has no business with stays byte for byte (R-A8).

A round diagnoses, takes the first repair of a fixed order that is called for, and diagnoses again, until no repair is called
for. It must never edit what it was given, never guess what became of a call, and never re-fire one: it has no
tools. History is not edited by this: what comes out is the first transcript of a successor run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from agent_core.conversation.health import (
    mend_blocks,
    mend_ids,
    mend_marks,
    mend_pairs,
    mend_request,
    mend_sizes,
    mend_turns,
    mend_words,
)
from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.draft import Change, Draft
from agent_core.conversation.health.findings import NOTHING, Aside, Finding, Outcome
from agent_core.conversation.health.view import Json

_PAIRS: Final = frozenset(
    {"results_first", "synthesise_result", "reconcile_then_synthesise", "drop_orphan_result", "result_to_notice"}
    | {"merge_duplicate_results"}
)
"""Repairs of calls and results: one walk does them all."""

_IN_ORDER: Final = """
wrap_content drop_message drop_fields replace_surrogates move_to_user_turn call_to_text keep_words mend_system drop_block
new_id new_server_id drop_reference parse_input empty_input rename_tool drop_duplicate_tool drop_exchange drop_error_turn
merge_turns pairs move_system_turn prepend_user_turn append_user_turn trim_end add_tool_stubs auto_tool_choice
strip_thinking disable_thinking drop_parameter drop_parameter_fields raise_max_tokens close_schema drop_cache_mark
cap_cache_marks lower_cache_ttl remove_image shrink_result replace_nul strip_invisible fill_output
"""
_ORDER: Final = tuple(_IN_ORDER.split())
"""Which repair comes first: shape before order, order before what depends on it."""

_HARMFUL: Final = frozenset({"refusal_loop", "provider_error_stored_as_assistant_text"})
"""Warnings that are healed with the errors: the model reads them again with every turn."""

_OPEN_QUESTIONS: Final = frozenset({"truncated_tool_call_executed", "duplicate_side_effect_suspected"})
_MOST_ROUNDS: Final = 200


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair came to.

    Attributes:
        body: The healed request; parts that were not changed are the very same objects.
        changes: What was changed, in the order in which it was done; paths are those of the request as it was given.
        left: What a person has to settle: calls nobody knows the outcome of, and what no repair can heal. Places are those
            of the request as it was given, or none for what a repair wrote.
    """

    body: Json
    changes: tuple[Change, ...]
    left: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Tracked:
    """A repair together with its draft, for those who write it back in another form."""

    draft: Draft | None
    repaired: Repaired


def repair(
    body: Json, known: Mapping[str, Outcome] | None = None, *, aside: Aside = NOTHING, warnings: bool = False
) -> Repaired:
    """Heals a request body.

    Args:
        body: Any JSON value; it is not changed.
        known: What is known of calls, by tool use id; joined with `aside.outcomes`.
        aside: What else is known beside the bytes.
        warnings: Heals also what the API takes as it is: invisible text, empty outputs, turns of one role in a row.
    """
    return repair_tracked(body, known, aside=aside, warnings=warnings).repaired


def repair_tracked(
    body: Json, known: Mapping[str, Outcome] | None = None, *, aside: Aside = NOTHING, warnings: bool = False
) -> Tracked:
    """Heals a request body, and hands out the draft as well."""
    aside = replace(aside, outcomes={**aside.outcomes, **(known or {})})
    first = diagnose(body, aside)
    if not isinstance(body, dict) or not isinstance(cast("Mapping[str, Any]", body).get("messages"), list | tuple):
        return Tracked(None, Repaired(body, (), first))
    names = list(cast("Mapping[str, Any]", body))
    draft = Draft.of(cast("Mapping[str, Any]", body))
    draft.binds = aside.form != "foreign"
    draft.waiting = aside.by_hand | {call for call, known in aside.outcomes.items() if known.waits}
    findings, exhausted = first, set[str]()
    for _ in range(_MOST_ROUNDS):
        step = _next(findings, exhausted, draft.waiting, warnings=warnings)
        if step is None:
            break
        name, concerned = step
        before = len(draft.changes)
        _perform(name, draft, concerned, aside)
        if len(draft.changes) == before:
            exhausted.add(name)
            continue
        mend_sizes.strip_void_thinking(draft)
        findings = diagnose(draft.body(names), _moved(aside, draft))
    questions = [each for each in first if _is_question(each, aside)]
    open_errors = (_original(each, draft) for each in findings if each.severity == "error")
    left = list(dict.fromkeys([*questions, *open_errors]))
    healed = draft.body(names) if draft.changes else body
    return Tracked(draft, Repaired(healed, tuple(draft.changes), tuple(left)))


def _next(
    findings: Sequence[Finding], exhausted: set[str], waiting: frozenset[str], *, warnings: bool
) -> tuple[str, list[Finding]] | None:
    wanted: dict[str, list[Finding]] = {}
    for each in findings:
        # What waits for an answer is found again by its id and its input: nothing about it is changed meanwhile.
        if each.repair not in _PAIRS and not waiting.isdisjoint(each.tool_use_ids):
            continue
        if each.severity == "error" or each.diagnosis in _HARMFUL or warnings:
            wanted.setdefault("pairs" if each.repair in _PAIRS else each.repair, []).append(each)
    name = next((name for name in _ORDER if name in wanted and name not in exhausted), None)
    return None if name is None else (name, wanted[name])


def _perform(name: str, draft: Draft, findings: Sequence[Finding], aside: Aside) -> None:
    if name == "pairs":
        mend_pairs.settle(draft, findings, aside.outcomes, aside.tools)
    elif name == "call_to_text":
        mend_pairs.call_to_text(draft, findings, aside.outcomes)
    else:
        _STEPS[name](draft, findings)


_STEPS: Final[Mapping[str, Callable[[Draft, Sequence[Finding]], None]]] = {
    "wrap_content": mend_words.wrap_content,
    "keep_words": mend_words.keep_words,
    "mend_system": mend_words.mend_system,
    "drop_reference": mend_words.drop_reference,
    "drop_message": mend_blocks.drop_message,
    "drop_fields": mend_blocks.drop_fields,
    "replace_surrogates": mend_blocks.replace_surrogates,
    "replace_nul": mend_blocks.replace_nul,
    "strip_invisible": mend_blocks.strip_invisible,
    "fill_output": mend_blocks.fill_output,
    "move_to_user_turn": mend_blocks.move_to_user_turn,
    "drop_block": mend_blocks.drop_block,
    "parse_input": mend_blocks.parse_input,
    "empty_input": mend_blocks.parse_input,
    "remove_image": mend_blocks.remove_image,
    "new_id": mend_ids.new_ids,
    "new_server_id": mend_ids.new_server_ids,
    "merge_turns": mend_pairs.merge_turns,
    "drop_exchange": mend_turns.drop_exchange,
    "drop_error_turn": mend_turns.drop_error_turn,
    "move_system_turn": mend_turns.move_system_turn,
    "prepend_user_turn": mend_turns.prepend_user_turn,
    "append_user_turn": mend_turns.append_user_turn,
    "trim_end": mend_turns.trim_end,
    "rename_tool": mend_request.rename_tools,
    "drop_duplicate_tool": mend_request.drop_duplicate_tools,
    "add_tool_stubs": mend_request.add_tool_stubs,
    "drop_parameter": mend_request.drop_parameter,
    "auto_tool_choice": mend_request.auto_tool_choice,
    "disable_thinking": mend_request.disable_thinking,
    "raise_max_tokens": mend_request.raise_max_tokens,
    "close_schema": mend_request.close_schemas,
    "drop_parameter_fields": mend_request.drop_parameter_fields,
    "drop_cache_mark": mend_marks.drop_cache_marks,
    "lower_cache_ttl": mend_marks.lower_cache_ttl,
    "cap_cache_marks": mend_marks.cap_cache_marks,
    "strip_thinking": mend_sizes.strip_thinking,
    "shrink_result": mend_sizes.shrink_result,
}


def _is_question(each: Finding, aside: Aside) -> bool:
    """Whether only a person, or a look at the other side, can say what this fault has done."""
    if each.diagnosis in _OPEN_QUESTIONS:
        return True
    if each.severity == "warning" or each.side_effect == "none" or each.head == "tool_input_not_object":
        return False
    return any((known := aside.outcomes.get(call)) is None or known.what == "unknown" for call in each.tool_use_ids)


def _moved(aside: Aside, draft: Draft) -> Aside:
    """What is known beside the bytes, by the places of the draft."""
    places = {passage.at: index for index, passage in enumerate(draft.passages) if passage.at is not None}
    renamed = {new: aside.outcomes[old] for new, old in draft.renamed.items() if old in aside.outcomes}
    return replace(
        aside,
        stop_reasons={places[index]: why for index, why in aside.stop_reasons.items() if index in places},
        edited_thinking=frozenset(places[index] for index in aside.edited_thinking if index in places),
        outcomes={**aside.outcomes, **renamed},
    )


def _original(each: Finding, draft: Draft) -> Finding:
    """A finding about the draft with the places of the request as it was given."""
    if each.message is None:
        return each
    passage = draft.passages[each.message]
    if each.block is None:
        return replace(each, message=passage.at)
    at = passage.pieces[each.block].at
    return replace(each, message=passage.at, block=None) if at is None else replace(each, message=at[0], block=at[1])
