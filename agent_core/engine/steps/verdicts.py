"""What may become of a call: judged first and in order, before anything of it is done (R-B3, R-C2).

A call outside its workflow, with wrong arguments, or against policy is answered as a result and is on record; it is never
executed. What needs a person becomes a proposal, and the call is answered `pending` at once (DESIGN §1.5).
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from agent_core.authority.facts import Caps
from agent_core.authority.gate import Verdicted
from agent_core.authority.proposals import intent_of
from agent_core.authority.tools import DeclaredTool
from agent_core.boundary import marking
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.errors import Invalid
from agent_core.contract.events import (
    AnyEvent,
    AskResolved,
    CallJudged,
    NoticeGiven,
    ProposalSettled,
)  # fmt: skip
from agent_core.contract.ids import ToolName
from agent_core.contract.outcomes import ToolOutcome
from agent_core.contract.proposals import RuleCited
from agent_core.conversation.evolve_effects import FAILED_BEFORE
from agent_core.conversation.plan import Judge
from agent_core.conversation.state import Call, Run
from agent_core.engine.common import Context, answer_call
from agent_core.engine.day_counts import AskThem, CannotKnow
from agent_core.engine.judging import day_so_far, judged_call, pending_on, still_allowed
from agent_core.engine.proofs import missing_proof
from agent_core.engine.proposing import propose
from agent_core.engine.session import Pending, json_body
from agent_core.engine.steps.tallies import ask_them, their_count
from agent_core.engine.work import Work
from agent_core.store import IntentRow
from agent_core.workflows.tools import WITHDRAW_PROPOSAL, ToolDeclaration, faults_in


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is answered without being executed."""

    code: str
    sentence: str
    outcome: ToolOutcome = "refused"


@dataclass(frozen=True, slots=True)
class Named:
    """A call whose tool exists in its workflow and whose arguments are valid."""

    declaration: ToolDeclaration
    tool: DeclaredTool
    arguments: dict[str, Any]


async def judge_calls(context: Context, step: Judge) -> Work:
    """Judges each call of one assistant message, in order; a refused one does not affect its siblings."""
    session = context.session
    for tool_use_id in step.tool_use_ids:
        run = session.state.runs[step.run]
        call = next(c for c in run.calls if c.tool_use_id == tool_use_id)
        named = await named_call(context, run, call)
        if isinstance(named, Refusal):
            judged: Pending | AskThem = _refused(context, run, call, named)
        else:
            judged = await verdict_of(context, run, call, named)
            if isinstance(judged, AskThem):  # it is judged, and all behind it, once they have answered
                asking = await ask_them(context, run, call, named.declaration, named.arguments)
                session.plan(asking.pending)
                return Work(launches=asking.launches, planned=True)
        session.plan(judged)
    return Work(planned=True)


async def verdict_of(context: Context, run: Run, call: Call, named: Named) -> Pending | AskThem:
    """What policy says right now: the call's grant alone, or its refusal or proposal with its one result.

    Before the agent gives money alone, the other side must have been asked what the customer was given already.
    """
    if named.declaration.name == WITHDRAW_PROPOSAL:
        return await _withdraw(context, run, call, str(named.arguments.get("reason", "")))
    missing = await missing_proof(context, run, ToolName(call.tool), named.arguments)
    if missing is not None:
        return _refused(context, run, call, Refusal(missing.code, missing.sentence))
    facts = await context.session.facts()
    money = named.declaration.money_of(named.arguments)
    day = await day_so_far(context, named.tool, money)
    resource = named.tool.resource_of(named.arguments)
    if (call.tool, resource or "") in run.spent:
        return _refused(context, run, call, _spent(context, run, named))
    if named.declaration.writes and pending_on(context.session.state, resource):
        busy = Refusal("pending_elsewhere", "Something about this is already waiting for a person. It was not repeated.")
        return _refused(context, run, call, busy)
    asked = await judged_call(context, run, named.tool, named.arguments, facts, day.caps)
    verdict = context.brand.gate.judge(asked)
    if verdict.verdict == "execute" and named.declaration.writes and money is not None:
        theirs = await their_count(context, call, money.currency)
        if isinstance(theirs, AskThem):
            return theirs
        day = replace(day, theirs=theirs)
        asked = replace(asked, caps=day.caps)
        verdict = context.brand.gate.judge(asked)
        if verdict.verdict == "propose" and isinstance(theirs, CannotKnow):
            verdict = replace(verdict, sentence=NOT_KNOWN)
    if verdict.verdict == "forbid":
        return _refused(context, run, call, Refusal(verdict.code, verdict.sentence), verdict)
    key = intent_key(context, named)
    held = await context.session.intent(key) if key is not None else ()
    duplicate = _duplicate(held, alone=verdict.verdict == "execute")
    if duplicate is not None:
        return _refused(context, run, call, duplicate, verdict)
    judged = _judged(context, run, call, verdict, writes=named.declaration.writes, resource=resource, key=key)
    if day.theirs is not None:
        judged = judged.model_copy(update={"counted": day.found})
    if verdict.verdict == "execute":
        checks = (still_allowed(context.brand.gate, asked, day),) if named.declaration.writes else ()
        return Pending((context.session.draft(judged),), checks=checks)
    return await propose(context, run, call, named, asked, verdict, judged, facts, held)


async def no_longer_granted(context: Context, run: Run, call: Call, named: Named) -> Refusal | None:
    """Why a write that failed before is not sent once more; none when it still may be (R-A3, R-C2).

    Its place in the day was taken with the first attempt. What may have changed is who spoke meanwhile (a person may have
    done it by hand) and what policy and level say now. The model may want it anew: then it is judged like any call.
    """
    if call.epoch != context.session.state.epoch:
        return Refusal("moved_on", _MOVED_ON)
    missing = await missing_proof(context, run, ToolName(call.tool), named.arguments)
    if missing is not None:
        return Refusal(missing.code, missing.sentence)
    asked = await judged_call(context, run, named.tool, named.arguments, await context.session.facts(), Caps())
    verdict = context.brand.gate.judge(asked)
    return None if verdict.verdict == "execute" else Refusal(verdict.code, _NOT_ALONE)


_MOVED_ON = (
    "It failed, and people dealt with this conversation before it was tried again. It was not sent again: perhaps it was "
    "done by hand. Read again what it is about before you call it anew."
)
_NOT_ALONE = "It failed, and may not be done alone any more. It was not sent again. Call it anew if it is still wanted."

NOT_KNOWN = "It could not be found out what this customer was given today, so a person decides."


async def named_call(context: Context, run: Run, call: Call) -> Named | Refusal:
    """The call's tool and arguments, or why there are none. Only the run's own workflow counts (R-B3)."""
    offered = context.release_of(run).tools_of(run.workflow)
    declaration = offered.get(ToolName(call.tool))
    if declaration is None:
        return Refusal("tool_not_in_workflow", "This tool does not exist here. Nothing was done.")
    arguments = json.loads(await context.session.text(call.arguments))
    faults = faults_in(declaration, call.arguments, arguments)
    if faults:
        return Refusal("arguments_invalid", f"The arguments are not valid: {'; '.join(faults)[:300]}")
    if declaration.internal:
        return Named(declaration, _INTERNAL, arguments)
    tool = context.brand.gate.policy.tools.get(ToolName(call.tool))
    if tool is None or ToolName(call.tool) not in context.brand.release.tools:
        return Refusal("tool_withdrawn", "This tool was withdrawn from use. Nothing was done.")
    try:
        tool.resource_of(arguments)
    except Invalid as error:
        return Refusal(error.code, error.message)
    return Named(declaration, tool, arguments)


_INTERNAL = DeclaredTool(
    name=WITHDRAW_PROPOSAL,
    title="Withdraw",
    writes=False,
    resource_type="Conversation",
    resource="conversation",
    sentence="Withdraw what is waiting",
)


_NARROWS = RuleCited(id="withdraw-own-proposal", why="The agent takes back its own proposals by itself")
"""What narrows needs no permission (DESIGN §1.8): code says so, whether or not a brand's policies do as well."""


def intent_key(context: Context, named: Named) -> str | None:
    """Finds an equal action (R-C6). Its discriminator and amount are the tool's declaration's business."""
    if not named.declaration.writes:
        return None
    session = context.session
    return intent_of(named.tool, session.state.brand, named.arguments, secret=session.store.secret)


def _duplicate(held: tuple[IntentRow, ...], *, alone: bool) -> Refusal | None:
    """An equal action that is open or unknown is never repeated; one that was done only with a person's yes (R-C6)."""
    words = {
        "executed": "Exactly this was already done. It was not done again.",
        "unknown": "Exactly this was already sent, and it is not known yet whether it happened. It was not repeated.",
        "open": "Exactly this is already waiting. It was not repeated.",
    }
    for row in held:
        if row.state != "executed" or alone:
            return Refusal(f"already_{row.state}", words[row.state])
    return None


def _spent(context: Context, run: Run, named: Named) -> Refusal:
    """It failed for good in this turn: asking again changes nothing, another way might (R-A7)."""
    return Refusal(FAILED_BEFORE, f"This failed for good before. {other_ways(context, run, named)}", "failed")


def other_ways(context: Context, run: Run, named: Named) -> str:
    """What a model may do about a call that failed for good."""
    offered = context.release_of(run).tools_of(run.workflow)
    ways = [name for name in named.declaration.instead if ToolName(name) in offered]
    other = f"Try {' or '.join(ways)} instead, or end" if ways else "End"
    return f"Do not call it again for this in this turn. {other} as `escalated` with `tool_failed`."


def _judged(
    context: Context,
    run: Run,
    call: Call,
    verdict: Verdicted | None,
    *,
    writes: bool,
    resource: str | None = None,
    key: str | None = None,
    refusal: Refusal | None = None,
) -> CallJudged:
    return CallJudged(
        run=run.run,
        tool_use_id=call.tool_use_id,
        tool=call.tool,
        verdict="forbid" if refusal or verdict is None else verdict.verdict,
        writes=writes,
        resource=resource,
        intent_key=key,
        code=refusal.code if refusal else verdict.code if verdict else "allowed",
        sentence=refusal.sentence if refusal else verdict.sentence if verdict else "",
        rules=verdict.rules if verdict else (),
        policy_digest=context.brand.gate.policy_digest,
    )


def _refused(context: Context, run: Run, call: Call, refusal: Refusal, verdict: Verdicted | None = None) -> Pending:
    judged = _judged(context, run, call, verdict, writes=call.writes, refusal=refusal)
    body = new_body("result", marking.result_text(run.suffix, outcome=refusal.outcome, reason=refusal.sentence))
    session = context.session
    answered = answer_call(run, call.tool_use_id, refusal.outcome, body)
    return Pending((session.draft(judged), session.draft(answered)), (body,))


async def _withdraw(context: Context, run: Run, call: Call, reason: str) -> Pending:
    """The run takes back what it proposed: nothing of it will be executed, however many people have approved."""
    session = context.session
    comment = new_body("comment", reason[:1000] or "-")
    words = "The agent took this back before anybody decided."
    judged = _judged(context, run, call, None, writes=False).model_copy(update={"verdict": "execute", "rules": (_NARROWS,)})
    events: list[AnyEvent] = [judged]
    bodies: list[Body] = [comment]
    mine = [p for p in session.state.open_proposals() if session.state.heir(p.proposal.run) == run.run and not p.attempts]
    for known in mine:
        notice = json_body("notice", _notice_of(known.proposal.tool_use_id, known.proposal.tool, known.proposal.id))
        bodies.append(notice)
        events.append(
            ProposalSettled(
                run=run.run,
                proposal=known.proposal.id,
                outcome="withdrawn",
                by="withdrawn",
                code="withdrawn_by_agent",
                sentence=words,
                detail=comment.ref,
            )
        )
        events.append(
            AskResolved(ask=known.proposal.ask, verb="withdraw", by="withdrawn", code="withdrawn_by_agent", sentence=words)
        )
        events.append(
            NoticeGiven(
                run=run.run,
                tool_use_id=known.proposal.tool_use_id,
                proposal=known.proposal.id,
                outcome="withdrawn",
                notice=notice.ref,
            )
        )
    result = marking.result_text(run.suffix, outcome="succeeded", result={"withdrawn": len(mine)})
    body = new_body("result", result)
    bodies.append(body)
    events.append(answer_call(run, call.tool_use_id, "succeeded", body))
    return Pending(tuple(session.draft(event) for event in events), tuple(bodies))


def _notice_of(tool_use_id: str, tool: str, proposal: str) -> dict[str, Any]:
    return {
        "tool_use_id": tool_use_id, "tool": tool, "proposal": proposal, "outcome": "withdrawn", "by": "code",
        "reason": "You took this back.",
    }  # fmt: skip
