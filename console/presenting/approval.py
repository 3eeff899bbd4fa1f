"""The approval card of an ask, in the situation this person is in (R-C3, R-M2)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from agent_core.contract.ids import ConversationId
from agent_core.contract.outcomes import AskKind
from agent_core.contract.views import AskCard, EvidenceShown, QuestionShown
from console import strings, texts_acting, texts_stopping, texts_time, words
from console.presenting.clock import at
from console.presenting.deadlines import deadlines
from console.presenting.plain import plain_code
from console.presenting.stopping import by_whom
from console.state.ages import left, old
from console.state.app_state import AppState
from console.state.deciding import decided_by
from console.state.happenings import News
from console.state.selectors import (
    brands,
    cannot_decide,
    here,
    is_mine,
    must_look_again,
    open_asks,
    paused,
    paused_workflow,
    still_to_read,
)
from console.theme.tokens import Tone
from console.widgets.approval_props import ApprovalProps, Difference, EvidenceRow, QuestionRow
from console.widgets.approval_state import (
    VERBS,
    ApprovalState,
    Armed,
    Claimed,
    Closed,
    Executing,
    LookAgain,
    ReadOnly,
    Sending,
    UndoCountdown,
    Verb,
    Waiting,
)
from console.widgets.visible_text import one_line

_BUILT: frozenset[Verb] = frozenset(
    {
        "approve",
        "edit",
        "deny",
        "ask_back",
        "escalate",
        "take_over",
        "resolve",
        "repair",
        "confirm_executed",
        "confirm_not_executed",
        "still_unknown",
    }
)
"""Verbs this console can carry out; the others are hidden rather than promised."""
_TONES: dict[str, Tone | None] = {"plain": None, "ok": "ok", "warn": "warn", "danger": "danger"}
_SAID_BY_REASON: frozenset[AskKind] = frozenset({"escalation", "breach", "review"})
"""Kinds whose title says no more than the kind itself: why somebody is wanted is what a person must know."""
_NUMBERED = re.compile(r"\S*\d\S*")
_STALE_SECONDS = 15 * 60


def offered(card: AskCard) -> frozenset[Verb]:
    """What the core offers about an ask and this console can do."""
    return frozenset(verb for verb in VERBS if verb in card.verbs and verb in _BUILT)


def approval_props(state: AppState, card: AskCard) -> ApprovalProps:
    """The card as it stands now. Nothing in it changes with every second: clocks are moved apart from it."""
    return ApprovalProps(
        key=card.ask,
        headline=headline(card),
        to_whom=_to_whom(card),
        why=_why(card),
        rule="\n".join(rule.why or plain_code(rule.id) for rule in card.rules),
        reversible=_reversible(card),
        irreversible=not card.reversible and card.kind == "approval",
        evidence=tuple(_evidence(one, card, state.now) for one in card.evidence),
        differences=tuple(Difference(row.label, *_before_and_now(row.value)) for row in card.changes),
        rows=(*deadlines(card, state.now), *_sent(card), *_care(card), *_paused(state, card)),
        given=tuple(_given(card)),
        wanted=_wanted(card),
        seconds_left=left(card.expires_at or card.next_breach, state.now),
        promised=card.expires_at is None,
        late=bool(card.missed),
        state=situation(state, card),
        offered=offered(card),
        simulated=words.SIMULATED_PERSON if any(one.simulated for one in card.approvals) else "",
        questions=tuple(map(_question, card.questions)),
        notes=tuple(_notes(card)),
        wait_s=still_to_read(state, card),
        bound=bound(card),
    )


def bound(card: AskCard) -> str:
    """What a yes to this card would sign, by the names that change with it; empty where nothing is signed."""
    held = card.binding
    return "" if held is None else f"{held.nonce} {held.arguments_digest} {held.card_digest} {held.seen_through}"


def frozen(props: ApprovalProps) -> ApprovalProps:
    """The same card with its clocks stopped, to see whether anything but time has moved."""
    state = props.state
    if isinstance(state, UndoCountdown):
        state = replace(state, seconds=0)
    return replace(props, seconds_left=None if props.seconds_left is None else 0, state=state, wait_s=0)


def _sent(card: AskCard) -> Iterator[tuple[str, str, Tone | None]]:
    """What exactly will be sent; the amount stands in the headline already."""
    shown = "" if card.money is None else card.money.text()
    for row in card.rows:
        if not (shown and row.value == shown and shown in headline(card)):
            yield row.label, row.value, _TONES[row.tone]


def headline(card: AskCard) -> str:
    """What happens and how much, short enough for large type: the title up to its amount; of a plain ask, its reason."""
    if card.kind in _SAID_BY_REASON and card.sentence:
        return card.sentence.rstrip(".")
    if card.money is None:
        return card.title
    before, found, _ = card.title.partition(card.money.text())
    return f"{before}{found}" if found else card.title


def reasons(state: AppState) -> dict[ConversationId, str]:
    """Why conversations need a person, in a few words each: the most urgent of their open asks."""
    said: dict[ConversationId, str] = {}
    for card in open_asks(state):
        if card.kind == "approval":
            said.setdefault(card.conversation, headline(card))
        else:
            said.setdefault(card.conversation, card.sentence or card.title)
    return said


def _to_whom(card: AskCard) -> str:
    """Whom it reaches, and the rest of the title."""
    rest = card.title.removeprefix(headline(card)).strip(" .,") if card.kind == "approval" else ""
    values = {row.value for row in card.rows}
    if rest and all(word in values for word in _NUMBERED.findall(rest)):
        rest = ""  # the rows below say which payment of which order
    who = card.subtitle if card.customer_name in card.subtitle else f"{card.customer_name} · {card.subtitle}".strip(" ·")
    return f"{who} · {rest}" if rest else who


def _why(card: AskCard) -> str:
    """The reason, unless a row of what will be sent says the very same."""
    why = card.why or card.sentence
    said = why.rstrip(".") == headline(card) or any(row.value == why for row in card.rows)
    return "" if said else why


def _reversible(card: AskCard) -> str:
    if card.kind != "approval":
        return ""
    return words.CAN_BE_TAKEN_BACK if card.reversible else words.CANNOT_BE_TAKEN_BACK


def _paused(state: AppState, card: AskCard) -> tuple[tuple[str, str, Tone | None], ...]:
    """That agents, or its workflow, are paused: it can be decided, and nothing is done until they are resumed."""
    if card.binding is None or card.state == "closed":
        return ()
    if paused(state) or any(one.paused and one.brand == card.brand for one in brands(state)):
        return ((texts_stopping.AGENTS, texts_stopping.AGENTS_WORDS, "warn"),)
    flow = paused_workflow(state, card.brand, card.binding.workflow)
    if flow is None:
        return ()
    return ((texts_stopping.CARD, texts_stopping.CARD_WORDS.format(by=by_whom(flow, state.now)), "warn"),)


def _care(card: AskCard) -> Iterator[tuple[str, str, Tone | None]]:
    """How much care a yes needs, where it is more than a press."""
    risk = card.risk
    if risk is None or card.kind != "approval" or (not risk.confirm and not risk.min_shown_s):
        return
    parts = [texts_acting.TIERS[risk.tier]]
    if risk.min_shown_s:
        parts.append(texts_acting.SECONDS_TO_READ.of(risk.min_shown_s))
    if risk.confirm:
        parts.append(texts_acting.TWO_PRESSES)
    yield texts_acting.CARE, texts_acting.JOIN.join(parts), "danger" if risk.tier == "critical" else "warn"


def _evidence(one: EvidenceShown, card: AskCard, now: datetime) -> EvidenceRow:
    """A fact; whose something is, where it is the customer one talks with, by name, and the signed id behind it."""
    seconds = (now - one.read_at).total_seconds()
    age = texts_time.JUST_NOW if seconds < 60 else strings.age(old(one.read_at, now))
    value = f"{one.changed_from} → {one.value}" if one.changed_from is not None else one.value
    signed = ""
    if one.this_customer and one.changed_from is None:
        value = texts_acting.THIS_CUSTOMER.format(name=one_line(card.customer_name, 80))
        signed = texts_acting.AS_SIGNED.format(value=one.value)
    return EvidenceRow(one.label, value, plain_code(one.source), age, stale=seconds > _STALE_SECONDS, signed=signed)


def _question(one: QuestionShown) -> QuestionRow:
    if one.state == "answered":
        fact = words.GROUNDED.of(one.grounded_on)
        return QuestionRow(one_line(one.name), one.text, f"{one.answer} ({fact})" if one.grounded_on else one.answer)
    said = words.QUESTION_WAITS if one.state == "waiting" else words.QUESTION_UNANSWERED
    return QuestionRow(one_line(one.name), one.text, said, answered=False)


def _notes(card: AskCard) -> Iterator[str]:
    if card.proposed_name:
        yield words.PROPOSED_BY.format(name=one_line(card.proposed_name))
    if card.escalated_by_name:
        yield words.SENT_UP_BY.format(name=one_line(card.escalated_by_name), note=card.escalation_note)
    if card.claim_taken_from_name and card.claimed_name:
        names = {"name": one_line(card.claimed_name), "other": one_line(card.claim_taken_from_name)}
        yield words.TAKEN_FROM.format(**names, why=card.claim_reason)


def _before_and_now(value: str) -> tuple[str, str]:
    before, arrow, after = value.partition(" → ")
    return (before, after) if arrow else ("", value)


def _given(card: AskCard) -> Iterator[str]:
    """Who has countersigned, where it takes more than one."""
    for one in card.approvals if card.state != "closed" and card.required_people > 1 else ():
        mark = f" ({words.SIMULATED})" if one.simulated else ""
        yield f"{words.COUNTERSIGNED_BY.format(name=one_line(one.name))}{mark}, {at(one.at)}"


def _wanted(card: AskCard) -> str:
    """Who must countersign besides, where it takes more than one."""
    if card.state == "closed" or card.required_people < 2:
        return ""
    if card.second_person_wanted:
        return words.SECOND_WANTED
    return "" if card.approvals else words.PEOPLE_NEEDED.format(given=0, required=card.required_people)


def situation(state: AppState, card: AskCard) -> ApprovalState:
    """In which situation a card is, for this person."""
    if card.state == "closed":
        return _closed(card)
    pending = state.pending.get(card.ask)
    if pending is not None:
        return Sending(words.SENDING_WORDS.get(pending.verb) or words.SENDING_WORDS["other"])
    if card.state == "executing":
        return Executing(words.EXECUTING)
    if card.state == "deciding":
        return _deciding(state, card)
    refused = cannot_decide(state, card)
    if refused:
        return ReadOnly(refused)
    session = state.session
    if card.state == "claimed" and session is not None and card.claimed_by != session.operator:
        return Claimed(card.claimed_name or words.A_COLLEAGUE)
    if must_look_again(state, card):
        return LookAgain(words.SINCE_SHOWN.format(words=card.latest_words))
    if state.armed == card.ask:
        return Armed(words.SECOND_PRESS.format(what=card.title))
    return Waiting(here(state, card.conversation, card.ask), mine=card.state == "claimed")


def unsent(card: AskCard) -> News:
    """That what somebody was writing about an ask is not sent: it is decided, and by whom."""
    by = decided_by(card)
    said = card.closed_sentence or words.NOT_ALLOWED_NOW
    if by:
        said = texts_acting.UNSENT_BY.format(name=one_line(by), what=headline(card), who=one_line(card.customer_name))
    return News(f"unsent:{card.ask}", texts_acting.UNSENT, said, "warn")


def _deciding(state: AppState, card: AskCard) -> ApprovalState:
    verb = words.APPROVED
    if is_mine(state, card):
        return UndoCountdown(verb, left(card.not_before, state.now) or 0, held=bool(_paused(state, card)))
    name = card.approvals[-1].name if card.approvals else words.A_COLLEAGUE
    return Executing(words.DECIDING_BY.format(name=one_line(name)))


def _closed(card: AskCard) -> Closed:
    by = card.closed_by or "code"
    # A sentence of the core says by itself what happened; only a person is named after it.
    name = card.closed_name or ("" if card.closed_sentence else words.BY_NOBODY[by])
    outcome = card.closed_sentence or words.CLOSED_WORDS[by]
    when = at(card.closed_at) if card.closed_at is not None else ""
    good = by == "person" or by == "code"
    return Closed(outcome.rstrip("."), name, when, good)
