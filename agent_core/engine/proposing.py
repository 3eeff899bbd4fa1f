"""From a call that people must decide about to a proposal, its ask, and the call's one result: pending (R-C3, DESIGN §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import CallFacts, Caps
from agent_core.authority.gate import Verdicted
from agent_core.authority.proposals import Built, Superseded, Wanted, build_proposal
from agent_core.authority.tools import DeclaredTool
from agent_core.boundary import marking
from agent_core.contract.bodies import new_body
from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.contract.events import AskRaised, CallAnswered, CallJudged, Proposed
from agent_core.contract.facts import Fact
from agent_core.contract.ids import ProposalId
from agent_core.contract.proposals import EvidenceChange
from agent_core.conversation.state import Call, ProposalState, Run
from agent_core.engine.common import Context
from agent_core.engine.identity import customer_of
from agent_core.engine.judging import judged_call
from agent_core.engine.placing import placed
from agent_core.engine.session import Pending
from agent_core.store import IntentRow

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
        built = await _build(context, run, call.tool_use_id, named.tool, named.arguments, asked, verdict, facts, held)
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
    if tool is None or run.phase in ("withdrawn", "failed") or session.state.control == "closed":
        return None
    arguments = await session.json(old.arguments)
    facts = await session.facts()
    asked = await judged_call(context, run, tool, arguments, facts, Caps(), ignore_pending=True)
    verdict = context.brand.gate.judge(asked)
    if verdict.verdict != "propose":
        return None
    before = {row["key"]: row["value"] for row in await session.json(old.evidence_body)}
    held = tuple(row for row in await session.intent(old.intent_key) if row.holder != old.id)
    if any(row.state != "executed" for row in held):
        return None
    generation = sum(1 for p in session.state.proposals.values() if p.proposal.tool_use_id == old.tool_use_id)
    superseded = Superseded(old.id, arguments, before)
    try:
        built = await _build(
            context, run, old.tool_use_id, tool, arguments, asked, verdict, facts, held,
            generation=generation, supersedes=superseded,
        )  # fmt: skip
    except Unavailable:
        raise
    except (CountersignError, CheckFailed) as error:
        log.info("not_proposed_again", conversation=session.stream, proposal=old.id, code=error.code, changes=len(changes))
        return None
    drafts = (
        session.draft(Proposed(proposal=built.proposal), session.agent(run.run)),
        session.draft(AskRaised(ask=placed(built.ask, context.brand.release.brand, session.state.turn.language))),
    )
    repeats = (built.proposal.intent_key,) if held else ()
    return Again(built.proposal.id, Pending(drafts, built.bodies, repeats=repeats))


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
) -> Built:
    session, state = context.session, context.session.state
    assert state.conversation is not None
    name = facts.get("customer.name")
    known = name.value if name is not None and isinstance(name.value, str) else await customer_of(session)
    reason = arguments.get("reason")
    keys = await context.operators.keyring()
    people = len({k.operator.id for k in keys.active if k.operator.works_for(state.brand)})
    expires = session.now + timedelta(seconds=context.brand.release.brand.timing.proposal_expiry_s)
    return build_proposal(
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
            required_people=context.brand.gate.required_people(asked) or 1,
            now=session.now,
            expires_at=expires,
            customer_shown=known,
            urgency=state.turn.triaged.urgency if state.turn.triaged else "normal",
            model_reason=reason if isinstance(reason, str) else None,
            same_intent=tuple(ProposalId(row.holder) for row in held),
            generation=generation,
            supersedes=supersedes,
            people_available=people,
        )
    )
