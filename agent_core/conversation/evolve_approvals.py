"""Folds of proposals, asks and countersignatures."""

from agent_core.contract.actors import Person, PersonForAgent
from agent_core.contract.asks import Ask
from agent_core.contract.events import (
    AskAssigned,
    AskBreached,
    AskClaimed,
    AskRaised,
    AskReleased,
    AskResolved,
    Countersigned,
    LookAgain,
    ProposalSettled,
    Proposed,
    Recalled,
    Recorded,
)  # fmt: skip
from agent_core.contract.ids import EffectId, ProposalId
from agent_core.contract.missed import Missed
from agent_core.conversation import evolve_answers, evolve_doubts, idle
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import put
from agent_core.conversation.state import Approval, AskState, ProposalState, State


def proposed(state: State, event: Proposed, recorded: Recorded) -> State:
    """A proposal waits for people. One that takes another's place stays that person's own, if it was one's."""
    before = None if event.proposal.supersedes is None else state.proposals.get(event.proposal.supersedes)
    proposer, editor = (None, None) if before is None else (before.proposed_by, before.edited_by)
    own = isinstance(recorded.actor, Person) if before is None else before.own
    if isinstance(recorded.actor, Person):
        proposer, editor = recorded.actor.operator, None
    elif isinstance(recorded.actor, PersonForAgent):
        editor = recorded.actor.operator
    known = ProposalState(
        event.proposal,
        event.proposal.seen_through,
        event.proposal.nonce,
        proposed_by=proposer,
        edited_by=editor,
        own=own,
    )
    return replace(state, proposals=put(state.proposals, event.proposal.id, known))


def ask_raised(state: State, event: AskRaised, recorded: Recorded) -> State:
    """The same ask raised again is the same ask: whoever is on it stays. What was resolved is open again.

    Nothing more happens to a proposal whose outcome nobody knows.
    """
    before = state.asks.get(event.ask.id)
    known = AskState(event.ask) if before is None or before.resolved else _raised_again(before, event.ask)
    state = idle.asked(replace(state, asks=put(state.asks, event.ask.id, known)), event.ask)
    if event.ask.kind == "quarantine" and state.quarantine is not None and state.last_customer_seq > state.quarantine.since:
        state = replace(state, quarantine=replace(state.quarantine, asked_again=True))
    if event.ask.kind == "unknown_outcome" and event.ask.effect is not None:
        state = evolve_answers.asked(state, EffectId(event.ask.effect))
    known = state.proposals.get(event.ask.proposal) if event.ask.proposal is not None else None
    if event.ask.kind != "unknown_outcome" or known is None:
        return state
    return _with(state, known.proposal.id, replace(known, asked_unknown=True))


def _raised_again(before: AskState, ask: Ask) -> AskState:
    """Whoever is on it stays on it; in another queue the clocks run anew."""
    if before.ask.queue == ask.queue:
        return replace(before, ask=ask)
    return replace(before, ask=ask, looked=before.holder is not None, breached=())


def ask_breached(state: State, event: AskBreached, recorded: Recorded) -> State:
    """A clock ran out, once."""
    known = state.asks.get(event.ask)
    if known is None or known.resolved or event.what in known.breached:
        return state
    missed = Missed(what=event.what, due=event.due, queue=known.ask.queue)
    known = replace(
        known,
        breached=(*known.breached, event.what),
        missed=(*known.missed, missed),
        told=known.told or event.told,
    )
    return replace(state, asks=put(state.asks, event.ask, known))


def ask_claimed(state: State, event: AskClaimed, recorded: Recorded) -> State:
    """Somebody is on it."""
    known = state.asks.get(event.ask)
    if known is None or known.resolved:
        return state
    new = known.holder != event.operator
    held = replace(
        known,
        holder=event.operator,
        until=event.until,
        looked=True,
        looked_at=known.looked_at or recorded.at,
        taken_from=event.taken_from if new else known.taken_from,
        claim_comment=event.comment if new else known.claim_comment,
    )
    asks = put(state.asks, event.ask, held)
    return idle.looked(replace(state, asks=asks), event, recorded)


def ask_assigned(state: State, event: AskAssigned, recorded: Recorded) -> State:
    """Whose it should be."""
    known = state.asks.get(event.ask)
    if known is None or known.resolved:
        return state
    return replace(state, asks=put(state.asks, event.ask, replace(known, assigned=event.to)))


def ask_released(state: State, event: AskReleased, recorded: Recorded) -> State:
    """Nobody is on it any more."""
    known = state.asks.get(event.ask)
    if known is None or known.holder != event.operator:
        return state
    free = replace(known, holder=None, until=None, taken_from=None, claim_comment=None)
    return replace(state, asks=put(state.asks, event.ask, free))


def ask_resolved(state: State, event: AskResolved, recorded: Recorded) -> State:
    """Nothing is left to do."""
    known = state.asks.get(event.ask)
    if known is None:
        return state
    asks = put(state.asks, event.ask, replace(known, resolved=True, holder=None, until=None))
    return idle.looked(replace(state, asks=asks, touched_at=recorded.at), event, recorded)


def countersigned(state: State, event: Countersigned, recorded: Recorded) -> State:
    """Counts only while the proposal is open, for what was shown, and under the nonce that is in force."""
    known = state.proposals.get(event.proposal)
    if known is None or not known.open or event.nonce != known.nonce:
        return state
    if event.decision == "deny":
        known = replace(known, denied_by=event.operator, comment=event.comment)
        return _with(state, event.proposal, known)
    approval = Approval(
        event.operator, event.key, event.statement, event.envelope, event.not_before, event.expires_at, event.seen_through
    )
    return _with(state, event.proposal, replace(known, approvals=(*known.approvals, approval)))


def recalled(state: State, event: Recalled, recorded: Recorded) -> State:
    """The author's approval no longer counts."""
    known = state.proposals.get(event.proposal)
    if known is None or not known.open:
        return state
    kept = tuple(a for a in known.approvals if a.statement != event.statement)
    return _with(state, event.proposal, replace(known, approvals=kept))


def look_again(state: State, event: LookAgain, recorded: Recorded) -> State:
    """What was approved before the customer wrote must be confirmed again, under a new nonce."""
    known = state.proposals.get(event.proposal)
    if known is None or not known.open:
        return state
    return _with(state, event.proposal, replace(known, seen_through=event.seen_through, nonce=event.nonce, approvals=()))


def proposal_settled(state: State, event: ProposalSettled, recorded: Recorded) -> State:
    """The first end counts."""
    known = state.proposals.get(event.proposal)
    if known is None or not known.open:
        return state
    state = evolve_doubts.proposal_settled(state, event)
    if event.outcome == "executed":
        state = replace(state, actions=state.actions | {str(known.proposal.tool)})
    state = evolve_answers.proposal_ended(state, event.proposal, executed=event.outcome == "executed")
    declined = state.declined or event.outcome in ("denied", "withdrawn")
    state = replace(state, touched_at=recorded.at, declined=declined)
    superseded = event.superseded_by is not None  # the run hears of the proposal that took this one's place
    known = replace(
        known, outcome=event.outcome, by=event.by, code=event.code, result=event.detail, noticed=known.noticed or superseded
    )
    return _with(state, event.proposal, known)


def _with(state: State, proposal: ProposalId, known: ProposalState) -> State:
    return replace(state, proposals=put(state.proposals, proposal, known))
