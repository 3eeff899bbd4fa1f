"""A proposal as a person changed it: judged like every call, built like every proposal, on the other one's clocks.

Policy is asked about the run that wanted it, with the new arguments; what the agent might do alone people may still be asked
about. It must never move a signature, a clock or a limit over to other arguments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from agent_core.authority.facts import Caps
from agent_core.authority.proposals import Built, Edited, Superseded
from agent_core.authority.tools import DeclaredTool
from agent_core.contract.errors import Conflict
from agent_core.contract.ids import OperatorId
from agent_core.conversation.state import AskState, ProposalState
from agent_core.engine.common import Context
from agent_core.engine.judging import judged_call, principal
from agent_core.engine.proofs import missing_proof
from agent_core.engine.proposing import built_proposal
from agent_core.workflows.tools import ToolDeclaration


@dataclass(frozen=True, slots=True)
class Change:
    """What a person wants to change about a proposal.

    Attributes:
        declared: The tool, as the active release declares it.
        narrows: It only makes smaller what was proposed.
    """

    known: ProposalState
    asked: AskState
    declared: ToolDeclaration
    tool: DeclaredTool
    before: Mapping[str, Any]
    after: Mapping[str, JsonValue]
    operator: OperatorId
    narrows: bool

    @property
    def proposer(self) -> OperatorId | None:
        """Whose own proposal it is afterwards."""
        return self.known.proposed_by if self.narrows else self.operator


@dataclass(frozen=True, slots=True)
class Changed:
    """The proposal that would take the other's place. `repeats`: equal actions done before, which its card shows."""

    built: Built
    repeats: tuple[str, ...]


async def changed(context: Context, change: Change) -> Changed:
    """Builds it, if policy lets people be asked about it.

    Raises:
        Conflict: What policy, a proof or an equal action has against it, or `evidence_missing`.
        Invalid: The arguments name no thing, or no amount.
    """
    session, old = context.session, change.known.proposal
    run = session.state.runs[old.run]
    missing = await missing_proof(context, run, old.tool, change.after)
    if missing is not None:
        raise Conflict(missing.code, missing.sentence, detail=old.id)
    change.tool.money_of(change.after)
    facts = await session.facts()
    person = await principal(context, change.known)
    asked = await judged_call(context, run, change.tool, change.after, facts, Caps(), operator=person, ignore_pending=True)
    verdict = context.brand.gate.judge(asked)
    if verdict.verdict == "forbid":
        raise Conflict(verdict.code, verdict.sentence, detail=old.id)
    evidence = {row["key"]: row["value"] for row in await session.json(old.evidence_body)}
    generation = sum(1 for p in session.state.proposals.values() if p.proposal.tool_use_id == old.tool_use_id)
    made = await built_proposal(
        context,
        run,
        old.tool_use_id,
        change.tool,
        change.after,
        asked,
        replace(verdict, verdict="propose"),
        facts,
        besides=old.id,
        generation=generation,
        supersedes=Superseded(old.id, change.after, evidence),
        edited_from=Edited(change.before, old.arguments_digest),
        proposed_by=change.proposer,
        expires_at=old.expires_at,
    )
    ask = change.asked.ask
    same = {
        "roles": ask.roles,
        "queue": ask.queue,
        "language": ask.language,
        "answer_by": ask.answer_by,
        "look_by": None if change.asked.looked else ask.look_by,
        "raised_at": ask.raised_at,
        "priority": min(ask.priority, made.built.ask.priority),
    }
    return Changed(replace(made.built, ask=made.built.ask.model_copy(update=same)), made.repeats)
