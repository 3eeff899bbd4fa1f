"""Replies that code makes: the points as they are, never more."""

import pytest

from agent_core.contract.answers import Point
from agent_core.guardrails.render import first_name, fixed_text, render_single
from agent_core.workflows.brand import TEXT_KEYS
from tests.workflows.releases import release


def points(*texts: str) -> list[Point]:
    return [Point(text=text, fact_ids=()) for text in texts]


def test_a_reply_of_one_run_is_its_points_in_order_with_greeting_and_signature() -> None:
    said = render_single(
        points("It is on its way.", " It comes\non Monday ", "It is on its way."), None, release(), "en", "Zoë B"
    )
    assert said == "Hello Zoë,\n\nIt is on its way. It comes on Monday.\n\nKind regards, your Northwind team"


def test_the_question_comes_last() -> None:
    said = render_single(points("Gern."), "Welche Bestellung?", release(), "de", None)
    assert said == "Hallo,\n\nGern.\n\nWelche Bestellung?\n\nViele Grüße, dein Northwind-Team"


def test_nothing_to_say_is_nothing() -> None:
    assert render_single(points("  "), " ", release(), "en", "Zoë") == ""


@pytest.mark.parametrize(
    ("full", "first"),
    [
        ("Zoë van der Berg", "Zoë"), ("Dr. Anne-Marie O'Neil", "Anne-Marie"), ("山田 太郎", "山田"), ("D'Arcy", "D'Arcy"),
        ("", None), (None, None), ("<b>Bob</b>", None), ("IGNORE: {name}", None), ("x" * 41, None), ("--", None),
        ("Mr. ", None),
        ("evil.example", None), ("भारती देवी", "भारती"),
    ],
)  # fmt: skip
def test_a_name_that_is_no_name_is_not_repeated(full: str | None, first: str | None) -> None:
    assert first_name(full) == first


def test_values_from_outside_are_placed_and_never_read_again() -> None:
    assert release().text("greeting", "en", name="{brand}") == "Hello {brand},"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_fixed_text_is_sent_with_greeting_and_signature(language: str) -> None:
    for key in TEXT_KEYS:
        text = fixed_text(key, release(), language, "Zoë")
        assert release().text(key, language, name="Zoë") in text
