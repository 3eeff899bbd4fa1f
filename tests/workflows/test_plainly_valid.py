"""What is called valid without asking JSON Schema is valid by JSON Schema."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.contract.ids import ToolName
from agent_core.workflows.commerce_tools import commerce_catalog
from agent_core.workflows.plainly_valid import plainly_valid
from agent_core.workflows.tools import argument_faults

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 12) | st.floats(0, 3) | st.sampled_from(["", "a", "ab", "NW-1", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
_LEAVES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "boolean", "number", "array", "object", "null", ["string", "null"]]),
        "enum": st.lists(st.sampled_from(["a", "ab", 1, 2, True, None, 1.0]), min_size=1, max_size=3),
        "pattern": st.sampled_from(["^a", "b$", "^NW-[0-9]+$"]),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "minimum": st.integers(0, 3) | st.floats(0, 3),
        "maximum": st.integers(0, 12),
        "exclusiveMinimum": st.integers(0, 2),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
        "format": st.just("date"),
        "const": st.sampled_from(["a", 1]),
        "description": st.just("words"),
        "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        "additionalProperties": st.booleans(),
        "minProperties": st.integers(0, 2),
    },
)


def _holding(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    fields = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    kinds = st.sampled_from(["object", "array", "string"])
    return st.builds(_whole, _LEAVES | st.just({}), fields, inner, kinds)


def _whole(leaf: dict[str, Any], fields: dict[str, Any], items: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        **leaf,
        "type": kind,
        **({"properties": fields} if kind == "object" else {"items": items} if kind == "array" else {}),
    }


_SCHEMAS = st.recursive(_LEAVES, _holding, max_leaves=4)


@settings(max_examples=600, deadline=None)
@given(_SCHEMAS, _VALUES)
def test_a_yes_is_what_the_library_says(schema: dict[str, Any], value: Any) -> None:
    if plainly_valid(schema, value):
        assert not list(jsonschema.Draft202012Validator(schema).iter_errors(value))


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_order", {"order_id": "NW-10023"}),
        (
            "refund_payment",
            {"order_id": "NW-10023", "payment_id": "pay_1", "amount_minor": 1000, "currency": "EUR", "reason": "late"},
        ),
    ],
)
def test_usual_calls_are_told_without_the_library(tool: str, arguments: dict[str, Any]) -> None:
    declared = commerce_catalog().group("commerce")[ToolName(tool)]
    assert argument_faults(declared, arguments) == ()
    assert plainly_valid(declared.input_schema, arguments)
    assert not plainly_valid(declared.input_schema, {**arguments, "more": 1})
