"""`decide(state, rules, now) -> Plan`: what to do next. Pure; `now` is only compared with stored due times.

Order matters and is the policy: what people decided and what ran out of time first, then what the customer wrote, then
the runs side by side, then one reply. A step is never planned for something that is already under way (`state.open`).
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from agent_core.contract.clock import behind
from agent_core.contract.ids import ProposalId, RunId
from agent_core.contract.outcomes import EffectPurpose
from agent_core.conversation import model_paths, paused, successor
from agent_core.conversation.answers import answers_due
from agent_core.conversation.breaches import breaches
from agent_core.conversation.correcting import lapses, uncorrected
from agent_core.conversation.erasing import erasing, looked_at_again, over
from agent_core.conversation.holding import held
from agent_core.conversation.idle import idle_steps
from agent_core.conversation.machines import SETTLED
from agent_core.conversation.own_actions import may_act
from agent_core.conversation.plan import (
    AnswerNotRun,
    AskPeople,
    AskToLookAgain,
    CallModel,
    CloseCall,
    ContinueRun,
    Dispatch,
    DraftReply,
    EndWithdrawn,
    Expire,
    FailRun,
    GiveNotice,
    GiveUpReply,
    GiveUpTriage,
    HandOver,
    Judge,
    LeaveOutTurn,
    LookUp,
    NoteSecondAnswer,
    OpenTurn,
    Plan,
    Quarantine,
    ReleaseAsk,
    Route,
    SendReply,
    SettleDenied,
    SettleDoubt,
    StartCall,
    Step,
    Supersede,
    Triage,
    TurnRules,
)  # fmt: skip
from agent_core.conversation.questions import questions_due
from agent_core.conversation.set_back import as_of
from agent_core.conversation.silence import silence_due
from agent_core.conversation.state import Call, Draft, OpenEffect, ProposalState, Run, State
from agent_core.conversation.steering import steering_over, unsteered
from agent_core.conversation.timers import batch_due, next_due


def decide(state: State, rules: TurnRules, now: datetime) -> Plan:
    """The next steps of a conversation.

    Args:
        state: The folded log.
        rules: Pace and limits of the active release.
        now: The present moment; compared with stored due times only.

    Returns:
        Steps to do side by side, and when to look again if none of them is done. No steps and no time: the conversation
        waits for the world.
    """
    if state.conversation is None:
        return Plan()
    state = as_of(state, now)
    gone = erasing(state, rules, now)
    if gone or over(state):
        return Plan(gone, looked_at_again(state, now))
    if state.control == "closed":
        return Plan(due=next_due(state, rules, now))
    if state.damaged and state.control != "quarantined":
        return Plan((Quarantine("log_does_not_fold"),))
    steps = tuple(step for step in _people_and_time(state, rules, now) if not paused.held_back(state, rules, step))
    dispatches = tuple(step for step in steps if isinstance(step, Dispatch))
    if len(steps) == len(dispatches) and state.control == "agent":
        # An approved action may have to wait for a moment: the customer does not wait for it, other writes do.
        steps += tuple(s for s in _agent(state, rules, now) if not dispatches or not _starts_write(state, s))
    return Plan(steps, partial(next_due, state, rules, now) if steps else next_due(state, rules, now))


def _starts_write(state: State, step: Step) -> bool:
    if not isinstance(step, StartCall):
        return False
    return any(c.writes for c in state.runs[step.run].calls if c.tool_use_id == step.tool_use_id)


def _people_and_time(state: State, rules: TurnRules, now: datetime) -> Iterator[Step]:
    """What was decided or ran out of time. Goes on while a person has control, except that nothing is dispatched."""
    if state.control != "agent":
        models = tuple(e.effect for e in state.open.values() if e.kind == "model")
        if models:
            yield Supersede(models)
    elif models := paused.thinking(state, rules):
        yield Supersede(models)
    if state.sending is not None and state.reply_unknown and not _performing(state, "reply"):
        yield GiveUpReply(state.sending.reply)
    elif state.draft is not None and _goes_out(state, state.draft) and not _performing(state, "reply"):
        yield from _send(state, rules, now)
    yield from _taken_off(state)
    if _keeps_something(state):
        yield from _kept(state, now)
    yield from idle_steps(state, rules, now)
    yield from paused.asks(state, rules)
    if _unheard(state):
        yield AskPeople(state.waiting[-1].seq)


def _taken_off(state: State) -> Iterator[AnswerNotRun]:
    """Writes that were sent before a person took their workflow off: nobody sends them again, so they come to their end."""
    for run in state.runs.values():
        if run.phase != "withdrawn" or state.control == "quarantined":
            continue
        busy = {e.tool_use_id for e in state.open.values() if e.run == run.run}
        tried = tuple(c.tool_use_id for c in run.open_calls if c.writes and c.attempts and c.tool_use_id not in busy)
        if tried:
            yield AnswerNotRun(run.run, tried)


def _keeps_something(state: State) -> bool:
    """Whether there is anything that `_kept` looks through: most conversations have none of it."""
    return state.quarantine is not None or bool(
        state.asks or state.proposals or state.awaited or state.doubts or state.contradicted or state.steering
        or state.corrections
    )  # fmt: skip


def _kept(state: State, now: datetime) -> Iterator[Step]:
    """What asks, proposals, answers, doubts and people's words of before come to."""
    yield from held(state)
    for ask, known in state.asks.items():
        if not known.resolved and known.until is not None and known.until <= now:
            yield ReleaseAsk(ask)
    yield from breaches(state, now)
    yield from steering_over(state, now)
    lapsing = tuple(lapses(state))
    yield from lapsing
    yield from answers_due(state, now, lambda run: _thinking(state, run))
    for key, known in state.proposals.items():
        if any(step.proposal == key for step in lapsing):
            continue
        if known.open and known.effect is None:
            yield from _proposal(state, known, now)
        elif not known.open and not known.noticed and not _thinking(state, known.proposal.run):
            yield GiveNotice(key)
    yield from _doubts(state, now)
    yield from questions_due(state, now, lambda run: _thinking(state, run))


def _goes_out(state: State, draft: Draft) -> bool:
    """Whatever the agent may do: a person's own words, and that a person will come back to a customer in quarantine."""
    return draft.made_by == "person" or (draft.held and state.control == "quarantined")


def _thinking(state: State, run: RunId) -> bool:
    """Its model has been sent a transcript: what is added now would stand before an answer that has not seen it."""
    heir = state.heir(run)
    return any(e.purpose == "run" and e.run == heir for e in state.open.values())


def _doubts(state: State, now: datetime) -> Iterator[Step]:
    """Writes of unknown outcome: what a look-up found out counts, and as long as nobody knows, one is made now and then."""
    looking = {e.about for e in state.open.values() if e.purpose == "look_up"}
    for effect, doubt in state.doubts.items():
        if doubt.found is not None:
            if doubt.effect.run is None or not _thinking(state, doubt.effect.run):
                yield SettleDoubt(effect)
        elif doubt.look_at is not None and doubt.look_at <= now and effect not in looking:
            yield LookUp(effect, doubt.looks + 1)
    for effect, happened in state.contradicted.items():
        yield NoteSecondAnswer(effect, happened)


def _busy(state: State) -> bool:
    """Something is being done for the customer. Finding out about an old write, or telling a person why, is not that."""
    return any(e.purpose not in ("look_up", "ask_back") for e in state.open.values())


def _unheard(state: State) -> bool:
    """Nobody works on what the customer wrote, and no open ask says so: no message may wait unseen (R-N6)."""
    if state.control not in ("awaiting_human", "quarantined") or not state.waiting:
        return False
    if state.control == "quarantined" and state.quarantine is not None:
        return False  # on-call is asked, and asked again
    return not any(not known.resolved and known.ask.kind != "approval" for known in state.asks.values())


def _proposal(state: State, known: ProposalState, now: datetime) -> Iterator[Step]:
    key = known.proposal.id
    if known.asked_unknown:
        return
    if known.withdrawn_by is not None:
        yield EndWithdrawn(key)
    elif known.denied_by is not None:
        yield SettleDenied(key)
    elif state.last_customer_seq > known.seen_through:
        yield AskToLookAgain(key, state.last_customer_seq)
    elif known.proposal.expires_at <= now:
        yield Expire(key)
    elif known.approvals and not known.complete and min(a.expires_at for a in known.approvals) <= now:
        yield AskToLookAgain(key, state.last_customer_seq)
    elif known.complete and not _rereading(state, key) and _may_dispatch(state, known, now):
        yield Dispatch(key, known.attempts + 1)


def _rereading(state: State, proposal: ProposalId) -> bool:
    return any(e.purpose == "reread" and e.proposal == proposal for e in state.open.values())


def _may_dispatch(state: State, known: ProposalState, now: datetime) -> bool:
    """The undo window is over, nothing else is being written, and nobody else than its proposer has the conversation."""
    if max(a.not_before for a in known.approvals) > now or _writing(state):
        return False
    if known.attempts and (known.retry_at is None or known.retry_at > now):
        return False
    if known.wait_until is not None and known.wait_until > now:
        return False
    return may_act(state, known)


def _agent(state: State, rules: TurnRules, now: datetime) -> Iterator[Step]:
    if state.waiting:
        yield from _new_messages(state, rules, now)
        return
    stale = tuple(e.effect for e in state.open.values() if _stale(state, e))
    if stale:
        yield Supersede(stale)
        return
    if not state.turn.routed and state.turn.turn:
        yield from _triage(state, rules, now)
        return
    steps = [s for run in state.runs.values() if not paused.stopped(run, rules) for s in _run(state, run, rules, now)]
    steps += _in_time(state, rules, now)
    if steps:
        yield from _one_write_at_a_time(state, steps)
        return
    yield from _reply(state, rules, now)


def _stale(state: State, effect: OpenEffect) -> bool:
    """A model is asked about words that were taken back, or without a private instruction that was given meanwhile."""
    if effect.purpose == "triage":
        return state.turn.routed
    if effect.purpose != "run" or effect.run is None:
        return False
    return state.runs[effect.run].phase != "working" or unsteered(state, effect) or uncorrected(state, effect)


def _new_messages(state: State, rules: TurnRules, now: datetime) -> Iterator[Step]:
    """Work on older words is stale (R-A3): stop models, start no call, let what has started come to its end."""
    newest = state.waiting[-1]
    models = tuple(e.effect for e in state.open.values() if e.kind == "model" and e.purpose != "ask_back")
    if models:
        yield Supersede(models)
        return
    if _busy(state):
        return
    stopped = [
        AnswerNotRun(run.run, tuple(c.tool_use_id for c in run.open_calls)) for run in state.runs.values() if run.open_calls
    ]
    if stopped:
        yield from stopped
    elif batch_due(state, rules) <= now or behind(now, newest.arrived_at):
        yield OpenTurn(state.turn.turn + 1, newest.seq)


def _triage(state: State, rules: TurnRules, now: datetime) -> Iterator[Step]:
    turn = state.turn
    if turn.triaged is not None:
        if not _performing(state, "prove"):
            yield Route(turn.turn)
    elif _performing(state, "triage"):
        return
    else:
        yield from _ask_again(state, rules, now)


def _ask_again(state: State, rules: TurnRules, now: datetime) -> Iterator[Step]:
    """What the customer wants could not be found out so far (R-A7)."""
    turn, failing = state.turn, state.turn.failing
    tries = len(failing.codes) + failing.interrupted + 1
    fallback = rules.fallback and model_paths.failed_over(failing, rules)
    match model_paths.path(failing, rules, now, due=model_paths.reply_due(turn.opened_at, rules)):
        case model_paths.Try() as how:
            yield Triage(turn.turn, tries, how.larger, fallback, how.told, model_paths.TOO_LONG in failing.codes)
        case model_paths.Shrink() if failing.codes.count(model_paths.TOO_LONG) == 1:
            yield Triage(turn.turn, tries, shorter=True, fallback=fallback)
        case model_paths.Shrink():
            yield GiveUpTriage(turn.turn, "conversation_too_long")
        case model_paths.LeaveOut():
            yield GiveUpTriage(turn.turn, "model_refused")
        case model_paths.Damage():
            yield Quarantine("request_refused", None)
        case model_paths.ToPeople(code):
            yield GiveUpTriage(turn.turn, "triage_gave_no_answer" if code == "model_gave_no_answer" else code)
        case _:
            return


def _run(state: State, run: Run, rules: TurnRules, now: datetime) -> Iterator[Step]:
    if run.phase != "working":
        return
    if run.open_calls:
        yield from _calls(state, run, rules, now)
    elif run.due and not _performing(state, "run", run):
        if run.model_calls >= rules.model_calls:
            yield FailRun(run.run, "run_does_not_end")
        elif run.stubborn >= rules.stubborn_calls:
            yield FailRun(run.run, "tool_failed")
        else:
            yield from _ask_model(run, rules, now)


def _ask_model(run: Run, rules: TurnRules, now: datetime) -> Iterator[Step]:
    """The next request of a run, or what takes its place when its model gave no usable answer (R-A7)."""
    due = model_paths.reply_due(run.woken_at, rules)
    match model_paths.path(run.failing, rules, now, due=due, fallback=rules.fallback and not run.fallback):
        case model_paths.Try() as how:
            yield CallModel(run.run, how.number, how.larger)
        case model_paths.Shrink() if run.shrunk < rules.shrinks:
            yield ContinueRun(run.run, successor.TOO_LONG)
        case model_paths.Shrink():
            yield FailRun(run.run, successor.TOO_LONG)
        case model_paths.FailOver():
            yield ContinueRun(run.run, successor.FAILED_OVER)
        case model_paths.LeaveOut():
            yield LeaveOutTurn(run.run)
        case model_paths.Damage():
            yield Quarantine("request_refused", run.run)
        case model_paths.ToPeople(code):
            yield FailRun(run.run, code)
        case model_paths.Wait():
            return


def _calls(state: State, run: Run, rules: TurnRules, now: datetime) -> Iterator[Step]:
    """Judge all first, in order; then reads side by side, writes one after another."""
    if _performing(state, "tally", run):
        return
    unjudged = tuple(c.tool_use_id for c in run.open_calls if c.verdict is None)
    if unjudged:
        if not any(_asked_again_later(c, now) for c in run.open_calls if c.verdict is None):
            yield Judge(run.run, unjudged)
        return
    busy = {e.tool_use_id for e in state.open.values() if e.run == run.run and e.purpose == "tool"}
    reads = [c for c in run.open_calls if not c.writes and c.tool_use_id not in busy]
    room = rules.parallel_reads - len(busy)
    for call in reads[: max(room, 0)]:
        yield from _call(run, call, rules, now)
    if reads or busy:
        return
    writes = [c for c in run.open_calls if c.writes]
    if writes and not _writing(state) and not _asked_again_later(writes[0], now):
        yield from _call(run, writes[0], rules, now)


def _asked_again_later(call: Call, now: datetime) -> bool:
    """The other side could not say what the customer was given, and is asked once more."""
    known = call.tallied
    return known is not None and known.told is None and known.retry_at is not None and known.retry_at > now


def _call(run: Run, call: Call, rules: TurnRules, now: datetime) -> Iterator[Step]:
    tried = call.attempts >= rules.call_attempts + rules.interruptions or call.failures >= rules.call_attempts
    if call.attempts and (call.retry_at is None or tried):
        yield CloseCall(run.run, call.tool_use_id)
    elif call.retry_at is None or call.retry_at <= now:
        yield StartCall(run.run, call.tool_use_id, call.attempts + 1)


def _one_write_at_a_time(state: State, steps: list[Step]) -> Iterator[Step]:
    """Of several runs that want to write, the first one does."""
    written = False
    for step in steps:
        if isinstance(step, StartCall):
            call = next(c for c in state.runs[step.run].calls if c.tool_use_id == step.tool_use_id)
            if call.writes and written:
                continue
            written = written or call.writes
        yield step


def _in_time(state: State, rules: TurnRules, now: datetime) -> Iterator[Step]:
    """At the deadline a reply says what is settled, and that the rest is being worked on; once in a turn."""
    turn = state.turn
    due = model_paths.reply_due(turn.opened_at, rules)
    if due is None or due > now or turn.replied:
        return
    at_work = [run for run in state.runs.values() if not paused.stopped(run, rules)]
    slow = [run for run in at_work if run.phase not in SETTLED]
    if not slow or any(e.purpose in _SPEAKING for e in state.open.values()):
        return
    if state.draft is not None and paused.may_be_said(state, rules, state.draft):
        if state.draft.partial:
            yield from _send(state, rules, now)
        return
    unsaid = tuple(run.run for run in at_work if run.answer_phase is not None and run.phase in SETTLED)
    hand_off = any(state.runs[name].answer_phase in ("escalated", "failed") for name in unsaid)
    yield DraftReply(unsaid, hand_off, says=False, compose=False, partial=True)


_SPEAKING: frozenset[EffectPurpose] = frozenset({"compose", "reply"})


def _reply(state: State, rules: TurnRules, now: datetime) -> Iterator[Step]:
    """One reply, when every run is settled or stopped. One that settles later wakes the composer with its part only."""
    at_work = [run for run in state.runs.values() if not paused.stopped(run, rules)]
    if any(run.phase not in SETTLED for run in at_work) or _busy(state) or not state.turn.turn:
        return
    if state.draft is not None and state.draft.made_by == "person":
        return
    if state.draft is not None and paused.may_be_said(state, rules, state.draft):
        yield from _send(state, rules, now)
        return
    unsaid = tuple(run.run for run in at_work if run.answer_phase is not None)
    says = state.turn.says is not None and not state.turn.answered
    hand_off = (
        (bool(state.turn.to_people) and not state.turn.answered)
        or any(state.runs[name].answer_phase in ("escalated", "failed") for name in unsaid)
        or paused.untold(state, rules)
    )
    if unsaid or says or hand_off:
        yield DraftReply(unsaid, hand_off, says, compose=_may_compose(state, rules), fallback=_moved(state, rules))
        return
    going_on = [run for run in state.runs.values() if run.phase not in ("escalated", "failed", "withdrawn")]
    stuck = [run for run in state.runs.values() if run.phase in ("escalated", "failed")]
    if state.turn.whole:
        yield HandOver(state.turn.escalated[0])
        return
    if not going_on and (stuck or state.turn.to_people):
        code = next((run.escalation for run in reversed(stuck) if run.escalation), None)
        yield HandOver(code or next(iter(state.turn.to_people), "no_run_can_go_on"))
        return
    silence = silence_due(state, rules.closing)
    if silence is not None and silence[0] <= now and not paused.asks_customer(state, rules):
        yield silence[1]


def _may_compose(state: State, rules: TurnRules) -> bool:
    """A composer that failed once is not asked again, but for a text the checks refused, and the other model at once."""
    failures = (state.turn.rewrite is not None) + _moved(state, rules)
    return state.compose_failures <= failures and state.compose_interrupted <= rules.interruptions


def _moved(state: State, rules: TurnRules) -> bool:
    """Whether the brand's other model composes: the points themselves are there to be said, so nothing is waited for."""
    return rules.fallback and state.compose_down


def _send(state: State, rules: TurnRules, now: datetime) -> Iterator[Step]:
    assert state.draft is not None
    tried = state.reply_attempts > 0
    if tried and (state.reply_retry_at is None or state.reply_attempts >= rules.reply_attempts):
        yield GiveUpReply(state.draft.reply)
    elif state.reply_retry_at is None or state.reply_retry_at <= now:
        yield SendReply(state.draft.reply, state.reply_attempts + 1)


def _performing(state: State, purpose: EffectPurpose, run: Run | None = None) -> bool:
    return any(e.purpose == purpose and (run is None or e.run == run.run) for e in state.open.values())


def _writing(state: State) -> bool:
    """Writes go one after another, in the whole conversation."""
    return any(e.kind == "write" for e in state.open.values())
