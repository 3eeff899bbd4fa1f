"""What `decide` may ask for. Each step is something the runner knows how to do; none carries a body or a verdict."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent_core.contract.ids import AskId, EffectId, ProposalId, RunId, WorkflowName
from agent_core.contract.outcomes import Clock, Quiet
from agent_core.conversation.hours import Hours


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """Take every message up to `through` and ask the model what they want."""

    turn: int
    through: int


@dataclass(frozen=True, slots=True)
class Triage:
    """Ask again: the first attempt did not give an answer.

    `told`: the code of an answer that did not count. `shorter`: only the newest words, because all were too many.
    """

    turn: int
    attempt: int
    larger: bool = False
    fallback: bool = False
    told: str | None = None
    shorter: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Decide which runs work on the turn."""

    turn: int


@dataclass(frozen=True, slots=True)
class GiveUpTriage:
    """Nobody could say what the customer wants: people take it."""

    turn: int
    code: str = "triage_gave_no_answer"


@dataclass(frozen=True, slots=True)
class Supersede:
    """These model calls are for a question that has changed: stop them, use nothing of them."""

    effects: tuple[EffectId, ...]


@dataclass(frozen=True, slots=True)
class AnswerNotRun:
    """These calls will not be started any more: something newer came first."""

    run: RunId
    tool_use_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallModel:
    """Send the run's transcript to its model. `larger`: with room for a longer answer."""

    run: RunId
    attempt: int
    larger: bool = False


@dataclass(frozen=True, slots=True)
class FailRun:
    """This run cannot go on: people take its part."""

    run: RunId
    code: str


@dataclass(frozen=True, slots=True)
class ContinueRun:
    """The run goes on as another one with a fresh transcript: shorter, or answered by the other model."""

    run: RunId
    code: str


@dataclass(frozen=True, slots=True)
class LeaveOutTurn:
    """Its model refused: people take this turn's part, and the run goes on without what was refused."""

    run: RunId


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the other side what became of a write of unknown outcome."""

    effect: EffectId
    attempt: int


@dataclass(frozen=True, slots=True)
class SettleDoubt:
    """A look-up found out what became of a write."""

    effect: EffectId


@dataclass(frozen=True, slots=True)
class NoteSecondAnswer:
    """A look-up says something about a write that somebody else had settled already."""

    effect: EffectId
    happened: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Ask policy about these calls, in order."""

    run: RunId
    tool_use_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StartCall:
    """Perform one granted call."""

    run: RunId
    tool_use_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class CloseCall:
    """A granted call failed for good: tell the model so."""

    run: RunId
    tool_use_id: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Every countersignature is there and the undo window is over: check everything again, then act."""

    proposal: ProposalId
    attempt: int


@dataclass(frozen=True, slots=True)
class SettleDenied:
    """A person said no."""

    proposal: ProposalId


@dataclass(frozen=True, slots=True)
class Expire:
    """Nobody decided in time: never executed, and somebody is told (R-A4)."""

    proposal: ProposalId


@dataclass(frozen=True, slots=True)
class AskToLookAgain:
    """The customer wrote after the card was made."""

    proposal: ProposalId
    seen_through: int


@dataclass(frozen=True, slots=True)
class GiveNotice:
    """Tell the run what became of its pending call."""

    proposal: ProposalId


@dataclass(frozen=True, slots=True)
class AnswerPerson:
    """A person asked the agent about what it proposed: ask its model, for them alone."""

    ask: AskId
    attempt: int


@dataclass(frozen=True, slots=True)
class GiveUpQuestion:
    """The agent cannot answer the person."""

    ask: AskId


@dataclass(frozen=True, slots=True)
class DraftReply:
    """Make one reply of everything that is settled and unsaid.

    `compose` is false after the composer failed; `fallback` asks the brand's other model, because the usual one is down.
    """

    covers: tuple[RunId, ...]
    hand_off: bool
    says: bool
    compose: bool
    partial: bool = False
    """The deadline came first: the rest is still being worked on."""
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class SendReply:
    """Give the draft to the channel."""

    reply: int
    attempt: int


@dataclass(frozen=True, slots=True)
class GiveUpReply:
    """Nobody knows whether the reply left, or it cannot leave: a person must look."""

    reply: int


@dataclass(frozen=True, slots=True)
class HandOver:
    """No run can go on: the conversation waits for a person."""

    code: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The customer is silent: ask them once more, with the brand's own words."""

    why: Quiet
    number: int


@dataclass(frozen=True, slots=True)
class Close:
    """The customer stays silent and nothing waits for anybody."""

    why: Quiet


@dataclass(frozen=True, slots=True)
class AskPeople:
    """The customer wrote, nobody works on it, and no ask says so."""

    through: int


@dataclass(frozen=True, slots=True)
class Quarantine:
    """This conversation cannot be worked on: on-call must look."""

    code: str
    run: RunId | None = None


@dataclass(frozen=True, slots=True)
class TellHeld:
    """The customer of a quarantined conversation hears that a person will come back to them."""


@dataclass(frozen=True, slots=True)
class AskOnCall:
    """On-call is asked about a quarantine once more: `wrote`, the customer wrote on; else nobody is asked any more."""

    wrote: bool


@dataclass(frozen=True, slots=True)
class ReleaseAsk:
    """A lease ran out."""

    ask: AskId


@dataclass(frozen=True, slots=True)
class AskTeam:
    """A person took the conversation over, somebody waits for them, and they do nothing. `seq`: since where in the log."""

    seq: int


@dataclass(frozen=True, slots=True)
class AskStopped:
    """The agent, or a workflow of it, is stopped, and what the customer wrote up to `through` waits. `code`: which."""

    through: int
    code: Literal["agent_stopped", "workflow_stopped"] = "agent_stopped"


@dataclass(frozen=True, slots=True)
class ResolveReminder:
    """Whoever people were asked about works again: the person who has the conversation, or the agent."""

    ask: AskId


@dataclass(frozen=True, slots=True)
class LeaveIdle:
    """They still do nothing: the conversation is no longer theirs. `asks`: those that said so to the team."""

    asks: tuple[AskId, ...]


@dataclass(frozen=True, slots=True)
class LookUpAnswer:
    """Another system did not answer in time: ask it what became of the call."""

    effect: EffectId
    attempt: int


@dataclass(frozen=True, slots=True)
class AskAboutAnswer:
    """Nobody knows what became of a write that another system took: people find out."""

    effect: EffectId


@dataclass(frozen=True, slots=True)
class GiveUpAnswer:
    """A read that another system took was never answered: its run goes on without."""

    effect: EffectId


@dataclass(frozen=True, slots=True)
class TellAnswer:
    """Tell the run what came of its call."""

    effect: EffectId


@dataclass(frozen=True, slots=True)
class Breach:
    """Nobody looked, or decided, in time. `tell`: the customer hears that it takes longer."""

    ask: AskId
    what: Clock
    due: datetime
    tell: bool


@dataclass(frozen=True, slots=True)
class EndSteering:
    """The time of a private instruction is over: say so to whoever was told it."""

    steering: str


@dataclass(frozen=True, slots=True)
class LapseCorrected:
    """A proposal rests on what a person has put right: it ends, and what is still allowed is proposed anew."""

    proposal: ProposalId
    correction: str


@dataclass(frozen=True, slots=True)
class EndWithdrawn:
    """A person took the workflow off that proposed this, and it had been sent before: it ends once it was looked up."""

    proposal: ProposalId


@dataclass(frozen=True, slots=True)
class EraseBodies:
    """What is personal goes: `whole`, or only these kinds of what stands beside the conversation."""

    whole: bool
    kinds: tuple[str, ...]


Step = (
    OpenTurn | Triage | Route | GiveUpTriage | Supersede | AnswerNotRun | CallModel | FailRun | Judge | StartCall | CloseCall
    | Dispatch | SettleDenied | Expire | AskToLookAgain | GiveNotice | DraftReply | SendReply | GiveUpReply | HandOver
    | ReleaseAsk | AskPeople | Quarantine | FollowUp | Close | Breach | LookUpAnswer
    | AskAboutAnswer | GiveUpAnswer | TellAnswer | ContinueRun | LeaveOutTurn
    | LookUp | SettleDoubt | NoteSecondAnswer | AskTeam | ResolveReminder | LeaveIdle | TellHeld | AskOnCall
    | AskStopped | EndSteering | LapseCorrected | EndWithdrawn | EraseBodies | AnswerPerson | GiveUpQuestion
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and when to look again if nothing happens before.

    Attributes:
        due: That moment, or what finds it out: where there is something to do, mostly nobody asks.
    """

    steps: tuple[Step, ...] = ()
    due: datetime | Callable[[], datetime | None] | None = None

    @property
    def wake_at(self) -> datetime | None:
        """When to look again if none of the steps is done."""
        return self.due() if callable(self.due) else self.due


@dataclass(frozen=True, slots=True)
class SilenceRules:
    """How often a silent customer is asked again, and when their conversation closes; None is never."""

    follow_up_s: int | None = None
    follow_ups: int = 0
    close_s: int | None = None


@dataclass(frozen=True, slots=True)
class ClosingRules:
    """What silence brings, by what the last words were (R-A4). `hours`: only then; None is at any time."""

    asked: SilenceRules = SilenceRules()
    resolved: SilenceRules = SilenceRules()
    declined: SilenceRules = SilenceRules()
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class TurnRules:
    """What the active release says about the pace of a conversation.

    Attributes:
        batch_window_ms: Quiet time after a customer's message before a turn takes it, so that several make one turn.
        model_attempts: How often a provider that is down is asked before people take the run.
        failover_after: After so many of those the brand's other model is asked.
        fallback: There is another model.
        interruptions: How often a question that a crash cut is asked again.
        rate_limit_wait_s: How long a provider that limits us is waited for.
        call_attempts: Attempts of one read or autonomous write: a second failure changes the way (R-A7).
        approved_attempts: Attempts of an action that a person approved.
        stubborn_calls: How often a run may ask again for what failed for good.
        shrinks: How often a run that is too long goes on as a shorter one in one turn.
        model_calls: Model calls of one run in one turn before it counts as a loop.
        closing: What silence brings.
        answer_hours: The agent answers only then; None is at any time.
        reply_deadline_s: A reply says what is settled by then; 0 is no deadline.
        takeover_idle_s: After so long a person in control who does nothing is an ask to the team; None is never.
        takeover_returns: After as long again it is the agent's, and not the team's.
        retention: Kind of body, or `everything`, and after how many days of rest it is erased.
        paused: Workflows that are stopped at the moment; the runner fills it in from what it has just read.
    """

    batch_window_ms: int = 0
    model_attempts: int = 4
    failover_after: int = 2
    fallback: bool = False
    interruptions: int = 3
    rate_limit_wait_s: int = 300
    call_attempts: int = 2
    approved_attempts: int = 3
    stubborn_calls: int = 2
    shrinks: int = 2
    model_calls: int = 12
    reply_attempts: int = 6
    parallel_reads: int = 8
    closing: ClosingRules = ClosingRules()
    reply_deadline_s: int = 0
    answer_hours: Hours | None = None
    takeover_idle_s: int | None = None
    takeover_returns: bool = False
    retention: tuple[tuple[str, int], ...] = ()
    paused: frozenset[WorkflowName] = frozenset()
