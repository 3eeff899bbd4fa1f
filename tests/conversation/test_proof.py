"""An offer that was delivered, answered and confirmed in the customer's own words, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.conversation.proof import Said, confirmed, delivered

OFFER = ("Instead of ending {plan}, I can pause it. Shall I end it all the same?", "Soll ich {plan} beenden?")
SENT = "Hello Nia,\n\nInstead of ending Repair club, I can pause it.  Shall I end it all the same?\n\nKind regards"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SENT, True),
        ("Soll ich Repair club beenden?", True),
        ("Instead of ending it I could pause it. Shall I end it?", False),
        ("Instead of ending Repair club, I can pause it. Shall I end it all the s\u0430me?", False),
        ("Instead of ending " + "x" * 400 + ", I can pause it. Shall I end it all the same?", False),
        ("", False),
    ],
)
def test_R_B4_an_offer_counts_when_its_words_were_sent(text: str, found: bool) -> None:
    assert delivered(OFFER, [Said(7, text)]) == (7 if found else None)


@pytest.mark.parametrize(
    ("address", "found"),
    [("Lindenweg 5, 20095 Hamburg", True), ("Lindenweg 5, 20095 Ham", False), ("Marktplatz 1, 50667 Köln", False)],
)
def test_R_C2_who_agreed_to_one_address_has_not_agreed_to_another(address: str, found: bool) -> None:
    offer = ["Shall I send order {order_id} to this address: {address}?"]
    sent = [Said(7, "Hello,\n\nShall I send order NW-1 to this address: Lindenweg 5, 20095 Hamburg?")]
    assert (delivered(offer, sent, {"address": address, "order_id": "NW-1"}) == 7) == found
    assert delivered(offer, sent, {"address": address, "order_id": "NW-2"}) is None
    assert delivered(["{a.b.c} or {d}"], [Said(1, "x or y")], {"a.b.c": "x"}) == 1
    assert delivered(["{a.b.c} or {d}"], [Said(1, "x or y")], {"a.b.c": "z"}) is None


def test_the_last_delivery_counts() -> None:
    assert delivered(OFFER, [Said(3, SENT), Said(9, SENT), Said(5, SENT)]) == 9
    assert delivered((), [Said(3, SENT)]) is None


@pytest.mark.parametrize(
    ("quote", "text", "code"),
    [
        ("Yes, please", "Yes, please. And thanks!", None),
        ("yes", "oh yes", None),
        ("kündigen bitte", "kündigen bitte", None),
        ("no, end it", "no, end it", None),
        ("Yes, please", "yes, please", "not_their_words"),
        ("yes", "yesterday I wrote", "not_their_words"),
        ("y\u0435s", "yes", "not_their_words"),
        ("end it", "spend it well", "not_their_words"),
        ("", "yes", "not_their_words"),
        (" ", "yes", "not_their_words"),
        ("y", "y", "not_their_words"),
        ("No!", "No! keep it", "no_confirmation"),
        ("keep it", "No! keep it", "no_confirmation"),
        ("Nein, danke.", "Nein, danke.", "no_confirmation"),
    ],
)
def test_R_B4_only_an_exact_part_of_their_own_words_confirms(quote: str, text: str, code: str | None) -> None:
    missing = confirmed(quote, 5, [Said(6, text)])
    assert (missing.code if missing else None) == code


@pytest.mark.parametrize(
    ("later", "code"),
    [("No wait, keep it!", "taken_back"), ("doch nicht", "taken_back"), ("Don’t!", "taken_back"), ("thanks", None)],
)
def test_R_B4_a_yes_that_may_have_been_taken_back_is_asked_for_again(later: str, code: str | None) -> None:
    missing = confirmed("yes", 5, [Said(6, "yes"), Said(8, later)])
    assert (missing.code if missing else None) == code
    assert confirmed("yes", 5, [Said(6, "yes"), Said(8, later), Said(9, "yes")]) is None


def test_R_B4_words_from_before_the_offer_confirm_nothing() -> None:
    before = [Said(4, "yes, end it")]
    assert (found := confirmed("yes, end it", 5, before))
    assert found.code == "offer_not_answered"
    assert (found := confirmed("yes, end it", 5, [*before, Said(6, "what?")]))
    assert found.code == "not_their_words"
    assert confirmed(None, 5, [Said(6, "what?")]) is None


@given(st.text(max_size=60), st.lists(st.text(max_size=80), max_size=4))
def test_R_B4_whatever_is_quoted_it_stands_in_what_they_wrote_since(quote: str, texts: list[str]) -> None:
    heard = [Said(number + 4, text) for number, text in enumerate(texts)]
    if confirmed(quote, 5, heard) is None:
        assert any(quote.strip() in each.text for each in heard if each.seq > 5)
        assert len(quote.strip()) >= 2
