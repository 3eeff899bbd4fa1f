"""The transcript as items: one renderer per event, in one table. An event without one is listed with its reason.

An item with a known id replaces the older one, so a tool call stays one card from the wish to its result. Every text is from
a cleaned body or from our own code. It must never hold markup, an unbounded text, or what a model was told in private.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from agent_core.contract.actors import Agent, Person, PersonForAgent
from agent_core.contract.base import Event
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
from agent_core.contract.views import MarkItem, MarkTone, MessageItem, RoutingItem, TranscriptItem
from agent_core.service.projection import ask_items, call_items, flag_items, message_items, outcome_items, review_items
from agent_core.service.projection.story import bounded
from agent_core.service.projection.telling import Telling, mark, put

_MOST: Final = 400


_NEAR: Final = 4


def _last(telling: Telling) -> Iterator[TranscriptItem]:
    """The last few items, the newest first."""
    return islice(reversed(telling.items.values()), _NEAR)


_CONTROL_TONES: Final[Mapping[str, MarkTone]] = {"human": "ok", "agent": "plain", "quarantined": "danger"}


def _control(telling: Telling, event: ControlChanged, record: Recorded) -> None:
    tone: MarkTone = _CONTROL_TONES.get(event.to, "warn")
    words = event.sentence
    if event.operator is not None:
        words = f"{telling.people.name(event.operator)}: {words}"
    elif any(isinstance(item, MarkItem) and item.text == words for item in _last(telling)):
        return  # the ask above has said why; what the customer was told may stand between
    mark(telling, record, "control", tone, words, detail=telling.story.text(event.comment, 2_000))


def _not_possible(telling: Telling, event: TransitionRefused, record: Recorded) -> None:
    operator = record.actor.operator if isinstance(record.actor, Person) else None
    who = f"{telling.people.name(operator)}: " if operator is not None else ""
    detail = f"{event.machine}: {event.wanted} while {event.now}".replace("_", " ")
    mark(telling, record, "failure", "warn", f"{who}{event.sentence}", detail=bounded(detail, _MOST))


def _triaged(telling: Telling, event: Triaged, record: Recorded) -> None:
    intents = tuple(intent.id for intent in event.intents)
    item = RoutingItem(
        id=f"turn{event.turn}", seq=record.seq, version=record.seq, at=record.at, intents=intents, workflows=(),
        to_people=(), rule="",
    )  # fmt: skip
    put(telling, item)


def _routed(telling: Telling, event: Routed, record: Recorded) -> None:
    known = telling.items.get(f"turn{event.turn}")
    item = RoutingItem(
        id=f"turn{event.turn}",
        seq=known.seq if known else record.seq,
        version=record.seq,
        at=known.at if known else record.at,
        intents=known.intents if isinstance(known, RoutingItem) else (),
        workflows=tuple(routed.workflow for routed in event.runs),
        to_people=event.to_people,
        rule=event.rule,
    )
    put(telling, item)


def _run_opened(telling: Telling, event: RunOpened, _record: Recorded) -> None:
    telling.workflows[event.run] = event.workflow


def _run_answered(telling: Telling, event: RunAnswered, _record: Recorded) -> None:
    answer = telling.story.json(event.answer)
    points = answer.get("points", []) if isinstance(answer, dict) else []  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - a stored answer
    telling.cited[event.run] = len({fact for point in points for fact in point.get("fact_ids", ())})  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - likewise


def _run_escalated(telling: Telling, event: RunEscalated | RunFailed, record: Recorded) -> None:
    failed = isinstance(event, RunFailed)
    workflow = telling.workflows.get(event.run, event.run).replace("_", " ")
    mark(telling, record, "failure" if failed else "run", "warn", f"{event.sentence} ({workflow})")


def _effect_started(telling: Telling, event: EffectStarted, record: Recorded) -> None:
    telling.effects[event.effect] = event
    if event.purpose in ("tool", "approved_tool"):
        call_items.started(telling, event, record)


_SILENT: Final = frozenset({"succeeded", "refused"})


def _effect_finished(telling: Telling, event: EffectFinished, record: Recorded) -> None:
    start = telling.effects.pop(event.effect, None)
    if start is None:
        return
    if start.purpose in ("tool", "approved_tool"):
        call_items.finished(telling, start, event, record)
    if start.purpose == "prove":
        outcome_items.proved(telling, event, record)
        return
    if start.purpose == "tally":
        return  # the card says what it came to
    if event.outcome in _SILENT:
        return
    if event.outcome == "superseded":
        words = "Work on older words was stopped: something newer came first."
        mark(telling, record, "superseded", "plain", event.sentence or words)
    elif event.outcome == "interrupted" or event.settled_by in ("recovered", "reconciled"):
        words = event.sentence or "Work was interrupted and is done again."
        mark(telling, record, "recovered", "plain", words)
    elif start.purpose in ("triage", "run", "compose", "ask_back"):
        mark(telling, record, "failure", "warn", event.sentence or "The model gave no answer.")
    elif start.purpose == "reply":
        mark(telling, record, "failure", "warn", event.sentence or "The reply did not leave.")


def _notice(telling: Telling, event: NoticeGiven, record: Recorded) -> None:
    told = telling.story.json(event.notice)
    reason = str(told.get("reason", "")) if isinstance(told, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - a stored notice
    said = f"The agent was told: {reason}" if reason else "The agent was told what became of it."
    mark(telling, record, "notice", "plain", said)


def _drafted(telling: Telling, event: ReplyDrafted, record: Recorded) -> None:
    by: Any = {"person": "person", "fixed_text": "system"}.get(event.made_by, "agent")
    operator = record.actor.operator if isinstance(record.actor, Person) else None
    item = MessageItem(
        id=f"reply{event.reply}",
        seq=record.seq,
        version=record.seq,
        at=record.at,
        by=by,
        name=telling.people.name(operator) if by == "person" else telling.agent_name,
        text=telling.story.text(event.text),
        delivery="sending",
        grounded_on=sum(telling.cited.get(run, 0) for run in event.covers),
        findings=event.findings,
    )
    put(telling, item)


def _sent(telling: Telling, event: ReplySent, record: Recorded) -> None:
    known = telling.items.get(f"reply{event.reply}")
    by = known.by if isinstance(known, MessageItem) else "agent"
    name = known.name if isinstance(known, MessageItem) else telling.agent_name
    if isinstance(record.actor, PersonForAgent):
        by, name = "person_for_agent", telling.people.name(record.actor.operator)
    elif isinstance(record.actor, Person):
        by, name = "person", telling.people.name(record.actor.operator)
    elif isinstance(record.actor, Agent):
        by = "agent"
    put(
        telling,
        MessageItem(
            id=f"reply{event.reply}",
            seq=known.seq if known else record.seq,
            version=record.seq,
            at=record.at,
            by=by,
            name=name,
            text=telling.story.text(event.text),
            delivery="sent",
            grounded_on=known.grounded_on if isinstance(known, MessageItem) else 0,
            findings=known.findings if isinstance(known, MessageItem) else (),
        ),
    )


def _dropped(telling: Telling, event: ReplyDropped, record: Recorded) -> None:
    known = telling.items.get(f"reply{event.reply}")
    if isinstance(known, MessageItem):
        delivery = "unknown" if event.code == "reply_unknown" else "not_sent"
        put(telling, known.model_copy(update={"delivery": delivery, "version": record.seq}))
    mark(telling, record, "failure", "danger", event.sentence)


def _ask_raised(telling: Telling, event: AskRaised, record: Recorded) -> None:
    again = event.ask.id in telling.raised
    telling.raised.add(event.ask.id)
    if event.ask.kind != "approval" and not again:
        mark(telling, record, "ask", "warn", event.ask.sentence)


def _ask_resolved(telling: Telling, event: AskResolved, record: Recorded) -> None:
    known = telling.story.state.asks.get(event.ask)
    if known is not None and known.ask.kind != "approval":
        who = f"{telling.people.name(event.operator)}: " if event.operator else ""
        said = telling.story.text(event.comment, 2_000)
        mark(telling, record, "ask", "ok", f"{who}{event.sentence}", detail=said)


def _countersigned(telling: Telling, event: Countersigned, record: Recorded) -> None:
    word = "approved" if event.decision == "approve" else "denied"
    tone: MarkTone = "ok" if event.decision == "approve" else "warn"
    again = " (simulated)" if telling.people.simulated(event.operator) else ""
    words = f"{telling.people.name(event.operator)}{again} {word} and signed it."
    mark(telling, record, "decision", tone, words, detail=telling.story.text(event.comment, 2_000))


def _recalled(telling: Telling, event: Recalled, record: Recorded) -> None:
    mark(telling, record, "decision", "warn", f"{telling.people.name(event.operator)} took the approval back.")


def _look_again(telling: Telling, event: LookAgain, record: Recorded) -> None:
    known = telling.story.state.proposals.get(event.proposal)
    if known is not None and event.seen_through > known.proposal.seen_through:
        mark(telling, record, "look_again", "warn", "The customer wrote after the card was shown: confirm it again.")


def _silent(telling: Telling, event: CustomerSilent, record: Recorded) -> None:
    words = {"asked": "did not answer", "resolved": "wrote no more", "declined": "wrote no more"}[event.why]
    mark(telling, record, "notice", "plain", f"The customer {words}: follow-up {event.number}.")


def _breached(telling: Telling, event: AskBreached, record: Recorded) -> None:
    words = {"first_look": "Nobody looked in time.", "answer": "Nobody decided in time."}[event.what]
    mark(telling, record, "ask", "warn", f"{words} It is more urgent now.", detail="The customer was told." * event.told)


Renderer = Callable[[Telling, Any, Recorded], None]

RENDERERS: Final[Mapping[type[Event], Renderer]] = {
    MessageReceived: message_items.received,
    MessageEdited: message_items.edited,
    MessageDeleted: message_items.deleted,
    InboundContradicted: message_items.contradicted,
    TextFlagged: flag_items.flagged,
    ControlChanged: _control,
    TransitionRefused: _not_possible,
    Triaged: _triaged,
    Routed: _routed,
    RoutingOverridden: outcome_items.overridden,
    AgentSteered: outcome_items.steered,
    BeliefCorrected: outcome_items.belief_corrected,
    CorrectionEnded: outcome_items.correction_ended,
    AssessmentFlagged: outcome_items.assessed,
    ReviewNoted: review_items.noted,
    ReviewScored: review_items.scored,
    ReviewFinished: review_items.finished,
    SteeringEnded: outcome_items.steering_ended,
    Escalated: outcome_items.escalated,
    RunOpened: _run_opened,
    RunAnswered: _run_answered,
    RunEscalated: _run_escalated,
    RunFailed: _run_escalated,
    RunContinuedAs: outcome_items.continued,
    EffectStarted: _effect_started,
    EffectFinished: _effect_finished,
    ModelSpoke: call_items.spoke,
    CallJudged: call_items.judged,
    CallAnswered: call_items.answered,
    NoticeGiven: _notice,
    SecondAnswer: outcome_items.second_answer,
    TranscriptHealed: outcome_items.healed,
    Quarantined: outcome_items.held,
    QuarantineLifted: outcome_items.lifted,
    ErasureOrdered: outcome_items.ordered,
    BodiesErased: outcome_items.erased,
    ConversationExported: outcome_items.exported,
    TurnForked: outcome_items.forked,
    ReplyDrafted: _drafted,
    ReplyDropped: _dropped,
    ReplyFlagged: flag_items.reply_flagged,
    ReplySent: _sent,
    Proposed: call_items.proposed,
    AskRaised: _ask_raised,
    AskAssigned: outcome_items.assigned,
    AskPutOff: outcome_items.put_off,
    AskClaimed: ask_items.claimed,
    AskEscalated: ask_items.escalated,
    AskedBack: ask_items.asked_back,
    AskAnswered: ask_items.answered,
    ProposalEdited: ask_items.edited,
    DecisionRefused: ask_items.not_counted,
    ActionProposed: ask_items.own_action,
    AskResolved: _ask_resolved,
    Countersigned: _countersigned,
    Recalled: _recalled,
    LookAgain: _look_again,
    ProposalSettled: call_items.settled,
    CustomerSilent: _silent,
    AskBreached: _breached,
    AnswerArrived: call_items.arrived,
}

UNSEEN: Final[Mapping[type[Event], str]] = {
    ConversationOpened: "the header says it: channel, customer, since when",
    AnswerAwaited: "the call's card says that it is under way",
    FactsLearned: "shown beside the transcript, with source and age",
    TopicsFound: "the routing line says which intents came of it",
    TurnOpened: "the routing line says what came of the turn",
    AnswerRejected: "the failed attempt it belongs to has its line",
    RunInput: "the same words stand above as the customer's",
    AskReleased: "the card shows that nobody is",
    AgentPaused: "stands in a brand's or the core's log; the status bar shows it",
    LevelSigned: "stands in the brand's log; the levels show it",
    LevelRecalled: "stands in the brand's log; the levels show it",
    LevelChanged: "stands in the brand's log; the levels show it",
    AgentResumed: "stands in a brand's or the core's log; the status bar shows it",
    ReleaseActivated: "stands in the brand's log",
    ReleaseChecked: "stands in the brand's log",
    ReplyChecksSwitched: "stands in the brand's log",
    ReleaseRefused: "stands in the brand's log",
    ToolStateChanged: "stands in the brand's log; the settings show how each system fares",
    InboundRefused: "stands in the brand's log",
    IntegrationStateChanged: "stands in the brand's log; the settings show how each system fares",
    AnchorSet: "stands in the core's log",
    OperatorEnrolled: "stands in the core's log",
    KeyRevoked: "stands in the core's log",
    AnchorRecovered: "stands in the core's log",
    InvitationAccepted: "stands in the core's log",
    InvitationEnded: "stands in the core's log",
    KeyRotated: "stands in the core's log",
    KeyStopped: "stands in the core's log",
    OperatorInvited: "stands in the core's log",
    RecoveryKeysSet: "stands in the core's log",
    CheckpointKeySet: "stands in the core's log",
    AuditAlarmRaised: "stands in the core's log; the status bar shows it",
    AuditAcknowledged: "stands in the core's log; the status bar shows it",
}
"""Events that make no item, and why."""


def tell(telling: Telling) -> None:
    """Renders a whole story."""
    for record in telling.story.records:
        event: Any = record.event
        renderer = RENDERERS.get(type(event))
        if renderer is not None:
            renderer(telling, event, record)
    _drop_stale_drafts(telling)


def _drop_stale_drafts(telling: Telling) -> None:
    """A draft that the fence made stale was never said: it shrinks to a line."""
    state = telling.story.state
    left = {f"reply{draft.reply}" for draft in (state.draft, state.sending) if draft is not None}  # or may have left
    for name, item in tuple(telling.items.items()):
        if not isinstance(item, MessageItem) or item.delivery != "sending":
            continue
        if name in left:
            continue
        line = MarkItem(
            id=name, seq=item.seq, version=item.version, at=item.at, what="superseded", tone="plain",
            text="A draft was set aside: something newer came first.", detail=bounded(item.text, 2_000),
        )  # fmt: skip
        telling.items[name] = line
