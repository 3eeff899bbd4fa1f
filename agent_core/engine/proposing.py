"""From a call that people must decide about to a proposal, its ask, and the call's one result: pending (R-C3, DESIGN §4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import CallFacts, Caps
from agent_core.authority.gate import Verdicted
from agent_core.authority.proposals import Built, Edited, Superseded, Wanted, build_proposal, intent_of
from agent_core.authority.tools import DeclaredTool
from agent_core.boundary import marking
from agent_core.contract.bodies import new_body
from agent_core.contract.day_counts import DayCounted
from agent_core.contract.errors import Conflict, CountersignError, Unavailable
from agent_core.contract.events import AskRaised, CallAnswered, CallJudged, Proposed
from agent_core.contract.facts import Fact
from agent_core.contract.ids import OperatorId, ProposalId
from agent_core.contract.proposals import EvidenceChange
from agent_core.contract.risk import Risk, Tier
from agent_core.conversation.state import Call, ProposalState, Run
from agent_core.engine.common import Context
from agent_core.engine.identity import customer_of
from agent_core.engine.judging import judged_call, principal
from agent_core.engine.placing import placed
from agent_core.engine.session import Pending
from agent_core.store import IntentRow
from agent_core.workflows.risk import people_of, risk_of, tier_of
from agent_core.workflows.tools import argument_faults

if TYPE_CHECKING:
    from agent_core.engine.steps.verdicts import Named

log = structlog.get_logger(__name__)

PENDING = "A person must approve this first. It has not been done. You will be told what became of it."


@dataclass(frozen=True, slots=True)
class Again:
    """A proposal that takes the place of one that lapsed."""

    proposal: ProposalId
    pending: Pending


async def propose(
    context: Context,
    run: Run,
    call: Call,
    named: "Named",
    asked: CallFacts,
    verdict: Verdicted,
    judged: CallJudged,
    facts: Mapping[str, Fact],
    held: tuple[IntentRow, ...],
) -> Pending:
    """Proposes a judged call, or answers it as refused when it cannot even be proposed."""
    session = context.session
    try:
        built = await _build(
            context, run, call.tool_use_id, named.tool, named.arguments, asked, verdict, facts, held, counted=judged.counted
        )
    except Unavailable:
        raise  # our own disk says nothing about what was asked for: this look is put off
    except CountersignError as error:
        log.info("not_proposable", conversation=session.stream, run=run.run, code=error.code, detail=error.detail)
        refused = judged.model_copy(update={"verdict": "forbid", "code": error.code, "sentence": error.message})
        body = new_body("result", marking.result_text(run.suffix, outcome="refused", reason=error.message))
        answered = CallAnswered(run=run.run, tool_use_id=call.tool_use_id, outcome="refused", result=body.ref)
        return Pending((session.draft(refused), session.draft(answered)), (body,))
    text = marking.result_text(run.suffix, outcome="pending", reason=PENDING, proposal=built.proposal.id, executed=False)
    body = new_body("result", text)
    answered = CallAnswered(
        run=run.run, tool_use_id=call.tool_use_id, outcome="pending", result=body.ref, proposal=built.proposal.id
    )
    agent = session.agent(run.run)
    drafts = (
        session.draft(judged),
        session.draft(Proposed(proposal=built.proposal), agent),
        session.draft(AskRaised(ask=placed(built.ask, context.brand.release.brand, session.state.turn.language))),
        session.draft(answered),
    )
    repeats = (built.proposal.intent_key,) if held else ()
    return Pending(drafts, (*built.bodies, body), repeats=repeats)


async def propose_again(context: Context, known: ProposalState, changes: tuple[EvidenceChange, ...]) -> Again | None:
    """What is still allowed after a lapse, as a new proposal that shows the difference; nothing when it is not."""
    session, old = context.session, known.proposal
    run = session.state.runs[old.run]
    tool = context.brand.gate.policy.tools.get(old.tool)
    declared = context.brand.release.tools.get(old.tool)
    works = session.state.runs[session.state.heir(old.run)].phase not in ("withdrawn", "failed")  # one continued goes on
    if tool is None or declared is None or not works or session.state.control == "closed":
        return None
    arguments = await session.json(old.arguments)
    if argument_faults(declared, arguments):
        return None  # nobody is asked about what the tool would refuse
    facts = await session.facts()
    try:
        person = await principal(context, known)
    except CheckFailed:
        return None  # nobody proposes for somebody who may not
    asked = await judged_call(context, run, tool, arguments, facts, Caps(), operator=person, ignore_pending=True)
    verdict = context.brand.gate.judge(asked)
    if verdict.verdict == "forbid":
        return None
    if verdict.verdict == "execute":
        # What the day's caps or the other side's silence made a person's stays one's: asked here is without that count.
        why = session.state.asks[old.ask].ask.sentence
        verdict = replace(verdict, verdict="propose", code=old.code, rules=old.rules, sentence=why)
    before = {row["key"]: row["value"] for row in await session.json(old.evidence_body)}
    generation = sum(1 for p in session.state.proposals.values() if p.proposal.tool_use_id == old.tool_use_id)
    superseded = Superseded(old.id, arguments, before)
    try:
        made = await built_proposal(
            context, run, old.tool_use_id, tool, arguments, asked, verdict, facts, besides=old.id,
            generation=generation, supersedes=superseded, edited_from=await edited_from(context, known),
            proposed_by=known.proposed_by,
        )  # fmt: skip
    except Unavailable:
        raise
    except (CountersignError, CheckFailed) as error:
        log.info("not_proposed_again", conversation=session.stream, proposal=old.id, code=error.code, changes=len(changes))
        return None
    built = made.built
    ask = placed(built.ask, context.brand.release.brand, session.state.turn.language)
    ask = ask.model_copy(update={"roles": session.state.asks[old.ask].ask.roles})  # what was sent up stays up
    drafts = (
        session.draft(Proposed(proposal=built.proposal), session.agent(run.run)),
        session.draft(AskRaised(ask=ask)),
    )
    return Again(built.proposal.id, Pending(drafts, built.bodies, repeats=made.repeats))


@dataclass(frozen=True, slots=True)
class Made:
    """A proposal that can be appended. `repeats`: its intent, where an equal action was done before, as its card shows."""

    built: Built
    repeats: tuple[str, ...]


async def built_proposal(
    context: Context,
    run: Run,
    tool_use_id: str,
    tool: DeclaredTool,
    arguments: Mapping[str, Any],
    asked: CallFacts,
    verdict: Verdicted,
    facts: Mapping[str, Fact],
    *,
    besides: ProposalId | None = None,
    generation: int = 0,
    supersedes: Superseded | None = None,
    edited_from: Edited | None = None,
    proposed_by: OperatorId | None = None,
    expires_at: datetime | None = None,
) -> Made:
    """A proposal beside which no equal action is open.

    Args:
        context: What a step may use.
        run: Whose call it is.
        tool_use_id: The model's call.
        tool: The tool as policy sees it.
        arguments: As they would be sent.
        asked: What policy was asked.
        verdict: What it said.
        facts: What is known.
        besides: The proposal whose place it takes: that one is no equal action.
        generation: How many proposals were made of the same call.
        supersedes: What it takes the place of.
        edited_from: What a person changed.
        proposed_by: The person whose own proposal it is.
        expires_at: When it ends; none is the brand's span from now on.

    Raises:
        Conflict: `already_open` or `already_unknown`; as `build_proposal`; `nobody_may_approve`.
    """
    key = intent_of(tool, context.session.state.brand, arguments, secret=context.session.store.secret)
    held = tuple(row for row in await context.session.intent(key) if row.holder != besides)
    for row in held:
        if row.state != "executed":
            raise Conflict(f"already_{row.state}", "An equal action is open or under way already.", detail=row.holder)
    built = await _build(
        context, run, tool_use_id, tool, arguments, asked, verdict, facts, held,
        generation=generation, supersedes=supersedes, edited_from=edited_from, proposed_by=proposed_by,
        expires_at=expires_at,
    )  # fmt: skip
    return Made(built, (built.proposal.intent_key,) if held else ())


async def edited_from(context: Context, known: ProposalState) -> Edited | None:
    """What a person's change was made from; none where nobody changed anything."""
    if known.proposal.edited_from is None:
        return None
    for other in context.session.state.proposals.values():
        if other.proposal.arguments_digest == known.proposal.edited_from:
            return Edited(await context.session.json(other.proposal.arguments), known.proposal.edited_from)
    return None


async def _build(
    context: Context,
    run: Run,
    tool_use_id: str,
    tool: DeclaredTool,
    arguments: Mapping[str, Any],
    asked: CallFacts,
    verdict: Verdicted,
    facts: Mapping[str, Fact],
    held: tuple[IntentRow, ...],
    *,
    generation: int = 0,
    supersedes: Superseded | None = None,
    edited_from: Edited | None = None,
    proposed_by: OperatorId | None = None,
    expires_at: datetime | None = None,
    counted: DayCounted | None = None,
) -> Built:
    session, state = context.session, context.session.state
    assert state.conversation is not None
    name = facts.get("customer.name")
    known = name.value if name is not None and isinstance(name.value, str) else await customer_of(session)
    reason = arguments.get("reason")
    keys = await context.operators.keyring()
    people = len({k.operator.id for k in keys.active if k.operator.works_for(state.brand)})
    expires = session.now + timedelta(seconds=context.brand.release.brand.timing.proposal_expiry_s)
    people_needed = context.brand.gate.required_people(asked)
    if people_needed is None:
        raise Conflict("nobody_may_approve", "No number of people could approve this.", detail=tool.name)
    tier, risk = _risk(context, tool, arguments)
    people_needed = max(people_needed, people_of(tier, context.brand.release.brand.risk))
    built = build_proposal(
        Wanted(
            conversation=state.conversation,
            brand=state.brand,
            customer=asked.run.customer,
            secret=session.store.secret,
            run=run.run,
            tool_use_id=tool_use_id,
            tool=tool,
            arguments=arguments,
            workflow=run.workflow,
            workflow_version=run.version,
            release=run.release,
            verdict=verdict,
            facts=facts,
            seen_through=state.last_customer_seq,
            required_people=people_needed,
            now=session.now,
            expires_at=expires_at or expires,
            customer_shown=known,
            urgency=state.turn.triaged.urgency if state.turn.triaged else "normal",
            model_reason=reason if isinstance(reason, str) else None,
            same_intent=tuple(ProposalId(row.holder) for row in held),
            generation=generation,
            supersedes=supersedes,
            edited_from=edited_from,
            proposed_by=proposed_by,
            people_available=people,
            counted=counted,
        )
    )
    return replace(built, ask=built.ask.model_copy(update={"risk": risk}))


def _risk(context: Context, tool: DeclaredTool, arguments: Mapping[str, Any]) -> tuple[Tier, Risk]:
    """How much care a yes needs, as of now: what waits already keeps what it was raised with."""
    release = context.brand.release
    brand, declared = release.brand, release.tools.get(tool.name)
    tier = tier_of(
        tool.name,
        None if declared is None else declared.risk,
        tool.money_of(arguments),
        reversible=tool.reversible,
        rules=brand.risk,
        currency=brand.currency,
    )
    return tier, risk_of(tier, brand.risk, brand.currency)
