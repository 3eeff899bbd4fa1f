"""What people decided, and what ran out of time, told to the run exactly once (DESIGN §1.5, R-A4, R-C3)."""

from typing import Any

from agent_core.contract.events import AskReleased, LookAgain, NoticeGiven, ProposalSettled
from agent_core.contract.ids import ProposalId, random_id
from agent_core.conversation.plan import AskToLookAgain, Expire, GiveNotice, ReleaseAsk, SettleDenied
from agent_core.conversation.state import ProposalState
from agent_core.engine.common import Context, raise_ask, resolve_asks
from agent_core.engine.session import Pending, json_body
from agent_core.engine.steps.doubts import found_after_all
from agent_core.engine.work import Work
from agent_core.workflows.editing import changed_fields


async def settle_denied(context: Context, step: SettleDenied) -> Work:
    """A person said no; their reason goes to the agent."""
    session = context.session
    known = session.state.proposals[step.proposal]
    if (done := await found_after_all(context, known)) is not None:
        return done
    words = "A person declined this."
    settled = ProposalSettled(
        run=known.proposal.run,
        proposal=step.proposal,
        outcome="denied",
        by="person",
        code="denied",
        sentence=words,
        operator=known.denied_by,
        detail=known.comment,
    )
    asks = resolve_asks(context, step.proposal, "person", "denied", words)
    return Work(Pending(tuple(session.draft(event) for event in (settled, *asks))))


async def expire(context: Context, step: Expire) -> Work:
    """Nobody decided in time: never executed, and people are told (R-A4). A time-out is never a person's no."""
    session = context.session
    known = session.state.proposals[step.proposal]
    if (done := await found_after_all(context, known)) is not None:
        return done
    words = "Nobody decided in time, so it was not done."
    settled = ProposalSettled(
        run=known.proposal.run,
        proposal=step.proposal,
        outcome="expired",
        by="timeout",
        code="approval_expired",
        sentence=words,
    )
    asks = resolve_asks(context, step.proposal, "timeout", "approval_expired", words)
    raised = raise_ask(
        context,
        "escalation",
        f"expired:{step.proposal}",
        "approval_expired",
        run=known.proposal.run,
        money=known.proposal.money,
        priority=1,
    )
    return Work(Pending(tuple(session.draft(event) for event in (settled, *asks, raised))))


async def look_again(context: Context, step: AskToLookAgain) -> Work:
    """The customer wrote: the card is shown again under a new nonce, and what was approved must be confirmed."""
    known = context.session.state.proposals[step.proposal]
    code = "customer_wrote" if step.seen_through > known.seen_through else "approval_expired"
    event = LookAgain(
        run=known.proposal.run, code=code, proposal=step.proposal, seen_through=step.seen_through, nonce=random_id("n")
    )
    return Work(Pending((context.session.draft(event),)))


async def give_notice(context: Context, step: GiveNotice) -> Work:
    """Tells the run what became of its pending call, once, in words written by code."""
    session = context.session
    known = session.state.proposals[step.proposal]
    notice = await notice_of(context, known)
    body = json_body("notice", notice)
    event = NoticeGiven(
        run=known.proposal.run,
        tool_use_id=known.proposal.tool_use_id,
        proposal=step.proposal,
        outcome=notice["outcome"],
        notice=body.ref,
    )
    return Work(Pending((session.draft(event),), (body,)))


_WHY = {
    "denied": "A person declined this. It was not done.",
    "expired": "Nobody decided in time. It was not done.",
    "lapsed": "What it rested on has changed. It was not done.",
    "withdrawn": "It was taken back. It was not done.",
    "failed": "It was approved, and the system refused it. It was not done.",
    "not_executed": "It was not done.",
    "unknown": "It was sent, and nobody knows yet whether it happened. Do not say that it did, or that it did not.",
    "executed": "A person approved this, and it was done.",
    "edited": "A person changed this; what became of the change is told apart. This was not done.",
}


async def notice_of(context: Context, known: ProposalState) -> dict[str, Any]:
    """The content of the notice: outcome, who decided, the reason a person gave, the result of what was done."""
    session = context.session
    proposal = known.proposal
    assert known.outcome is not None
    reason = _WHY[known.outcome]
    if known.outcome == "denied" and known.comment is not None:
        reason = f"{reason} The person's reason: {(await session.text(known.comment))[:1000]}"
    notice: dict[str, Any] = {
        "tool_use_id": proposal.tool_use_id,
        "tool": proposal.tool,
        "proposal": proposal.id,
        "outcome": _told(known),
        "by": known.by if known.by in ("person", "policy", "timeout") else "code",
        "reason": reason,
    }
    if known.own:
        notice |= {"proposed_by": "colleague", "arguments": await session.json(proposal.arguments)}
        notice["reason"] = f"{_OWN} {reason}"
        del notice["tool_use_id"]  # no model ever called it
    original = None if known.own else await first_arguments(context, known)
    if original is not None:
        now = await session.json(proposal.arguments)
        notice["changed"] = [
            {"argument": name, "from": original.get(name), "to": now.get(name)} for name in changed_fields(original, now)
        ]
        notice["reason"] = f"{_CHANGED} {notice['reason']}"
        if known.outcome == "executed":
            notice |= {"outcome": EDITED, "effective_arguments": now}
    if known.outcome == "executed" and known.result is not None and known.result.kind == "result":
        told = await session.json(known.result)
        notice["result"] = told["result"]
        notice["facts"] = told["facts"]
    return notice


EDITED = "edited_succeeded"
"""The word a notice uses where what a person changed was done."""
_OWN = "A colleague proposed this while they had the conversation."
_CHANGED = "A person changed what you proposed, as `changed` says."


async def first_arguments(context: Context, known: ProposalState) -> dict[str, Any] | None:
    """What the model itself had called with, where people changed it; none where nobody did."""
    proposals = context.session.state.proposals
    first: ProposalState | None = known
    edited = False
    while first is not None and first.proposal.supersedes is not None:
        edited = edited or first.proposal.edited_from is not None
        first = proposals.get(first.proposal.supersedes)
    return await context.session.json(first.proposal.arguments) if edited and first is not None else None


def _told(known: ProposalState) -> str:
    """The word a notice uses for the end of a proposal."""
    assert known.outcome is not None
    return {"executed": "succeeded", "not_executed": "failed"}.get(known.outcome, known.outcome)


async def release_ask(context: Context, step: ReleaseAsk) -> Work:
    """A lease ran out: nobody holds this ask any more."""
    session = context.session
    holder = session.state.asks[step.ask].holder
    assert holder is not None
    return Work(Pending((session.draft(AskReleased(ask=step.ask, operator=holder)),)))


def reopened(context: Context, proposal: ProposalId, code: str) -> LookAgain:
    """Approvals that count no more are asked for again: same card, new nonce. `code` is the check that failed."""
    state = context.session.state
    return LookAgain(
        run=state.proposals[proposal].proposal.run,
        code=code,
        proposal=proposal,
        seen_through=state.last_customer_seq,
        nonce=random_id("n"),
    )
