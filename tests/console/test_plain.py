"""Codes are shown as words, and what is not a code is left alone."""

import pytest

from console.presenting.plain import plain_code, plain_workflow


@pytest.mark.parametrize(
    ("code", "words"),
    [("list_payments", "List payments"), ("refund-above-20", "Refund above 20"), ("web session", "web session"),
     ("NW-88213", "NW-88213"), ("", ""), ("<b>x_y</b>", "<b>x_y</b>")],
)  # fmt: skip
def test_a_code_reads_as_words(code: str, words: str) -> None:
    assert plain_code(code) == words


@pytest.mark.parametrize(
    ("path", "words"),
    [("refund_order", "Refund order"), ("refund_order.v7", "Refund order v7"),
     ("where_is_my_order.v3 › track", "Where is my order v3 › track"), ("Refund: NW-1", "Refund: NW-1"), ("", "")],
)  # fmt: skip
def test_a_workflow_reads_as_words(path: str, words: str) -> None:
    assert plain_workflow(path) == words
