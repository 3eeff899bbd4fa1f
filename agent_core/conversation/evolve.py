"""`evolve(state, recorded) -> state`: the only way a conversation's state comes about.

Total over the union: an event that changes nothing is listed as such. Idempotent where the log may repeat: only the first
`EffectFinished` of an effect folds, only the first result of a call, only one notice of a proposal.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from agent_core.contract.events import (
    ActionProposed,
    AgentPaused,
    AgentResumed,
    AgentSteered,
    AnchorRecovered,
    AnchorSet,
    AnswerArrived,
    AnswerAwaited,
    AnswerRejected,
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
    AssessmentFlagged,
    AuditAcknowledged,
    AuditAlarmRaised,
    BeliefCorrected,
    BodiesErased,
    CallAnswered,
    CallJudged,
    CheckpointKeySet,
    ControlChanged,
    ConversationExported,
    ConversationOpened,
    CorrectionEnded,
    Countersigned,
    CustomerSilent,
    DecisionRefused,
    EffectFinished,
    EffectStarted,
    ErasureOrdered,
    Escalated,
    FactsLearned,
    InboundContradicted,
    InboundRefused,
    IntegrationStateChanged,
    InvitationAccepted,
    InvitationEnded,
    KeyRevoked,
    KeyRotated,
    KeyStopped,
    LevelChanged,
    LevelRecalled,
    LevelSigned,
    LookAgain,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ModelSpoke,
    NoticeGiven,
    OperatorEnrolled,
    OperatorInvited,
    ProposalEdited,
    ProposalSettled,
    Proposed,
    Quarantined,
    QuarantineLifted,
    Recalled,
    Recorded,
    RecoveryKeysSet,
    ReleaseActivated,
    ReleaseChecked,
    ReleaseRefused,
    ReplyChecksSwitched,
    ReplyDrafted,
    ReplyDropped,
    ReplyFlagged,
    ReplySent,
    ReviewFinished,
    ReviewNoted,
    ReviewScored,
    Routed,
    RoutingOverridden,
    RunAnswered,
    RunContinuedAs,
    RunEscalated,
    RunFailed,
    RunInput,
    RunOpened,
    SecondAnswer,
    SteeringEnded,
    TextFlagged,
    ToolStateChanged,
    TopicsFound,
    TranscriptHealed,
    TransitionRefused,
    Triaged,
    TurnForked,
    TurnOpened,
)  # fmt: skip
from agent_core.contract.ids import ConversationId, RunId
from agent_core.conversation import (
    correcting,
    erasing,
    evolve_answers,
    evolve_approvals,
    evolve_asks,
    evolve_changes,
    evolve_damage,
    evolve_doubts,
    evolve_effects,
    evolve_escalations,
    evolve_overrides,
    idle,
    own_actions,
    steering,
    successor,
)
from agent_core.conversation.changing import again, replace
from agent_core.conversation.fold_parts import answered_by_person, learn, newer_words, put, waits_for, with_run
from agent_core.conversation.machines import SETTLED, IllegalTransition, next_control, next_phase
from agent_core.conversation.standing import refusal
from agent_core.conversation.state import Draft, Entry, Failing, MessageSeen, Run, State, TurnState, Unproven


def evolve(state: State, recorded: Recorded) -> State:
    """Folds one recorded event. Total: one that the tables do not allow here is passed over and marks the state."""
    event, before = recorded.event, state
    try:
        if refusal(state, event, recorded.actor) is not None:
            state = replace(state, damaged=True)
        else:
            state = _FOLDS[type(event)](state, event, recorded)
    except (IllegalTransition, LookupError, ValueError, TypeError, AttributeError, AssertionError):
        # Also what the tables let pass and a fold cannot take: one log that does not fold stops one conversation only.
        state = replace(state, damaged=True)
    place = {"seq": recorded.seq, "epoch": recorded.epoch, "head": recorded.hash}
    return replace(state, **place) if state is before else again(state, place)


def fold(events: Iterable[Recorded], state: State | None = None) -> State:
    """Folds a log, from the empty state unless another is given."""
    state = state or State()
    for recorded in events:
        state = evolve(state, recorded)
    return state


def _opened(state: State, event: ConversationOpened, recorded: Recorded) -> State:
    return replace(
        state,
        conversation=ConversationId(recorded.stream),
        brand=event.brand,
        channel=event.channel,
        thread=event.thread,
        opened_at=recorded.at,
    )


def _message(state: State, event: MessageReceived, recorded: Recorded) -> State:
    author, name = "program" if event.automatic else event.author, event.name_in_channel
    message = MessageSeen(
        recorded.seq, event.message, author, event.text, recorded.at, event.attachments, event.quoted_lines, name
    )
    if event.automatic:
        return replace(state, messages=(*state.messages, message), draft=_of_a_person(state))
    if name is not None and (name in state.deleted or any(m.name_in_channel == name for m in state.messages)):
        # It was edited or deleted before it arrived: a newer version counts.
        late = replace(message, gone=True, changed=recorded.seq)
        return replace(state, messages=(*state.messages, late), draft=_of_a_person(state))
    state = replace(
        state,
        messages=(*state.messages, message),
        draft=_of_a_person(state),
        touched_at=recorded.at,
        follow_ups=0,
        declined=False,
    )
    if event.author == "customer":
        return state
    state = idle.worked(state, recorded, said=True)
    state = replace(state, told_held=False)
    return answered_by_person(state, event.text, recorded.seq, written=recorded.seq)


def _reply_flagged(state: State, event: ReplyFlagged, recorded: Recorded) -> State:
    """The composer is asked once more, and told why."""
    if event.by != "composer" or event.became != "rewritten":
        return state
    return replace(state, turn=replace(state.turn, rewrite=event.evidence))


def _facts(state: State, event: FactsLearned, recorded: Recorded) -> State:
    return learn(state, event.facts, event.body, recorded, event.source)


def _control(state: State, event: ControlChanged, recorded: Recorded) -> State:
    before = state.control
    state = replace(
        state,
        control=next_control(state.control, event.to),
        control_code=event.code,
        operator=event.operator,
        draft=_of_a_person(state),
        runs=_steered(state, event, recorded.seq),
        touched_at=recorded.at,
    )
    state = evolve_escalations.stretch(idle.taken(state, event, recorded), before, event)
    state = steering.handed_back(state, event)
    if before == "human" and event.to == "agent":
        return _unheard(_ended(state))
    return _ended(state) if event.to == "closed" else state


def _ended(state: State) -> State:
    """What people had is done with: it must not be handed to them again because of it, now or later (R-A4, R-E3)."""
    over = {
        name: replace(run, phase="withdrawn", due=False, answer=None, answer_phase=None)
        for name, run in state.runs.items()
        if run.phase in ("escalated", "failed")
    }
    turn = replace(state.turn, to_people=(), owed=(), answered=True)
    return replace(state, runs=MappingProxyType({**state.runs, **over}), turn=turn, unclear=0)


def _unheard(state: State) -> State:
    """What the customer wrote waits again if nobody has said a word about it, and nothing that is left here ever will.

    So a person who takes over while the agent was about to speak, and hands back without a word, leaves nobody waiting for
    an answer that is nobody's (R-A6, R-E3).
    """
    turn = state.turn
    speaks = any(run.phase not in SETTLED or run.answer_phase is not None for run in state.runs.values())
    if turn.replied or speaks or state.sending is not None or state.draft is not None:
        return state
    return replace(state, turn=replace(turn, through=turn.after))


def _steered(state: State, event: ControlChanged, seq: int) -> Mapping[RunId, Run]:
    """A hand-back's note is told to every run that can still work, privately."""
    if event.to != "agent" or event.comment is None:
        return state.runs
    entry = Entry("steer", event.comment, seq, by="person")
    return MappingProxyType(
        {
            name: replace(run, transcript=(*run.transcript, entry)) if run.phase not in ("failed", "withdrawn") else run
            for name, run in state.runs.items()
        }
    )


def _of_a_person(state: State) -> Draft | None:
    """A person's own words leave whatever happens meanwhile; the agent's draft answers words that are not the newest."""
    return state.draft if state.draft is not None and state.draft.made_by == "person" else None


_FRESH: Mapping[str, Any] = {"compose_failures": 0, "compose_interrupted": 0, "compose_down": False}
"""Nobody was asked to compose yet."""


def _turn_opened(state: State, event: TurnOpened, recorded: Recorded) -> State:
    before = state.turn
    owed = () if before.answered else tuple(dict.fromkeys((*before.owed, *before.to_people)))
    after = before.through if before.routed else before.after  # what nobody routed is taken again, with the newer words
    turn = TurnState(
        turn=event.turn,
        after=after,
        through=event.through,
        language=before.language,
        owed=owed,
        answered=False,
        opened_at=recorded.at,
    )
    return replace(state, turn=turn, draft=_of_a_person(state), **_FRESH)


def _triaged(state: State, event: Triaged, recorded: Recorded) -> State:
    return replace(state, turn=replace(state.turn, triaged=event))


def _topics(state: State, event: TopicsFound, recorded: Recorded) -> State:
    return replace(state, turn=replace(state.turn, topics=event.topics, failing=Failing()))


def _routed(state: State, event: Routed, recorded: Recorded) -> State:
    state = evolve_escalations.counted(state, event)
    people = tuple(dict.fromkeys((*state.turn.owed, *event.to_people)))
    turn = replace(
        state.turn,
        routed=True,
        language=event.language,
        says=event.says,
        says_by=event.says_by,
        to_people=people,
        runs=tuple(routed.run for routed in event.runs),
        answered=event.says is None and not people,
    )
    asked = () if event.says is None or not event.asks else (event.says,)
    return replace(
        state,
        turn=turn,
        unclear=state.unclear + 1 if event.asks else 0,
        questions=(*state.questions, *asked)[-_MOST_QUESTIONS:],
        unproven=_unproven(state, event),
    )


_MOST_QUESTIONS = 20


def _unproven(state: State, event: Routed) -> tuple[Unproven, ...]:
    """What waits for a proof: this turn's wishes too, until the runs go on or people have it."""
    if event.rule == SIGN_IN:
        triaged = state.turn.triaged
        if triaged is None or not triaged.intents:
            return state.unproven
        return (*state.unproven, Unproven(triaged.detail, state.turn.after))[-_MOST_QUESTIONS:]
    return () if event.to_people or state.turn.proof == "proven" else state.unproven


SIGN_IN = "sign_in"
"""The row of the routing table that asks who the customer is."""


def _run_opened(state: State, event: RunOpened, recorded: Recorded) -> State:
    run = Run(
        run=event.run,
        workflow=event.workflow,
        version=event.version,
        release=event.release,
        suffix=event.suffix,
        turn=event.turn,
        transcript=(
            Entry("context", event.context, recorded.seq),
            *(Entry("sent", told.text, recorded.seq, by=told.by) for told in event.told),
            *steering.standing(state, event.run, recorded.seq),
        ),
    )
    return replace(state, runs=put(state.runs, event.run, run))


def _run_input(state: State, event: RunInput, recorded: Recorded) -> State:
    entries = tuple(Entry("input", body, recorded.seq) for body in event.messages)
    return with_run(
        state,
        event.run,
        lambda run: replace(
            run,
            turn=event.turn,
            phase=next_phase(run.phase, "working"),
            transcript=run.transcript + entries,
            due=True,
            failing=Failing(),
            woken_at=recorded.at,
            model_calls=0,
            spent=frozenset(),
            stubborn=0,
            shrunk=0,
            answer=None,
            answer_phase=None,
        ),
    )


def _run_answered(state: State, event: RunAnswered, recorded: Recorded) -> State:
    if state.runs[event.run].phase != "working":
        return state  # it answers a question that has changed: a person answered, or the run is over
    waits = waits_for(state, event.run) if event.phase == "answered" else None
    state = newer_words(state, event.run)
    return with_run(
        state,
        event.run,
        lambda run: replace(
            run,
            phase=next_phase(run.phase, waits or event.phase),
            answer=event.answer,
            answer_phase=event.phase,
            asked=event.answer if event.phase == "asking" else None,
        ),
    )


def _over(state: State, run: RunId) -> bool:
    """An outcome carries no expectation: what a run says after its end is on record and changes nothing."""
    return state.runs[run].phase in ("failed", "withdrawn")


def _run_escalated(state: State, event: RunEscalated, recorded: Recorded) -> State:
    if _over(state, event.run):
        return state
    return with_run(
        state,
        event.run,
        lambda run: replace(
            run,
            phase=next_phase(run.phase, "escalated"),
            answer=event.answer,
            answer_phase="escalated",
            escalation=event.code,
            due=False,
        ),
    )


def _run_failed(state: State, event: RunFailed, recorded: Recorded) -> State:
    if state.runs[event.run].phase == "withdrawn":
        return state
    return with_run(
        state,
        event.run,
        lambda run: replace(
            run, phase=next_phase(run.phase, "failed"), answer=None, answer_phase="failed", escalation=event.code, due=False
        ),
    )


def _silent(state: State, event: CustomerSilent, recorded: Recorded) -> State:
    return replace(state, follow_ups=event.number)


def _nothing(state: State, event: Any, recorded: Recorded) -> State:
    """Events that concern other logs, or that only people read."""
    return state


_FOLDS: Mapping[type[Any], Callable[[State, Any, Recorded], State]] = {
    ConversationOpened: _opened,
    MessageReceived: _message,
    FactsLearned: _facts,
    ControlChanged: _control,
    TurnOpened: _turn_opened,
    Triaged: _triaged,
    TopicsFound: _topics,
    Routed: _routed,
    RoutingOverridden: evolve_overrides.overridden,
    AgentSteered: steering.steered,
    BeliefCorrected: correcting.corrected,
    CorrectionEnded: correcting.ended,
    SteeringEnded: steering.ended,
    Escalated: evolve_escalations.escalated,
    RunOpened: _run_opened,
    RunInput: _run_input,
    RunAnswered: _run_answered,
    RunEscalated: _run_escalated,
    RunFailed: _run_failed,
    RunContinuedAs: successor.continued,
    EffectStarted: evolve_effects.started,
    EffectFinished: evolve_effects.finished,
    ModelSpoke: evolve_effects.model_spoke,
    AnswerRejected: evolve_effects.answer_rejected,
    CallJudged: evolve_effects.call_judged,
    CallAnswered: evolve_effects.call_answered,
    NoticeGiven: evolve_effects.notice_given,
    SecondAnswer: evolve_effects.second_answer,
    ReplyDrafted: evolve_effects.reply_drafted,
    ReplyDropped: evolve_effects.reply_dropped,
    ReplyFlagged: _reply_flagged,
    ReplySent: evolve_effects.reply_sent,
    Proposed: evolve_approvals.proposed,
    AskRaised: evolve_approvals.ask_raised,
    AskClaimed: evolve_approvals.ask_claimed,
    AskReleased: evolve_approvals.ask_released,
    AskAssigned: evolve_approvals.ask_assigned,
    AskPutOff: evolve_doubts.put_off,
    AskResolved: evolve_approvals.ask_resolved,
    Countersigned: evolve_approvals.countersigned,
    Recalled: evolve_approvals.recalled,
    LookAgain: evolve_approvals.look_again,
    ProposalSettled: evolve_approvals.proposal_settled,
    CustomerSilent: _silent,
    AskBreached: evolve_approvals.ask_breached,
    AskEscalated: evolve_asks.escalated,
    AskedBack: evolve_asks.asked_back,
    AskAnswered: evolve_asks.answered,
    ProposalEdited: _nothing,
    DecisionRefused: _nothing,
    ActionProposed: own_actions.proposed,
    TransitionRefused: _nothing,
    TranscriptHealed: _nothing,
    Quarantined: evolve_damage.quarantined,
    QuarantineLifted: evolve_damage.lifted,
    ErasureOrdered: erasing.ordered,
    BodiesErased: erasing.erased,
    ConversationExported: _nothing,
    TurnForked: _nothing,
    TextFlagged: _nothing,
    AssessmentFlagged: _nothing,
    ReviewNoted: _nothing,
    ReviewScored: _nothing,
    ReviewFinished: _nothing,
    MessageEdited: evolve_changes.edited,
    MessageDeleted: evolve_changes.deleted,
    InboundContradicted: _nothing,
    AnswerAwaited: evolve_answers.awaited,
    AnswerArrived: evolve_answers.arrived,
    AgentPaused: _nothing,
    LevelSigned: _nothing,
    LevelRecalled: _nothing,
    LevelChanged: _nothing,
    AgentResumed: _nothing,
    ReleaseActivated: _nothing,
    ReleaseChecked: _nothing,
    ReplyChecksSwitched: _nothing,
    ReleaseRefused: _nothing,
    ToolStateChanged: _nothing,
    InboundRefused: _nothing,
    IntegrationStateChanged: _nothing,
    AnchorSet: _nothing,
    OperatorEnrolled: _nothing,
    KeyRevoked: _nothing,
    AnchorRecovered: _nothing,
    InvitationAccepted: _nothing,
    InvitationEnded: _nothing,
    KeyRotated: _nothing,
    KeyStopped: _nothing,
    OperatorInvited: _nothing,
    RecoveryKeysSet: _nothing,
    CheckpointKeySet: _nothing,
    AuditAlarmRaised: _nothing,
    AuditAcknowledged: _nothing,
}
