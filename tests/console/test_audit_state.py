"""Audit's slice of the state: late answers change nothing, saved searches keep their names, what was typed is forgotten."""

from datetime import timedelta

from agent_core.contract.erasing import ErasureWanted
from agent_core.contract.looking_back import CallsAnswer
from agent_core.contract.searching import SearchAnswer, SearchAsked
from console.shell import kept_searches
from console.state.app_state import AppState
from console.state.audit import (
    ErasureAsked,
    ErasureShown,
    OversightArrived,
    PeriodChosen,
    VerificationArrived,
)
from console.state.audit_happened import AuditHappened
from console.state.past import (
    CallsArrived,
    MomentArrived,
    MomentWanted,
    PastArrived,
    PastFailed,
    PastOpened,
    RequestArrived,
    RequestWanted,
    ReviewsArrived,
)
from console.state.reduce import reduce
from console.state.searching import (
    MOST_SAVED,
    SavedRead,
    SavedSearch,
    SearchArrived,
    SearchFailed,
    SearchForgotten,
    SearchMoreWanted,
    SearchRenamed,
    SearchSaved,
    SearchWanted,
)
from tests.console import made, made_audit


def after(*happenings: AuditHappened, state: AppState | None = None) -> AppState:
    """The state after something happened in Audit."""
    now = state or AppState(now=made.NOW)
    for one in happenings:
        now = reduce(now, one)
    return now


REFUND, REFUSE = SearchAsked(q="refund"), SearchAsked(q="refuse")


def test_an_answer_to_an_older_question_changes_nothing() -> None:
    state = after(SearchWanted(REFUND), SearchWanted(REFUSE), SearchArrived(REFUND, made_audit.ANSWER))
    search = state.audit.search
    assert (search.hits, search.loading, search.asked) == ((), True, REFUSE)
    late = after(SearchFailed(REFUND, "Too slow."), state=state)
    assert (late.audit.search.problem, late.audit.search.loading) == ("", True)


def test_what_is_shown_stays_until_the_new_answer_is_there() -> None:
    state = after(SearchWanted(REFUND), SearchArrived(REFUND, made_audit.ANSWER), SearchWanted(REFUSE))
    assert state.audit.search.hits == made_audit.HITS
    assert state.audit.search.next_page is None
    done = after(SearchArrived(REFUSE, SearchAnswer(hits=())), state=state)
    assert done.audit.search.hits == ()


def test_pages_are_added_in_their_order_once() -> None:
    state = after(SearchWanted(REFUND), SearchArrived(REFUND, made_audit.ANSWER))
    following = state.audit.search.next_page
    assert following is not None
    assert following.after == "cursor"
    more = made_audit.hit(40, "Refund it", "refund")
    page = SearchAnswer(hits=(made_audit.HITS[-1], more), next=None, count=40)
    state = after(SearchMoreWanted(), SearchArrived(following, page), SearchArrived(following, page), state=state)
    search = state.audit.search
    assert search.hits == (*made_audit.HITS, more)
    assert search.next_page is None
    assert search.last is not None
    assert search.last.count == 1_000


def test_a_failed_page_leaves_what_is_there_and_says_why() -> None:
    state = after(SearchWanted(REFUND), SearchArrived(REFUND, made_audit.ANSWER), SearchMoreWanted())
    asked = REFUND.model_copy(update={"after": "cursor"})
    state = after(SearchFailed(asked, "The core does not answer."), state=state)
    assert state.audit.search.hits == made_audit.HITS
    assert state.audit.search.problem == "The core does not answer."
    assert state.audit.search.next_page == asked


def test_a_saved_search_is_named_renamed_replaced_and_forgotten() -> None:
    state = after(SearchWanted(REFUND), SearchSaved("  Refunds \n of today "))
    assert state.audit.search.saved == (SavedSearch("Refunds of today", REFUND),)
    state = after(SearchWanted(REFUSE), SearchSaved("Other"), SearchSaved("Refunds of today"), state=state)
    assert [one.asked.q for one in state.audit.search.saved] == ["refuse", "refuse"]
    state = after(SearchRenamed("Other", "Refunds of today"), SearchRenamed("Other", " "), state=state)
    assert [one.name for one in state.audit.search.saved] == ["Refunds of today", "Other"]
    state = after(SearchRenamed("Other", "Better"), SearchForgotten("Refunds of today"), SearchSaved(""), state=state)
    assert [one.name for one in state.audit.search.saved] == ["Better"]


def test_saved_searches_survive_the_settings_file_and_damage_to_it() -> None:
    asked = SearchAsked(q='"exactly this" \u202e', money_from=20, since=made.NOW, reviewed=False)
    saved = (SavedSearch("Ä", asked), SavedSearch("Empty", SearchAsked()))
    assert kept_searches.read(kept_searches.written(saved)) == saved
    for bad in ("", "{", "[1, {}]", '{"a": 1}', '[{"name": "x", "asked": {"limit": -4}}]', "[" * 100_000):
        assert kept_searches.read(bad) == ()
    many = tuple(SavedSearch(f"n{number}", REFUND) for number in range(MOST_SAVED + 5))
    assert len(kept_searches.read(kept_searches.written(many))) == MOST_SAVED
    assert len(after(SavedRead(many)).audit.search.saved) == MOST_SAVED


def test_nothing_of_another_conversation_is_shown() -> None:
    state = after(PastOpened(made.conversation(1)), PastArrived(made.detail(2)), ReviewsArrived(made_audit.reviews(2)))
    past = state.audit.past
    assert (past.detail, past.reviews) == (None, None)
    other = CallsAnswer(conversation=made.conversation(2), seq=1, calls=())
    state = after(CallsArrived(other), PastFailed(made.conversation(2), "detail", "Not here."), state=state)
    assert state.audit.past.calls is None
    assert state.audit.past.problems == {}


def test_the_past_is_shown_only_as_it_was_asked_for() -> None:
    state = after(PastOpened(made.conversation(1)), PastArrived(made.detail(1)), MomentWanted(9), MomentWanted(14))
    state = after(MomentArrived(9, made_audit.moment(1, 9)), state=state)
    assert state.audit.past.moment is None
    state = after(MomentArrived(14, made_audit.moment(1, 14)), state=state)
    shown = state.audit.past.shown
    assert shown is not None
    assert shown.seq == 14
    now = after(MomentWanted(None), state=state).audit.past.shown
    assert now is not None
    assert now.seq == 24


def test_an_older_view_never_takes_a_newer_ones_place() -> None:
    newer = made.detail(1, seq=40)
    state = after(PastOpened(made.conversation(1)), PastArrived(newer), PastArrived(made.detail(1)))
    assert state.audit.past.detail == newer


def test_the_same_place_can_be_gone_to_again_and_another_one_forgets_the_first() -> None:
    state = after(PastOpened(made.conversation(1), 3), PastArrived(made.detail(1)), MomentWanted(9))
    again = after(PastOpened(made.conversation(1), 3), state=state).audit.past
    assert (again.opened, again.position, again.detail) == (2, None, made.detail(1))
    assert after(PastOpened(made.conversation(2)), state=state).audit.past.detail is None


def test_only_the_wanted_call_is_shown() -> None:
    call = made_audit.call(11)
    state = after(PastOpened(made.conversation(1)), RequestWanted(made_audit.call(4).effect))
    state = after(RequestArrived(made_audit.request()), state=state)
    assert state.audit.past.request is None
    state = after(RequestWanted(call.effect), RequestArrived(made_audit.request()), state=state)
    assert state.audit.past.request is not None
    assert after(RequestWanted(None), state=state).audit.past.request is None


def test_what_was_typed_to_erase_somebody_is_forgotten_with_the_form() -> None:
    wanted = ErasureWanted(brand=made.BRAND, customer="amara@example.org")
    other = ErasureWanted(brand=made.BRAND, customer="a")
    state = after(ErasureAsked(wanted), ErasureShown(other, made_audit.erasure()))
    assert state.audit.erasure is None
    state = after(ErasureShown(wanted, made_audit.erasure()), state=state)
    assert state.audit.erasure is not None
    state = after(ErasureAsked(None), ErasureShown(wanted, made_audit.erasure()), state=state)
    assert "amara" not in repr(state.audit)
    assert state.audit.erasure is None


def test_a_verdict_stays_when_asking_again_fails_and_oversight_is_of_the_chosen_period() -> None:
    state = after(VerificationArrived(made_audit.verification()), VerificationArrived(None, "The core does not answer."))
    assert state.audit.verification == made_audit.verification()
    assert state.audit.verification_problem == "The core does not answer."
    state = after(PeriodChosen("7"), OversightArrived("30", made_audit.OVERSIGHT), state=state)
    assert state.audit.oversight is None
    state = after(OversightArrived("7", made_audit.OVERSIGHT), state=state)
    assert state.audit.oversight is not None
    assert state.now == made.NOW + timedelta()
