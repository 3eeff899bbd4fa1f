"""A brand's constraints: channels, topics, languages of people, no question twice, proof of identity (R-B6, B8, B9)."""

from typing import Any

import pytest

from agent_core.routing.proof import Claim, Standing, claim_in
from agent_core.routing.route import RoutingPlan, route
from agent_core.routing.triage import check_triage
from agent_core.routing.words import normal
from agent_core.workflows.release import Release
from tests.routing.test_routing import REFUND, WHERE, opened, ruled, triage
from tests.workflows.releases import copy, edit, only, release

SIGN_IN = release().text("sign_in", "en")
NOT_PROVEN = release().text("not_proven", "en")
CLARIFY = release().text("clarify", "en")
PATTERN = release().entities["order_id"].pattern


def planned(result: Any, *messages: str, under: Release | None = None, proven: bool = True, **more: Any) -> RoutingPlan:
    made = under or release()
    return route(check_triage(result, messages, made), more.pop("runs", ()), proven, made, **more)


def with_workflow(name: str, **changes: Any) -> Release:
    made = release()
    workflows = tuple(w.model_copy(update=changes) if w.name == name else w for w in made.content.workflows)
    return Release.of(made.content.model_copy(update={"workflows": workflows}))


def test_R_B8_a_workflow_of_another_channel_is_left_to_people_and_the_rest_goes_on() -> None:
    made = with_workflow("refund_order", channels=("email",))
    both = ("refund NW-10023 and where is NW-10024",)
    plan = planned(triage(REFUND, WHERE), *both, under=made, channel="chat")
    assert [run.workflow for run in plan.runs] == ["where_is_my_order"]
    assert plan.to_people == ("wrong_channel",)
    assert planned(triage(REFUND, WHERE), *both, under=made, channel="email").to_people == ()
    assert planned(triage(REFUND, WHERE), *both, under=made).to_people == ()


def test_R_B8_a_topic_the_brand_does_not_handle_goes_to_people_beside_what_it_does() -> None:
    asks = triage(REFUND, refused_topics=("legal_advice", "astrology"))
    checked = check_triage(asks, ["refund NW-10023, and is that legal?"], release())
    assert checked.result.refused_topics == ("legal_advice",)
    assert "unknown_topic" in checked.findings
    plan = planned(asks, "refund NW-10023, and is that legal?")
    assert ([run.workflow for run in plan.runs], plan.to_people) == (["refund_order"], ("topic_not_allowed",))
    alone = planned(triage(refused_topics=("legal_advice",)), "is that legal?")
    assert (alone.runs, alone.to_people, alone.reply_text) == ((), ("topic_not_allowed",), "nothing_found")


def test_R_B8_a_hand_off_promises_only_languages_that_reachable_people_speak() -> None:
    made = ruled(people_languages=("de",))
    english = planned(triage(complexity="complex"), "it is complicated", under=made)
    assert (english.to_people, english.reply_text) == (("complex_request",), "outside_language")
    german = planned(triage(complexity="complex", language="de"), "das ist kompliziert", under=made)
    assert german.reply_text == "handoff"


def test_R_B9_the_same_question_is_never_asked_twice_in_a_conversation() -> None:
    vague = triage(clear=False, question="Which parcel do you mean?")
    first = planned(vague, "it is not there")
    assert first.question == "Which parcel do you mean?"
    second = planned(vague, "it is not there", asked={normal("which parcel do  you mean?")})
    assert second.question == CLARIFY
    third = planned(vague, "it is not there", asked={normal("Which parcel do you mean?"), normal(CLARIFY)})
    assert (third.question, third.to_people) == (None, ("unclear_twice",))


@pytest.mark.parametrize(
    ("proof", "asked", "question", "people"),
    [
        ("none", (), SIGN_IN, ()),
        ("none", (SIGN_IN,), None, ("not_authenticated",)),
        ("failed", (SIGN_IN,), NOT_PROVEN, ()),
        ("failed", (SIGN_IN, NOT_PROVEN), None, ("not_authenticated",)),
        ("unavailable", (), None, ("tool_unavailable",)),
        ("locked", (), None, ("not_authenticated",)),
    ],
)
def test_R_B6_every_standing_of_a_proof_has_one_answer(
    proof: Standing, asked: tuple[str, ...], question: str | None, people: tuple[str, ...]
) -> None:
    said = {normal(text) for text in asked}
    for result, waiting in ((triage(REFUND), False), (triage(), True)):
        if waiting and proof == "none":
            continue
        plan = planned(result, "refund NW-10023", proven=False, proof=proof, asked=said, waiting_for_proof=waiting)
        assert (plan.question, plan.to_people) == (question, people)
        assert plan.runs == ()


def test_R_B6_R_B2_what_needs_no_proof_goes_on_while_the_rest_is_asked_who_they_are() -> None:
    made = with_workflow("where_is_my_order", authenticated=False)
    plan = planned(triage(REFUND, WHERE), "refund NW-10023 and where is NW-10024", under=made, proven=False)
    assert [run.workflow for run in plan.runs] == ["where_is_my_order"]
    assert (plan.question, plan.to_people, plan.rule) == (SIGN_IN, (), "sign_in")


def test_R_B6_an_answer_to_a_run_does_not_hide_that_the_proof_did_not_hold() -> None:
    plan = planned(
        triage(), "a@b.example NW-10023", proven=False, proof="failed", waiting_for_proof=True, runs=(opened("asking"),)
    )
    assert plan.question == NOT_PROVEN


@pytest.mark.parametrize(
    ("messages", "claim"),
    [
        (("I am Anna.Lee+shop@Mail.Example.COM, nw-10023",), Claim("anna.lee+shop@mail.example.com", "NW-10023")),
        (("refund NW-10023", "anna@mail.example"), Claim("anna@mail.example", "NW-10023")),
        (("NW-10023, a@b.example", "sorry, NW-10024 and c@d.example"), Claim("c@d.example", "NW-10024")),
        (("anna@mail.example",), None),
        (("NW-10023",), None),
        (("not an address: a@b, @c.example, d@@e.example NW-10023",), None),
    ],
)
def test_R_B6_both_halves_are_found_in_the_customers_own_words(messages: tuple[str, ...], claim: Claim | None) -> None:
    assert claim_in(messages, PATTERN) == claim


def test_R_B6_the_address_a_mail_comes_from_is_a_half_too() -> None:
    assert claim_in(["where is NW-10023?"], PATTERN, known_email="A@B.example") == Claim("a@b.example", "NW-10023")


def test_R_B8_constraints_that_lead_nowhere_are_findings(tmp_path: Any) -> None:
    folder = copy(tmp_path, "northwind")
    edit(folder, "brand.yaml", "proof: {reference: order_id}", "proof: {reference: no_such}")
    assert only(folder).code == "unknown_entity"
    edit(folder, "brand.yaml", "proof: {reference: no_such}", "people_languages: [fr]")
    assert only(folder).code == "unknown_language"
    edit(folder, "brand.yaml", "people_languages: [fr]", "people_languages: [de]")
    edit(
        folder,
        "workflows/refund_order.yaml",
        "entities: [order_id, amount]",
        "entities: [order_id, amount]\nchannels: [fax]",
    )
    assert only(folder).code == "unknown_channel"
