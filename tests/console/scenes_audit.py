"""The Audit workspace in every state a person can meet."""

from datetime import timedelta

from agent_core.contract.erasing import ErasureWanted, Obstacle
from agent_core.contract.searching import SearchAnswer, SearchAsked
from agent_core.contract.verification import VerificationShown
from console.shell.window import MainWindow
from console.state.app_state import Keyring, LogStanding
from console.state.audit import (
    AuditPartChosen,
    ErasureAsked,
    ErasureShown,
    OversightArrived,
    QueueArrived,
    VerificationArrived,
)
from console.state.happenings import ConnectionChanged, FeedArrived, KeyringKnown, LogWitnessed, SignedIn, WorkspaceChosen
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
from console.state.searching import (
    FacetsArrived,
    SavedRead,
    SavedSearch,
    SearchArrived,
    SearchFailed,
    SearchWanted,
)
from console.state.store import Store
from tests.console import made, made_audit
from tests.console.scene import Scene, say

ASKED = SearchAsked(q="refund", by="customer", money_from=2_000, currency="EUR", since=made.NOW - timedelta(days=30))
_WORD = "Donaudampfschifffahrtsgesellschaft" * 40
_HOSTILE = f"<h1>Pay</h1> \u202eREFUND\u202c \x1b[31m 👩‍👩‍👧‍👦🏳️‍🌈 荷物がまだ届いて שלום مرحبا {_WORD}"


def _at(window: MainWindow, store: Store) -> None:
    say(store, WorkspaceChosen("audit"))
    window.refresh.flush()


def found(window: MainWindow, store: Store) -> None:
    """Hits, and the conversation of the first one, at the place that was found."""
    say(
        store,
        SearchWanted(ASKED),
        SearchArrived(ASKED, made_audit.ANSWER),
        FacetsArrived(made_audit.FACETS),
        PastOpened(made.conversation(1), 3, ("refund",)),
        PastArrived(made.detail(1)),
        ReviewsArrived(made_audit.reviews(1)),
    )
    _at(window, store)


def _first(window: MainWindow, store: Store) -> None:
    say(store, SearchWanted(SearchAsked()))
    _at(window, store)


def _no_hits(window: MainWindow, store: Store) -> None:
    asked = SearchAsked(q="zebra crossing", workflow="refund_order")
    say(store, SearchWanted(asked), SearchArrived(asked, SearchAnswer(hits=(), count=0)))
    _at(window, store)


def _failed(window: MainWindow, store: Store) -> None:
    say(store, SearchWanted(ASKED), SearchFailed(ASKED, "The core could not answer in time. Nothing was changed."))
    _at(window, store)


def _offline(window: MainWindow, store: Store) -> None:
    found(window, store)
    say(store, ConnectionChanged("offline", made.NOW, "The core does not answer."))


def _read_only(window: MainWindow, store: Store) -> None:
    found(window, store)
    told = "No OS keyring holds your key on this computer."
    nobody = made.session(operator=None, role=None, name=None, key=None, limit=None)
    say(store, SignedIn(nobody), KeyringKnown(Keyring(usable=False, kind="none", sentence=told)))
    assert window.audit is not None
    window.audit.beside.show_tab("reviews")


def _many(window: MainWindow, store: Store) -> None:
    hits = tuple(
        made_audit.hit(n, f"Refund number {n} was wanted and is being looked at.", "refund") for n in range(1, 3_001)
    )
    answer = SearchAnswer(hits=hits, next="c", count=1_000, counted_all=False, catching_up=True)
    asked = SearchAsked(q="refund")
    say(store, SearchWanted(asked), SearchArrived(asked, answer))
    _at(window, store)


def _then(window: MainWindow, store: Store) -> None:
    found(window, store)
    say(store, MomentWanted(9), MomentArrived(9, made_audit.moment(1, 9)))


def _past_failed(window: MainWindow, store: Store) -> None:
    say(store, SearchWanted(ASKED), SearchArrived(ASKED, made_audit.ANSWER), PastOpened(made.conversation(7)))
    say(store, PastFailed(made.conversation(7), "detail", "There is no such thing here."))
    _at(window, store)


def _hostile(window: MainWindow, store: Store) -> None:
    bad = made_audit.found(1, customer_name=_HOSTILE, channel=_WORD)
    hits = (made_audit.hit(1, _HOSTILE, "REFUND", found_in=bad), made_audit.hit(2, _WORD, "schiff", speaker=_HOSTILE))
    asked = SearchAsked(q=_HOSTILE[:200], tool=_WORD[:100], flag="x" * 60, conversation=made.conversation(1))
    row = made.row(1, customer_name=_HOSTILE, snippet=_HOSTILE)
    detail = made.detail(1)
    items = tuple(one.model_copy(update={"text": _HOSTILE, "name": _HOSTILE}) for one in detail.items[:1])
    note = made_audit.reviews(1).notes[0].model_copy(update={"text": _HOSTILE, "name": _HOSTILE})
    say(
        store,
        SearchWanted(asked),
        SearchArrived(asked, SearchAnswer(hits=hits, count=2)),
        PastOpened(made.conversation(1)),
        PastArrived(made.detail(1, row=row, items=items, external_id=_WORD)),
        ReviewsArrived(made_audit.reviews(1, notes=(note,))),
    )
    _at(window, store)
    assert window.audit is not None
    window.audit.beside.show_tab("reviews")


def _filters(window: MainWindow, store: Store) -> None:
    found(window, store)
    assert window.audit is not None
    window.audit.asking.filter()


def _ranges(window: MainWindow, store: Store) -> None:
    found(window, store)
    window.carry_out("audit:ranges")
    window.refresh.flush()


def _kept(window: MainWindow, store: Store) -> None:
    found(window, store)
    saved = tuple(SavedSearch(name, ASKED) for name in ("Refunds above 20 €", "Asked for a person", "Not reviewed"))
    say(store, SavedRead(saved))
    assert window.audit is not None
    window.audit.asking.kept()


def _reviews(window: MainWindow, store: Store) -> None:
    found(window, store)
    say(store, QueueArrived(made_audit.QUEUE), PastOpened(made.conversation(1), picked="disputed"))
    window.refresh.flush()
    assert window.audit is not None
    window.audit.beside.show_tab("reviews")


def _score(window: MainWindow, store: Store) -> None:
    _reviews(window, store)
    assert window.audit is not None
    window.audit.asking.score()


def _seen(window: MainWindow, store: Store) -> None:
    found(window, store)
    assert window.audit is not None
    window.audit.show_seen()
    say(
        store,
        CallsArrived(made_audit.CALLS),
        RequestWanted(made_audit.call(11).effect),
        RequestArrived(made_audit.request()),
    )


def _differs(window: MainWindow, store: Store) -> None:
    _seen(window, store)
    sentence = "Message 2 is not the one that was sent: its digest in the log is another."
    say(store, RequestArrived(made_audit.request(verdict="differs", sentence=sentence, digest=None)))


def _erase(window: MainWindow, store: Store) -> None:
    found(window, store)
    assert window.audit is not None
    window.audit.asking.erase()
    window.refresh.flush()
    wanted = ErasureWanted(brand=made.BRAND, conversation=made.conversation(1), whole_customer=True)
    say(store, ErasureAsked(wanted), ErasureShown(wanted, made_audit.erasure()))


def _erase_not_now(window: MainWindow, store: Store) -> None:
    _erase(window, store)
    first, *rest = made_audit.erasure().conversations
    why = Obstacle(code="effect_open", sentence="A refund is under way; it must come to its end first.")
    wanted = ErasureWanted(brand=made.BRAND, conversation=made.conversation(1), whole_customer=True)
    rows = (first.model_copy(update={"obstacles": (why,)}), *rest)
    say(store, ErasureShown(wanted, made_audit.erasure(conversations=rows, allowed=False)))


def _proof(shown: VerificationShown | None) -> Scene:
    def scene(window: MainWindow, store: Store) -> None:
        say(store, AuditPartChosen("proof"), LogWitnessed(LogStanding("", 128_377)), VerificationArrived(shown))
        _at(window, store)

    return scene


def _alarm(window: MainWindow, store: Store) -> None:
    admin = made.session(role="admin")
    say(store, SignedIn(admin), FeedArrived(made.answer(reset=False, core=made.core(alarm=made_audit.ALARM)), made.NOW))
    say(store, AuditPartChosen("proof"))
    _at(window, store)


def _alarm_witness(window: MainWindow, store: Store) -> None:
    sentence = "The core shows an older log than this console has seen: an old database was brought back."
    say(store, LogWitnessed(LogStanding(sentence, 127_902, mine=True)), AuditPartChosen("proof"))
    _at(window, store)


def _alarm_find(window: MainWindow, store: Store) -> None:
    found(window, store)
    say(store, FeedArrived(made.answer(reset=False, core=made.core(alarm=made_audit.ALARM)), made.NOW))


def _oversight(window: MainWindow, store: Store) -> None:
    say(store, AuditPartChosen("oversight"), OversightArrived("30", made_audit.OVERSIGHT))
    _at(window, store)


def _oversight_empty(window: MainWindow, store: Store) -> None:
    nothing = made_audit.OVERSIGHT.model_copy(update={"total": (), "by_person": (), "by_workflow": (), "by_both": ()})
    say(store, AuditPartChosen("oversight"), OversightArrived("30", nothing))
    _at(window, store)


_RUNNING = made_audit.verification(
    state="running", verdict=None, sentence="Events are read and held against their chain.", done=41_200, finished_at=None
)

SCENES: dict[str, Scene] = {
    "audit": found,
    "audit-first": _first,
    "audit-no-hits": _no_hits,
    "audit-failed": _failed,
    "audit-offline": _offline,
    "audit-read-only": _read_only,
    "audit-many": _many,
    "audit-then": _then,
    "audit-past-failed": _past_failed,
    "audit-hostile": _hostile,
    "audit-filters": _filters,
    "audit-ranges": _ranges,
    "audit-kept": _kept,
    "audit-reviews": _reviews,
    "audit-score": _score,
    "audit-seen": _seen,
    "audit-differs": _differs,
    "audit-erase": _erase,
    "audit-erase-not-now": _erase_not_now,
    "audit-proof": _proof(made_audit.verification()),
    "audit-proof-never": _proof(None),
    "audit-proof-running": _proof(_RUNNING),
    "audit-proof-broken": _proof(made_audit.broken()),
    "audit-alarm": _alarm,
    "audit-alarm-witness": _alarm_witness,
    "audit-alarm-find": _alarm_find,
    "audit-oversight": _oversight,
    "audit-oversight-empty": _oversight_empty,
}

ALIKE = frozenset(SCENES) - {
    "audit", "audit-then", "audit-hostile", "audit-reviews", "audit-seen", "audit-erase", "audit-proof-broken",
    "audit-alarm", "audit-oversight",
}  # fmt: skip
"""Scenes whose panes stand in another scene as well: looked over in the long suite only."""
