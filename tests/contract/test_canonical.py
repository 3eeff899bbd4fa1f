"""Canonical bytes are RFC 8785's, whichever way they are written: held against the reference."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.canonical import canonical, parse_strict
from agent_core.contract.errors import Invalid

LARGEST = 2**53 - 1

TEXTS = st.one_of(
    st.text(),
    st.text(alphabet='"\\/\b\f\n\r\t\x00\x1f\x7f\x80\u2028\u2029\ud7ff\ue000\uffff\U00010000\U0001f600aZ_'),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(TEXTS, st.integers(-LARGEST, LARGEST), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(TEXTS, inner, max_size=6),
        st.dictionaries(st.text(alphabet="aAbB_09", max_size=3), inner, max_size=6),
    ),
    max_leaves=20,
)


def encodable(value: Any) -> bool:
    try:
        rfc8785.dumps(value)
    except (UnicodeError, rfc8785.CanonicalizationError):
        return False
    return True


@given(VALUES)
def test_canonical_bytes_are_those_of_the_reference(value: Any) -> None:
    if encodable(value):
        assert canonical(value) == rfc8785.dumps(value)
    else:
        with pytest.raises(Invalid):
            canonical(value)


@given(VALUES.filter(encodable))
def test_canonical_bytes_are_read_back_as_what_they_were(value: Any) -> None:
    data = canonical(value)
    assert canonical(parse_strict(data)) == data


def test_keys_stand_in_the_order_of_their_utf_16_units() -> None:
    high, astral = "\uffff", "\U00010000"
    assert high < astral
    assert canonical({high: 1, astral: 2}) == b'{"\xf0\x90\x80\x80":2,"\xef\xbf\xbf":1}'


class Word(str):
    """A text that is not of the very type."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [0.5, {"a": [1.0]}, (float("nan"),), LARGEST + 1, -LARGEST - 1, "\ud800", {"\udfff": 1}, {1: 2}, b"x", {1}],
)
def test_what_two_readers_could_read_differently_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        canonical(value)
    assert refused.value.code == "not_canonical"


def test_subclasses_are_written_as_what_they_are() -> None:
    assert canonical({Word("b"): Word("x"), "a": True}) == b'{"a":true,"b":"x"}'


def test_what_holds_itself_is_refused_and_does_not_run_for_ever() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(RecursionError):
        canonical(ring)
