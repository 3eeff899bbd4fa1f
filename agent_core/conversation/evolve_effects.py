"""Folds of effects, calls and replies. The first outcome of an effect folds, every later one is ignored (DESIGN §1.4)."""

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType
from typing import Final

from agent_core.contract.actors import Agent, Person, PersonForAgent
from agent_core.contract.events import (
    AnswerRejected,
    CallAnswered,
    CallJudged,
    EffectFinished,
    EffectStarted,
    ModelSpoke,
    NoticeGiven,
    Recorded,
    ReplyDrafted,
    ReplyDropped,
    ReplySent,
    SecondAnswer,
)  # fmt: skip
from agent_core.contract.ids import RunId
from agent_core.contract.outcomes import EffectOutcome
from agent_core.conversation import evolve_answers, evolve_doubts, idle
from agent_core.conversation.backoff import retry_at
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import answered_by_person, learn, newer_words, put, with_run
from agent_core.conversation.machines import PHASE, next_phase
from agent_core.conversation.model_paths import DOWN
from agent_core.conversation.set_back import put_off
from agent_core.conversation.state import Call, Draft, Entry, Failing, OpenEffect, Run, State
from agent_core.conversation.tallied import Tallied


def started(state: State, event: EffectStarted, recorded: Recorded) -> State:
    """An effect is open until its first outcome."""
    opened = OpenEffect(
        effect=event.effect,
        kind=event.kind,
        purpose=event.purpose,
        turn=event.turn,
        attempt=event.attempt,
        epoch=recorded.epoch,
        started_at=recorded.at,
        deadline=event.deadline,
        run=event.run,
        tool=event.tool,
        tool_use_id=event.tool_use_id,
        proposal=event.proposal,
        reply=event.reply,
        idempotency_key=event.idempotency_key,
        arguments=event.arguments,
        about=event.about,
    )
    state = replace(state, open=put(state.open, event.effect, opened), effects=state.effects + 1)
    if event.purpose == "tool" and event.run and event.tool_use_id:
        return _with_call(
            state,
            event.run,
            event.tool_use_id,
            lambda call: replace(
                call,
                attempts=call.attempts + 1,
                epoch=recorded.epoch,
                idempotency_key=call.idempotency_key or event.idempotency_key,
            ),
        )
    if event.purpose == "approved_tool" and event.proposal:
        known = state.proposals[event.proposal]
        known = replace(known, effect=event.effect, attempts=known.attempts + 1)
        return replace(state, proposals=put(state.proposals, event.proposal, known))
    if event.purpose == "look_up" and event.about is not None and event.about in state.awaited:
        looked = replace(state.awaited[event.about], looked_up=event.attempt, look_at=None)
        return replace(state, awaited=put(state.awaited, event.about, looked))
    if event.purpose == "reply":
        return replace(state, reply_attempts=state.reply_attempts + 1, sending=state.draft, reply_unknown=False)
    if event.purpose == "compose":
        return replace(state, compose_stale=False)
    if event.purpose == "run" and event.run and event.manifest is not None:
        return with_run(state, event.run, lambda run: replace(run, manifest=event.manifest))
    return state


def finished(state: State, event: EffectFinished, recorded: Recorded) -> State:
    """Closes an open effect, learns its facts, and counts failures so that `decide` changes strategy (R-A7)."""
    if event.effect in state.unknown and event.settled_by in ("person", "reconciled"):
        return evolve_doubts.settled_late(state, event)
    effect = state.open.get(event.effect)
    if effect is None or event.effect in state.finished:
        return state
    still_open = {key: value for key, value in state.open.items() if key != event.effect}
    state = replace(state, open=MappingProxyType(still_open), finished=state.finished | {event.effect})
    if event.outcome not in _WENT_WELL:
        state = put_off(state, recorded.at)
    state = learn(state, event.facts, event.facts_body, recorded, effect.tool or effect.purpose)
    if event.outcome == "succeeded" and effect.kind == "write" and effect.tool is not None:
        return replace(state, actions=state.actions | {str(effect.tool)})
    if event.outcome == "unknown" and effect.purpose == "tool":
        state = replace(state, unknown=put(state.unknown, event.effect, effect))
    if effect.kind == "write" and event.outcome in ("unknown", "timed_out"):
        state = evolve_doubts.begun(state, effect, event, recorded)
    if effect.purpose == "look_up" and effect.about not in state.awaited:
        return evolve_doubts.looked_up(state, effect, event, recorded)
    if effect.purpose == "prove":
        return _proved(state, event)
    if effect.purpose == "tally":
        return _tallied(state, effect, event, recorded)
    if event.outcome == "superseded" and effect.purpose == "reply":
        return _stopped(state)
    if event.outcome == "superseded" and effect.purpose == "run" and effect.run in state.runs:
        return with_run(state, _run_of(effect), _heard)
    if event.outcome in _WENT_WELL:
        return state
    return _failed(state, effect, event, recorded)


_WENT_WELL: Final = frozenset[EffectOutcome]({"succeeded", "superseded", "accepted"})


def _proved(state: State, event: EffectFinished) -> State:
    """Whether the customer is who they say; one that a crash cut is asked again."""
    if event.outcome in ("interrupted", "superseded"):
        return state
    failed = event.outcome == "refused"
    proof = "proven" if event.outcome == "succeeded" else "failed" if failed else "unavailable"
    return replace(state, turn=replace(state.turn, proof=proof), proofs_failed=state.proofs_failed + failed)


def _tallied(state: State, effect: OpenEffect, event: EffectFinished, recorded: Recorded) -> State:
    """What the other side says about the customer's day, or that it could not say."""
    if effect.run is None or effect.run not in state.runs or effect.tool_use_id is None or effect.arguments is None:
        return state
    found = Tallied(effect.effect, effect.arguments, event.result)
    if event.outcome == "succeeded" and event.result is not None:
        return _with_call(state, effect.run, effect.tool_use_id, lambda call: replace(call, tallied=found))
    cut = event.outcome == "interrupted"
    again = event.retry_at or retry_at(recorded.at, effect.attempt, transient=event.transient or cut)

    def failed(call: Call) -> Call:
        before = call.tallied
        failures, cuts = (0, 0) if before is None or before.told is not None else (before.failures, before.cut)
        more = Tallied(found.effect, found.asked, None, event.code or event.outcome, failures + (not cut), cuts + cut, again)
        return replace(call, tallied=more)

    return _with_call(state, effect.run, effect.tool_use_id, failed)


def _failed(state: State, effect: OpenEffect, event: EffectFinished, recorded: Recorded) -> State:
    """Counts a failure where `decide` looks for it."""
    cut = event.outcome == "interrupted"
    again = event.retry_at or retry_at(recorded.at, effect.attempt, transient=event.transient or cut)
    match effect.purpose:
        case "triage":
            return replace(state, turn=replace(state.turn, failing=_fails(state.turn.failing, event, recorded, again)))
        case "compose":
            return replace(
                state,
                compose_failures=state.compose_failures + (not cut),
                compose_interrupted=state.compose_interrupted + cut,
                compose_down=state.compose_down or event.code in DOWN,
            )
        case "run":
            return with_run(
                state,
                _run_of(effect),
                lambda run: replace(_heard(run), failing=_fails(run.failing, event, recorded, again)),
            )
        case "prove" | "tally":
            return state
        case "ask_back":
            return _not_answered(state, effect, event, recorded, again)
        case "reread":
            return _not_read_again(state, effect, event, recorded)
        case "look_up":
            if effect.about is not None and effect.about in state.awaited:
                known = state.awaited[effect.about]
                looked = replace(known, look_at=again if not known.asked or cut else None)
                return replace(state, awaited=put(state.awaited, effect.about, looked))
            return state
        case "tool":
            if effect.run and effect.tool_use_id:
                return _with_call(
                    state,
                    effect.run,
                    effect.tool_use_id,
                    lambda call: replace(
                        call, retry_at=again, failures=call.failures + (not cut), code=event.code or event.outcome
                    ),
                )
            return state
        case "approved_tool":
            if effect.proposal:
                known = replace(state.proposals[effect.proposal], effect=None, retry_at=again)
                return replace(state, proposals=put(state.proposals, effect.proposal, known))
            return state
        case "reply":
            unknown = event.outcome in ("unknown", "timed_out")
            return replace(state, reply_retry_at=again, reply_unknown=unknown, sending=state.sending if unknown else None)


def _stopped(state: State) -> State:
    """A reply was not handed over because something came first: where its draft still stands, that was no attempt."""
    kept = state.draft is not None and state.sending is not None and state.draft.reply == state.sending.reply
    return replace(state, sending=None, reply_attempts=state.reply_attempts - 1 if kept else state.reply_attempts)


def _not_read_again(state: State, effect: OpenEffect, event: EffectFinished, recorded: Recorded) -> State:
    """What an approval rests on could not be read: the approval stands, and waits longer each time."""
    if effect.proposal is None or event.outcome in ("interrupted", "refused"):
        return state
    known = state.proposals[effect.proposal]
    wait = retry_at(recorded.at, known.unread + _FIRST_WAIT, transient=True)
    known = replace(known, unread=known.unread + 1, wait_until=wait)
    return replace(state, proposals=put(state.proposals, effect.proposal, known))


def _not_answered(
    state: State, effect: OpenEffect, event: EffectFinished, recorded: Recorded, again: datetime | None
) -> State:
    """A person's question has no answer yet."""
    for ask, known in state.asks.items():
        question = known.question
        if question is not None and known.ask.proposal == effect.proposal:
            question = replace(question, failing=_fails(question.failing, event, recorded, again))
            known = replace(known, questions=(*known.questions[:-1], question))
            return replace(state, asks=put(state.asks, ask, known))
    return state


_FIRST_WAIT = 4
"""Doublings before the first wait for a system that cannot be read: four seconds."""


def _fails(failing: Failing, event: EffectFinished, recorded: Recorded, again: datetime | None) -> Failing:
    """One more attempt that failed, or that a crash cut."""
    if event.outcome == "interrupted":
        return replace(failing, interrupted=failing.interrupted + 1, retry_at=again)
    return Failing(
        codes=(*failing.codes, event.code or event.outcome),
        interrupted=failing.interrupted,
        since=failing.since or recorded.at,
        retry_at=again,
        said=event.result,
    )


def _told_later(run: Run, entry: Entry) -> Run:
    """What its model says must stand right behind what the model was sent; this comes after."""
    return replace(run, later=(*run.later, entry))


def _heard(run: Run) -> Run:
    """Its model thinks no more: what was sent to the customer meanwhile stands in its transcript from here on."""
    return replace(run, transcript=(*run.transcript, *run.later), later=()) if run.later else run


def answer_rejected(state: State, event: AnswerRejected, recorded: Recorded) -> State:
    """The run is told why its answer did not count; it is asked again."""
    entry = Entry("notice", event.notice, recorded.seq)
    return with_run(state, event.run, lambda run: replace(run, transcript=(*run.transcript, entry)))


def second_answer(state: State, event: SecondAnswer, recorded: Recorded) -> State:
    """It is on record, and nothing follows from it."""
    left = {key: value for key, value in state.contradicted.items() if key != event.effect}
    return replace(state, contradicted=MappingProxyType(left))


def model_spoke(state: State, event: ModelSpoke, recorded: Recorded) -> State:
    """The assistant message enters the transcript; its calls are what must be answered before the next request."""
    calls = tuple(Call(named.tool_use_id, named.tool, named.arguments) for named in event.calls)
    return with_run(
        state,
        event.run,
        lambda run: replace(
            run,
            transcript=(*run.transcript, Entry("assistant", event.content, recorded.seq), *run.later),
            later=(),
            calls=calls,
            due=False,
            failing=Failing(),
            mended=0,
            model_calls=run.model_calls + 1,
        ),
    )


def call_judged(state: State, event: CallJudged, recorded: Recorded) -> State:
    """Code's verdict about one call."""
    state = _with_call(
        state,
        event.run,
        event.tool_use_id,
        lambda call: replace(call, verdict=event.verdict, writes=event.writes, resource=event.resource),
    )
    if event.code != FAILED_BEFORE:
        return state
    return with_run(state, event.run, lambda run: replace(run, stubborn=run.stubborn + 1))


def call_answered(state: State, event: CallAnswered, recorded: Recorded) -> State:
    """The one result of a call; when it was the last one, the model is due."""
    run = state.runs[event.run]
    call = next((c for c in run.calls if c.tool_use_id == event.tool_use_id), None)
    if call is None or call.outcome is not None:
        return state
    state = _with_call(state, event.run, event.tool_use_id, lambda c: replace(c, outcome=event.outcome))
    if event.outcome == "succeeded" and call.writes and event.effect is None and state.control != "quarantined":
        state = replace(state, actions=state.actions | {call.tool})  # looked up as done, after its attempt had failed
    entry = Entry("result", event.result, recorded.seq, tool_use_id=event.tool_use_id)
    return with_run(
        state,
        event.run,
        lambda r: replace(
            r,
            transcript=(*r.transcript, entry),
            due=r.due or not r.open_calls,
            spent=r.spent | _spent(call, event),
        ),
    )


FAILED_BEFORE = "failed_before"
"""Why a call is refused that failed for good earlier in the turn."""


def _spent(call: Call, event: CallAnswered) -> frozenset[tuple[str, str]]:
    """What is not tried again in this turn: a call that the outside failed, after its last attempt."""
    gave_up = event.outcome in ("failed", "timed_out") and call.verdict == "execute"
    return frozenset({(call.tool, call.resource or "")}) if gave_up else frozenset()


def notice_given(state: State, event: NoticeGiven, recorded: Recorded) -> State:
    """What became of a pending call wakes its run, unless that run is over."""
    known = state.proposals.get(event.proposal) if event.proposal is not None else None
    if known is not None:
        if known.noticed:
            return state
        state = replace(state, proposals=put(state.proposals, known.proposal.id, replace(known, noticed=True)))
    elif evolve_answers.was_told(state, event.run, event.tool_use_id):
        return state
    else:
        state = evolve_answers.told(state, event.run, event.tool_use_id)

    def wake(run: Run) -> Run:
        transcript = (*run.transcript, Entry("notice", event.notice, recorded.seq, tool_use_id=event.tool_use_id))
        if "working" not in PHASE[run.phase] and run.phase != "working":
            return replace(run, transcript=transcript)
        return replace(
            run,
            transcript=transcript,
            phase=next_phase(run.phase, "working"),
            due=True,
            model_calls=0,
            failing=Failing(),
            woken_at=recorded.at,
        )

    heir = state.heir(event.run)
    return newer_words(with_run(state, heir, wake), heir)


def reply_drafted(state: State, event: ReplyDrafted, recorded: Recorded) -> State:
    """A draft belongs to its epoch: any event that moves the fence drops it."""
    if event.made_by == "composer" and state.compose_stale:
        return replace(state, replies=max(state.replies, event.reply))
    if event.made_by == "person":
        state = idle.worked(state, recorded)
    answers = tuple(state.runs[run].answer for run in event.covers)
    draft = Draft(
        event.reply,
        event.turn,
        event.text,
        event.covers,
        answers,
        event.made_by,
        event.epoch,
        recorded.seq,
        event.partial,
        event.held,
    )
    return replace(
        state,
        draft=draft,
        replies=max(state.replies, event.reply),
        reply_attempts=0,
        reply_retry_at=None,
        reply_unknown=state.reply_unknown and state.sending is not None,  # of the one before, nobody knows yet
    )


def reply_dropped(state: State, event: ReplyDropped, recorded: Recorded) -> State:
    """What it said counts as unsaid no longer: a person has it now."""
    dropped = next((d for d in (state.draft, state.sending) if d is not None and d.reply == event.reply), None)
    if dropped is None:
        return state
    runs = {name: _said(run, dropped) for name, run in state.runs.items()}
    return replace(
        state,
        draft=state.draft if state.draft is not dropped else None,
        sending=_unless(state.sending, event.reply),
        runs=MappingProxyType(runs),
        turn=replace(state.turn, answered=state.turn.answered or not dropped.held),
        told_held=state.told_held or dropped.held,
        reply_retry_at=None,
        reply_unknown=False,
    )


def reply_sent(state: State, event: ReplySent, recorded: Recorded) -> State:
    """What was really sent becomes part of every open run's next user turn, so no model believes words nobody said."""
    left = next((d for d in (state.sending, state.draft) if d is not None and d.reply == event.reply), None)
    held = left is not None and left.held
    by = "agent" if isinstance(recorded.actor, Agent | PersonForAgent) else "system"
    if isinstance(recorded.actor, Person):
        by = "person"
    if by == "person":
        state = idle.worked(state, recorded, said=True)
        state = answered_by_person(state, event.text, recorded.seq, written=recorded.seq if left is None else left.seq)
    entry = Entry("sent", event.text, recorded.seq, by=by)
    runs = dict(state.runs)
    thinking = {e.run for e in state.open.values() if e.purpose == "run"}
    for name, run in state.runs.items():
        if left is not None:
            run = _said(run, left)
        if run.phase not in ("failed", "withdrawn") and by != "person":
            run = _told_later(run, entry) if name in thinking else replace(run, transcript=(*run.transcript, entry))
        runs[name] = run
    return replace(
        state,
        runs=MappingProxyType(runs),
        turn=replace(
            state.turn,
            answered=state.turn.answered or left is None or (left.turn == state.turn.turn and not (left.partial or held)),
            replied=state.turn.replied or left is None or left.turn == state.turn.turn,
            rewrite=None,
        ),
        told_held=held,
        draft=_unless(state.draft, event.reply),
        sending=_unless(state.sending, event.reply),
        sent=state.sent + 1,
        compose_failures=0,
        compose_down=False,
        touched_at=recorded.at,
    )


def _unless(draft: Draft | None, reply: int) -> Draft | None:
    return None if draft is not None and draft.reply == reply else draft


def _said(run: Run, draft: Draft) -> Run:
    """What a run had answered when the reply was drafted is said; what it answered since is not."""
    answers = dict(zip(draft.covers, draft.answers, strict=True))
    if run.run not in answers or run.answer != answers[run.run]:
        return run
    return replace(run, answer=None, answer_phase=None)


def _run_of(effect: OpenEffect) -> RunId:
    assert effect.run is not None, "a run's model call names its run"
    return effect.run


def _with_call(state: State, run: RunId, tool_use_id: str, change: Callable[[Call], Call]) -> State:
    return with_run(
        state,
        run,
        lambda known: replace(
            known, calls=tuple(change(call) if call.tool_use_id == tool_use_id else call for call in known.calls)
        ),
    )
