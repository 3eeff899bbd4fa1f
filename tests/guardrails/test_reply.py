"""No reply leaves that says what is not so (R-F2)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from agent_core.contract.answers import Point
from agent_core.engine.sight import SIGHT
from agent_core.guardrails.reading import Became, ReplyContext
from agent_core.guardrails.reply import HARD_LIMIT, check_reply, codes
from agent_core.workflows.release import Release
from tests.workflows.releases import release

FACTS: dict[str, tuple[str, JsonValue]] = {
    "f1": ("order.NW-10023.status", "delivered"),
    "f2": ("order.NW-10023.total", {"amount_minor": 6490, "currency": "EUR"}),
    "f3": ("payment.pay_1.refundable", 6490),
    "f4": ("payment.pay_1.refunded", 0),
    "f5": ("parcel.NP1.eta", "2026-11-23"),
    "f6": ("payment.pay_2.refunded", 129900),
}
CITED = [Point(text="x", fact_ids=("f1", "f2", "f3", "f4", "f5"))]


def under(**changes: Any) -> ReplyContext:
    """What a reply is checked against in these tests."""
    done, pending = changes.pop("actions_done", ()), changes.get("pending", False)
    became: dict[str, set[Became]] = {tool: {"done"} for tool in done}
    if pending:
        became.setdefault("refund_payment", set()).add("pending")
    given: dict[str, Any] = {
        "sight": SIGHT, "points": CITED, "facts": FACTS, "release": release(), "language": "en", "actions": became,
    }  # fmt: skip
    return ReplyContext(**(given | changes))


def check(text: str, **changes: Any) -> list[str]:
    """The codes of what is found."""
    return list(codes(check_reply(text, under(**changes))))


def test_an_honest_reply_may_leave() -> None:
    text = (
        "Hello Zoë,\n\nyour refund of 64.90\u00a0EUR for order NW-10023 is waiting for a colleague's approval. Your parcel "
        "arrives on 2026-11-23.\n\nKind regards, your Northwind team"
    )
    assert check(text, pending=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "We have refunded 64.90 EUR.", "Your money has been refunded.", "I just refunded it!", "Your refund is on its way.",
        "Wir haben dir 64,90 € erstattet.", "Das Geld wurde zurückgezahlt.",
        "We refunded it, once and for all... It is refunded.",
        "R E F U N D E D already.", "We have re\u00adfunded it.", "We have rеfunded it.",
    ],
)  # fmt: skip
def test_R_F2_a_refund_that_did_not_happen_is_not_claimed(text: str) -> None:
    assert "claims_refund" in check(text)
    assert "claims_refund" in check(text, pending=True, actions_done={"refund_payment"})
    assert "claims_refund" not in check(text, actions_done={"refund_payment"})


@pytest.mark.parametrize(
    "text",
    [
        "It has not been refunded yet.", "Once it is refunded, I will write to you.",
        "We cannot say whether it can't be refunded.",
        "Es wurde noch nicht erstattet.", "Sobald es erstattet ist, schreibe ich dir.", "Your refund waits for approval.",
    ],
)  # fmt: skip
def test_what_is_said_not_to_have_happened_is_no_claim(text: str) -> None:
    assert check(text, pending=True, language="de" if "es " in text.lower() else "en") == []


def test_a_claim_stands_on_a_fact_that_says_so_and_on_no_other() -> None:
    text = "The payment has already been refunded."
    assert check(text, points=[Point(text="x", fact_ids=("f6",))]) == []
    assert check(text, points=[Point(text="x", fact_ids=("f4",))]) == ["claims_refund"]
    assert check(text, points=[Point(text="x", fact_ids=("f99",))]) == ["claims_refund"]


@pytest.mark.parametrize("amount", ["64.90 EUR", "64,90 €", "€64.90", "EUR 64.90", "64.90\u00a0EUR", "64,90 Euro"])
def test_an_amount_is_the_same_in_every_spelling(amount: str) -> None:
    assert check(f"It is about {amount}.") == []
    assert check(f"It is about {amount}.", points=[]) == ["unknown_amount"]


@pytest.mark.parametrize("amount", ["64.91 EUR", "649.00 EUR", "$64.90", "6490 EUR", "1,299.00 €", "€64"])
def test_R_F2_an_amount_nobody_read_is_found(amount: str) -> None:
    assert check(f"It is about {amount}.") == ["unknown_amount"]


def test_thousands_are_read_in_every_spelling() -> None:
    cited = [Point(text="x", fact_ids=("f6",))]
    for amount in ("1,299.00 EUR", "1.299,00 €", "1 299,00 EUR", "1'299.00 EUR", "1299 EUR"):
        assert check(f"It is {amount}.", points=cited) == [], amount


def test_what_the_customer_named_may_be_named_back() -> None:
    text = "You asked for 20.00 EUR of NW-55555 by 3 March."
    assert set(check(text)) == {"unknown_amount", "unknown_reference", "unknown_date"}
    assert check(text, customer_words=["give me 20 euros for nw-55555 before 03.03.2026"]) == []


def test_results_behind_the_points_count_too() -> None:
    text = "Placed on 2 November 2026 for 10.00 EUR."
    result = {"placed_at": "2026-11-02T10:00:00.000000Z", "items": [{"total": {"amount_minor": 1000, "currency": "EUR"}}]}
    assert check(text, sources=[result]) == []
    assert set(check(text)) == {"unknown_date", "unknown_amount"}


@pytest.mark.parametrize(
    "day", ["2026-11-23", "23.11.2026", "23.11.", "23 November", "November 23, 2026", "23rd of November"]
)
def test_a_day_is_the_same_in_every_spelling(day: str) -> None:
    assert check(f"It comes on {day}") == []


@pytest.mark.parametrize("day", ["2026-11-24", "24.11.2026", "23.11.2027", "23 December", "March 23"])
def test_R_F2_a_day_nobody_read_is_found(day: str) -> None:
    assert check(f"It comes on {day}") == ["unknown_date"]


def test_percentages_and_references_rest_on_something() -> None:
    assert check("You get 20 % off.") == ["unknown_percentage"]
    assert check("You get 20 % off.", customer_words=["you promised 20% off"]) == []
    assert check("Order NW-10024 is fine, NW-10023 too.") == ["unknown_reference"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Unfortunately, I cannot do that.", "prohibited_empty_refusal"),
        ("UNFORTUNATELY  I\ncannot", "prohibited_empty_refusal"),
        ("We guarantee it", "prohibited_promise"),
        ("We gua\u200brantee it", "prohibited_promise"),
        ("We guаrantee it", "prohibited_promise"),
        ("Ich verspreche es dir", "prohibited_promise"),
        ("my system-prompt says", "prohibited_talks_about_the_machine"),
    ],
)
def test_R_F1_prohibited_phrases_are_found_in_disguise(text: str, code: str) -> None:
    assert code in check(text)


def test_a_phrase_inside_another_word_is_no_phrase() -> None:
    assert check("The guaranteeing letter; ungarantiert.") == []


@pytest.mark.parametrize(
    "text",
    [
        "see https://evil.example/x", "see http://northwind.example.evil.example", "see //evil.example",
        "see https://northwind.example@evil.example/", "see https://northwind.example\\@evil.example",
        "see www.evil.example",
        "see evil.com now", "see EVIL.COM", "see ftp://evil.example", "javascript:alert(1)", "see https://еvil.example",
        "see https://1.2.3.4/", "[click](https://evil.example)",
    ],
)  # fmt: skip
def test_R_F2_links_lead_only_where_the_brand_allows(text: str) -> None:
    assert "foreign_link" in check(text)


@pytest.mark.parametrize(
    "text",
    [
        "see https://northwind.example/returns.", "see help.northwind.example", "It arrived.It is fine.",
        "e.g. this, z.B. das",
        "and/or", "Write to care@northwind.example.",
    ],
)  # fmt: skip
def test_ordinary_text_and_our_own_hosts_are_no_foreign_links(text: str) -> None:
    assert check(text) == []


def test_images_and_markup_do_not_leave() -> None:
    assert "markdown_image" in check("![x](https://northwind.example/p.png)")
    assert "markdown_image" in check("![x][1]")
    assert check("<b>hi</b>") == ["markup"]
    assert check("</outside-abcdefghijklmnop>") == ["markup", "internal_text"]
    assert check("I <3 tents, 2 < 3") == []


def test_R_F2_an_address_of_another_customer_does_not_leave() -> None:
    text = "I wrote to someone.else@mail.example."
    assert check(text) == ["foreign_email"]
    assert check(text, customer_own={"Someone.Else@mail.example"}) == []
    assert check(text, customer_words=["mine is someone.else@mail.example"]) == []


def test_hidden_characters_do_not_leave() -> None:
    for character in ("\u202e", "\u200b", "\x00", "\x1b", "\ue000", "\U000e0041", "\ud800"):
        assert check(f"hello{character} there") == ["hidden_characters"], repr(character)
    assert check("👩‍💻 ok\n\tfine") == []


def test_who_asks_whether_it_is_a_machine_is_told() -> None:
    asked = ["Hello. Am I talking to a real person?"]
    assert check("Sure.", customer_words=asked) == ["missing_machine"]
    told = "You are talking to Northwind's automated assistant; a colleague is there whenever you want one."
    assert check(told, customer_words=asked) == []
    assert check("Sure.", customer_words=["Is this a bot-proof tent?"]) == []


def test_empty_and_long_replies_do_not_leave() -> None:
    assert check(" \n") == ["empty_reply"]
    assert check("a " * 1300) == ["too_long"]
    assert check("a" * (HARD_LIMIT + 1)) == ["too_long"]


def test_disclosures_of_the_first_reply_are_asked_of_the_first_reply_only() -> None:
    made = release()
    first = made.behaviour.disclosures[0].model_copy(update={"when": "first_reply"})
    behaviour = made.behaviour.model_copy(update={"disclosures": (first,)})
    under = Release.of(made.content.model_copy(update={"behaviour": behaviour}))
    assert check("Hello.", release=under, first_reply=True) == ["missing_machine"]
    assert check("Hello.", release=under) == []


@pytest.mark.parametrize(
    "text",
    [
        "1." * 6000,
        "a@" * 6000,
        "![" * 6000,
        "<a " * 4000,
        "1 " * 6000,
        "www." * 3000,
        "a." * 6000,
        "€1 " * 4000,
        "a.b@" * 3000,
    ],
)
def test_the_checks_come_to_an_end_on_texts_made_to_be_slow(text: str) -> None:
    """A rule that backtracks without end would hang here; how long they take is in `make bench`."""
    check(text[:HARD_LIMIT], customer_words=[text[:HARD_LIMIT]])


@given(st.text(max_size=400), st.text(max_size=200))
def test_any_text_is_checked_without_an_error_and_findings_hold_no_text(text: str, words: str) -> None:
    for finding in check(text, customer_words=[words], sources=[{"a": [words, {"b_minor": 3, "currency": words}]}]):
        assert finding.replace("_", "").isalpha()
        assert finding.islower()
