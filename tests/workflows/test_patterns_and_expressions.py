"""Expressions of brand files: bounded where they run, and understood before anything goes live."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.workflows.expressions import NotUnderstood, condition_paths, leads_somewhere, placeholders
from agent_core.workflows.patterns import pattern_fault


@pytest.mark.parametrize("pattern", [r"NW-\d{5}", r"[A-Z]{2}\d{6,9}", r"(?:ab|cd){2}", r"\d{1,5}(?:[.,]\d{2})? ?(?:€|EUR)"])
def test_ordinary_patterns_are_taken(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a+)+$", "capturing group"),
        (r"(?:a+)+$", "no bound"),
        (r"(?:a{1,20}){1,20}$", "too many ways"),
        (r"(?:a|aa){1,60}$", "too many ways"),
        (r"a{0,90}a{0,90}a{0,90}b", "too many ways"),
        (r"\d*", "no bound"),
        (r"\d{0,5}", "empty text"),
        (r"", "empty text"),
        (r"(?=x)xx", "look-around"),
        (r"(?i:x)", "flags"),
        (r"(?i)x", "flags"),
        (r"(?P<n>x)(?P=n)", "capturing group"),
        (r"[", "no regular expression"),
        (r"x{300}", "above 200"),
        (r"x{200}x{150}y{100}", "more than 400"),
        ("x" * 201, "longer than"),
    ],
)
def test_R_A9_patterns_that_could_stop_a_core_are_refused(pattern: str, reason: str) -> None:
    fault = pattern_fault(pattern)
    assert fault is not None
    assert reason in fault


def test_possessive_repeats_go_one_way_and_are_quick() -> None:
    assert pattern_fault(r"(?:[A-Z]\w{1,30}+ ){1,3}+\d{1,4}+, \d{5} [A-Z]\w{1,30}+") is None
    assert pattern_fault(r"(?:[A-Z]\w{1,30} ){1,3}\d{1,4}, \d{5} [A-Z]\w{1,30}") is not None
    assert pattern_fault(r"(?:a{1,9}b?){1,9}+") is not None


@given(st.from_regex(r"(?:[ab]\??|\(\?:[ab]{1,2}(?:\|[ab]{1,3})?\)|\{1,\d\}){1,8}", fullmatch=True))
def test_whatever_is_taken_comes_to_an_end_on_bad_text(pattern: str) -> None:
    """A pattern that backtracks without end would hang here, and the suite with it."""
    if pattern_fault(pattern) is None:
        re.compile(pattern).findall("ab" * 500 + "a" * 500)


def test_conditions_name_their_paths() -> None:
    assert condition_paths("find.status != cancelled and not pay.duplicate and pay.payments.0.left >= 1") == (
        "find.status", "pay.duplicate", "pay.payments.0.left",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "a ==", "not a == 1", "a > b", "a or b and c d", "a = 1", "a == 1 and"])
def test_conditions_that_nobody_defined_are_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        condition_paths(text)


def test_placeholders_are_found_with_their_forms() -> None:
    assert [(p.path, p.form) for p in placeholders("{a} is {b.c.0|money}, not {d|minor}")] == [
        ("a", None), ("b.c.0", "money"), ("d", "minor"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["{", "{a", "a}", "{a|date}", "{a b}", "{{a}}", "{}"])
def test_loose_braces_are_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        placeholders(text)


def test_paths_lead_into_objects_and_lists() -> None:
    schema: Any = {"properties": {"items": {"items": {"properties": {"title": {}}}}}}
    assert leads_somewhere(schema, ("items", "0", "title"))
    assert not leads_somewhere(schema, ("items", "title"))
    assert not leads_somewhere(schema, ("items", "0", "price"))
