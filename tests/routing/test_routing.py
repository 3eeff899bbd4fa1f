"""Triage is held against the customer's words, and the routing table does what it says (R-B1, R-B2, R-B6, R-B9)."""

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.answers import EntityFound, IntentFound, TriageResult
from agent_core.contract.ids import RunId, WorkflowName
from agent_core.contract.outcomes import RunPhase
from agent_core.routing import words
from agent_core.routing.languages import main_script, plausible
from agent_core.routing.route import OpenRun, RoutingPlan, route
from agent_core.routing.triage import CheckedTriage, check_triage
from agent_core.routing.words import clause_with, occurs
from agent_core.workflows.release import Release
from tests.workflows.releases import release

BOTH = "refund NW-10023 and where is NW-10024?"


def triage(*intents: tuple[str, str, int], **changes: Any) -> TriageResult:
    given: dict[str, Any] = {
        "intents": tuple(IntentFound(id=i, words=w, confidence_percent=c) for i, w, c in intents), "category": "orders",
        "urgency": "normal", "sentiment": "neutral", "complexity": "simple", "language": "en", "entities": (),
        "legal": False, "safety": False, "clear": True, "question": None,
    }  # fmt: skip
    return TriageResult.model_validate(given | changes)


def check(result: TriageResult, *messages: str) -> CheckedTriage:
    return check_triage(result, messages, release())


def opened(phase: RunPhase, workflow: str = "refund_order", run: str = "r1") -> OpenRun:
    return OpenRun(RunId(run), WorkflowName(workflow), phase)


def routed(
    result: TriageResult, *messages: str, runs: tuple[OpenRun, ...] = (), proven: bool = True, asked: int = 0,
    under: Release | None = None,
) -> RoutingPlan:  # fmt: skip
    made = under or release()
    return route(check_triage(result, messages, made), runs, proven, made, questions_asked=asked)


def ruled(brand: str = "northwind", **rows: Any) -> Release:
    """The brand with other rows in its routing table."""
    made = release(brand)
    config = made.brand.model_copy(update={"routing": made.brand.routing.model_copy(update=rows)})
    return Release.of(made.content.model_copy(update={"brand": config}))


REFUND = ("refund", "refund NW-10023", 90)
WHERE = ("order_status", "where is NW-10024", 90)


# -- what holds of a triage


def test_R_B1_intents_the_release_does_not_know_are_dropped() -> None:
    checked = check(triage(REFUND, ("delete_account", "refund NW-10023", 99)), "refund NW-10023")
    assert [intent.id for intent in checked.intents] == ["refund"]
    assert checked.findings == ("unknown_intent",)
    assert [intent.id for intent in checked.result.intents] == ["refund"]


def test_R_B1_words_nobody_wrote_lower_the_confidence() -> None:
    checked = check(triage(("refund", "give me all the money", 99)), "where is NW-10024")
    assert checked.intents[0].confidence_percent == 40
    assert checked.intents[0].words == ""
    assert checked.findings == ("words_not_found",)


def test_quotes_are_found_whatever_their_spacing_and_case() -> None:
    checked = check(triage(("refund", "I’d like a  REFUND", 90)), "Hello\n\nI'd like\ta refund")
    assert checked.findings == ()


def test_words_from_two_messages_are_no_quote() -> None:
    assert check(triage(("refund", "please refund", 90)), "please", "refund it").findings == ("words_not_found",)


def test_an_intent_named_twice_counts_once_with_its_surer_words() -> None:
    checked = check(triage(("refund", "nowhere", 99), REFUND), "refund NW-10023")
    assert [(intent.words, intent.confidence_percent) for intent in checked.intents] == [("refund NW-10023", 90)]


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("order_id", "NW-10023", None), ("order_id", "nw-10023", None), ("order_id", "NW-99999", "entity_not_found"),
        ("order_id", "NW-10023; drop table", "bad_entity"), ("password", "NW-10023", "unknown_entity"),
    ],
)  # fmt: skip
def test_entities_match_the_brands_patterns_and_were_really_written(name: str, value: str, finding: str | None) -> None:
    checked = check(triage(REFUND, entities=(EntityFound(name=name, value=value),)), "refund NW-10023")
    assert checked.findings == (() if finding is None else (finding,))
    assert len(checked.result.entities) == (finding is None)


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("nw 10023", True), ("NW10023!", True), ("order no. 10023", True), ("nw - 10023", True), ("NW-100234", False),
        ("510023", False), ("", False), ("1002 3", False),
    ],
)  # fmt: skip
def test_an_order_number_occurs_however_it_was_spelt(written: str, there: bool) -> None:
    assert occurs("NW-10023", written) is there


def test_R_B2_each_intent_gets_the_order_beside_its_words() -> None:
    checked = check(triage(("refund", "refund", 90), ("order_status", "where is", 90)), BOTH)
    assert [intent.entities for intent in checked.intents] == [{"order_id": "NW-10023"}, {"order_id": "NW-10024"}]


def test_an_order_in_doubt_is_left_to_be_asked_for() -> None:
    checked = check(triage(("refund", "refund", 90)), "refund NW-10023 NW-10024")
    assert checked.intents[0].entities == {}
    assert check(triage(("refund", "refund", 90)), "refund please. it is NW-10023").intents[0].entities == {
        "order_id": "NW-10023"
    }


def test_a_clause_is_found_around_its_words() -> None:
    assert clause_with("where is", ["hello", BOTH]).strip() == "where is NW-10024"
    assert clause_with("nothing", [BOTH]) == ""
    assert clause_with("", [BOTH]) == ""


# -- languages


@pytest.mark.parametrize(
    ("said", "text", "held"),
    [
        ("en", "where is my order", "en"), ("de", "wo ist mein Paket", "de"), ("zh", "where is my order", "und"),
        ("en", "注文はいつ届きますか", "ja"), ("ja", "注文はいつ届きますか", "ja"), ("zh", "我的订单在哪里", "zh"),
        ("en", "где мой заказ", "ru"),
        ("uk", "де моє замовлення", "uk"), ("en", "أين طلبي", "ar"), ("ar", "أين طلبي", "ar"), ("en", "12345 !!", "und"),
        ("und", "hello there", "und"), ("el", "πού είναι", "el"), ("en", "주문 어디", "ko"),
    ],
)  # fmt: skip
def test_a_language_must_fit_its_script(said: str, text: str, held: str) -> None:
    assert plausible(said, text) == held


def test_text_without_letters_has_no_script() -> None:
    assert main_script("12 🎉 !!") is None


def test_an_order_number_alone_is_no_english() -> None:
    checked = check(triage(language="en"), "NW-10023")
    assert checked.result.language == "und"
    assert checked.language == "en"


# -- the table


def test_R_B2_two_intents_make_two_runs() -> None:
    plan = routed(triage(REFUND, WHERE), BOTH)
    assert [(to.workflow, to.continue_run) for to in plan.runs] == [("refund_order", None), ("where_is_my_order", None)]
    assert [to.entities["order_id"] for to in plan.runs] == ["NW-10023", "NW-10024"]
    assert (plan.to_people, plan.question, plan.rule) == ((), None, "workflows")


def test_R_B2_a_later_message_on_the_same_intent_continues_its_run() -> None:
    for phase in ("answered", "asking", "awaiting_approval", "working"):
        plan = routed(triage(REFUND), "refund NW-10023", runs=(opened("failed", run="r0"), opened(phase)))
        assert plan.runs[0].continue_run == "r1"
    for phase in ("failed", "withdrawn"):
        assert routed(triage(REFUND), "refund NW-10023", runs=(opened(phase),)).runs[0].continue_run is None


def test_R_B2_what_a_person_has_stays_with_the_person_and_the_rest_goes_on() -> None:
    plan = routed(triage(REFUND, WHERE), BOTH, runs=(opened("escalated"),))
    assert plan.to_people == ("with_a_person",)
    assert [to.workflow for to in plan.runs] == ["where_is_my_order"]
    assert plan.reply_text is None
    assert routed(triage(REFUND), "refund NW-10023", runs=(opened("escalated"),)).reply_text == "handoff"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"legal": True}, "legal_language"), ({"safety": True}, "safety"), ({"urgency": "critical"}, "critical_urgency"),
        ({"complexity": "complex"}, "complex_request"), ({"language": "fr"}, "unsupported_language"),
    ],
)  # fmt: skip
def test_R_B6_some_messages_are_for_people_whatever_else_they_want(said: dict[str, Any], code: str) -> None:
    plan = routed(triage(REFUND, **said), "refund NW-10023 s'il vous plaît", runs=(opened("asking"),))
    assert (plan.runs, plan.question) == ((), None)
    assert (plan.to_people, plan.rule) == ((code,), code)
    assert plan.reply_text == ("outside_language" if code == "unsupported_language" else "handoff")


def test_R_B6_every_hard_reason_is_named() -> None:
    plan = routed(triage(REFUND, legal=True, safety=True, urgency="critical", language="fr"), "refund NW-10023")
    assert plan.to_people == ("safety", "legal_language", "critical_urgency")


def test_R_B6_a_brand_may_let_workflows_try_what_is_critical_or_complex_but_never_legal() -> None:
    eager = ruled(critical="workflow", complex="workflow")
    assert (
        routed(triage(REFUND, urgency="critical", complexity="complex"), "refund NW-10023", under=eager).rule == "workflows"
    )
    assert routed(triage(REFUND, legal=True), "refund NW-10023", under=eager).to_people == ("legal_language",)


def test_R_B6_proof_of_identity_is_asked_for_once_then_a_person_comes() -> None:
    plan = routed(triage(REFUND), "refund NW-10023", proven=False)
    assert plan.question is not None
    assert (plan.rule, plan.runs, plan.to_people) == ("sign_in", (), ())
    again = routed(triage(REFUND), "refund NW-10023", proven=False, asked=1)
    assert (again.question, again.to_people, again.rule) == (None, ("not_authenticated",), "not_proven")
    strict = routed(triage(REFUND), "refund NW-10023", proven=False, under=ruled(unauthenticated="people"))
    assert strict.to_people == ("not_authenticated",)


def test_R_B6_a_part_that_needs_no_proof_goes_on_without_it() -> None:
    made = release()
    open_flow = made.workflow("where_is_my_order").model_copy(update={"authenticated": False})
    mixed = Release.of(made.content.model_copy(update={"workflows": (made.workflow("refund_order"), open_flow)}))
    plan = routed(triage(REFUND, WHERE), BOTH, proven=False, under=mixed)
    assert [to.workflow for to in plan.runs] == ["where_is_my_order"]
    assert (plan.rule, plan.to_people) == ("sign_in", ())
    assert plan.question == made.text("sign_in", "en"), "asked beside what goes on"


def test_R_B9_an_unclear_message_gets_one_question_and_then_a_person() -> None:
    vague = triage(clear=False, question="Which order do you mean?")
    first = routed(vague, "it does not work")
    assert (first.question, first.rule, first.to_people) == ("Which order do you mean?", "unclear", ())
    second = routed(vague, "it does not work", asked=1)
    assert (second.question, second.to_people, second.reply_text) == (None, ("unclear_twice",), "unclear_twice")


def test_R_B9_a_guess_is_a_question() -> None:
    plan = routed(triage(("refund", "refund NW-10023", 49)), "refund NW-10023")
    assert plan.rule == "unclear"
    assert plan.question == release().text("clarify", "en")
    german = routed(triage(("refund", "erfunden", 99), language="de"), "wo ist das Ding")
    assert german.question == release().text("clarify", "de")


def test_R_B9_an_answer_to_our_question_goes_on_with_that_run() -> None:
    plan = routed(
        triage(clear=False, question="?"), "NW-10023", runs=(opened("answered", "where_is_my_order"), opened("asking"))
    )
    assert plan.rule == "continues_asking"
    assert [to.continue_run for to in plan.runs] == ["r1"]


def test_an_answer_beside_a_new_request_reaches_both_runs() -> None:
    text = "NW-10023. Also where is NW-10024?"
    plan = routed(triage(("order_status", "where is NW-10024", 90)), text, runs=(opened("asking"),))
    assert {to.continue_run: to.entities["order_id"] for to in plan.runs} == {None: "NW-10024", "r1": "NW-10023"}


def test_a_new_request_alone_does_not_answer_an_old_question() -> None:
    plan = routed(triage(("order_status", "where is NW-10024", 90)), "where is NW-10024?", runs=(opened("asking"),))
    assert [to.workflow for to in plan.runs] == ["where_is_my_order"]


def test_a_word_while_something_waits_goes_to_what_waits() -> None:
    plan = routed(triage(clear=False), "any news??", runs=(opened("awaiting_approval"),))
    assert (plan.rule, plan.runs[0].continue_run) == ("continues_waiting", "r1")
    two = (opened("awaiting_approval"), opened("working", "where_is_my_order", "r2"))
    assert routed(triage(clear=False), "any news??", runs=two).rule == "unclear"


@pytest.mark.parametrize(
    "text", ["Thanks!", "thank you very much", "ok great, thanks 👍", "Vielen Dank!", "alles klar, danke", "Perfect. Bye!"]
)
def test_R_B8_thanks_are_answered_as_the_brand_wants(text: str) -> None:
    nothing = triage()
    assert routed(nothing, text).reply_text == "closing"
    assert routed(nothing, text, under=ruled(closing="silent")).reply_text is None
    assert routed(nothing, text, under=ruled(closing="people")).to_people == ("closing",)
    for plan in (routed(nothing, text), routed(nothing, text, under=ruled(closing="silent"))):
        assert (plan.runs, plan.to_people, plan.question, plan.rule) == ((), (), None, "closing")


@pytest.mark.parametrize("text", ["thanks for nothing", "ok?", "thanks NW-10023", "great, it exploded", "👍", ""])
def test_what_only_looks_like_thanks_is_not_closed(text: str) -> None:
    assert routed(triage(), text).rule != "closing"


def test_a_clear_request_nobody_can_handle_goes_to_people() -> None:
    plan = routed(triage(), "I would like to open a shop with you", runs=(opened("answered"),))
    assert (plan.to_people, plan.reply_text) == (("no_workflow",), "nothing_found")


def test_a_run_of_a_workflow_that_is_gone_is_not_continued() -> None:
    plan = routed(triage(clear=False, question="What?"), "hm", runs=(opened("asking", "retired_workflow"),))
    assert plan.rule == "unclear"


intents = st.lists(
    st.tuples(st.sampled_from(["refund", "order_status", "nonsense"]), st.text(max_size=30), st.integers(0, 100)), max_size=4
)
phases: list[RunPhase] = [
    "working", "answered", "asking", "awaiting_approval", "awaiting_external", "escalated", "failed", "withdrawn",
]  # fmt: skip


@given(
    intents=intents, messages=st.lists(st.text(max_size=80), min_size=1, max_size=3), phase=st.sampled_from(phases),
    urgency=st.sampled_from(["low", "normal", "high", "critical"]), legal=st.booleans(), clear=st.booleans(),
    language=st.sampled_from(["en", "de", "fr", "ja", "und"]), proven=st.booleans(), asked=st.integers(0, 3),
    workflow=st.sampled_from(["refund_order", "where_is_my_order", "gone"]),
)  # fmt: skip
def test_every_message_is_worked_on_asked_about_once_answered_or_given_to_a_person(
    intents: list[tuple[str, str, int]],
    messages: list[str],
    phase: RunPhase,
    urgency: Literal["low", "normal", "high", "critical"],
    legal: bool,
    clear: bool,
    language: str,
    proven: bool,
    asked: int,
    workflow: str,
) -> None:
    result = triage(*intents, urgency=urgency, legal=legal, clear=clear, language=language)
    plan = routed(result, *messages, runs=(opened(phase, workflow),), proven=proven, asked=asked)
    assert plan.runs or plan.to_people or plan.question or plan.rule == "closing"
    assert not (plan.question and (plan.runs or plan.to_people))
    assert not (plan.question and asked)
    assert not (legal and plan.runs)
    assert len({to.workflow for to in plan.runs}) == len(plan.runs)
    for to in plan.runs:
        assert proven or not release().workflows[to.workflow].authenticated


_spelt = st.text(st.sampled_from("nw-_1023 ./N\u00e9"), max_size=12)


@given(_spelt, st.lists(_spelt, max_size=4).map("".join), st.lists(_spelt, max_size=4).map("".join))
def test_a_value_in_its_usual_spelling_is_found_where_the_pattern_finds_it(value: str, before: str, after: str) -> None:
    text = before + value + after
    found = occurs(value, text)

    def nowhere(_value: str, _text: str) -> bool:
        return False

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(words, "_stands_alone", nowhere)
        assert found == occurs(value, text)
