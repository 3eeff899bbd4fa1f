"""Carrying out a person's override of the routing: one transaction in which some runs end and others begin (R-B7).

What was done stays in the log and in the facts. What a withdrawn run had proposed is withdrawn with it, so that nobody
approves what nobody wants any more. It must never start an effect: whoever looks next does, under the new epoch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agent_core.contract.actors import Actor, Agent, Person
from agent_core.contract.asks import Ask
from agent_core.contract.bodies import Body, BodyRef
from agent_core.contract.events import (
    AnyEvent,
    AskRaised,
    AskResolved,
    ControlChanged,
    ProposalSettled,
    Recorded,
    ReplySent,
    Routed,
    RouterChoice,
    RoutingOverridden,
    RunRouted,
    Told,
    TurnOpened,
)  # fmt: skip
from agent_core.contract.ids import OperatorId, RunId, WorkflowName, ask_id
from agent_core.contract.overriding import Obstacle
from agent_core.conversation.evolve_overrides import TO_PEOPLE
from agent_core.conversation.state import ProposalState, State
from agent_core.engine.common import PEOPLE_VERBS, Context
from agent_core.engine.opening import inputs, next_run, run_opened
from agent_core.engine.placing import placed_in
from agent_core.engine.session import Pending
from agent_core.routing.override import Change, LiveRun, change
from agent_core.store import Draft

MOST_TOLD = 12
WORDS = "A person changed who works on this conversation."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants, and how they said so."""

    workflows: tuple[WorkflowName, ...]
    queue: str | None
    operator: OperatorId
    comment: BodyRef | None = None
    statement: str | None = None
    envelope: BodyRef | None = None


def change_of(context: Context, workflows: Sequence[WorkflowName]) -> Change:
    """What a set of workflows changes about the conversation's runs."""
    release = context.brand.release
    runs = [
        LiveRun(run.run, run.workflow, run.phase, tuple(context.release_of(run).tools_of(run.workflow)))
        for run in context.session.state.runs.values()
    ]
    known = [name for name in workflows if name in release.workflows or any(run.workflow == name for run in runs)]
    return change(runs, known, release.tools_of)


def widens(state: State, changed: Change, workflows: Sequence[WorkflowName]) -> bool:
    """Whether the agent may do more afterwards: that needs a signature (DESIGN §1.8)."""
    return bool(changed.entering) or (bool(workflows) and state.control != "agent")


def obstacles(context: Context, wanted: Wanted, changed: Change) -> tuple[Obstacle, ...]:
    """Why it is not possible right now; nothing when it is."""
    return tuple(Obstacle(code=code, sentence=words) for code, words in _obstacles(context, wanted, changed))


def _obstacles(context: Context, wanted: Wanted, changed: Change) -> Iterator[tuple[str, str]]:
    state, brand = context.session.state, context.brand.release
    if state.control == "closed":
        yield "not_possible", "This conversation is closed."
    if state.control == "quarantined":
        yield "needs_repair", "This conversation is quarantined. Take it over, or have on-call repair it."
    if state.control == "human" and state.operator not in (None, wanted.operator):
        yield "not_yours", "Somebody else has this conversation."
    if not any(message.author == "customer" for message in state.messages):
        yield "nothing_written", "The customer has not written anything yet."
    if not wanted.workflows and wanted.queue is None:
        yield "nothing_chosen", "Choose at least one workflow, or a queue of people."
    names = {run.workflow for run in changed.staying} | set(changed.entering)
    if any(name not in names or (name in changed.entering and name not in brand.workflows) for name in wanted.workflows):
        yield "no_workflow", "This brand has no such workflow."
    if wanted.queue is not None and all(queue.name != wanted.queue for queue in brand.brand.queues):
        yield "no_queue", "This brand has no such queue."
    if any(under_way(state, run.run) for run in changed.leaving):
        yield "still_under_way", "A run that would leave is carrying something out right now. Try again in a moment."
    same = not changed.entering and not changed.leaving and wanted.queue is None and state.control == "agent"
    if same and wanted.workflows:
        yield "nothing_changes", "These workflows work on it already."


def warnings(context: Context, changed: Change, *, proven: bool) -> tuple[Obstacle, ...]:
    """What to know before it; none of it stands in the way."""
    state, release = context.session.state, context.brand.release
    leaving = {run.run for run in changed.leaving}
    found: list[Obstacle] = []
    if not proven and any(release.workflows[name].authenticated for name in changed.entering):
        words = "The customer has not proven who they are: policy will refuse what needs that."
        found.append(Obstacle(code="not_authenticated", sentence=words))
    if any(known.effect.run is not None and state.heir(known.effect.run) in leaving for known in state.owed()):
        words = "Another system still owes an answer to a run that would leave. Nobody will tell the customer of it."
        found.append(Obstacle(code="answer_owed", sentence=words))
    doubtful = [known.effect.run for known in state.doubts.values()]
    if any(run is not None and state.heir(run) in leaving for run in doubtful):
        words = "Nobody knows yet what became of an action of a run that would leave. People still find out."
        found.append(Obstacle(code="outcome_unknown", sentence=words))
    return tuple(found)


def under_way(state: State, run: RunId) -> bool:
    """Whether something of this run is being carried out outside: it cannot be taken back in this moment."""
    writes = [effect.run for effect in state.open.values() if effect.kind == "write" and effect.run is not None]
    if any(state.heir(name) == run for name in writes):
        return True
    return any(known.effect is not None for known in proposals_of(state, run))


def proposals_of(state: State, run: RunId) -> tuple[ProposalState, ...]:
    """What a run, or one that it continues, has proposed and nobody ended."""
    return tuple(known for known in state.open_proposals() if state.heir(known.proposal.run) == run)


def _to_withdraw(state: State, run: RunId) -> tuple[ProposalState, ...]:
    """What may have happened already is not withdrawn: it is looked up, or people find out, before it ends (R-A7, R-C6)."""
    return tuple(known for known in proposals_of(state, run) if not known.asked_unknown and not known.attempts)


async def overridden(context: Context, wanted: Wanted, changed: Change, records: Sequence[Recorded]) -> Pending:
    """Everything the override comes to, to be appended in one transaction.

    Args:
        context: What a step may use; its session has folded the newest log.
        wanted: What the person wants; `obstacles` has found nothing against it.
        changed: From `change_of`.
        records: The log, for what was sent and what the router had chosen.
    """
    session = context.session
    person = Person(operator=wanted.operator)
    pending = Pending()

    def plan(*events: AnyEvent, actor: Actor = person, bodies: tuple[Body, ...] = ()) -> None:
        nonlocal pending
        made = Pending(tuple(Draft(event, actor) for event in events), bodies)
        session.plan(made)
        pending += made

    choice = _router_choice(session.state, records)
    if session.state.waiting:
        newest = session.state.waiting[-1].seq
        plan(TurnOpened(turn=session.state.turn.turn + 1, through=newest, release=context.brand.release.digest))
    back = bool(wanted.workflows) and session.state.control != "agent"
    was = session.state.control
    if back:
        plan(ControlChanged(to="agent", code="routing_overridden", sentence=WORDS, operator=wanted.operator))
    language = _language(context)
    first = next_run(context)
    entering = [(RunId(f"r{number}"), name) for number, name in enumerate(changed.entering, first)]
    routed = [RunRouted(run=run.run, workflow=run.workflow, new=False) for run in changed.staying]
    routed += [RunRouted(run=run, workflow=name, new=True) for run, name in entering]
    going = {run.run: _to_withdraw(session.state, run.run) for run in changed.leaving}
    plan(
        RoutingOverridden(
            turn=session.state.turn.turn,
            operator=wanted.operator,
            workflows=wanted.workflows,
            runs=tuple(routed),
            withdrawn=tuple(going),
            queue=wanted.queue,
            language=language,
            router=choice,
            comment=wanted.comment,
            statement=wanted.statement,
            envelope=wanted.envelope,
        )
    )
    for known in (known for several in going.values() for known in several):
        plan(*withdrawn(known, session.state, wanted.operator))
    for ask in _asks_over(session.state, changed, everything=was != "agent" or not wanted.workflows):
        plan(ask_resolved(ask, wanted.operator))
    for run in changed.staying:
        if _unheard(context, run.run):
            plan(*inputs(context, run.run, session.state.turn.turn))
    told = _told(records)
    for run, name in entering:
        opened, body = await run_opened(
            context,
            run,
            name,
            context.brand.release,
            turn=session.state.turn.turn,
            language=language,
            told=told,
            more={"actions_done": sorted(session.state.actions)},
        )
        plan(opened, *_first_words(context, run), bodies=(body,))
    if wanted.queue is not None:
        plan(AskRaised(ask=placed_in(_ask(context), context.brand.release.brand, wanted.queue, language)))
    return pending


def _router_choice(state: State, records: Sequence[Recorded]) -> RouterChoice:
    turn = state.turn
    routed = next((r.event for r in reversed(records) if isinstance(r.event, Routed) and r.event.turn == turn.turn), None)
    intents = () if turn.triaged is None else turn.triaged.intents
    if routed is None:
        return RouterChoice(intents=intents)
    workflows = tuple(dict.fromkeys(run.workflow for run in routed.runs))
    return RouterChoice(rule=routed.rule, intents=intents, workflows=workflows[:12], to_people=routed.to_people[:20])


def _language(context: Context) -> str:
    """The turn's language; else the one triage found, where the brand speaks it; else the brand's own."""
    state, brand = context.session.state, context.brand.release
    found = state.turn.language or ("" if state.turn.triaged is None else state.turn.triaged.language)
    return brand.language(found) or brand.brand.default_language


def _told(records: Sequence[Recorded]) -> tuple[Told, ...]:
    """What was sent to the customer so far, the newest of it."""
    told: list[Told] = []
    for record in records:
        if isinstance(record.event, ReplySent):
            by: Literal["agent", "person", "system"] = "system"
            if isinstance(record.actor, Agent):
                by = "agent"
            elif record.actor.kind in ("person", "person_for_agent"):
                by = "person" if record.actor.kind == "person" else "agent"
            told.append(Told(by=by, text=record.event.text))
    return tuple(told[-MOST_TOLD:])


def _unheard(context: Context, run: RunId) -> bool:
    """Whether the turn took messages that this run has not heard."""
    state = context.session.state
    heard = {entry.body.id for entry in state.runs[run].transcript}
    return any(
        m.author == "customer" and not m.gone and m.text.id not in heard and state.turn.after < m.seq <= state.turn.through
        for m in state.messages
    )


def _first_words(context: Context, run: RunId) -> Sequence[AnyEvent]:
    """What a new run hears: the turn's messages, or the newest one where a person had answered all of them."""
    found = inputs(context, run, context.session.state.turn.turn)
    if found:
        return found
    newest = next((m.seq for m in reversed(context.session.state.messages) if m.author == "customer" and not m.gone), 1)
    return inputs(context, run, context.session.state.turn.turn, since=newest - 1)


def withdrawn(known: ProposalState, state: State, operator: OperatorId) -> Iterator[AnyEvent]:
    """The end of a proposal whose workflow a person took off, and of what was asked about it."""
    proposal = known.proposal
    yield ProposalSettled(
        run=proposal.run,
        proposal=proposal.id,
        outcome="withdrawn",
        by="withdrawn",
        code="routing_overridden",
        sentence="A person took the workflow that proposed this off the conversation.",
        operator=operator,
    )
    for ask in state.asks.values():
        if ask.ask.proposal == proposal.id and not ask.resolved:
            yield AskResolved(
                ask=ask.ask.id, verb="withdraw", by="withdrawn", operator=operator, code="routing_overridden", sentence=WORDS
            )


def _asks_over(state: State, changed: Change, *, everything: bool) -> list[Ask]:
    """Escalations that the person has dealt with by deciding who works on it."""
    about = {run.run for run in (*changed.leaving, *changed.staying)}
    return [
        known.ask
        for known in state.asks.values()
        if not known.resolved and known.ask.kind == "escalation" and (everything or known.ask.run in about)
    ]


def ask_resolved(ask: Ask, operator: OperatorId) -> AskResolved:
    """The end of an escalation by an override."""
    return AskResolved(ask=ask.id, verb="resolve", by="person", operator=operator, code="routing_overridden", sentence=WORDS)


def _ask(context: Context) -> Ask:
    session = context.session
    assert session.state.conversation is not None
    return Ask(
        id=ask_id(session.stream, "escalation", f"override:{session.true_state.seq}"),
        kind="escalation",
        brand=session.state.brand,
        conversation=session.state.conversation,
        code=TO_PEOPLE,
        sentence="A colleague sent this to people.",
        priority=3,
        verbs=PEOPLE_VERBS,
        roles=("supervisor", "lead", "on_call", "admin"),
        raised_at=session.now,
    )
