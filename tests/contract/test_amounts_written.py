"""Amounts as people write them: read exactly or not at all, never rounded (R-C3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.money import Money, minor_of, spelled


@given(st.integers(0, 10**15), st.sampled_from(("EUR", "USD", "JPY", "BHD")))
def test_R_C3_an_amount_that_was_spelled_is_read_back(minor: int, currency: str) -> None:
    assert minor_of(spelled(minor, currency), currency) == minor
    assert Money(amount_minor=minor, currency=currency).text() == f"{spelled(minor, currency)}\u00a0{currency}"


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [("50", "EUR", 5000), (" 50,5 ", "EUR", 5050), ("0.05", "EUR", 5), ("007", "JPY", 7), ("1.005", "BHD", 1005)],
)
def test_R_C3_short_spellings_mean_what_they_say(written: str, currency: str, minor: int) -> None:
    assert minor_of(written, currency) == minor


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        ("", "EUR"), (".", "EUR"), (".5", "EUR"), ("5.", "EUR"), ("1,000.00", "EUR"), ("50.001", "EUR"), ("-1", "EUR"),
        ("+1", "EUR"), ("1e3", "EUR"), ("٥", "EUR"), ("5.0", "JPY"), ("0x10", "EUR"), ("1 000", "EUR"), ("1_0", "EUR"),
    ],
)  # fmt: skip
def test_R_C3_anything_else_is_no_amount(written: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        minor_of(written, currency)
