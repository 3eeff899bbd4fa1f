"""A person's own action: which there are, what it must read first, and the proposal it would be (R-C3, R-E3).

Judged with the person as principal, built like every proposal, told to a run like every outcome. It must never spare a
check that a model's call gets, and never show what belongs to another customer.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import JsonValue

from agent_core.authority.facts import CallFacts, Caps, OperatorFacts
from agent_core.authority.tools import DeclaredTool
from agent_core.contract.actors import Person
from agent_core.contract.bodies import Body
from agent_core.contract.errors import Conflict
from agent_core.contract.events import RunOpened
from agent_core.contract.facts import Fact
from agent_core.contract.ids import OperatorId, RunId, WorkflowName
from agent_core.conversation.state import Run
from agent_core.engine.common import Context
from agent_core.engine.judging import judged_call
from agent_core.engine.opening import next_run, run_opened
from agent_core.engine.placing import placed
from agent_core.engine.proofs import missing_proof
from agent_core.engine.proposing import Made, built_proposal
from agent_core.engine.session import Pending
from agent_core.store import Draft
from agent_core.workflows.release import Release
from agent_core.workflows.templates import fields_of, filled
from agent_core.workflows.tools import ToolDeclaration

MOST_READS: Final = 4
"""Tools that are asked before one action is shown."""

_OPEN: Final = frozenset({"working", "answered", "asking", "awaiting_approval", "awaiting_external"})
"""Phases of a run that can be told what became of an action; the others end when the agent has the conversation again."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool that a person may propose with: the first workflow that has it, those at work here first."""

    workflow: WorkflowName
    declared: ToolDeclaration
    tool: DeclaredTool


@dataclass(frozen=True, slots=True)
class Opening:
    """The run that an action hangs on, and its events where it is a new one."""

    run: Run
    opened: RunOpened | None = None
    body: Body | None = None


@dataclass(frozen=True, slots=True)
class OwnAction:
    """What would be appended: exactly what was shown."""

    offer: Offer
    arguments: Mapping[str, JsonValue]
    opening: Opening
    asked: CallFacts
    made: Made
    operator: OperatorId


def offers(context: Context) -> Mapping[str, Offer]:
    """Every writing tool of the brand's workflows that policy knows, by name."""
    release, gate = context.brand.release, context.brand.gate
    at_work = [run.workflow for run in reversed(list(context.session.state.runs.values())) if _hangs(run, release)]
    found: dict[str, Offer] = {}
    for workflow in dict.fromkeys((*at_work, *sorted(release.workflows))):
        for name, declared in release.tools_of(workflow).items():
            tool = gate.policy.tools.get(name)
            if declared.writes and tool is not None:
                found.setdefault(name, Offer(WorkflowName(workflow), declared, tool))
    return dict(sorted(found.items()))


def _hangs(run: Run, release: Release) -> bool:
    return run.phase in _OPEN and run.successor is None and run.workflow in release.workflows


def reads(
    offer: Offer, release: Release, arguments: Mapping[str, JsonValue]
) -> tuple[tuple[str, dict[str, JsonValue]], ...]:
    """Which tools can tell what an action rests on, and with which arguments; all from declarations.

    A reading tool is asked when something it yields may be a fact the action needs, and everything it takes stands in the
    action's own arguments under the same name.
    """
    wanted = {key for need in offer.declared.facts if (key := filled(need.key, arguments)) is not None}
    wanted |= set(offer.declared.evidence_of(arguments))
    found: dict[str, tuple[ToolDeclaration, dict[str, JsonValue]]] = {}
    for workflow in dict.fromkeys((offer.workflow, *sorted(release.workflows))):
        for name, declared in release.tools_of(workflow).items():
            needed = declared.input_schema.get("required")
            names = [str(each) for each in needed] if isinstance(needed, list) else []
            taken = {each: arguments[each] for each in names if each in arguments}
            if not declared.writes and not declared.internal and len(taken) == len(names):
                found.setdefault(str(name), (declared, taken))
    chosen: list[tuple[str, dict[str, JsonValue]]] = []
    for name, (declared, taken) in sorted(found.items(), key=lambda one: -len(one[1][1])):  # those about this very thing
        told = {key for key in wanted if any(_tells(each.key, key) for each in declared.facts_yielded)}
        if told:
            chosen.append((name, taken))
            wanted -= told
    return tuple(chosen)[:MOST_READS]


def _tells(template: str, key: str) -> bool:
    """Whether a template may make this key: its fixed ends are the key's."""
    if not fields_of(template):
        return template == key
    head, tail = template.partition("{")[0], template.rpartition("}")[2]
    return key.startswith(head) and key.endswith(tail) and len(key) > len(head) + len(tail)


async def opening(context: Context, offer: Offer) -> Opening:
    """The newest run of that workflow that can be told; else a new one, which does nothing by itself."""
    state, release = context.session.state, context.brand.release
    for run in reversed(list(state.runs.values())):
        if _hangs(run, release) and offer.declared.name in context.release_of(run).tools_of(run.workflow):
            return Opening(run)
    name = RunId(f"r{next_run(context)}")
    opened, body = await run_opened(
        context,
        name,
        offer.workflow,
        release,
        turn=state.turn.turn,
        language=context.language,
        more={"actions_done": sorted(state.actions), "opened_by": "a colleague, for an action of their own"},
    )
    run = Run(
        run=name,
        workflow=offer.workflow,
        version=opened.version,
        release=opened.release,
        suffix=opened.suffix,
        turn=opened.turn,
    )
    return Opening(run, opened, body)


async def own_action(context: Context, offer: Offer, arguments: Mapping[str, JsonValue], person: OperatorFacts) -> OwnAction:
    """Builds it, if policy lets this person ask for it.

    Raises:
        Conflict: What policy, a proof or an equal action has against it, or `evidence_missing`.
        Invalid: The arguments name no thing, or no amount.
    """
    session, tool = context.session, offer.tool
    hung = await opening(context, offer)
    if hung.opened is not None:
        bodies = () if hung.body is None else (hung.body,)
        session.plan(Pending((Draft(hung.opened, Person(operator=person.id)),), bodies))  # only seen here, never appended
    missing = await missing_proof(context, hung.run, tool.name, arguments)
    if missing is not None:
        raise Conflict(missing.code, missing.sentence, detail=tool.name)
    tool.money_of(arguments)
    facts = await session.facts()
    asked = await judged_call(context, hung.run, tool, arguments, facts, Caps(), operator=person)
    verdict = context.brand.gate.judge(asked)
    if verdict.verdict != "propose":
        raise Conflict(verdict.code, verdict.sentence, detail=tool.name)
    made = await built_proposal(
        context,
        hung.run,
        f"person_{secrets.token_hex(8)}",
        tool,
        arguments,
        asked,
        verdict,
        facts,
        proposed_by=person.id,
    )
    ask = placed(made.built.ask, context.brand.release.brand, session.state.turn.language)
    return OwnAction(offer, arguments, hung, asked, Made(replace(made.built, ask=ask), made.repeats), person.id)


def belongs(
    declared: ToolDeclaration, arguments: Mapping[str, JsonValue], customer: str, facts: Mapping[str, object]
) -> bool:
    """Whether what was read is this customer's, as far as a declaration names an owner."""
    if declared.owner is None:
        return True
    key = filled(declared.owner, arguments)
    return key is not None and facts.get(key) == customer


def known_values(offer: Offer, release: Release, facts: Mapping[str, Fact]) -> Mapping[str, tuple[str, ...]]:
    """Values of arguments that this conversation has read, by argument, newest first."""
    templates = {each.key for w in release.workflows for tool in release.tools_of(w).values() for each in tool.facts_yielded}
    found: dict[str, dict[str, int]] = {}
    for template in templates:
        names = fields_of(template)
        if len(names) != 1 or names[0] not in offer.declared.arguments:
            continue
        head, tail = template.partition("{")[0], template.rpartition("}")[2]
        for key, fact in facts.items():
            if _tells(template, key):
                value = key[len(head) : len(key) - len(tail) or None]
                if "." not in value:
                    known = found.setdefault(names[0], {})
                    known[value] = max(known.get(value, 0), fact.source_seq)
    return {name: tuple(sorted(values, key=lambda one: -values[one])) for name, values in found.items()}
