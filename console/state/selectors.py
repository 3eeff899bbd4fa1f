"""What views ask of the state: rows in order, the queue of asks, who may decide and why not. Pure.

It must never answer from anything but the state, and never hide an ask because of an order or a filter of the list.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from math import ceil

from agent_core.contract.commands import Session
from agent_core.contract.ids import AskId, BrandId, ConversationId, WorkflowName
from agent_core.contract.listing import EVERYTHING, Place, ask_place_of, fitting, part_of, place_of
from agent_core.contract.presence import Looking
from agent_core.contract.stopping import PausedWorkflow
from agent_core.contract.views import AskCard, BrandShown, ConversationRow, Numbers
from console import texts_shell
from console.language.numbers import money
from console.state import sentences
from console.state.app_state import AppState, Bucket, Paging
from console.state.deciding import undecided
from console.state.folding import folded
from console.state.holding import MOST_LISTED, within
from console.words import role_words

A_SCREEN = 30
"""Rows that fill a window with some to spare."""
AGAIN_AFTER = timedelta(seconds=30)
"""How old a list may be that rows come into by time alone."""
AWAY_AFTER = timedelta(minutes=3)
"""Where nothing was pressed or moved for so long, nobody is taken to sit there."""
ACTED_AGAIN = timedelta(seconds=10)
"""How often it is told that somebody is there."""
KEEPING = "keep:"
"""What the renewal of one's own lease on an ask is about, before the ask."""
A_QUEUE = 50
"""Asks that are read ahead of whoever works through them."""


def in_bucket(row: ConversationRow, bucket: Bucket) -> bool:
    """Whether a row belongs to a part of the list."""
    return bucket == "all" or part_of(row) == bucket


def log_alarm(state: AppState) -> str:
    """Why the core's log cannot be trusted now, in one sentence for a banner; empty while it can.

    What this console saw by itself comes first: a core can be made to forget, a witness not.
    """
    if state.log.sentence:
        return state.log.sentence
    alarm = state.core.alarm if state.core is not None else None
    return "" if alarm is None else sentences.ALARM_STOPS.format(why=alarm.sentence)


def shown_rows(state: AppState) -> list[ConversationRow]:
    """The rows of the list, in order, after every filter. `presenting.listed` keeps the same list as things change."""
    words, listed = state.search.casefold().split(), rule_of(state)
    return sorted((row for row in state.rows.values() if listed(row) and found_in(folded(row), words)), key=place_of)


def rule_of(state: AppState) -> Callable[[ConversationRow], bool]:
    """Which rows belong to the list, whatever was typed into its search."""
    paging, fits = state.paging.get(state.bucket, Paging()), fitting(state.narrowing.wanted, state.now)

    def listed(row: ConversationRow) -> bool:
        return (
            in_bucket(row, state.bucket)
            and (state.brand is None or row.brand == state.brand)
            and fits(row)
            and within(paging, place_of(row))
        )

    return listed


def reached(state: AppState) -> Place | None:
    """The place up to which the list is shown; None where that is all that is known."""
    return state.paging.get(state.bucket, Paging()).reached


def found_in(text: str, words: Sequence[str]) -> bool:
    """Whether every word typed is there."""
    return all(word in text for word in words)


def numbers(state: AppState) -> Numbers:
    """The counts of where this window looks: one brand, or all this session sees."""
    if state.brand is None:
        return state.counts
    return next((one for one in state.counts.by_brand if one.brand == state.brand), Numbers())


def wants_page(state: AppState, text_of: Callable[[ConversationRow], str] = folded) -> bool:
    """Whether the list should be read on by itself: it was never read, or so few rows fit that a screen is not full.

    Args:
        state: The state.
        text_of: What typed words are looked for in; whoever asks with every letter keeps it.
    """
    paging = state.paging.get(state.bucket, Paging())
    if wants_again(state):
        return True
    if state.connection.phase not in {"live", "catching_up"} or not paging.more:
        return False
    if not paging.started:
        return True
    if state.narrowing.wanted == EVERYTHING and not state.search:
        return False
    if listed_to_the_end(state):
        return False
    words = state.search.casefold().split()
    listed = rule_of(state)
    # Most rows do not have the words: these are left out before anything else is asked of them.
    found = (row for row in state.rows.values() if (not words or found_in(text_of(row), words)) and listed(row))
    return len(tuple(islice(found, A_SCREEN))) < A_SCREEN


def wants_again(state: AppState) -> bool:
    """Whether what was read should be read once more: time alone moves rows into this list, and no feed tells of time."""
    wanted, paging = state.narrowing.wanted, state.paging.get(state.bucket, Paging())
    if (wanted.waiting_over_s is None and wanted.breach_within_s is None) or state.connection.phase != "live":
        return False
    return paging.started and not paging.loading and paging.at is not None and state.now - paging.at >= AGAIN_AFTER


def listed_to_the_end(state: AppState) -> bool:
    """Whether a list was read on for as long as lists are."""
    return state.paging.get(state.bucket, Paging()).read >= MOST_LISTED


def wants_asks(state: AppState) -> bool:
    """Whether more of the queue should be read: none was, or it is soon worked off."""
    if state.connection.phase not in {"live", "catching_up"} or not state.asking.more:
        return False
    return not state.asking.started or sum(1 for _ in _open(state)) < A_QUEUE


def waiting_asks(state: AppState) -> int:
    """How many asks wait for somebody, read or not. What was decided is in the queue until it is done, and waits no more."""
    read = count_undecided(state)
    return read if state.asking.next is None else max(read, numbers(state).asks)


def open_asks(state: AppState) -> list[AskCard]:
    """Every ask that is not closed, most urgent first."""
    return sorted(_open(state), key=ask_place_of)


def count_undecided(state: AppState) -> int:
    """How many of these wait for somebody; nothing is put in order for it."""
    return sum(map(undecided, _open(state)))


def missed_asks(state: AppState) -> list[AskCard]:
    """The open asks that somebody should have looked at or decided by now; they stand first in the queue."""
    return sorted((one for one in _open(state) if one.missed), key=ask_place_of)


def _open(state: AppState) -> Iterator[AskCard]:
    brand = state.brand
    cards = (one for one in state.asks.values() if one.state != "closed" and (brand is None or one.brand == brand))
    # What stands behind the pages that were read comes with the next one, in its place.
    return cards if state.asking.reached is None else (one for one in cards if within(state.asking, ask_place_of(one)))


def queued(state: AppState) -> list[AskCard]:
    """The queue as this person narrowed it; all of it again once nothing is overdue."""
    return (missed_asks(state) if state.only_missed else []) or open_asks(state)


def shown_ask(state: AppState) -> AskCard | None:
    """The ask on the big card: the chosen one, even when just closed; else the first of the queue.

    While the queue is read anew nothing takes the place of the chosen one: it is most likely on its way.
    """
    chosen = state.asks.get(state.ask) if state.ask is not None else None
    if chosen is not None or (state.ask is not None and not state.asking.started):
        return chosen
    return next(iter(queued(state)), None)


def newest_approval(state: AppState) -> AskCard | None:
    """The proposal that was brought before people last and that nobody has decided yet, wherever it stands in the queue."""
    waiting = (
        one for one in state.asks.values() if one.kind == "approval" and undecided(one) and state.brand in (None, one.brand)
    )
    return max(waiting, key=lambda one: (one.raised_at, one.ask), default=None)


def next_ask(state: AppState, after: AskId | None, step: int) -> AskId | None:
    """The ask some places further in the queue, staying inside it; from one that has left it, from where it stood."""
    cards = queued(state)
    queue = [card.ask for card in cards]
    if not queue:
        return None
    if after is not None and after in queue:
        return queue[max(0, min(len(queue) - 1, queue.index(after) + step))]
    stood = state.asks.get(after) if after is not None else None
    if stood is None:
        return queue[0] if step >= 0 else queue[-1]
    before = sum(1 for card in cards if ask_place_of(card) < ask_place_of(stood))
    return queue[max(0, min(len(queue) - 1, before + step - (1 if step > 0 else 0)))]


def read_only_reason(state: AppState) -> str:
    """Why nothing can be decided here now, in a sentence; empty when it can."""
    if state.connection.phase == "offline":
        return sentences.OFFLINE_READ_ONLY
    session = state.session
    if state.keyring.resting:
        return texts_shell.SIGNED_OUT
    if session is None and state.keyring.shut:
        return state.keyring.sentence
    if session is None:
        return sentences.SIGNING_IN
    if session.operator is not None:
        return ""
    if not state.keyring.usable:
        return state.keyring.sentence or sentences.READ_ONLY_SESSION
    return sentences.ENROL_FIRST if session.may_enrol_first else sentences.READ_ONLY_SESSION


def cannot_decide(state: AppState, card: AskCard) -> str:
    """Why this person cannot decide this ask, in a sentence; empty when they can."""
    general = read_only_reason(state)
    session = state.session
    if general or session is None:
        return general
    if card.roles and session.role not in card.roles:
        return sentences.NOT_YOUR_ROLE.format(roles=", ".join(map(role_words, card.roles)))
    if session.brands and "*" not in session.brands and card.brand not in session.brands:
        return sentences.NOT_YOUR_BRAND
    mine = any(given.operator == session.operator for given in card.approvals)
    if mine and card.kind == "approval" and undecided(card):
        # Whoever approved it may well be the one who finds out what became of it: that is another ask.
        return sentences.ALREADY_APPROVED
    return _above_limit(session, card)


def _above_limit(session: Session, card: AskCard) -> str:
    if card.money is None or session.role == "admin":
        return ""
    limit = session.limit
    if limit is not None and limit.currency == card.money.currency and card.money.amount_minor <= limit.amount_minor:
        return ""
    return sentences.ABOVE_LIMIT.format(limit=money(limit) if limit is not None else "0")


def still_to_read(state: AppState, card: AskCard) -> int:
    """For how many seconds more a card is to be read before a yes counts: what the core would refuse, nobody presses."""
    if card.risk is None or card.kind != "approval" or not undecided(card):
        return 0
    seen = state.seen.get(card.ask)
    looked = 0.0 if seen is None else (state.now - seen.shown_at).total_seconds()
    return max(0, ceil(card.risk.min_shown_s - looked))


def needs_second_press(state: AppState, card: AskCard) -> bool:
    """Whether so much is at stake that one press is not enough."""
    if card.risk is not None and card.risk.confirm:
        return True
    if card.money is None:
        return not card.reversible
    return card.money.amount_minor >= state.preferences.confirm_from_minor


def is_mine(state: AppState, card: AskCard) -> bool:
    """Whether the decision that waits to leave is this person's, and so theirs to recall."""
    session = state.session
    return bool(session and session.operator and card.approvals and card.approvals[-1].operator == session.operator)


def must_look_again(state: AppState, card: AskCard) -> bool:
    """Whether something is new on this card that this person has not confirmed to have seen."""
    return card.look_again and state.reviewed.get(card.ask, -1) < card.version


def in_control(state: AppState) -> bool:
    """Whether the open conversation is in this person's hands."""
    detail, session = state.detail, state.session
    if detail is None or session is None or session.operator is None or detail.row.label != "human_control":
        return False
    return detail.row.owner == "person" and detail.row.owner_by == session.operator


def may_hand_back(state: AppState) -> bool:
    """Whether this person may give the open conversation back: theirs, or of somebody who answers in the channel alone."""
    detail = state.detail
    if detail is None or read_only_reason(state) or detail.row.label != "human_control":
        return in_control(state)
    return in_control(state) or (detail.row.owner == "person" and detail.row.owner_by is None)


def brands(state: AppState) -> tuple[BrandShown, ...]:
    """Every brand this session sees."""
    return state.core.brands if state.core is not None else ()


def paused(state: AppState) -> bool:
    """Whether everything is stopped. A brand that is stopped by itself is another matter: all others work."""
    return state.core is not None and state.core.paused


def paused_brands(state: AppState) -> tuple[BrandShown, ...]:
    """Brands that are stopped by themselves, where this window looks."""
    return tuple(one for one in brands(state) if one.paused and state.brand in (None, one.brand))


def paused_workflow(state: AppState, brand: str, workflow: str) -> PausedWorkflow | None:
    """How a workflow of a brand is stopped; none where it works, as far as the core has said."""
    here = (one for known in brands(state) if known.brand == brand for one in known.paused_workflows)
    return next((one for one in here if one.workflow == workflow), None)


def paused_workflows(state: AppState) -> tuple[tuple[BrandId, PausedWorkflow], ...]:
    """Every workflow that is stopped by itself, with its brand."""
    return tuple((known.brand, one) for known in brands(state) for one in known.paused_workflows)


def paused_in(state: AppState, row: ConversationRow) -> tuple[PausedWorkflow, ...]:
    """Workflows of an open conversation that are stopped by themselves."""
    if row.label == "closed":
        return ()
    here = (one for known in brands(state) if known.brand == row.brand for one in known.paused_workflows)
    return tuple(one for one in here if one.workflow in row.workflows)


def workflow_brand(state: AppState) -> BrandId | None:
    """Whose workflows are meant where nobody says so: the brand one looks at, the open conversation's, or the only one."""
    if state.brand is not None:
        return state.brand
    if state.detail is not None:
        return state.detail.row.brand
    known = brands(state)
    return known[0].brand if len(known) == 1 else None


def was_refused(state: AppState, subject: str, numbered: int) -> bool:
    """Whether what was asked for about a subject was not done, as news told after so many.

    Args:
        state: The state.
        subject: What it was about, as in `AppState.pending`.
        numbered: `AppState.numbered` when it was asked for.
    """
    return any(one.key == f"refused:{subject}" and one.number > numbered for one in state.notices)


def stop_subject(brand: BrandId | None, workflow: WorkflowName | None = None) -> str:
    """What a stop or a resume on its way is about."""
    return f"pause:{brand or '*'}" if workflow is None else f"pause:{brand}/{workflow}"


def can_route(state: AppState) -> bool:
    """Whether this person could change who works on the open conversation."""
    detail = state.detail
    if detail is None or read_only_reason(state):
        return False
    return detail.row.label not in {"closed", "quarantined"}


def away(state: AppState) -> bool:
    """Whether nobody has touched this console for a while: what is shown there is looked at by nobody."""
    return state.acted is not None and state.now - state.acted >= AWAY_AFTER


def looking(state: AppState) -> Looking:
    """Where this person stands: on the open conversation, or on the ask before them; nowhere while they are away."""
    if away(state):
        return Looking()
    if state.workspace == "approvals":
        card = shown_ask(state)
        return Looking() if card is None else Looking(conversation=card.conversation, ask=card.ask)
    return Looking(conversation=state.wanted) if state.workspace == "live" else Looking()


def here(state: AppState, conversation: ConversationId, ask: AskId | None = None) -> tuple[str, ...]:
    """Colleagues who look at a conversation, or at one of its asks, by name. Nobody is known while the core is away."""
    if state.connection.phase == "offline":
        return ()
    named = {
        one.operator: one.name
        for one in state.present
        if one.conversation == conversation and (ask is None or one.ask in (None, ask))
    }
    return tuple(named.values())


def looked_at(state: AppState) -> Mapping[ConversationId, tuple[str, ...]]:
    """Who looks at which conversation, for every row of a list at once."""
    return (
        {}
        if state.connection.phase == "offline"
        else {one.conversation: here(state, one.conversation) for one in state.present}
    )


def can_correct(state: AppState) -> bool:
    """Whether this person could put right what the agent believes here."""
    detail = state.detail
    return detail is not None and not read_only_reason(state) and detail.row.label not in {"closed", "quarantined"}


def packet_is_wanted(state: AppState) -> bool:
    """Whether a person needs to know what the open conversation is about: people are wanted, or have it."""
    detail = state.detail
    if detail is None or detail.row.conversation != state.wanted or detail.row.label == "closed":
        return False
    asked = any(one.state != "closed" and one.kind != "approval" for one in detail.asks)
    return asked or detail.row.owner != "agent"


def packet_is_stale(state: AppState) -> bool:
    """Whether what a person must know has to be read (again): something happened since."""
    if not packet_is_wanted(state) or state.detail is None:
        return False
    return state.packet is None or state.packet.seq < state.detail.seq


def detail_is_stale(state: AppState) -> bool:
    """Whether the wanted conversation has to be read (again)."""
    if state.wanted is None:
        return False
    detail = state.detail
    if detail is None or detail.row.conversation != state.wanted:
        return True
    return state.newest.get(state.wanted, 0) > detail.seq
