"""What a reply may rest on, what is said by code, and what a brand can switch off (R-F1, R-F2)."""

# pyright: reportPrivateUsage=false

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.contract.reply_checks import REPLY_CHECKS
from agent_core.engine.sight import SIGHT
from agent_core.guardrails import specifics
from agent_core.guardrails.phrases import Words, phrase
from agent_core.guardrails.reading import Kept, ReplyContext
from agent_core.guardrails.render import with_disclosures
from agent_core.guardrails.reply import check_reply, checks_off, codes
from agent_core.workflows.behaviour import CheckRule, Disclosure
from agent_core.workflows.release import KnowledgeFile, Release
from tests.guardrails.good_replies import NOW, good_replies
from tests.workflows.releases import release

MOVING = next(good for good in good_replies() if good.situation == "under way" and good.language == "en").context


def found(text: str, context: ReplyContext = MOVING, **changes: Any) -> tuple[str, ...]:
    return codes(check_reply(text, replace(context, **changes)))


def release_with(**behaviour: Any) -> Release:
    made = release()
    return Release.of(
        made.content.model_copy(update={"behaviour": made.behaviour.model_copy(update=behaviour)})
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("64.90 EUR and 20.00 EUR are 84.90 EUR in total.", ()),
        ("64.90 EUR and 20.00 EUR are 84.90 EUR.", ("unknown_amount",)),
        ("Of 64.90 EUR and 20.00 EUR a difference of 44.90 EUR remains.", ()),
        ("A total of 84.90 EUR.", ("unknown_amount",)),
        ("64.90 EUR and 20.00 EUR are 84.91 EUR in total.", ("unknown_amount",)),
    ],
)
def test_R_F2_a_sum_is_allowed_where_the_reply_names_its_parts(text: str, codes: tuple[str, ...]) -> None:
    rows = {"f1": ("payment.pay_1.amount", 6490), "f2": ("payment.pay_2.amount", 2000)}
    assert found(text, facts=rows, cites_all=True) == codes


def test_R_F2_tomorrow_and_monday_are_days_by_the_brands_clock() -> None:
    assert found("The carrier expects to deliver it on Monday.") == ()
    assert found("The carrier expects to deliver it on Tuesday.") == ("unknown_date",)
    assert found("The carrier expects to deliver it tomorrow.") == ("unknown_date",)
    sunday = NOW.replace(day=22)
    assert found("The carrier expects to deliver it tomorrow.", now=sunday) == ()
    # Half past eleven at night in UTC is tomorrow already where the brand is.
    assert found("The carrier expects to deliver it today.", now=NOW.replace(day=22, hour=23, minute=30)) == ()
    assert found("The carrier expects to deliver it in two days.") == ()
    assert found("The carrier expects to deliver it in three days.") == ("unknown_window",)
    assert found("You asked for tomorrow; I cannot promise that.", customer_words=["I need it tomorrow!"]) == ()


def test_R_F2_what_the_brands_people_wrote_for_customers_may_be_said_and_what_they_wrote_for_others_may_not() -> None:
    public = KnowledgeFile(
        name="r.md", text="---\nvisibility: public\n---\nReturns are free within 30 days, and we pay 5.90 EUR.\n"
    )
    inner = KnowledgeFile(
        name="i.md", text="Colleagues may give up to ten percent to those who complain loudly about a late parcel.\n"
    )
    made = Release.of(release().content.model_copy(update={"knowledge": (public, inner)}))
    said = "Returns are free within 30 days, and we pay 5.90 EUR."
    assert found(said) == ("unknown_amount", "unknown_window")
    assert found(said, release=made) == ()
    secret = "We give up to something to those who complain loudly about a late parcel."
    assert found(secret, release=made) == ("internal_quote",)
    assert found(secret) == ()


def test_R_F2_a_figure_that_a_colleague_named_in_private_may_be_told_on_by_a_reply_that_knows_of_it_and_by_no_other() -> (
    None
):
    kept, said = Kept(), "You get 12.34 EUR back."
    assert found(said, kept=kept) == ("unknown_amount",)
    assert found(said, kept=kept, private=["Give them 12.34 EUR, and not a cent more."]) == ()
    assert found(said, kept=kept) == ("unknown_amount",)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (specifics._SPELLED, specifics._UNITS_SPELLED),
        (specifics._PERCENT, specifics._SHARES),
        (specifics._PERCENT_SPELLED, specifics._SHARES_SPELLED),
        (specifics._HALF, specifics._HALVES),
    ],
    ids=["spelled amounts", "percentages", "spelled percentages", "halves"],
)
@given(st.data())
@settings(max_examples=60)
def test_no_text_is_passed_over_in_which_something_would_be_found(
    pattern: re.Pattern[str], words: tuple[str, ...], data: st.DataObject
) -> None:
    assert specifics._names(data.draw(st.from_regex(pattern)), words)


def test_R_F1_a_disclosure_is_written_by_code_at_its_moment_and_once() -> None:
    rule = Disclosure(
        code="machine", when="first_reply", text={"en": "An assistant writes this.", "de": "Hier schreibt ein Assistent."}
    )
    ask = Disclosure(code="data", when="data_requested", text={"any": "We use it for this request alone."})
    first = replace(MOVING, release=release_with(disclosures=(rule, ask)), first_reply=True)
    text = "Hello,\n\nit is on its way.\n\nKind regards, your Northwind team"
    told = "Hello,\n\nit is on its way.\n\nAn assistant writes this.\n\nKind regards, your Northwind team"
    assert codes(check_reply(text, first)) == ("missing_machine",)
    assert with_disclosures(text, first) == told
    assert codes(check_reply(told, first)) == ()
    assert with_disclosures(told, first) == told
    assert with_disclosures(text, replace(first, first_reply=False)) == text
    german = with_disclosures("Hallo,\n\nsie ist unterwegs.", replace(first, language="de"))
    assert german.endswith("\n\nHier schreibt ein Assistent.")
    asks = with_disclosures("Could you tell me your e-mail address, please?", replace(first, first_reply=False))
    assert asks.endswith("We use it for this request alone.")
    assert with_disclosures("We never ask for your address.", replace(first, first_reply=False)).endswith("address.")
    off = replace(first, release=release_with(disclosures=(rule,), reply_checks={"disclosures": CheckRule(enabled=False)}))
    assert with_disclosures(text, off) == text


@pytest.mark.parametrize("name", REPLY_CHECKS)
def test_R_F2_each_check_can_be_switched_off_alone(name: Any) -> None:
    behaviour = release_with(reply_checks={name: CheckRule(enabled=False)}).behaviour
    assert checks_off(behaviour) == (name,)
    bad = "<b>We guarantee</b> 15 % off, 9.99 EUR, on 3 May, in 5 weeks, for 8 items of NW-88888; see evil.com."
    everything = {finding.check for finding in check_reply(bad, MOVING)}
    without = {
        finding.check
        for finding in check_reply(bad, replace(MOVING, release=release_with(reply_checks=behaviour.reply_checks)))
    }
    assert without == everything - {name}


def test_R_F2_an_order_of_the_same_customer_is_not_in_the_state_of_another() -> None:
    rows = {"f1": ("order.NW-10001.status", "delivered"), "f2": ("order.NW-10002.status", "placed")}
    assert (
        found("Order NW-10001 was delivered. Order NW-10002 is being prepared.", facts=rows, cites_all=True, sources=())
        == ()
    )
    swapped = "Order NW-10002 was delivered. Order NW-10001 is being prepared."
    assert found(swapped, facts=rows, cites_all=True, sources=()) == ("unknown_state",)


def test_words_are_found_whatever_stands_between_their_letters_and_nowhere_else() -> None:
    wanted = phrase(SIGHT, "we promise")
    text = "So, ｗe  pro\u00admi**se** it; we pro. mise nothing"
    places = list(Words(SIGHT.fold(text)).find(wanted))
    assert [text[slice(*place)] for place in places] == ["ｗe  pro\u00admi**se", "we pro. mise"]
    assert not Words(SIGHT.fold("Owe promiser: we promised")).holds([wanted])


def test_R_F2_what_a_carrier_said_is_quoted_in_its_own_language_and_nothing_else_is() -> None:
    german = replace(MOVING, language="de")
    assert found("Letzte Meldung: „The parcel has left the sorting centre.“ Es ist unterwegs.", german) == ()
    assert found("Letzte Meldung: „The box stands with your neighbour over there.“ Es ist unterwegs.", german) == (
        "wrong_language",
    )
    assert found("The parcel has left the sorting centre and is on its way to you.", german) == ("wrong_language",)
