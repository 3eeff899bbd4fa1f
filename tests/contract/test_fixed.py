"""What never changes cannot be changed, and its text says what it holds."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.fixed import fixed_list, fixed_object, text_of
from agent_core.contract.json_writing import json_text, sorted_json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def _usual(value: Any, *, sort_keys: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort_keys)


@given(VALUES)
def test_text_is_spelt_as_the_library_spells_it(value: Any) -> None:
    assert json_text(value) == _usual(value)
    assert sorted_json_text(value) == _usual(value, sort_keys=True)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": float("-inf")}], ids=repr)
def test_what_json_does_not_know_is_not_written(value: Any) -> None:
    for write in (json_text, sorted_json_text):
        with pytest.raises(ValueError, match="JSON"):
            write(value)


def test_what_is_no_json_value_is_not_written() -> None:
    for write in (json_text, sorted_json_text):
        with pytest.raises(TypeError):
            write({"a": {1, 2}})


def test_what_holds_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        json_text(endless)


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_a_fixed_value_is_equal_to_what_it_was_made_of_and_knows_its_text(
    an_object: dict[str, Any], a_list: list[Any]
) -> None:
    one, other = fixed_object(an_object), fixed_list(a_list)
    assert (one, other) == (an_object, a_list)
    assert (text_of(one), text_of(other)) == (_usual(an_object), _usual(a_list))
    assert (json_text(one), json_text([other])) == (_usual(an_object), _usual([a_list]))


CHANGES: list[Callable[[Any, Any], Any]] = [
    lambda o, _: o.__setitem__("a", 1),
    lambda o, _: o.__delitem__("a"),
    lambda o, _: o.update(a=1),
    lambda o, _: o.__ior__({"a": 1}),
    lambda o, _: o.setdefault("b", 1),
    lambda o, _: o.pop("a"),
    lambda o, _: o.popitem(),
    lambda o, _: o.clear(),
    lambda _, x: x.__setitem__(0, 9),
    lambda _, x: x.__delitem__(0),
    lambda _, x: x.__iadd__([9]),
    lambda _, x: x.__imul__(2),
    lambda _, x: x.append(9),
    lambda _, x: x.extend([9]),
    lambda _, x: x.insert(0, 9),
    lambda _, x: x.pop(),
    lambda _, x: x.remove(3),
    lambda _, x: x.clear(),
    lambda _, x: x.sort(),
    lambda _, x: x.reverse(),
]


@pytest.mark.parametrize("change", CHANGES, ids=range(len(CHANGES)))
def test_nobody_changes_one_also_not_within(change: Callable[[Any, Any], Any]) -> None:
    whole = fixed_object({"a": {"a": [3, 2, 1]}})
    with pytest.raises(TypeError, match="never changes"):
        change(whole["a"], whole["a"]["a"])
    assert whole == {"a": {"a": [3, 2, 1]}}


def test_copies_are_plain_and_can_be_changed() -> None:
    whole = fixed_object({"a": [{"b": 1}]})
    deep, flat = copy.deepcopy(whole), copy.copy(whole)
    deep["a"][0]["b"] = 2
    flat["c"] = 1
    assert (type(deep), type(deep["a"]), type(deep["a"][0]), type(flat)) == (dict, list, dict, dict)
    assert whole == {"a": [{"b": 1}]}
