"""Audit in words: marks stay where they were, filters say what they do, what cannot be read is said and not guessed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_core.contract.erasing import Obstacle
from agent_core.contract.searching import SearchAsked, TextRange
from console import texts_audit
from console.presenting import searching
from console.presenting.looking_back import item_of, parts, time_line, verdict
from console.presenting.oversight import row_props, rows, seconds
from console.presenting.proof import alarms
from console.presenting.proof import verdict as log_verdict
from console.state.app_state import AppState, LogStanding
from console.state.audit import Audit, ErasureAsked, ErasureShown, reduced
from console.state.past import Past
from console.state.searching import Search
from console.widgets.audit.hit_list import near
from console.workspaces import audit_forms as forms
from tests.console import made, made_audit

ranges = st.builds(TextRange, start=st.integers(0, 60), end=st.integers(0, 60))


@given(st.text(max_size=50), st.lists(ranges, max_size=6))
def test_whatever_ranges_come_the_words_stay_what_they_are(snippet: str, marks: list[TextRange]) -> None:
    shown = "".join(piece for piece, _ in searching.pieces(snippet, tuple(marks)))
    assert "".join(shown.split()) == "".join(snippet.split())


def test_marks_stand_on_the_words_that_were_found_and_are_near_enough_to_be_seen() -> None:
    snippet = "I was charged twice for order NW-88213 and wait for ever, please refund one, refund it all"
    hit = made_audit.hit(1, snippet, "refund")
    shown = searching.hit_props(hit, made.NOW).pieces
    assert [piece for piece, match in shown if match] == ["refund", "refund"]
    (cut, _), (lead, _), *rest = near(shown, 1)
    assert cut == "…"
    assert snippet[: snippet.index("refund")].endswith(lead)
    assert len(lead) <= 28
    assert tuple(rest) == shown[1:]
    assert near(((("short ", False), ("refund", True))), 1) == ((("short ", False), ("refund", True)))


def test_every_filter_is_a_chip_that_takes_away_just_itself() -> None:
    asked = SearchAsked(
        q="x", by="agent", kind="reply", brand="northwind", channel="email", tool="refund_payment", workflow="refund_order",
        outcome="denied", state="closed", replied="nobody", handled="touched", flag="hidden_text", money_from=100,
        money_to=2_000, currency="EUR", score_from=10, reviewed=False, since=made.NOW, until=made.NOW, conversation="c_1",
        order="best",
    )  # fmt: skip
    chips = searching.filter_chips(asked, {"northwind": "Northwind EU"})
    said = {one.key: one.words for one in chips}
    assert said["brand"] == "Brand: Northwind EU"
    assert said["money"] == "At stake: 1.00 EUR to 20.00 EUR"
    assert said["tool"] == "Tool: Refund payment"
    for chip in chips:
        rest = {one.key for one in searching.filter_chips(searching.without(asked, chip.key), {})}
        assert rest == set(said) - {chip.key}
    assert searching.unfiltered(asked) == SearchAsked(q="x", order="best")


def test_every_offered_filter_narrows_the_search_by_itself() -> None:
    offered = searching.choices(made_audit.FACETS, {})
    for choice, said, _ in offered:
        made_of = searching.chosen(SearchAsked(q="x"), choice)
        chips = searching.filter_chips(made_of, {})
        assert len(chips) == 1, choice
        assert chips[0].words == said or choice.startswith("currency")
    assert searching.chosen(SearchAsked(), "nonsense=1") == SearchAsked()


def test_days_amounts_and_scores_are_read_and_shown_back() -> None:
    typed = {"since": "2026-03-01", "until": "2026-03-02", "money_from": "20,00", "currency": "eur", "score_to": "80"}
    given_ = {key: (value,) for key, value in typed.items()}
    asked, faults = forms.filtered(SearchAsked(q="x"), given_)
    assert not faults
    assert asked.since is not None
    assert asked.until is not None
    assert asked.until - asked.since == timedelta(days=2)
    assert (asked.money_from, asked.currency, asked.score_to) == (2_000, "EUR", 80)
    again = {field.key: field.given for field in forms.filter_form(asked).fields}
    assert forms.filtered(SearchAsked(q="x"), again) == (asked, ())


@pytest.mark.parametrize(
    ("key", "value"),
    [("since", "yesterday"), ("until", "2026-13-01"), ("money_from", "-1"), ("money_to", "1e99"), ("money_to", "1.234"),
     ("currency", "EURO"), ("score_from", "101"), ("score_to", "٣")],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_changes_nothing(key: str, value: str) -> None:
    asked, faults = forms.filtered(SearchAsked(), {key: (value,)})
    assert asked == SearchAsked()
    assert len(faults) == 1
    assert not forms.filter_follows(SearchAsked(), {key: (value,)}).ready


def test_counts_are_said_as_honestly_as_the_core_counted() -> None:
    asked = SearchAsked(q="x")
    state = Search(asked=asked, found=asked, last=made_audit.ANSWER, hits=made_audit.HITS)
    assert searching.found_words(state) == "1,000+ found"
    part = made_audit.ANSWER.model_copy(update={"complete": False, "looked_back_to": made.NOW})
    cut = Search(asked=asked, found=asked, last=part)
    assert "Looked through back to" in searching.found_note(cut)


def test_every_step_of_a_conversation_can_be_stood_on() -> None:
    line = time_line(Past(detail=made.detail(1), position=9))
    assert [one.position for one in line.moments] == [3, 6, 9, 14, 18, 20]
    assert item_of(made.detail(1), 10) == "t1"
    assert item_of(made.detail(1), 1) == ""


def test_every_part_of_a_request_is_there_and_what_was_erased_says_so() -> None:
    shown = parts(made_audit.request(system=None, system_erased=True))
    assert [props.key for props, _ in shown] == [
        "parameters", "system", "tool:0", "tool:1", "tool:2", "message:0", "message:1", "message:2", "answer",
    ]  # fmt: skip
    assert {props.key: said for props, said in shown}["system"] == texts_audit.PART_ERASED
    assert verdict(made_audit.request(verdict="differs", digest=None))[2] == "danger"


def test_a_log_is_called_whole_only_after_a_verification_came_to_its_end() -> None:
    def said(**changes: object) -> str:
        shown = made_audit.verification(**changes)
        return log_verdict(AppState(now=made.NOW, audit=Audit(verification=shown))).title

    assert said() == "The log is whole"
    for changes in ({"state": "running"}, {"state": "cancelled"}, {"state": "failed"}, {"verdict": None}):
        assert said(**changes) != "The log is whole", changes
    assert log_verdict(AppState(now=made.NOW)).tone == "neutral"


def test_R_M9_an_alarm_says_what_was_seen_what_is_stopped_and_who_may_end_it() -> None:
    state = AppState(now=made.NOW, core=made.core(alarm=made_audit.ALARM), session=made.session())
    (alarm,) = alarms(state)
    rows_of = dict(alarm.rows)
    assert rows_of[texts_audit.ALARM_SEEN] == made_audit.ALARM.sentence
    assert rows_of[texts_audit.ALARM_BEFORE] == "128,400 events"
    assert rows_of[texts_audit.ALARM_STOPPED] == texts_audit.ALARM_STOPPED_WORDS
    assert (alarm.action, alarm.why_not) == ("", texts_audit.ALARM_NOT_YOURS)
    one_brand = made.session(role="admin", brands=("northwind",))
    assert alarms(AppState(now=made.NOW, core=state.core, session=one_brand))[0].action == ""
    seen = LogStanding("Older.", 5, mine=True)
    admin = AppState(now=made.NOW, core=state.core, session=made.session(role="admin"), log=seen)
    assert [one.kind for one in alarms(admin)] == ["core", "witness"]
    assert alarms(admin)[0].action == texts_audit.ALARM_ACKNOWLEDGE


def test_R_N5_nothing_is_erased_before_the_number_of_conversations_was_typed() -> None:
    wanted = forms.erasure_wanted({"who": ("customer",)}, made.conversation(1), made.BRAND)
    assert wanted is not None
    assert wanted.whole_customer
    asked = reduced(Audit(), ErasureAsked(wanted))
    assert not forms.erase_follows(asked, {"typed": ("erase 3 conversations",)}).ready
    shown = reduced(asked, ErasureShown(wanted, made_audit.erasure()))
    for typed in ("", "erase", "erase 1 conversation", "erase 33 conversations"):
        assert not forms.erase_follows(shown, {"typed": (typed,)}).ready
    assert forms.erase_follows(shown, {"typed": (" Erase  3 conversations",)}).ready
    first, *rest = made_audit.erasure().conversations
    why = Obstacle(code="effect_open", sentence="A refund is under way.")
    held = made_audit.erasure(conversations=(first.model_copy(update={"obstacles": (why,)}), *rest), allowed=False)
    stopped = reduced(asked, ErasureShown(wanted, held))
    assert not forms.erase_follows(stopped, {"typed": ("erase 3 conversations",)}).ready


def test_few_decisions_are_called_few_and_shares_say_of_how_many() -> None:
    people = {one.shares.name: one for one in rows(made_audit.OVERSIGHT, "person")}
    assert people["Ada Lind"].shares.note == texts_audit.FEW
    assert people["Mira Duarte"].shares.note == ""
    assert dict(people["Mira Duarte"].figures)[texts_audit.FIGURE_UNOPENED] == "17 of 115"
    counted = row_props(made_audit.OVERSIGHT.total[0])
    assert sum(bar.count for bar in counted.times.bars) == 247
    nobody = made_audit.oversight_row("X", "", 0, (), p10_s=None, p50_s=None, p90_s=None)
    assert dict(row_props(nobody).figures)[texts_audit.FIGURE_UNOPENED] == texts_audit.FIGURE_NONE
    assert [seconds(one) for one in (None, 9, 75, 120, 900, 7_200)] == [
        "—", "9\u00a0s", "1\u00a0min 15\u00a0s", "2\u00a0min", "15\u00a0min", "2\u00a0h",
    ]  # fmt: skip
