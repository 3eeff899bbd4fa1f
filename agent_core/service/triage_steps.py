"""What the engine would do next, in words, and from where of a log a turn can be run again. Pure.

Every step that `decide` can plan has words here: a test demands it. It must never say that something was done.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from agent_core.contract.events import (
    CallJudged,
    EffectStarted,
    Recorded,
    ReplyDrafted,
    Routed,
    TurnOpened,
)
from agent_core.contract.triage import ForkPoint, NextStep
from agent_core.conversation import plan
from agent_core.conversation.evolve import evolve, fold
from agent_core.conversation.state import State

if TYPE_CHECKING:
    from agent_core.contract.ids import RunId

MOST_POINTS: Final = 200

WORDS: Final[dict[type[plan.Step], tuple[str, str]]] = {
    plan.OpenTurn: ("open_turn", "The waiting messages are taken as a turn, and a model is asked what they want."),
    plan.Triage: ("triage", "A model is asked once more what the customer wants."),
    plan.Route: ("route", "Code decides which workflows work on the turn."),
    plan.GiveUpTriage: ("give_up_triage", "People take the turn: no model could say what the customer wants."),
    plan.Supersede: ("supersede", "Questions to models that are out of date are stopped."),
    plan.AnswerNotRun: ("answer_not_run", "Calls that are not wanted any more are answered as not run."),
    plan.CallModel: ("call_model", "The run's model is asked."),
    plan.FailRun: ("fail_run", "People take the part of a run that cannot go on."),
    plan.ContinueRun: ("continue_run", "The run goes on as another one with a fresh transcript."),
    plan.LeaveOutTurn: ("leave_out_turn", "What the model refused is left out, and people take that part."),
    plan.LookUp: ("look_up", "The other side is asked what became of a write."),
    plan.SettleDoubt: ("settle_doubt", "What a look-up found out about a write is put on record."),
    plan.NoteSecondAnswer: ("note_second_answer", "A second answer about a write is put on record."),
    plan.Judge: ("judge", "Policy is asked about the calls the model wants."),
    plan.StartCall: ("start_call", "A tool is called, as policy allowed."),
    plan.CloseCall: ("close_call", "The model is told that a call failed for good."),
    plan.Dispatch: ("dispatch", "An approved action is checked once more, and carried out."),
    plan.SettleDenied: ("settle_denied", "What a person declined is put on record."),
    plan.Expire: ("expire", "A proposal nobody decided about in time runs out."),
    plan.AskToLookAgain: ("look_again", "People are asked to look at a proposal again: the customer wrote."),
    plan.GiveNotice: ("give_notice", "The run is told what became of its proposal."),
    plan.AnswerPerson: ("answer_person", "The agent is asked what a person wants to know about its proposal."),
    plan.GiveUpQuestion: ("give_up_question", "A person is told that the agent cannot answer."),
    plan.DraftReply: ("draft_reply", "A reply is made of what is settled, and checked."),
    plan.SendReply: ("send_reply", "The drafted reply is given to the channel."),
    plan.GiveUpReply: ("give_up_reply", "A person is asked to look: nobody knows whether the reply left."),
    plan.HandOver: ("hand_over", "The conversation waits for a person."),
    plan.FollowUp: ("follow_up", "The silent customer is asked once more."),
    plan.Close: ("close", "The conversation closes: the customer is silent, and nothing waits."),
    plan.AskPeople: ("ask_people", "People are told that the customer wrote."),
    plan.Quarantine: ("quarantine", "The conversation is held for on-call."),
    plan.TellHeld: ("tell_held", "The customer hears that a person will come back to them."),
    plan.AskOnCall: ("ask_on_call", "On-call is asked."),
    plan.ReleaseAsk: ("release_ask", "A claim that ran out is given back."),
    plan.AskTeam: ("ask_team", "The team is asked: whoever took this over does nothing."),
    plan.AskStopped: ("ask_stopped", "People are asked: the agent is stopped, and the customer waits."),
    plan.ResolveReminder: ("resolve_reminder", "A reminder that is not needed any more is closed."),
    plan.LeaveIdle: ("leave_idle", "Whoever took this over and does nothing no longer has it."),
    plan.LookUpAnswer: ("look_up_answer", "Another system is asked for the answer it owes."),
    plan.AskAboutAnswer: ("ask_about_answer", "People are asked what became of a call that is not answered."),
    plan.GiveUpAnswer: ("give_up_answer", "An answer that does not come is given up."),
    plan.TellAnswer: ("tell_answer", "The run is told what came of its call."),
    plan.Breach: ("breach", "A clock of an ask runs out, and those above are told."),
    plan.EndSteering: ("end_steering", "The agent is told that a private instruction holds no longer."),
    plan.LapseCorrected: ("lapse_corrected", "What rested on a corrected belief is not done as it was proposed."),
    plan.EndWithdrawn: ("end_withdrawn", "What was sent before is looked up, and ends with the workflow that proposed it."),
    plan.EraseBodies: ("erase_bodies", "What is personal here goes."),
}


def steps_shown(steps: Sequence[plan.Step], state: State) -> tuple[NextStep, ...]:
    """Steps as a person reads them."""
    return tuple(_shown(step, state) for step in steps[:20])


def _shown(step: plan.Step, state: State) -> NextStep:
    name, words = WORDS[type(step)]
    run: RunId | None = getattr(step, "run", None)
    return NextStep(step=name, sentence=words, run=run, proposal=getattr(step, "proposal", None), tool=_tool(step, state))


def _tool(step: plan.Step, state: State) -> str:
    if isinstance(step, plan.StartCall | plan.CloseCall):
        called = (call.tool for call in state.runs[step.run].calls if call.tool_use_id == step.tool_use_id)
        return next(called, "")
    if isinstance(step, plan.Dispatch):
        return state.proposals[step.proposal].proposal.tool
    return ""


def fork_points(records: Sequence[Recorded]) -> tuple[ForkPoint, ...]:
    """Where a turn can be run again from: right before something was decided, and with nothing under way there."""
    found = list(_points(records))
    return tuple(found[-MOST_POINTS:])


def resting(records: Sequence[Recorded], position: int) -> int | None:
    """The last place up to there from which a turn can be run again: what was begun there would else be cut in two.

    Returns:
        The `seq` of the last record that is kept; none when there is no such place.
    """
    found = [point.position for point in _points(records) if point.position <= position]
    if records and position >= records[-1].seq and not fold(records).open:
        return records[-1].seq
    return found[-1] if found else None


def _points(records: Sequence[Recorded]) -> Iterator[ForkPoint]:
    state = State()
    for record in records:
        told = _told(record)
        if told is not None and not state.open and record.seq > 1:
            place = {"position": record.seq - 1, "at": record.at, "turn": state.turn.turn}
            yield ForkPoint.model_validate({**place, **told})
        state = evolve(state, record)


_PURPOSES: Final = {
    "run": ("asks_model", "Before the run's model is asked"),
    "compose": ("composes", "Before one reply is composed"),
    "tool": ("calls_tool", "Before a tool is called"),
}


def _told(record: Recorded) -> dict[str, str] | None:
    """What is decided by this record, where something is; what only follows from an outcome is no place to cut."""
    match record.event:
        case TurnOpened():
            return {"kind": "turn_opened", "title": "Before anybody asked what the customer wants"}
        case Routed():
            return {"kind": "routed", "title": "Before it was decided which workflows work on it"}
        case CallJudged() as judged:
            told = {"kind": "judged", "title": "Before policy was asked about a call"}
            return {**told, "run": judged.run, "tool_use_id": judged.tool_use_id, "tool": judged.tool}
        case EffectStarted() as started if started.purpose in _PURPOSES:
            kind, title = _PURPOSES[started.purpose]
            more = {name: str(value) for name in ("run", "tool", "tool_use_id") if (value := getattr(started, name))}
            return {"kind": kind, "title": title, **more}
        case ReplyDrafted(made_by=by) if by != "composer":
            return {"kind": "reply_drafted", "title": "Before the reply was drafted"}
        case _:
            return None
