"""An ask as a card, with all that is needed to decide it. What a person sees is the stored card body, word for word (R-C3).

The binding repeats the proposal exactly as the log has it: a console signs that and nothing it made up.
"""

from datetime import datetime
from typing import Any, Final, cast

from agent_core.contract.events import AskResolved, ProposalSettled, Recorded
from agent_core.contract.ids import AskId, OperatorId
from agent_core.contract.listing import ask_place_of
from agent_core.contract.outcomes import DecidedBy
from agent_core.contract.proposals import Proposal
from agent_core.contract.statements import LogHead
from agent_core.contract.views import ApprovalGiven, AskCard, Binding, EvidenceShown, LabelledText, QuestionShown
from agent_core.conversation.ask_state import Question
from agent_core.conversation.breaches import next_breach
from agent_core.conversation.state import AskState, ProposalState
from agent_core.service.operators import People
from agent_core.service.projection.correction_rows import corrected_changes
from agent_core.service.projection.counted import counted_evidence
from agent_core.service.projection.rows import customer_name
from agent_core.service.projection.story import Story, bounded
from agent_core.service.projection.views import DECIDED, Placed

MOST: Final = 800
_OWN: Final = "customer.id"
_TITLES: Final = {
    "approval": "An action waits for a yes",
    "escalation": "A person is wanted",
    "quarantine": "Quarantined",
    "unknown_outcome": "Nobody knows whether it happened",
    "breach": "Nobody looked in time",
    "review": "To be reviewed",
}


def card_of(story: Story, ask: AskId, people: People) -> AskCard:
    """The card of an ask, open or closed."""
    state = story.state
    known = state.asks[ask]
    proposal = None if known.ask.proposal is None else state.proposals.get(known.ask.proposal)
    shown = _shown(story, proposal)
    end = _end(story, known)
    held = _not_before(proposal)
    return AskCard(
        ask=known.ask.id,
        version=state.seq,
        kind=known.ask.kind,
        brand=known.ask.brand,
        conversation=known.ask.conversation,
        customer_name=customer_name(story),
        state=_state(known, proposal),
        title=bounded(str(shown.get("what") or _TITLES[known.ask.kind]), MOST),
        subtitle=bounded(str(shown.get("to_whom") or customer_name(story)), MOST),
        sentence=known.ask.sentence,
        code=known.ask.code,
        money=known.ask.money,
        reversible=bool(shown.get("reversible", False)),
        why=_words(shown.get("why")),
        rows=shown_rows(shown) if known.ask.kind != "quarantine" else _held(story),
        evidence=shown_evidence(shown, story.customer()),
        rules=proposal.proposal.rules if proposal and known.ask.kind == "approval" else (),
        verbs=known.ask.verbs,
        roles=known.ask.roles,
        required_people=known.ask.required_people,
        approvals=_approvals(story, proposal, people),
        second_person_wanted=_one_more(known, proposal),
        look_again=proposal is not None and proposal.seen_through > proposal.proposal.seen_through,
        changes=(*shown_changes(shown), *corrected_changes(story, proposal, people)),
        priority=known.ask.priority,
        raised_at=known.ask.raised_at,
        expires_at=known.ask.expires_at,
        not_before=held,
        statement=proposal.approvals[-1].statement if proposal and proposal.approvals else None,
        claimed_by=known.holder,
        claimed_name=None if known.holder is None else people.name(known.holder),
        claimed_until=known.until,
        binding=_binding(story, proposal) if known.ask.kind == "approval" and not known.resolved else None,
        closed_by=None if end is None else end[0],
        closed_name=None if end is None or end[1] is None else people.name(end[1]),
        closed_operator=None if end is None else end[1],
        closed_at=None if end is None else end[2],
        closed_sentence=None if end is None else end[3],
        latest_words="" if known.resolved else _latest(story),  # a closed card does not change with what is said later
        risk=known.ask.risk,
        queue=known.ask.queue,
        language=known.ask.language or state.turn.language,
        assigned_to=known.assigned,
        assigned_name=None if known.assigned is None else people.name(known.assigned),
        first_looked_at=known.looked_at,
        look_by=known.ask.look_by,
        answer_by=known.ask.answer_by,
        next_breach=next_breach(state, known),
        breached=known.breached,
        missed=known.missed,
        proposed_by=None if proposal is None else proposal.proposed_by,
        proposed_name=None if proposal is None or proposal.proposed_by is None else people.name(proposal.proposed_by),
        claim_taken_from=known.taken_from,
        claim_taken_from_name=None if known.taken_from is None else people.name(known.taken_from),
        claim_reason=story.text(known.claim_comment, MOST),
        escalated_by_name=None if known.escalated_by is None else people.name(known.escalated_by),
        escalation_note=story.text(known.escalation_note, MOST),
        questions=tuple(_question(story, question, people) for question in known.questions),
    )


def placed_card(card: AskCard, position: int) -> Placed:
    """The card as it is stored: what is late first, then by urgency, money at stake and age (R-M2)."""
    key, name = ask_place_of(card)
    return Placed(
        kind="ask",
        id=name,
        brand=card.brand,
        bucket=_bucket(card),
        sort_key=key,
        version=card.version,
        position=position,
        data=card.model_dump_json(),
    )


def _bucket(card: AskCard) -> str:
    """What was decided waits for nobody, though it may still be taken back: it is shown, and not counted."""
    if card.state == "closed":
        return "closed"
    return DECIDED if card.state in {"deciding", "executing"} else card.kind


def _shown(story: Story, proposal: ProposalState | None) -> dict[str, Any]:
    value = None if proposal is None else story.json(proposal.proposal.card)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _state(known: AskState, proposal: ProposalState | None) -> Any:
    if known.resolved:
        return "closed"
    if proposal is not None and known.ask.kind == "approval":
        if proposal.effect is not None or proposal.attempts:
            return "executing"
        if proposal.complete:
            return "deciding"
    return "waiting" if known.holder is None else "claimed"


def _one_more(known: AskState, proposal: ProposalState | None) -> bool:
    return bool(known.ask.required_people > 1 and proposal and proposal.approvals and not proposal.complete)


def _not_before(proposal: ProposalState | None) -> datetime | None:
    return max((a.not_before for a in proposal.approvals), default=None) if proposal else None


def _approvals(story: Story, proposal: ProposalState | None, people: People) -> tuple[ApprovalGiven, ...]:
    if proposal is None:
        return ()
    at = {getattr(record.event, "statement", None): record.at for record in story.records}
    return tuple(
        ApprovalGiven(
            operator=a.operator,
            name=people.name(a.operator),
            at=at.get(a.statement, a.not_before),
            simulated=people.simulated(a.operator),
        )
        for a in proposal.approvals
    )


def _end(story: Story, known: AskState) -> tuple[DecidedBy, OperatorId | None, datetime, str] | None:
    """How it ended: what became of the proposal says more than that its ask was closed."""
    if not known.resolved:
        return None
    resolved: Recorded | None = None
    for record in reversed(story.records):
        event = record.event
        if isinstance(event, ProposalSettled) and event.proposal == known.ask.proposal:
            return event.by, event.operator, record.at, event.sentence
        if isinstance(event, AskResolved) and event.ask == known.ask.id:
            resolved = record
            if known.ask.proposal is None:
                break
    if resolved is None or not isinstance(resolved.event, AskResolved):
        return None
    return resolved.event.by, resolved.event.operator, resolved.at, resolved.event.sentence


def _binding(story: Story, proposal: ProposalState | None) -> Binding | None:
    if proposal is None:
        return None
    return binding_of(
        proposal.proposal,
        nonce=proposal.nonce,
        seen_through=proposal.seen_through,
        proposed_by=proposal.proposed_by,
        previous=tuple(a.statement for a in proposal.approvals),
        log_head=LogHead(seq=story.state.seq, hash=story.state.head),
    )


def binding_of(
    bound: Proposal,
    *,
    nonce: str,
    seen_through: int,
    proposed_by: OperatorId | None,
    previous: tuple[str, ...],
    log_head: LogHead,
) -> Binding:
    """What a signature about a proposal must repeat, word for word."""
    return Binding(
        conversation=bound.conversation,
        proposal=bound.id,
        brand=bound.brand,
        customer_digest=bound.customer_digest,
        run=bound.run,
        workflow=bound.workflow,
        workflow_version=bound.workflow_version,
        workflow_step=bound.workflow_step,
        release=bound.release,
        tool=bound.tool,
        resource=bound.resource,
        arguments_digest=bound.arguments_digest,
        evidence=bound.evidence,
        evidence_digest=bound.evidence_digest,
        card_digest=bound.card_digest,
        policy_digest=bound.policy_digest,
        money=bound.money,
        proposed_by=proposed_by,
        edited_from=bound.edited_from,
        nonce=nonce,
        seen_through=seen_through,
        required_approvals=bound.required_people,
        previous_approvals=previous,
        log_head=log_head,
    )


def _words(value: Any) -> str:
    return bounded(str(value.get("text", "")), MOST) if isinstance(value, dict) else ""  # pyright: ignore[reportUnknownMemberType] - a stored card


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType] - a stored card


def shown_rows(shown: dict[str, Any]) -> tuple[LabelledText, ...]:
    """Every argument of a stored card, labelled."""
    rows = [
        LabelledText(label=bounded(str(row.get("label", "")), 120), value=bounded(str(row.get("value", "")), MOST))
        for row in _list(shown.get("rows"))
    ]
    missing = shown.get("people_missing")
    if isinstance(missing, int) and missing > 0:
        rows.append(LabelledText(label="People", value=f"{missing} more must be enrolled first.", tone="warn"))
    same = shown.get("same_intent")
    if isinstance(same, list) and same:
        rows.append(LabelledText(label="Equal action", value="An equal action is open or was done before.", tone="warn"))
    return tuple(rows)


_CAUSES: Final = {
    "request": "Found by the check before a send: nothing was sent.",
    "provider": "The model's provider refused a request that our check had passed.",
    "log": "The log holds an event that does not belong where it stands.",
    "handling": "Working on it failed again and again.",
}


def _held(story: Story) -> tuple[LabelledText, ...]:
    """Why it is in quarantine, and how the customer is."""
    state, held = story.state, story.state.quarantine
    if held is None:
        return ()
    told = "Was told that a person will come back." if state.told_held else "Was not told yet."
    rows = [
        LabelledText(label="Diagnosis", value=held.diagnosis, tone="danger"),
        LabelledText(label="Where", value=_CAUSES[held.cause]),
        LabelledText(label="Customer", value=told, tone="plain" if state.told_held else "warn"),
    ]
    run = None if held.run is None else state.runs.get(held.run)
    if run is not None:
        rows.append(LabelledText(label="Run", value=f"{run.run}, {run.workflow}"))
    if state.waiting:
        rows.append(LabelledText(label="Unanswered", value=f"{len(state.waiting)} messages", tone="warn"))
    waits = [p for p in state.open_proposals() if p.effect is None]
    if waits:
        rows.append(LabelledText(label="Approvals", value=f"{len(waits)} wait, and nothing is done before the repair."))
    return tuple(rows)


def shown_evidence(shown: dict[str, Any], customer: object = None) -> tuple[EvidenceShown, ...]:
    """What a stored card rests on. Values stay as they were signed.

    Args:
        shown: The card.
        customer: The id of the customer one talks with, as far as it is known.
    """
    named = customer if isinstance(customer, str) and customer else None
    before = shown.get("supersedes")
    was = {
        str(change.get("name")): str(change.get("before"))
        for change in _list(before.get("evidence") if isinstance(before, dict) else None)  # pyright: ignore[reportUnknownMemberType] - a stored card
    }
    rested = (
        EvidenceShown(
            key=str(row.get("key")),
            label=bounded(str(row.get("label")), 120),
            value=bounded(str(row.get("shown")), MOST),
            source=bounded(str(row.get("source")), 80),
            source_seq=int(row.get("source_seq", 0)),
            read_at=datetime.fromisoformat(str(row.get("read_at"))),
            changed_from=was.get(str(row.get("key"))),
            this_customer=named is not None and row.get("value") == named and row.get("key") != _OWN,
        )
        for row in _list(shown.get("evidence"))
    )
    return (*rested, *counted_evidence(shown))


def shown_changes(shown: dict[str, Any]) -> tuple[LabelledText, ...]:
    """What differs from the proposal that this one took the place of, or from what the agent had proposed."""
    before = shown.get("supersedes")
    found = _list(shown.get("edited"))
    if isinstance(before, dict):
        found += _list(before.get("arguments")) + _list(before.get("evidence"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - a stored card
    return tuple(
        LabelledText(
            label=bounded(str(change.get("label")), 120),
            value=bounded(f"{change.get('before')} → {change.get('after')}", MOST),
            tone="warn",
        )
        for change in found
    )


def _question(story: Story, question: Question, people: People) -> QuestionShown:
    """What a person asked the agent, and its answer as its own words."""
    found = story.json(question.answer)
    said = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    cited = said.get("fact_ids")
    return QuestionShown(
        operator=question.operator,
        name=people.name(question.operator),
        at=question.asked_at,
        text=story.text(question.text, MOST),
        state="waiting" if not question.over else "answered" if said else "not_answered",
        answer=bounded(str(said.get("text", "")), 2 * MOST),
        grounded_on=len(cited) if isinstance(cited, list) else 0,  # pyright: ignore[reportUnknownArgumentType] - a stored answer
    )


def _latest(story: Story) -> str:
    for message in reversed(story.state.messages):
        if message.author == "customer" and not message.gone:
            return story.text(message.text, MOST)
    return ""
