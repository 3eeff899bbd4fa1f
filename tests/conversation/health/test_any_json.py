"""Whatever it is given: findings, never an exception; a repair that is idempotent and admits what it has left."""

import json
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_core.conversation.health.diagnosing import diagnose
from agent_core.conversation.health.findings import Aside
from agent_core.conversation.health.repairing import repair
from tests.conversation.health.healthy import copy, healthy

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["\ud800", "\0", " ", ""])
)
WORDS = st.sampled_from(
    ["role", "content", "type", "text", "id", "tool_use_id", "name", "input", "user", "assistant", "system", "tool_use",
     "tool_result", "thinking", "signature", "source", "image", "messages", "tools", "cache_control", "is_error",
     "tool_choice", "output_config", "format", "schema", "data", "document", "web_search_tool_result"]
)  # fmt: skip
ANY = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5),
    max_leaves=20,
)
FIELDS = dict.fromkeys(("tools", "system", "thinking", "tool_choice", "output_config", "model", "max_tokens"), ANY)
BODIES = st.fixed_dictionaries({"messages": st.lists(ANY, max_size=5)}, optional=FIELDS)
ASIDES = st.sampled_from(
    [Aside(), Aside(form="transcript"), Aside(form="foreign"), Aside(prefix_changed=True, stop_reasons={1: "refusal"})]
)
CHECKED = settings(max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])


def holds(body: Any, aside: Aside) -> None:
    found = diagnose(body, aside)
    assert found == diagnose(body, aside)
    healed = repair(body, aside=aside)
    left = {each.diagnosis for each in healed.left}
    rest = {each.diagnosis for each in diagnose(healed.body, Aside(form=aside.form)) if each.severity == "error"}
    assert rest <= left
    everything = repair(body, aside=aside, warnings=True)
    assert same(repair(everything.body, warnings=True, aside=Aside(form=aside.form)).body, everything.body)
    assert same(repair(healed.body, aside=Aside(form=aside.form)).body, healed.body)


def same(one: Any, other: Any) -> bool:
    return json.dumps(one, default=repr) == json.dumps(other, default=repr)


@CHECKED
@given(ANY, ASIDES)
def test_R_A10_any_json_gives_findings_and_never_an_exception(body: Any, aside: Aside) -> None:
    holds(body, aside)


@CHECKED
@given(BODIES, ASIDES)
def test_R_A10_anything_in_the_place_of_messages_gives_findings(body: Any, aside: Aside) -> None:
    holds(body, aside)


@CHECKED
@given(st.integers(min_value=0, max_value=10_000), st.lists(st.tuples(st.integers(min_value=0), ANY), max_size=4), ASIDES)
def test_R_A10_a_healthy_request_with_anything_anywhere_gives_findings(
    seed: int, changes: list[tuple[int, Any]], aside: Aside
) -> None:
    body = copy(healthy(Random(seed)))
    for place, value in changes:
        holders = list(containers(body))
        holder, key = holders[place % len(holders)]
        holder[key] = value
    holds(body, aside)


def containers(value: Any) -> Any:
    """Every place in a JSON value: its holder and key."""
    stack = [value]
    while stack:
        item = stack.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ()
        for key in keys:
            yield item, key
            stack.append(item[key])
