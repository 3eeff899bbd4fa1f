"""Where every thing of a conversation stands in its table, what an event does to which of them, and what is refused (R-A1).

The one place where an event of the log meets the tables. Pure, and read-only: it must never change a state.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from agent_core.contract.actors import Actor, Person
from agent_core.contract.events import (
    ActionProposed,
    AgentSteered,
    AnswerArrived,
    AnswerRejected,
    AnyEvent,
    AskAnswered,
    AskAssigned,
    AskBreached,
    AskClaimed,
    AskedBack,
    AskEscalated,
    AskPutOff,
    AskRaised,
    AskReleased,
    AskResolved,
    BeliefCorrected,
    BodiesErased,
    CallAnswered,
    CallJudged,
    ControlChanged,
    CorrectionEnded,
    Countersigned,
    EffectFinished,
    EffectStarted,
    ErasureOrdered,
    LookAgain,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ModelSpoke,
    NoticeGiven,
    ProposalSettled,
    Proposed,
    Recalled,
    ReplyDrafted,
    ReplyDropped,
    ReplySent,
    RoutingOverridden,
    RunAnswered,
    RunContinuedAs,
    RunEscalated,
    RunFailed,
    RunInput,
    RunOpened,
    SteeringEnded,
    TurnOpened,
)  # fmt: skip
from agent_core.conversation import erasing
from agent_core.conversation.lifecycles import ASK, CALL, EFFECT, PROPOSAL, REPLY
from agent_core.conversation.machine import NONE, OVER, Machine
from agent_core.conversation.machines import CONTROL_MACHINE, RUN_MACHINE
from agent_core.conversation.state import Call, ProposalState, Run, State


class Touch(NamedTuple):
    """An event of one table, for one thing. `subject` is its id; a call's is `run/tool_use_id`, control has none."""

    machine: Machine
    subject: str
    event: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that a table does not allow where the thing stands."""

    machine: str
    subject: str
    now: str
    event: str


def refusal(state: State, event: AnyEvent, actor: Actor) -> Refusal | None:
    """What the tables have against an event in this state; nothing when all of them allow it."""
    if erasing.forbidden(state, event):
        return Refusal(CONTROL_MACHINE.name, "", "erased" if state.erased else "erasing", event.type)
    touches = _TOUCHES.get(type(event))
    if touches is not None:
        for machine, subject, happening in touches(state, event, actor):
            now = _WHERE[machine.name](state, subject)
            if not machine.next(now, happening):
                return Refusal(machine.name, subject, now, happening)
    return None


def touched(state: State, event: AnyEvent, actor: Actor) -> Iterator[Touch]:
    """What an event is in which tables, in this state."""
    touches = _TOUCHES.get(type(event))
    if touches is not None:
        yield from touches(state, event, actor)


def where(state: State, machine: Machine, subject: str) -> str:
    """The state of one thing in its table; `over` where only the log still knows its end."""
    return _WHERE[machine.name](state, subject)


def standing(state: State) -> Mapping[tuple[str, str], str]:
    """Every thing that the folded state keeps, by machine and id."""
    found = {(CONTROL_MACHINE.name, ""): str(state.control)}
    for name, run in state.runs.items():
        found[RUN_MACHINE.name, name] = run.phase
        for call in run.calls:
            subject = f"{name}/{call.tool_use_id}"
            found[CALL.name, subject] = where(state, CALL, subject)
    for effect in (*state.open, *state.unknown, *state.finished):
        found[EFFECT.name, effect] = where(state, EFFECT, effect)
    for proposal in state.proposals:
        found[PROPOSAL.name, proposal] = where(state, PROPOSAL, proposal)
    for ask in state.asks:
        found[ASK.name, ask] = where(state, ASK, ask)
    for draft in (state.draft, state.sending):
        if draft is not None:
            found[REPLY.name, str(draft.reply)] = where(state, REPLY, str(draft.reply))
    return found


def _effect(state: State, subject: str) -> str:
    if subject in state.open:
        return "open"
    if subject in state.unknown:
        return "unknown"
    return OVER if subject in state.finished else NONE


def _run(state: State, subject: str) -> str:
    known: Run | None = state.runs.get(subject)  # pyright: ignore[reportArgumentType, reportCallIssue] - ids are strings
    return NONE if known is None else known.phase


def _call(state: State, subject: str) -> str:
    name, _, tool_use_id = subject.partition("/")
    run: Run | None = state.runs.get(name)  # pyright: ignore[reportArgumentType, reportCallIssue] - ids are strings
    if run is None:
        return NONE
    call = next((call for call in run.calls if call.tool_use_id == tool_use_id), None)
    if call is None:
        answered = any(entry.kind == "result" and entry.tool_use_id == tool_use_id for entry in run.transcript)
        return OVER if answered else NONE
    return _of_call(state, run, call)


def _of_call(state: State, run: Run, call: Call) -> str:
    if call.outcome is not None:
        return call.outcome
    if any(e.purpose == "tool" and e.run == run.run and e.tool_use_id == call.tool_use_id for e in state.open.values()):
        return "performing"
    match call.verdict:
        case None:
            return "named"
        case "execute":
            return "resting" if call.attempts else "granted"
        case "propose":
            return "proposed"
        case "forbid":
            return "forbidden"


def _proposal(state: State, subject: str) -> str:
    known: ProposalState | None = state.proposals.get(subject)  # pyright: ignore[reportArgumentType, reportCallIssue] - ids are strings
    if known is None:
        return NONE
    if known.outcome is not None:
        return known.outcome
    if known.asked_unknown:
        return "asking"
    if known.effect is not None:
        return "executing"
    if known.denied_by is not None:
        return "declined"
    if known.complete:
        return "approved"
    return "signed" if known.approvals else "waiting"


def _ask(state: State, subject: str) -> str:
    known = state.asks.get(subject)  # pyright: ignore[reportArgumentType, reportCallIssue] - ids are strings
    if known is None:
        return NONE
    if known.resolved:
        return "resolved"
    return "open" if known.holder is None else "claimed"


def _reply(state: State, subject: str) -> str:
    number = int(subject)
    if state.sending is not None and state.sending.reply == number:
        return "unknown" if state.reply_unknown else "sending"
    if state.draft is not None and state.draft.reply == number:
        return "drafted"
    return OVER if number <= state.replies else NONE


_WHERE: Final[Mapping[str, Callable[[State, str], str]]] = {
    CONTROL_MACHINE.name: lambda state, _: state.control,
    RUN_MACHINE.name: _run,
    EFFECT.name: _effect,
    CALL.name: _call,
    PROPOSAL.name: _proposal,
    ASK.name: _ask,
    REPLY.name: _reply,
}


def _newer(state: State) -> Iterator[Touch]:
    """Something that sets an agent's draft aside."""
    for number in {draft.reply for draft in (state.draft, state.sending) if draft is not None}:
        yield Touch(REPLY, str(number), "newer")


def _person_spoke(state: State) -> Iterator[Touch]:
    for run in state.runs:
        yield Touch(RUN_MACHINE, run, "person_spoke")


def _message(state: State, event: MessageReceived, _actor: Actor) -> Iterator[Touch]:
    yield from _newer(state)
    if event.author == "person":
        yield from _person_spoke(state)


def _taken_back(state: State, _event: MessageEdited | MessageDeleted, _actor: Actor) -> Iterator[Touch]:
    yield from _newer(state)
    for run in state.runs:
        yield Touch(RUN_MACHINE, run, "words_taken_back")


def _control(state: State, event: ControlChanged, _actor: Actor) -> Iterator[Touch]:
    yield Touch(CONTROL_MACHINE, "", f"to_{event.to}")
    yield from _newer(state)
    if event.to == "closed" or (state.control == "human" and event.to == "agent"):
        for run in (name for name, known in state.runs.items() if known.phase in ("escalated", "failed")):
            yield Touch(RUN_MACHINE, run, "run_withdrawn")


def _turn(state: State, _event: TurnOpened, _actor: Actor) -> Iterator[Touch]:
    yield from _newer(state)


def _of_run(
    _state: State, event: RunOpened | RunInput | RunEscalated | RunFailed | ActionProposed, _actor: Actor
) -> Iterator[Touch]:
    yield Touch(RUN_MACHINE, event.run, event.type)


def _answered(state: State, event: RunAnswered, _actor: Actor) -> Iterator[Touch]:
    yield Touch(RUN_MACHINE, event.run, f"run_answered:{event.phase}")
    yield from _newer(state)


def _started(_state: State, event: EffectStarted, _actor: Actor) -> Iterator[Touch]:
    yield Touch(EFFECT, event.effect, event.type)
    if event.purpose == "tool" and event.run and event.tool_use_id:
        yield Touch(CALL, f"{event.run}/{event.tool_use_id}", event.type)
    elif event.purpose == "approved_tool" and event.proposal:
        yield Touch(PROPOSAL, event.proposal, event.type)
    elif event.purpose == "reread" and event.proposal:
        yield Touch(PROPOSAL, event.proposal, "read_again")
    elif event.purpose == "reply":
        yield Touch(REPLY, str(event.reply or 0), event.type)
    elif event.purpose == "run":
        yield Touch(RUN_MACHINE, event.run or "", event.type)


def _finished(state: State, event: EffectFinished, _actor: Actor) -> Iterator[Touch]:
    if event.effect in state.unknown and event.settled_by in ("person", "reconciled"):
        yield Touch(EFFECT, event.effect, "settled_by_person" if event.settled_by == "person" else "settled_by_look_up")
        return
    yield Touch(EFFECT, event.effect, f"effect_finished:{event.outcome}")
    effect = state.open.get(event.effect)
    if effect is None:
        return
    if effect.purpose == "tool" and effect.run and effect.tool_use_id:
        yield Touch(CALL, f"{effect.run}/{effect.tool_use_id}", event.type)
    elif effect.purpose == "approved_tool" and effect.proposal:
        yield Touch(PROPOSAL, effect.proposal, event.type)
    elif effect.purpose == "reply" and effect.reply is not None:
        yield Touch(REPLY, str(effect.reply), f"effect_finished:{event.outcome}")


def _spoke(state: State, event: ModelSpoke, _actor: Actor) -> Iterator[Touch]:
    yield Touch(RUN_MACHINE, event.run, event.type)
    run = state.runs.get(event.run)
    for call in () if run is None else run.calls:
        yield Touch(CALL, f"{event.run}/{call.tool_use_id}", "next_message")
    for named in event.calls:
        yield Touch(CALL, f"{event.run}/{named.tool_use_id}", event.type)


def _judged(_state: State, event: CallJudged, _actor: Actor) -> Iterator[Touch]:
    yield Touch(CALL, f"{event.run}/{event.tool_use_id}", f"call_judged:{event.verdict}")


def _call_answered(_state: State, event: CallAnswered, _actor: Actor) -> Iterator[Touch]:
    yield Touch(CALL, f"{event.run}/{event.tool_use_id}", f"call_answered:{event.outcome}")


def _notice(state: State, event: NoticeGiven, _actor: Actor) -> Iterator[Touch]:
    yield Touch(RUN_MACHINE, state.heir(event.run), event.type)
    yield from _newer(state)


def _rejected(_state: State, event: AnswerRejected, _actor: Actor) -> Iterator[Touch]:
    yield Touch(RUN_MACHINE, event.run, event.type)


def _continued(state: State, event: RunContinuedAs, _actor: Actor) -> Iterator[Touch]:
    yield Touch(RUN_MACHINE, event.run, event.type)
    old = state.runs.get(event.run)
    for call in () if old is None else old.calls:
        yield Touch(CALL, f"{event.run}/{call.tool_use_id}", "left_behind")
    yield Touch(RUN_MACHINE, event.successor, "continues")


def _overridden(state: State, event: RoutingOverridden, _actor: Actor) -> Iterator[Touch]:
    yield from _newer(state)
    for run in event.withdrawn:
        yield Touch(RUN_MACHINE, run, "run_withdrawn")


def _steered(
    state: State, _event: AgentSteered | SteeringEnded | BeliefCorrected | CorrectionEnded, _actor: Actor
) -> Iterator[Touch]:
    yield from _newer(state)


def _drafted(state: State, event: ReplyDrafted, _actor: Actor) -> Iterator[Touch]:
    yield Touch(REPLY, str(event.reply), event.type)
    yield from (touch for touch in _newer(state) if touch.subject != str(event.reply))
    for run in event.covers:
        yield Touch(RUN_MACHINE, run, "covered")


def _dropped(_state: State, event: ReplyDropped, _actor: Actor) -> Iterator[Touch]:
    yield Touch(REPLY, str(event.reply), event.type)


def _sent(state: State, event: ReplySent, actor: Actor) -> Iterator[Touch]:
    yield Touch(REPLY, str(event.reply), event.type)
    if isinstance(actor, Person):
        yield from _person_spoke(state)


def _proposed(_state: State, event: Proposed, _actor: Actor) -> Iterator[Touch]:
    yield Touch(PROPOSAL, event.proposal.id, event.type)


def _ask_raised(state: State, event: AskRaised, _actor: Actor) -> Iterator[Touch]:
    yield Touch(ASK, event.ask.id, event.type)
    if event.ask.kind == "unknown_outcome" and event.ask.proposal is not None and event.ask.proposal in state.proposals:
        yield Touch(PROPOSAL, event.ask.proposal, "asked_about")
    elif event.ask.kind == "unknown_outcome" and event.ask.effect is not None and event.ask.effect in state.awaited:
        yield Touch(EFFECT, event.ask.effect, "asked_about")


def _arrived(state: State, event: AnswerArrived, _actor: Actor) -> Iterator[Touch]:
    if event.effect in state.awaited:
        yield Touch(EFFECT, event.effect, event.type)


_AboutAsk = (
    AskAnswered | AskAssigned | AskBreached | AskClaimed | AskedBack | AskEscalated | AskPutOff | AskReleased | AskResolved
)


def _of_ask(_state: State, event: _AboutAsk, _actor: Actor) -> Iterator[Touch]:
    yield Touch(ASK, event.ask, event.type)


def _countersigned(_state: State, event: Countersigned, _actor: Actor) -> Iterator[Touch]:
    yield Touch(PROPOSAL, event.proposal, f"countersigned:{event.decision}")


def _of_proposal(_state: State, event: Recalled | LookAgain, _actor: Actor) -> Iterator[Touch]:
    yield Touch(PROPOSAL, event.proposal, event.type)


def _settled(_state: State, event: ProposalSettled, _actor: Actor) -> Iterator[Touch]:
    yield Touch(PROPOSAL, event.proposal, f"proposal_settled:{event.outcome}")


def _stops(state: State, event: ErasureOrdered | BodiesErased, _actor: Actor) -> Iterator[Touch]:
    """Whoever worked on it works no more."""
    if isinstance(event, ErasureOrdered) or event.whole:
        yield from _newer(state)
        for run in erasing.touched_runs(state):
            yield Touch(RUN_MACHINE, run, "run_withdrawn")


_TOUCHES: Final[Mapping[type[Any], Callable[[State, Any, Actor], Iterator[Touch]]]] = {
    MessageReceived: _message,
    MessageEdited: _taken_back,
    MessageDeleted: _taken_back,
    ControlChanged: _control,
    TurnOpened: _turn,
    RoutingOverridden: _overridden,
    AgentSteered: _steered,
    SteeringEnded: _steered,
    BeliefCorrected: _steered,
    CorrectionEnded: _steered,
    RunOpened: _of_run,
    RunInput: _of_run,
    RunAnswered: _answered,
    RunContinuedAs: _continued,
    RunEscalated: _of_run,
    RunFailed: _of_run,
    ActionProposed: _of_run,
    EffectStarted: _started,
    EffectFinished: _finished,
    ModelSpoke: _spoke,
    AnswerRejected: _rejected,
    CallJudged: _judged,
    CallAnswered: _call_answered,
    NoticeGiven: _notice,
    ReplyDrafted: _drafted,
    ReplyDropped: _dropped,
    ReplySent: _sent,
    Proposed: _proposed,
    AskRaised: _ask_raised,
    AnswerArrived: _arrived,
    AskAssigned: _of_ask,
    AskAnswered: _of_ask,
    AskBreached: _of_ask,
    AskedBack: _of_ask,
    AskEscalated: _of_ask,
    AskClaimed: _of_ask,
    AskPutOff: _of_ask,
    AskReleased: _of_ask,
    AskResolved: _of_ask,
    Countersigned: _countersigned,
    Recalled: _of_proposal,
    LookAgain: _of_proposal,
    ProposalSettled: _settled,
    ErasureOrdered: _stops,
    BodiesErased: _stops,
}
"""Events that are not here are of no table: they change none of these things."""
