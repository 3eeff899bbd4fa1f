"""Every step of a plan and the function that carries it out. One table, no registration by import."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agent_core.conversation import plan
from agent_core.engine.common import Context
from agent_core.engine.steps import (
    answers,
    approvals,
    breaches,
    calls,
    correcting,
    dispatch,
    doubts,
    erasing,
    holding,
    idle,
    questions,
    replies,
    runs,
    silence,
    steering,
    succession,
    turns,
    verdicts,
    withdrawing,
)
from agent_core.engine.work import Work

Performing = Callable[[Context, Any], Awaitable[Work]]
"""Carries out one kind of step."""

TABLE: Mapping[type[Any], Performing] = {
    plan.OpenTurn: turns.open_turn,
    plan.Triage: turns.triage_again,
    plan.Route: turns.route_turn,
    plan.GiveUpTriage: turns.give_up,
    plan.Supersede: turns.supersede,
    plan.AskPeople: turns.ask_people,
    plan.Quarantine: holding.quarantine,
    plan.TellHeld: holding.tell_held,
    plan.AskOnCall: holding.ask_on_call,
    plan.CallModel: runs.call_model,
    plan.FailRun: succession.fail_run,
    plan.ContinueRun: succession.continue_run,
    plan.LeaveOutTurn: succession.leave_out_turn,
    plan.LookUp: doubts.look_up,
    plan.SettleDoubt: doubts.settle_doubt,
    plan.NoteSecondAnswer: doubts.note_second,
    plan.AnswerNotRun: calls.answer_not_run,
    plan.Judge: verdicts.judge_calls,
    plan.StartCall: calls.start_call,
    plan.CloseCall: calls.close_call,
    plan.Dispatch: dispatch.dispatch,
    plan.SettleDenied: approvals.settle_denied,
    plan.Expire: approvals.expire,
    plan.AskToLookAgain: approvals.look_again,
    plan.GiveNotice: approvals.give_notice,
    plan.ReleaseAsk: approvals.release_ask,
    plan.AnswerPerson: questions.answer_person,
    plan.GiveUpQuestion: questions.give_up,
    plan.DraftReply: replies.draft_reply,
    plan.SendReply: replies.send_reply,
    plan.GiveUpReply: replies.give_up,
    plan.HandOver: replies.hand_over,
    plan.FollowUp: silence.follow_up,
    plan.Close: silence.close,
    plan.Breach: breaches.breach,
    plan.AskTeam: idle.ask_team,
    plan.AskStopped: idle.ask_stopped,
    plan.ResolveReminder: idle.resolve_reminder,
    plan.LeaveIdle: idle.leave_idle,
    plan.LookUpAnswer: answers.look_up,
    plan.AskAboutAnswer: answers.ask_about,
    plan.GiveUpAnswer: answers.give_up,
    plan.TellAnswer: answers.tell,
    plan.EndSteering: steering.end_steering,
    plan.LapseCorrected: correcting.lapse_corrected,
    plan.EndWithdrawn: withdrawing.end_withdrawn,
    plan.EraseBodies: erasing.erase,
}

__all__ = ["TABLE", "Context", "Performing", "Work"]
