"""Tool calls: judged first and in order, then performed, then answered exactly once (R-A7, R-B3, R-C2).

A call outside its workflow, with wrong arguments, or against policy is answered as a result and is on record; it is never
executed. What needs a person becomes a proposal, and the call is answered `pending` at once (DESIGN §1.5).
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent_core.authority.facts import Caps
from agent_core.authority.gate import Verdicted
from agent_core.authority.proposals import intent_of
from agent_core.authority.tools import DeclaredTool
from agent_core.boundary import marking
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.errors import CountersignError, Invalid
from agent_core.contract.events import (
    AnyEvent,
    AskResolved,
    CallJudged,
    NoticeGiven,
    ProposalSettled,
)  # fmt: skip
from agent_core.contract.facts import Fact
from agent_core.contract.ids import EffectId, ToolName
from agent_core.contract.outcomes import EffectOutcome, ToolOutcome
from agent_core.conversation.plan import AnswerNotRun, CloseCall, Judge, StartCall
from agent_core.conversation.state import Call, Run
from agent_core.engine import effects
from agent_core.engine.common import Context, answer_call, raise_ask, short_key
from agent_core.engine.judging import caps_of, counted, judged_call, pending_on, unchanged
from agent_core.engine.proposing import propose
from agent_core.engine.session import Pending, json_body
from agent_core.engine.work import Launch, Work
from agent_core.store import IntentClaim, IntentEnd, IntentRow, ReadTx
from agent_core.systems.port import ToolResult
from agent_core.workflows.tools import WITHDRAW_PROPOSAL, ToolDeclaration, argument_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_core.contract.actors import Actor


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
    done = Pending()
    for tool_use_id in step.tool_use_ids:
        run = session.state.runs[step.run]
        call = next(c for c in run.calls if c.tool_use_id == tool_use_id)
        judged = await _judge(context, run, call)
        session.plan(judged)
        done += judged
    return Work(planned=True)


async def _judge(context: Context, run: Run, call: Call) -> Pending:
    named = await _named(context, run, call)
    if isinstance(named, Refusal):
        return _refused(context, run, call, named)
    return await _verdict(context, run, call, named)


async def _verdict(context: Context, run: Run, call: Call, named: Named) -> Pending:
    """What policy says right now: the call's grant alone, or its refusal or proposal with its one result."""
    if named.declaration.name == WITHDRAW_PROPOSAL:
        return await _withdraw(context, run, call, str(named.arguments.get("reason", "")))
    facts = await context.session.facts()
    money = named.declaration.money_of(named.arguments)
    caps, tallies = await caps_of(context, money)
    resource = named.tool.resource_of(named.arguments)
    if named.declaration.writes and pending_on(context.session.state, resource):
        busy = Refusal("pending_elsewhere", "Something about this is already waiting for a person. It was not repeated.")
        return _refused(context, run, call, busy)
    asked = await judged_call(context, run, named.tool, named.arguments, facts, caps)
    verdict = context.brand.gate.judge(asked)
    if verdict.verdict == "forbid":
        return _refused(context, run, call, Refusal(verdict.code, verdict.sentence), verdict)
    key = _intent(context, named)
    held = await context.session.intent(key) if key is not None else ()
    duplicate = _duplicate(held, alone=verdict.verdict == "execute")
    if duplicate is not None:
        return _refused(context, run, call, duplicate, verdict)
    judged = _judged(context, run, call, verdict, writes=named.declaration.writes, resource=resource, key=key)
    if verdict.verdict == "execute":
        return Pending((context.session.draft(judged),), checks=(unchanged(tallies),) if named.declaration.writes else ())
    return await propose(context, run, call, named, asked, verdict, judged, facts, held)


async def _named(context: Context, run: Run, call: Call) -> Named | Refusal:
    """The call's tool and arguments, or why there are none. Only the run's own workflow counts (R-B3)."""
    offered = context.release_of(run).tools_of(run.workflow)
    declaration = offered.get(ToolName(call.tool))
    if declaration is None:
        return Refusal("tool_not_in_workflow", "This tool does not exist here. Nothing was done.")
    arguments = json.loads(await context.session.text(call.arguments))
    faults = argument_faults(declaration, arguments)
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


def _intent(context: Context, named: Named) -> str | None:
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
    events: list[AnyEvent] = [_judged(context, run, call, None, writes=False).model_copy(update={"verdict": "execute"})]
    bodies: list[Body] = [comment]
    mine = [p for p in session.state.open_proposals() if p.proposal.run == run.run and not p.attempts]
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


async def answer_not_run(context: Context, step: AnswerNotRun) -> Work:
    """Calls that will not be started any more."""
    session = context.session
    run = session.state.runs[step.run]
    drafts: list[Any] = []
    bodies: list[Body] = []
    ends: list[IntentEnd] = []
    for call in (c for c in run.calls if c.tool_use_id in step.tool_use_ids):
        reason, outcome = "The customer wrote again first. This was not started.", _NOT_RUN
        if call.attempts:
            reason, outcome = "It failed, and the customer wrote before it was tried again.", _FAILED
            ends.append(IntentEnd(_holder(context, run, call.tool_use_id), "ended"))
        body = new_body("result", marking.result_text(run.suffix, outcome=outcome, reason=reason))
        bodies.append(body)
        drafts.append(session.draft(answer_call(run, call.tool_use_id, outcome, body)))
    return Work(Pending(tuple(drafts), tuple(bodies), intent_ends=tuple(ends)))


_NOT_RUN: ToolOutcome = "not_run"
_FAILED: ToolOutcome = "failed"


async def start_call(context: Context, step: StartCall) -> Work:
    """Performs one granted call. Of a write policy is asked again, now: another one may have come first (R-C2)."""
    session = context.session
    run = session.state.runs[step.run]
    call = next(c for c in run.calls if c.tool_use_id == step.tool_use_id)
    named = await _named(context, run, call)
    if isinstance(named, Refusal):
        body = new_body("result", marking.result_text(run.suffix, outcome="refused", reason=named.sentence))
        ends = (IntentEnd(_holder(context, run, call.tool_use_id), "ended"),) if call.writes and call.attempts else ()
        refused = session.draft(answer_call(run, call.tool_use_id, "refused", body))
        return Work(Pending((refused,), (body,), intent_ends=ends))
    writes = named.declaration.writes
    if not writes and _another_tells_whose(context, run, call, named):
        return Work()
    checks: tuple[Callable[[ReadTx], None], ...] = ()
    if writes and step.attempt == 1:
        verdict = await _verdict(context, run, call, named)
        if not _granted(verdict):
            return Work(verdict)
        checks = verdict.checks
    key = call.idempotency_key or (short_key(session.stream, run.run, call.tool_use_id) if writes else None)
    timeout = context.deadlines.write if writes else context.deadlines.read
    effect, pending = effects.start(
        session,
        kind="write" if writes else "read",
        purpose="tool",
        timeout=timeout,
        attempt=step.attempt,
        run=run.run,
        tool=ToolName(call.tool),
        tool_use_id=call.tool_use_id,
        idempotency_key=key,
        arguments=call.arguments,
        money=named.declaration.money_of(named.arguments),
    )
    if writes and step.attempt == 1:
        money = named.declaration.money_of(named.arguments)
        wanted = _intent(context, named)
        assert wanted is not None
        claim = IntentClaim(
            wanted, named.tool.resource_of(named.arguments), f"{session.stream}/{run.run}/{call.tool_use_id}"
        )
        pending += Pending(intents=(claim,), tallies=await counted(context, money, session.now), checks=checks)
    deadline = session.now + timeout

    async def perform() -> Pending | None:
        result = await context.brand.tools.perform(
            call.tool, named.arguments, idempotency_key=key, deadline=deadline, customer=(await session.thread()).customer
        )
        if writes and result.outcome in ("unknown", "timed_out"):
            return None
        known = await session.facts()
        return await call_ended(context, effect, run, call, named, result, known, attempt=step.attempt)

    return Work(pending, (Launch(effect, perform),))


def _another_tells_whose(context: Context, run: Run, call: Call, named: Named) -> bool:
    """Reads go side by side, but while nobody knows whose a thing is, the first read about it goes alone.

    What belongs to somebody unknown is withheld, and the first read is what makes the owner known.
    """
    session = context.session
    owner = named.tool.owner_key(named.arguments)
    if owner is None or owner in session.state.facts:
        return False
    about = {c.tool_use_id for c in run.calls if c.resource == call.resource and c.tool_use_id != call.tool_use_id}
    return any(e.run == run.run and e.tool_use_id in about for e in session.state.open.values())


def _granted(pending: Pending) -> bool:
    event = pending.drafts[0].event if len(pending.drafts) == 1 else None
    return isinstance(event, CallJudged) and event.verdict == "execute"


async def call_ended(
    context: Context,
    effect: EffectId,
    run: Run,
    call: Call,
    named: Named,
    result: ToolResult,
    known: dict[str, Fact],
    *,
    attempt: int,
    settled_by: Any = "performed",
) -> Pending:
    """The end of a call's attempt: its facts, and its result unless it will be tried again."""
    session = context.session
    refs, facts_body = effects.tool_facts(effect, result)
    withheld = await _withheld(context, run, named, result, known)
    if withheld is not None:
        result = ToolResult("refused", code=withheld.code, sentence=withheld.sentence)
        refs, facts_body = (), None
    again = result.transient and attempt < context.brand.rules.call_attempts and result.outcome in ("failed", "timed_out")
    outcome: EffectOutcome = result.outcome
    stored = effects.result_body(result)
    bodies: list[Body] = [stored, *([facts_body] if facts_body else [])]
    then: list[tuple[AnyEvent, Actor | None]] = []
    if not again:
        told: ToolOutcome = result.outcome
        facts = [(ref.id, key, value) for ref, (key, value) in zip(refs, result.facts, strict=True)]
        text = marking.result_text(
            run.suffix, outcome=told, result=result.result, facts=facts if refs else (), reason=result.sentence
        )
        body = new_body("result", text)
        bodies.append(body)
        then.append((answer_call(run, call.tool_use_id, told, body, effect=effect), None))
        if told == "unknown":
            then.append((raise_ask(context, "unknown_outcome", f"effect:{effect}", "unknown_outcome", run=run.run,
                                   effect=effect, verbs=("confirm_executed", "confirm_not_executed", "take_over"),
                                   priority=1), None))  # fmt: skip
    pending = effects.finish(
        session,
        effect,
        outcome,
        settled_by=settled_by,
        code=result.code,
        sentence=result.sentence,
        transient=again,
        result=stored.ref,
        facts=refs,
        facts_body=facts_body.ref if facts_body else None,
        then=then,
        bodies=tuple(bodies),
    )
    if named.declaration.writes and not again:
        holder = _holder(context, run, call.tool_use_id)
        ends = {"succeeded": "executed", "unknown": "unknown"}
        pending += Pending(intent_ends=(IntentEnd(holder, ends.get(result.outcome, "ended")),))  # pyright: ignore[reportArgumentType] - the three words
    return pending


def _holder(context: Context, run: Run, tool_use_id: str) -> str:
    """Who holds the intent of an autonomous write: the call itself."""
    return f"{context.session.stream}/{run.run}/{tool_use_id}"


async def _withheld(context: Context, run: Run, named: Named, result: ToolResult, known: dict[str, Fact]) -> Refusal | None:
    """A read whose owner was not known before is asked about again, now that it is, before a model sees the answer."""
    owner = named.tool.owner_key(named.arguments)
    if named.declaration.writes or owner is None or result.outcome != "succeeded":
        return None
    facts = dict(known)
    for key, value in result.facts:
        facts[key] = Fact.model_construct(
            id="", key=key, value=value, source=named.tool.name, source_seq=0, read_at=context.session.now
        )
    try:
        asked = await judged_call(context, run, named.tool, named.arguments, facts, Caps())
        verdict = context.brand.gate.may_disclose(asked)
    except CountersignError as error:
        return Refusal(error.code, "What was found belongs to somebody else.")
    if verdict.verdict == "execute":
        return None
    return Refusal("not_this_customers", "Nothing of this customer's was found under that name.")


async def close_call(context: Context, step: CloseCall) -> Work:
    """A call failed for good: the model is told, and changes its way."""
    session = context.session
    run = session.state.runs[step.run]
    reason = "The system did not work, also when tried again."
    body = new_body("result", marking.result_text(run.suffix, outcome="failed", reason=reason))
    answered = answer_call(run, step.tool_use_id, "failed", body)
    call = next(c for c in run.calls if c.tool_use_id == step.tool_use_id)
    ends = (IntentEnd(_holder(context, run, step.tool_use_id), "ended"),) if call.writes else ()
    return Work(Pending((session.draft(answered),), (body,), intent_ends=ends))
