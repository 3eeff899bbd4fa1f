"""The one function that makes the next state. Pure: same state, same happening, same answer.

Views of the core are merged by their version, which only grows, so the order in which answers arrive does not matter and
a late one never takes a newer one's place. It must never invent or patch a view.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from agent_core.contract.ids import AskId, BrandId, ConversationId
from agent_core.contract.views import AskCard, ConversationDetail, ConversationRow
from console.state.acting import ActingHappening, acting_reduced, still_there
from console.state.app_state import AppState, Bucket, Connection, Notice, Paging, Pending, Seen
from console.state.audit import Audit
from console.state.audit import reduced as audit_reduced
from console.state.audit_happened import AuditHappened
from console.state.bulk import member_of
from console.state.deciding import undecided
from console.state.finding import FindingHappening, finding_reduced
from console.state.happenings import (
    AskArmed,
    AskChosen,
    AskReviewed,
    AsksArrived,
    AsksFailed,
    AsksWanted,
    BrandChosen,
    BucketChosen,
    CommandAnswered,
    CommandRefused,
    CommandSent,
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    EditShown,
    FeedArrived,
    Happening,
    KeyringKnown,
    LogWitnessed,
    News,
    NoticesSeen,
    PacketArrived,
    PageArrived,
    PageFailed,
    PageSeenAgain,
    PageWanted,
    PersonActed,
    PreferencesChosen,
    QueueNarrowed,
    ReplyDoubted,
    RoutingShown,
    SearchTyped,
    SignedIn,
    SignedOut,
    SystemsArrived,
    Ticked,
    WorkspaceChosen,
)
from console.state.holding import held, minded
from console.state.late import FROM_THE_CORE
from console.state.levels import LevelsHappening, levels_reduced
from console.state.listing import (
    FilterChosen,
    ListingArrived,
    ListingHappening,
    ViewChosen,
    ViewForgotten,
    ViewSaved,
    reduced,
)
from console.state.people import PeopleArrived
from console.state.searching import Search
from console.state.stopping import ReachArrived, reach_reduced
from console.state.triage import TriageHappening, triage_reduced

KEPT_NOTICES = 60
_OfASlice = FindingHappening | TriageHappening | LevelsHappening | ActingHappening | ReachArrived
FORGET_ANSWERED = timedelta(seconds=12)
"""A command the core took, and about which no view has come since, loses its mark after this."""


def reduce(state: AppState, happening: Happening) -> AppState:
    """The state after something happened."""
    return held(state, _armed(state, _picks(_looked(_reduced(state, happening)))))


def _picks(state: AppState) -> AppState:
    """What was decided elsewhere is not chosen any more."""
    if not state.acting.picked:
        return state
    waiting = {ask for ask in state.acting.picked if ask in state.asks and undecided(state.asks[ask])}
    acting = still_there(state.acting, waiting)
    return state if acting is state.acting else replace(state, acting=acting)


def _armed(before: AppState, state: AppState) -> AppState:
    """Take back a first press on an ask that waits no longer, or that by now binds something else than what was shown."""
    if state.armed is None or state.armed != before.armed or state.asks is before.asks:
        return state
    was, card = before.asks.get(state.armed), state.asks.get(state.armed)
    same = was is not None and card is not None and undecided(card) and member_of(was) == member_of(card)
    return state if same else replace(state, armed=None)


def _looked(state: AppState) -> AppState:
    """Note which asks stand before the person now; in Live their conversation does as well."""
    fresh: dict[AskId, Seen] = {}
    if state.workspace == "approvals" and state.ask is not None and state.ask not in state.seen:
        fresh[state.ask] = Seen(state.now)
    detail = state.detail
    if state.workspace == "live" and detail is not None and detail.row.conversation == state.wanted:
        for card in detail.asks:
            known = state.seen.get(card.ask)
            if known is None or not known.opened:
                fresh[card.ask] = Seen(state.now if known is None else known.shown_at, opened=True)
    return replace(state, seen={**state.seen, **fresh}) if fresh else state


def _reduced(state: AppState, happening: Happening) -> AppState:
    if isinstance(happening, SignedOut):
        return signed_out(state, resting=happening.resting)
    if state.session is None and (state.keyring.resting or state.keyring.shut) and isinstance(happening, FROM_THE_CORE):
        # What was asked for before somebody left comes too late to be shown.
        return state
    if isinstance(happening, _OfASlice):
        return _slice(state, happening)
    match happening:
        case (
            FeedArrived()
            | PageWanted()
            | PageArrived()
            | PageFailed()
            | PageSeenAgain()
            | AsksWanted()
            | AsksArrived()
            | AsksFailed()
            | DetailArrived()
        ):
            return _from_core(state, happening)
        case PacketArrived() | ReplyDoubted() | RoutingShown() | EditShown() | SystemsArrived():
            return _beside(state, happening)
        case CommandSent() | CommandAnswered() | CommandRefused():
            return _command(state, happening)
        case (
            ConnectionChanged()
            | SignedIn()
            | KeyringKnown()
            | LogWitnessed()
            | Ticked()
            | PersonActed()
            | News()
            | NoticesSeen()
            | PreferencesChosen()
        ):
            return _around(state, happening)
        case (
            ConversationChosen()
            | AskChosen()
            | QueueNarrowed()
            | AskArmed()
            | AskReviewed()
            | BucketChosen()
            | SearchTyped()
            | BrandChosen()
            | WorkspaceChosen()
        ):
            return _choice(state, happening)
        case FilterChosen() | ViewChosen() | ViewSaved() | ViewForgotten() | ListingArrived():
            return _narrowed(state, happening)
        case PeopleArrived(known):
            return replace(state, people=known)
        case AuditHappened():
            return replace(state, audit=audit_reduced(state.audit, happening))
        case _:
            assert_never(happening)


def _slice(state: AppState, happening: _OfASlice) -> AppState:
    """What concerns one slice alone."""
    if isinstance(happening, FindingHappening):
        return replace(state, finding=finding_reduced(state.finding, happening))
    if isinstance(happening, TriageHappening):
        return replace(state, triage=triage_reduced(state.triage, happening))
    if isinstance(happening, LevelsHappening):
        return replace(state, levels=levels_reduced(state.levels, happening))
    if isinstance(happening, ReachArrived):
        return replace(state, reach=reach_reduced(happening))
    return replace(state, acting=acting_reduced(state.acting, happening))


# -- what the core said ------------------------------------------------------------------------------------------------


def _from_core(
    state: AppState,
    happening: FeedArrived
    | PageWanted
    | PageArrived
    | PageFailed
    | PageSeenAgain
    | AsksWanted
    | AsksArrived
    | AsksFailed
    | DetailArrived,
) -> AppState:
    match happening:
        case FeedArrived():
            return _feed(state, happening)
        case PageWanted(bucket):
            before = state.paging.get(bucket, Paging())
            return _paged(state, bucket, replace(before, loading=True))
        case PageFailed(bucket, wanted, brand):
            if (wanted, brand) != (state.narrowing.wanted, state.brand):
                return state
            before = state.paging.get(bucket, Paging())
            return _paged(state, bucket, replace(before, loading=False))
        case PageArrived(bucket, page, wanted, brand, begun):
            if begun not in (None, state.begun):
                return state  # what changed between it and the new beginning was told to nobody
            # What was asked for before the list was narrowed otherwise is known all the same, and is no page of this list.
            mine = (wanted, brand) == (state.narrowing.wanted, state.brand)
            so_far = state.paging.get(bucket, Paging()).read + len(page.rows)
            at = state.paging.get(bucket, Paging()).at or state.now
            paging = Paging(page.next, started=True, reached=page.reached, read=so_far, at=at)
            read = _paged(state, bucket, paging) if mine else state
            return replace(read, rows=_merged_rows(state.rows, page.rows), counts=page.counts)
        case PageSeenAgain(bucket, page, wanted, brand, begun, over):
            if (wanted, brand, begun) != (state.narrowing.wanted, state.brand, state.begun):
                return state
            if over:
                state = _paged(state, bucket, replace(state.paging.get(bucket, Paging()), loading=False, at=state.now))
            return replace(state, rows=_merged_rows(state.rows, page.rows), counts=page.counts)
        case AsksWanted() | AsksArrived() | AsksFailed():
            return _queue(state, happening)
        case DetailArrived(detail):
            return _detail(state, detail)


def _queue(state: AppState, happening: AsksWanted | AsksArrived | AsksFailed) -> AppState:
    match happening:
        case AsksWanted():
            return replace(state, asking=replace(state.asking, loading=True))
        case AsksFailed(brand):
            return state if brand != state.brand else replace(state, asking=replace(state.asking, loading=False))
        case AsksArrived(page, brand, begun):
            if (brand, begun) != (state.brand, state.begun):
                return state
            asks = _merged_asks(state.asks, page.asks)
            asking = Paging(page.next, started=True, reached=page.reached)
            pending = _still_pending(state.pending, state.rows, asks)
            return replace(state, asks=asks, asking=asking, counts=page.counts, pending=pending)


def _beside(
    state: AppState, happening: PacketArrived | ReplyDoubted | RoutingShown | EditShown | SystemsArrived
) -> AppState:
    """What was asked for; about a conversation nothing of another one than the open one is kept."""
    match happening:
        case EditShown(preview):
            return replace(state, editing=preview) if preview.conversation == state.wanted else state
        case SystemsArrived(systems):
            return replace(state, systems=systems)
        case RoutingShown(preview):
            return replace(state, routing=preview) if preview.conversation == state.wanted else state
        case PacketArrived(packet):
            old = state.packet
            if packet.conversation != state.wanted or (old is not None and old.seq > packet.seq):
                return state
            return replace(state, packet=packet)
        case ReplyDoubted(doubted):
            if doubted is not None and doubted.conversation != state.wanted:
                return state
            return replace(state, doubted=doubted)


def _feed(state: AppState, happening: FeedArrived) -> AppState:
    answer = happening.answer
    if answer.reset:
        # The core's story begins anew: what was read before is not known to hold any more.
        state = replace(
            state, rows={}, asks={}, newest={}, paging={}, asking=Paging(), begun=state.begun + 1, rows_kept=0, asks_kept=0,
            rows_doubted=0,
        )  # fmt: skip
    core, skew, now = state.core, state.skew, state.now
    if answer.core is not None and (core is None or answer.core.now >= core.now or answer.reset):
        core = answer.core
        skew = core.now - happening.at
        now = core.now
    if core is not None and state.brand is not None and all(one.brand != state.brand for one in core.brands):
        state = _at_brand(state, None)  # a brand that is not seen (any more) shows nothing, for ever
    newest, mine = state.newest, minded(state)
    for conversation, seq in answer.changed:
        if conversation in mine and seq > newest.get(conversation, 0):
            newest = {**{name: known for name, known in newest.items() if name in mine}, conversation: seq}
    asks = _merged_asks(state.asks, answer.asks)
    rows = _merged_rows(state.rows, answer.rows)
    return replace(
        state, core=core, skew=skew, now=now, rows=rows, asks=asks, counts=answer.counts, newest=newest,
        present=answer.present, pending=_still_pending(state.pending, rows, asks),
    )  # fmt: skip


def _merged_rows(
    known: Mapping[ConversationId, ConversationRow], came: tuple[ConversationRow, ...]
) -> Mapping[ConversationId, ConversationRow]:
    if not came:
        return known
    merged = dict(known)
    for row in came:
        old = merged.get(row.conversation)
        if old is None or row.version > old.version:
            merged[row.conversation] = row
    return merged


def _merged_asks(known: Mapping[AskId, AskCard], came: tuple[AskCard, ...]) -> Mapping[AskId, AskCard]:
    if not came:
        return known
    merged = dict(known)
    for card in came:
        old = merged.get(card.ask)
        if old is None or card.version > old.version:
            merged[card.ask] = card
    return merged


def _still_pending(
    pending: Mapping[str, Pending], rows: Mapping[ConversationId, ConversationRow], asks: Mapping[AskId, AskCard]
) -> Mapping[str, Pending]:
    """Marks whose view has not moved on since; every newer view means that the core has spoken."""
    if not pending:
        return pending
    newest: dict[str, int] = {str(key): row.version for key, row in rows.items() if str(key) in pending}
    newest |= {str(key): card.version for key, card in asks.items() if str(key) in pending}
    return {subject: mark for subject, mark in pending.items() if newest.get(subject, mark.version) <= mark.version}


def _paged(state: AppState, bucket: Bucket, paging: Paging) -> AppState:
    return replace(state, paging={**state.paging, bucket: paging})


def _detail(state: AppState, detail: ConversationDetail) -> AppState:
    conversation = detail.row.conversation
    rows = _merged_rows(state.rows, (detail.row,))
    asks = _merged_asks(state.asks, detail.asks)
    state = replace(state, rows=rows, asks=asks, pending=_still_pending(state.pending, rows, asks))
    if conversation != state.wanted:
        return state
    old = state.detail
    if old is not None and old.row.conversation == conversation and old.seq > detail.seq:
        return state
    newest = {**state.newest, conversation: max(detail.seq, state.newest.get(conversation, 0))}
    return replace(state, detail=detail, newest=newest)


# -- commands ----------------------------------------------------------------------------------------------------------


def _command(state: AppState, happening: CommandSent | CommandAnswered | CommandRefused) -> AppState:
    pending = dict(state.pending)
    match happening:
        case CommandSent(subject, verb, version):
            pending[subject] = Pending(verb, version, state.now)
            return replace(state, pending=pending, armed=None)
        case CommandAnswered(subject, shown):
            mark = pending.get(subject)
            if mark is None:
                return state
            if shown:
                del pending[subject]
            else:
                pending[subject] = replace(mark, answered=True, at=state.now)
            return replace(state, pending=pending)
        case CommandRefused(subject, code, sentence):
            pending.pop(subject, None)
            news = News(f"refused:{subject}", sentence, "", "danger" if code.startswith("key") else "warn")
            return _noticed(replace(state, pending=pending), news)


# -- around ------------------------------------------------------------------------------------------------------------


def _around(
    state: AppState,
    happening: ConnectionChanged
    | SignedIn
    | KeyringKnown
    | LogWitnessed
    | Ticked
    | PersonActed
    | News
    | NoticesSeen
    | PreferencesChosen,
) -> AppState:
    match happening:
        case ConnectionChanged(phase, at, sentence):
            if phase == state.connection.phase and sentence == state.connection.sentence:
                return state
            return replace(state, connection=Connection(phase, at + state.skew, sentence))
        case SignedIn(session):
            if session is None and state.keyring.shut and (state.session is not None or state.core is not None):
                return signed_out(state, resting=False)  # what they were shown until now is none of theirs
            return replace(state, session=session)
        case KeyringKnown(keyring):
            return replace(state, keyring=keyring)
        case LogWitnessed(standing):
            return replace(state, log=standing)
        case Ticked(at):
            now = max(state.now, at + state.skew)
            pending = {
                subject: mark
                for subject, mark in state.pending.items()
                if not mark.answered or now - mark.at < FORGET_ANSWERED
            }
            return replace(state, now=now, pending=pending)
        case PersonActed():
            return replace(state, acted=state.now)
        case News():
            return _noticed(state, happening)
        case NoticesSeen():
            return replace(state, unseen=0)
        case PreferencesChosen(preferences):
            return replace(state, preferences=preferences)


def _noticed(state: AppState, news: News) -> AppState:
    number = state.numbered + 1
    notice = Notice(number, news.key, news.title, news.words, news.tone, state.now, news.conversation, news.quiet)
    kept = tuple(one for one in state.notices if one.key != news.key)[-KEPT_NOTICES + 1 :]
    return replace(state, notices=(*kept, notice), numbered=number, unseen=min(99, state.unseen + 1))


def _narrowed(state: AppState, happening: ListingHappening) -> AppState:
    """Another list begins at its first page."""
    narrowing = reduced(state.narrowing, happening)
    if isinstance(happening, ViewChosen):
        state = replace(_at_brand(state, happening.view.brand), bucket=happening.view.bucket)
    anew = narrowing.wanted != state.narrowing.wanted
    return replace(state, narrowing=narrowing, paging={} if anew else state.paging)


def _at_brand(state: AppState, brand: BrandId | None) -> AppState:
    """One brand, or all: nothing of another one stays open, so that nobody acts where they do not look."""
    if brand == state.brand:
        return state
    shown = state.rows.get(state.wanted) if state.wanted is not None else None
    card = state.asks.get(state.ask) if state.ask is not None else None
    if brand is not None and card is not None and card.brand != brand:
        state = _choice(state, AskChosen(None))
    if brand is not None and shown is not None and shown.brand != brand:
        state = _choice(state, ConversationChosen(None))
    return replace(state, brand=brand, paging={}, asking=Paging(), armed=None)


def signed_out(state: AppState, *, resting: bool) -> AppState:
    """The state without anything that somebody was shown; what a person set stays."""
    return AppState(
        now=state.now,
        skew=state.skew,
        connection=state.connection,
        keyring=replace(state.keyring, resting=resting, usable=state.keyring.usable and not resting),
        log=state.log,
        workspace=state.workspace,
        bucket=state.bucket,
        preferences=state.preferences,
        narrowing=replace(state.narrowing, choices=None),
        begun=state.begun,
        audit=Audit(search=Search(saved=state.audit.search.saved)),
        numbered=state.numbered,
    )


# -- what the person chose ---------------------------------------------------------------------------------------------


def _choice(
    state: AppState,
    happening: ConversationChosen
    | AskChosen
    | QueueNarrowed
    | AskArmed
    | AskReviewed
    | BucketChosen
    | SearchTyped
    | BrandChosen
    | WorkspaceChosen,
) -> AppState:
    match happening:
        case ConversationChosen(conversation):
            if conversation == state.wanted:
                return state
            return replace(state, wanted=conversation, detail=None, packet=None, doubted=None, routing=None, armed=None)
        case AskChosen(ask):
            return replace(state, ask=ask, armed=None if ask != state.ask else state.armed)
        case QueueNarrowed(only_missed):
            return replace(state, only_missed=only_missed)
        case AskArmed(ask):
            return replace(state, armed=ask)
        case AskReviewed(ask):
            card = state.asks.get(ask)
            return state if card is None else replace(state, reviewed={**state.reviewed, ask: card.version})
        case BucketChosen(bucket):
            return replace(state, bucket=bucket)
        case SearchTyped(words):
            return replace(state, search=words)
        case BrandChosen(brand):
            return _at_brand(state, brand)
        case WorkspaceChosen(workspace):
            return replace(state, workspace=workspace, armed=None)
