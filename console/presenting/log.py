"""The log of one conversation in sentences: one renderer per event, so that no event can be invisible by accident.

The core folds; this only says what stands there, for those who ask for the log itself. Personal words stay in bodies and
are never in an event, so a sentence holds ids, codes and amounts only. It must never interpret an event.
"""

from collections.abc import Callable, Mapping
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
    BodiesErased,
    CallAnswered,
    CallJudged,
    CheckpointKeySet,
    ControlChanged,
    ConversationExported,
    ConversationOpened,
    Countersigned,
    CustomerSilent,
    EffectFinished,
    EffectStarted,
    ErasureOrdered,
    Escalated,
    Event,
    FactsLearned,
    InboundContradicted,
    InboundRefused,
    IntegrationStateChanged,
    InvitationAccepted,
    InvitationEnded,
    KeyRevoked,
    KeyRotated,
    KeyStopped,
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
    TurnOpened,
)
from agent_core.contract.money import Money


def _amount(money: Money | None) -> str:
    return f" of {money.text()}" if money is not None else ""


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"


_PASSED = {True: "walked through", False: "refused"}


def _flags(event: TextFlagged) -> tuple[str, ...]:
    seen = (f"{one.detector}/{one.code} {one.score_percent}%" for one in event.findings)
    return (*seen, *(f"{one.count} {one.kind} masked" for one in event.masked))


def _chosen(event: RoutingOverridden) -> tuple[str, ...]:
    return event.workflows if event.queue is None else (*event.workflows, event.queue)


# fmt: off
RENDERERS: Mapping[type[Event], Callable[[Any], str]] = {
    ConversationOpened: lambda e: f"Opened on {e.channel}",
    MessageReceived: lambda e: f"Message received from the {e.author}, {e.text.size} bytes",
    TextFlagged: lambda e: f"Flagged at {e.entrance}, {e.about}: {_listed(_flags(e))}",
    MessageEdited: lambda e: f"Message edited by the {e.author}{', nothing to read changed' * e.unchanged}",
    MessageDeleted: lambda e: f"Message deleted by the {e.author}",
    InboundContradicted: lambda e: f"The channel told a message again with another {e.what}; the first telling counts",
    FactsLearned: lambda e: f"Facts learned from {e.source}: {_listed(tuple(fact.key for fact in e.facts))}",
    ControlChanged: lambda e: f"Control: {e.to} ({e.code}). {e.sentence}",
    TransitionRefused: lambda e: f"Refused: {e.machine} {e.subject} {e.wanted} in {e.now} ({e.code}). {e.sentence}",
    TurnOpened: lambda e: f"Turn {e.turn} opened, through event {e.through}",
    Triaged: lambda e: f"Triage: {_listed(tuple(one.id for one in e.intents))}; {e.urgency}, {e.sentiment}, {e.language}",
    TopicsFound: lambda e: f"Triage: about {_listed(e.topics)}",
    Routed: lambda e: f"Routed by {e.rule} to {_listed((*(run.workflow for run in e.runs), *e.to_people))}",
    RoutingOverridden: lambda e: f"{e.operator} overrode the routing: {_listed(_chosen(e))}",
    AgentSteered: lambda e: f"{e.operator} told {e.run or 'the agent'} in private ({e.steering})",
    AssessmentFlagged: lambda e: f"{e.operator} says that {e.part} is wrong: {e.wrong}, of what stood up to event {e.seen}",
    ReviewNoted: lambda e: f"{e.operator} noted something{f' about event {e.about}' if e.about else ''} in a review",
    ReviewScored: lambda e: f"{e.operator} scored what stood up to event {e.seen}: {e.total_percent} %",
    ReviewFinished: lambda e: f"{e.operator} has reviewed it up to event {e.seen}",
    SteeringEnded: lambda e: f"Private instruction {e.steering} holds no longer ({e.why})",
    Escalated: lambda e: f"A person must come in, seen at {e.at}: {_listed(tuple(one.code for one in e.fired))}",
    RunOpened: lambda e: f"Run {e.run} opened: {e.workflow} version {e.version}",
    RunInput: lambda e: f"Run {e.run} was given {len(e.messages)} messages",
    RunAnswered: lambda e: f"Run {e.run}: {e.phase}, {e.points} points",
    RunEscalated: lambda e: f"Run {e.run} went to a person ({e.code}). {e.sentence}",
    RunContinuedAs: lambda e: f"Run {e.run} goes on as {e.successor} ({e.code})",
    RunFailed: lambda e: f"Run {e.run} failed ({e.code}). {e.sentence}",
    EffectStarted: lambda e: f"Effect {e.effect} started: {e.purpose} {e.tool or ''}, attempt {e.attempt}",
    EffectFinished: lambda e: f"Effect {e.effect} {e.outcome}, {e.settled_by}, {e.duration_ms} ms. {e.sentence or ''}",
    ModelSpoke: lambda e: f"Model spoke in run {e.run}; {len(e.calls)} calls",
    AnswerRejected: lambda e: f"An answer in run {e.run} did not count ({e.code})",
    CallJudged: lambda e: f"Call {e.tool}: {e.verdict} ({_listed(tuple(rule.id for rule in e.rules))}). {e.sentence}",
    CallAnswered: lambda e: f"Call {e.tool_use_id} answered: {e.outcome}",
    NoticeGiven: lambda e: f"Run {e.run} was told: {e.outcome}",
    SecondAnswer: lambda e: f"A second answer about {e.effect}, by {e.by}: {'it happened' if e.happened else 'it did not'}",
    ReplyDrafted: lambda e: f"Reply {e.reply} drafted by {e.made_by}; findings: {_listed(e.findings)}",
    ReplyFlagged: lambda e: (
        f"Words of {e.by} did not pass ({_listed(tuple(f.code for f in e.findings))}): {e.became.replace('_', ' ')}"
    ),
    ReplyChecksSwitched: lambda e: f"Reply checks of {e.brand} switched; off now: {_listed(e.off)}",
    ReplyDropped: lambda e: f"Reply {e.reply} dropped ({e.code})",
    ReplySent: lambda e: f"Reply {e.reply} sent",
    Proposed: lambda e: f"Proposed: {e.proposal.tool}{_amount(e.proposal.money)} on {e.proposal.resource}",
    AskRaised: lambda e: f"Asked people ({e.ask.kind}, {e.ask.code}). {e.ask.sentence}",
    AskClaimed: lambda e: f"{e.operator} is on ask {e.ask}{f', taken from {e.taken_from}' if e.taken_from else ''}",
    AskEscalated: lambda e: f"{e.operator} sent ask {e.ask} up to {_listed(e.roles)}",
    AskedBack: lambda e: f"{e.operator} asked the agent about {e.proposal}",
    AskAnswered: lambda e: f"The agent was asked about {e.proposal}: {e.outcome} ({e.code})",
    ProposalEdited: lambda e: (
        f"{e.operator} changed {_listed(e.fields)} of {e.proposal}{', only less' * e.narrows}: now {e.successor}"
    ),
    ActionProposed: lambda e: f"{e.operator} proposed {e.tool} themselves: {e.proposal}",
    AskReleased: lambda e: f"{e.operator} gave ask {e.ask} back",
    AskAssigned: lambda e: f"{e.by} gave ask {e.ask} to {e.to or 'everybody'}",
    AskPutOff: lambda e: f"{e.operator} could not tell yet about ask {e.ask}: looked at again {e.look_at.isoformat()}",
    AskResolved: lambda e: f"Ask {e.ask} resolved by {e.by} ({e.code}). {e.sentence}",
    Countersigned: lambda e: f"Countersigned: {e.decision} by {e.operator}, key {e.key}",
    Recalled: lambda e: f"{e.operator} recalled the approval of {e.proposal}",
    LookAgain: lambda e: f"The customer wrote after {e.proposal} was shown: look again",
    ProposalSettled: lambda e: f"Proposal {e.proposal}: {e.outcome} by {e.by} ({e.code}). {e.sentence}",
    TranscriptHealed: lambda e: f"Run {e.run} healed as {e.successor}: {_listed(e.diagnoses)}",
    Quarantined: lambda e: f"Quarantined ({e.cause}, {e.diagnosis}). {e.sentence}",
    QuarantineLifted: lambda e: f"Quarantine lifted by {e.operator} ({e.diagnosis}), signed",
    ErasureOrdered: lambda e: f"{e.operator} ordered and signed an erasure ({e.reason}): the {e.scope}",
    BodiesErased: lambda e: f"{e.bodies} bodies erased ({e.reason}), {e.kept} kept: {_listed(e.kinds)}",
    ConversationExported: lambda e: f"Exported through event {e.through}: {e.bodies} bodies readable, {e.erased} erased",
    AnswerAwaited: lambda e: f"Effect {e.effect} is under way elsewhere ({e.tool}), to be answered later",
    AnswerArrived: lambda e: f"Effect {e.effect} was answered by {e.by}: {e.outcome}{', too late' if e.late else ''}",
    AskBreached: lambda e: f"Clock of ask {e.ask} ran out: {e.what}{', the customer was told' if e.told else ''}",
    CustomerSilent: lambda e: f"The customer is silent ({e.why}): follow-up {e.number}",
    AgentPaused: lambda e: f"Agent paused by {e.operator} ({e.code})",
    AgentResumed: lambda e: f"Agent resumed by {e.operator}, signed",
    ReleaseRefused: lambda e: f"The folder of {e.brand} was not made live: {e.sentence}",
    ToolStateChanged: lambda e: f"{e.tool} of {e.system}: {e.to}, {e.code}: {e.sentence}",
    ReleaseChecked: lambda e: f"Release {e.release[:12]} of {e.brand} {_PASSED[e.passed]}: {e.sentence}",
    ReleaseActivated: lambda e: f"Release {e.release[:12]} of {e.brand} activated",
    InboundRefused: lambda e: f"Refused at {e.entrance} ({e.code}), {e.size} bytes. {e.sentence}",
    IntegrationStateChanged: lambda e: f"{e.system} {e.operation}: {e.to}, {e.failures} of {e.requests} failed, {e.code}",
    AnchorSet: lambda e: f"Anchor set: {e.key}",
    OperatorEnrolled: lambda e: f"Operator {e.operator} enrolled as {e.role}{' (simulated)' if e.simulated else ''}",
    KeyRevoked: lambda e: f"Key {e.key} revoked by {e.operator}",
    KeyStopped: lambda e: f"Key {e.key} stopped by {e.operator} ({e.reason})",
    KeyRotated: lambda e: f"{e.operator} replaced key {e.key} with {e.successor}",
    OperatorInvited: lambda e: f"{e.by} invited {e.operator} as {e.role}, until {e.until.isoformat()}",
    InvitationAccepted: lambda e: f"Invitation {e.invitation} accepted with key {e.key}; to be countersigned",
    InvitationEnded: lambda e: f"Invitation {e.invitation} ended ({e.code})",
    RecoveryKeysSet: lambda e: f"Recovery keys of the anchor set by {e.operator}: {e.need} of {len(e.keys)}",
    AnchorRecovered: lambda e: f"Anchor moved from {e.previous} to {e.key} by {len(e.statements)} recovery keys",
    CheckpointKeySet: lambda e: f"Checkpoints are signed with {e.key}",
    AuditAlarmRaised: lambda e: f"ALARM: another log ({e.code}): {e.expected_size} events expected, {e.found_size} found",
    AuditAcknowledged: lambda e: f"Alarm {e.alarm[:12]} about the log acknowledged by {e.operator}, signed",
}
# fmt: on
"""How each event reads. The architecture tests demand that none is missing."""


def sentence(record: Recorded) -> str:
    """An event in one line."""
    return " ".join(RENDERERS[type(record.event)](record.event).split())


def actor(record: Recorded) -> str:
    """Who did it, in a word or two."""
    who = record.actor
    match who.kind:
        case "customer":
            return "customer"
        case "agent":
            return f"agent {who.run}" if who.run else "agent"
        case "person":
            return who.operator or "a person"
        case "person_for_agent":
            return f"{who.operator} for the agent"
        case "system":
            return who.part
