"""The log of one conversation in sentences: one renderer per event, so that no event can be invisible by accident.

The core folds; this only says what stands there, for those who ask for the log itself. Personal words stay in bodies and
are never in an event, so a sentence holds ids, codes and amounts only. It must never interpret an event.
"""

import re
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
)
from agent_core.contract.money import Money
from console import texts_log
from console.language.numbers import money, number
from console.presenting.clock import moment
from console.presenting.codes import in_words

_OPERATOR = re.compile(r"\bop?_[a-z0-9_]+")
_LONG_ID = re.compile(r"\b([a-z]{1,2}_[0-9a-f]{6})[0-9a-f]{8,}\b|\b(ed25519:[0-9a-f]{8})[0-9a-f]{20,}\b")


def _paused(event: AgentPaused) -> str:
    """Who stopped what: everything of a brand, or one workflow of it."""
    if event.workflow is None:
        return _say("AgentPaused" if event.operator else "AgentPaused.here", who=event.operator or "", code=event.code)
    return _say(
        "AgentPaused.workflow" if event.operator else "AgentPaused.workflow_here",
        workflow=event.workflow,
        who=event.operator or "",
        code=event.code,
    )


def _say(name: str, /, **named: str | int) -> str:
    event = name.partition(".")[0]
    said = {place: in_words(place, one, event) if isinstance(one, str) else one for place, one in named.items()}
    return texts_log.SENTENCES[name].format(**said)


def _amount(amount: Money | None) -> str:
    return money(amount) if amount is not None else ""


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or texts_log.NOTHING


def _flags(event: TextFlagged) -> tuple[str, ...]:
    """What each detector saw, once, and what was masked."""
    seen = {one.detector: one.score_percent for one in event.findings}
    return (
        *(texts_log.FLAG.format(what=in_words("detector", one), percent=score) for one, score in seen.items()),
        *(texts_log.MASKED.format(count=one.count, kind=in_words("masked", one.kind)) for one in event.masked),
    )


def _chosen(event: RoutingOverridden) -> tuple[str, ...]:
    return event.workflows if event.queue is None else (*event.workflows, event.queue)


RENDERERS: Mapping[type[Event], Callable[[Any], str]] = {
    ConversationOpened: lambda e: _say("ConversationOpened", channel=e.channel),
    MessageReceived: lambda e: _say("MessageReceived", author=e.author, size=number(e.text.size)),
    TextFlagged: lambda e: _say("TextFlagged", entrance=e.entrance, about=e.about, what=_listed(_flags(e))),
    MessageEdited: lambda e: _say("MessageEdited.unchanged" if e.unchanged else "MessageEdited", author=e.author),
    MessageDeleted: lambda e: _say("MessageDeleted", author=e.author),
    InboundContradicted: lambda e: _say("InboundContradicted", what=e.what),
    FactsLearned: lambda e: _say("FactsLearned", source=e.source, what=_listed(tuple(fact.key for fact in e.facts))),
    ControlChanged: lambda e: _say("ControlChanged", to=e.to, code=e.code, why=e.sentence),
    TransitionRefused: lambda e: _say(
        "TransitionRefused", machine=e.machine, subject=e.subject, wanted=e.wanted, now=e.now, code=e.code, why=e.sentence
    ),
    TurnOpened: lambda e: _say("TurnOpened", turn=e.turn, through=e.through),
    Triaged: lambda e: _say(
        "Triaged",
        what=_listed(tuple(one.id for one in e.intents)),
        urgency=e.urgency,
        sentiment=e.sentiment,
        language=e.language,
    ),
    TopicsFound: lambda e: _say("TopicsFound", what=_listed(e.topics)),
    Routed: lambda e: _say("Routed", rule=e.rule, what=_listed((*(run.workflow for run in e.runs), *e.to_people))),
    RoutingOverridden: lambda e: _say("RoutingOverridden", who=e.operator, what=_listed(_chosen(e))),
    AgentSteered: lambda e: _say(
        "AgentSteered.run" if e.run else "AgentSteered", who=e.operator, steering=e.steering, run=e.run or ""
    ),
    AssessmentFlagged: lambda e: _say("AssessmentFlagged", who=e.operator, part=e.part, wrong=e.wrong, seen=e.seen),
    ReviewNoted: lambda e: _say("ReviewNoted.about" if e.about else "ReviewNoted", who=e.operator, about=e.about or 0),
    ReviewScored: lambda e: _say("ReviewScored", who=e.operator, seen=e.seen, percent=e.total_percent),
    ReviewFinished: lambda e: _say("ReviewFinished", who=e.operator, seen=e.seen),
    BeliefCorrected: lambda e: _say("BeliefCorrected", who=e.operator, name=e.correction, what=_listed(e.keys)),
    CorrectionEnded: lambda e: _say("CorrectionEnded", who=e.operator, name=e.correction),
    SteeringEnded: lambda e: _say("SteeringEnded", steering=e.steering, why=e.why),
    Escalated: lambda e: _say("Escalated", at=e.at, what=_listed(tuple(one.code for one in e.fired))),
    RunOpened: lambda e: _say("RunOpened", run=e.run, workflow=e.workflow, version=e.version),
    RunInput: lambda e: texts_log.RUN_INPUT.of(len(e.messages), run=e.run),
    RunAnswered: lambda e: texts_log.RUN_ANSWERED.of(e.points, run=e.run, phase=in_words("phase", e.phase, "RunAnswered")),
    RunEscalated: lambda e: _say("RunEscalated", run=e.run, code=e.code, why=e.sentence),
    RunContinuedAs: lambda e: _say("RunContinuedAs", run=e.run, successor=e.successor, code=e.code),
    RunFailed: lambda e: _say("RunFailed", run=e.run, code=e.code, why=e.sentence),
    EffectStarted: lambda e: _say("EffectStarted", effect=e.effect, purpose=e.purpose, tool=e.tool or "", attempt=e.attempt),
    EffectFinished: lambda e: _say(
        "EffectFinished",
        effect=e.effect,
        outcome=e.outcome,
        settled_by=e.settled_by,
        milliseconds=number(e.duration_ms),
        why=e.sentence or "",
    ),
    ModelSpoke: lambda e: texts_log.MODEL_SPOKE.of(len(e.calls), run=e.run),
    AnswerRejected: lambda e: _say("AnswerRejected", run=e.run, code=e.code),
    CallJudged: lambda e: _say(
        "CallJudged", tool=e.tool, verdict=e.verdict, rules=_listed(tuple(rule.id for rule in e.rules)), why=e.sentence
    ),
    CallAnswered: lambda e: _say("CallAnswered", call=e.tool_use_id, outcome=e.outcome),
    NoticeGiven: lambda e: _say("NoticeGiven", run=e.run, outcome=e.outcome),
    SecondAnswer: lambda e: _say("SecondAnswer.happened" if e.happened else "SecondAnswer", effect=e.effect, by=e.by),
    ReplyDrafted: lambda e: _say("ReplyDrafted", reply=e.reply, by=e.made_by, what=_listed(e.findings)),
    ReplyFlagged: lambda e: _say(
        "ReplyFlagged", by=e.by, what=_listed(tuple(one.code for one in e.findings)), became=e.became
    ),
    ReplyChecksSwitched: lambda e: _say("ReplyChecksSwitched", brand=e.brand, what=_listed(e.off)),
    ReplyDropped: lambda e: _say("ReplyDropped", reply=e.reply, code=e.code),
    ReplySent: lambda e: _say("ReplySent", reply=e.reply),
    Proposed: lambda e: _say(
        "Proposed.money" if e.proposal.money else "Proposed",
        tool=e.proposal.tool,
        resource=e.proposal.resource,
        amount=_amount(e.proposal.money),
    ),
    AskRaised: lambda e: _say("AskRaised", kind=e.ask.kind, code=e.ask.code, why=e.ask.sentence),
    AskClaimed: lambda e: _say(
        "AskClaimed.taken" if e.taken_from else "AskClaimed", who=e.operator, ask=e.ask, other=e.taken_from or ""
    ),
    AskEscalated: lambda e: _say("AskEscalated", who=e.operator, ask=e.ask, what=_listed(e.roles)),
    AskedBack: lambda e: _say("AskedBack", who=e.operator, proposal=e.proposal),
    AskAnswered: lambda e: _say("AskAnswered", proposal=e.proposal, outcome=e.outcome, code=e.code),
    ProposalEdited: lambda e: _say(
        "ProposalEdited.narrows" if e.narrows else "ProposalEdited",
        who=e.operator,
        what=_listed(e.fields),
        proposal=e.proposal,
        successor=e.successor,
    ),
    DecisionRefused: lambda e: _say("DecisionRefused", who=e.operator, proposal=e.proposal, code=e.code),
    ActionProposed: lambda e: _say("ActionProposed", who=e.operator, tool=e.tool, proposal=e.proposal),
    AskReleased: lambda e: _say("AskReleased", who=e.operator, ask=e.ask),
    AskAssigned: lambda e: _say("AskAssigned.to" if e.to else "AskAssigned", who=e.by, ask=e.ask, other=e.to or ""),
    AskPutOff: lambda e: _say("AskPutOff", who=e.operator, ask=e.ask, at=moment(e.look_at)),
    AskResolved: lambda e: _say("AskResolved", ask=e.ask, by=e.by, code=e.code, why=e.sentence),
    Countersigned: lambda e: _say("Countersigned", decision=e.decision, who=e.operator, key=e.key),
    Recalled: lambda e: _say("Recalled", who=e.operator, proposal=e.proposal),
    LookAgain: lambda e: _say(
        "LookAgain" if e.code == "customer_wrote" else "LookAgain.other", proposal=e.proposal, code=e.code
    ),
    ProposalSettled: lambda e: _say(
        "ProposalSettled", proposal=e.proposal, outcome=e.outcome, by=e.by, code=e.code, why=e.sentence
    ),
    TranscriptHealed: lambda e: _say("TranscriptHealed", run=e.run, successor=e.successor, what=_listed(e.diagnoses)),
    Quarantined: lambda e: _say("Quarantined", cause=e.cause, diagnosis=e.diagnosis, why=e.sentence),
    QuarantineLifted: lambda e: _say("QuarantineLifted", who=e.operator, diagnosis=e.diagnosis),
    ErasureOrdered: lambda e: _say("ErasureOrdered", who=e.operator, reason=e.reason, scope=e.scope),
    BodiesErased: lambda e: texts_log.BODIES_ERASED.of(
        e.bodies,
        reason=in_words("reason", e.reason, "BodiesErased"),
        kept=number(e.kept),
        what=in_words("what", _listed(e.kinds), "BodiesErased"),
    ),
    ConversationExported: lambda e: _say(
        "ConversationExported", through=e.through, bodies=number(e.bodies), erased=number(e.erased)
    ),
    TurnForked: lambda e: _say(
        "TurnForked", who=e.operator, position=number(e.position), what=_listed(e.different), calls=number(e.model_calls)
    ),
    AnswerAwaited: lambda e: _say("AnswerAwaited", effect=e.effect, tool=e.tool),
    AnswerArrived: lambda e: _say(
        "AnswerArrived.late" if e.late else "AnswerArrived", effect=e.effect, by=e.by, outcome=e.outcome
    ),
    AskBreached: lambda e: _say("AskBreached.told" if e.told else "AskBreached", ask=e.ask, what=e.what),
    CustomerSilent: lambda e: _say("CustomerSilent", why=e.why, count=e.number),
    AgentPaused: _paused,
    LevelSigned: lambda e: _say("LevelSigned", workflow=e.workflow, was=e.was, level=e.level, who=e.operator),
    LevelRecalled: lambda e: _say("LevelRecalled", workflow=e.workflow, who=e.operator),
    LevelChanged: lambda e: _say("LevelChanged", workflow=e.workflow, was=e.was, level=e.level, who=e.operator),
    AgentResumed: lambda e: (
        _say("AgentResumed", who=e.operator)
        if e.workflow is None
        else _say("AgentResumed.workflow", workflow=e.workflow, who=e.operator)
    ),
    ReleaseRefused: lambda e: _say("ReleaseRefused", brand=e.brand, why=e.sentence),
    ToolStateChanged: lambda e: _say("ToolStateChanged", tool=e.tool, system=e.system, to=e.to, code=e.code, why=e.sentence),
    ReleaseChecked: lambda e: _say(
        "ReleaseChecked.passed" if e.passed else "ReleaseChecked", release=e.release[:12], brand=e.brand, why=e.sentence
    ),
    ReleaseActivated: lambda e: _say("ReleaseActivated", release=e.release[:12], brand=e.brand),
    InboundRefused: lambda e: _say("InboundRefused", entrance=e.entrance, code=e.code, size=number(e.size), why=e.sentence),
    IntegrationStateChanged: lambda e: _say(
        "IntegrationStateChanged",
        system=e.system,
        operation=e.operation,
        to=e.to,
        failures=number(e.failures),
        requests=number(e.requests),
        code=e.code,
    ),
    AnchorSet: lambda e: _say("AnchorSet", key=e.key),
    OperatorEnrolled: lambda e: _say(
        "OperatorEnrolled.simulated" if e.simulated else "OperatorEnrolled", who=e.operator, role=e.role
    ),
    KeyRevoked: lambda e: _say("KeyRevoked", key=e.key, who=e.operator),
    KeyStopped: lambda e: _say("KeyStopped", key=e.key, who=e.operator, reason=e.reason),
    KeyRotated: lambda e: _say("KeyRotated", who=e.operator, key=e.key, successor=e.successor),
    OperatorInvited: lambda e: _say("OperatorInvited", who=e.by, other=e.operator, role=e.role, until=moment(e.until)),
    InvitationAccepted: lambda e: _say("InvitationAccepted", invitation=e.invitation, key=e.key),
    InvitationEnded: lambda e: _say("InvitationEnded", invitation=e.invitation, code=e.code),
    RecoveryKeysSet: lambda e: _say("RecoveryKeysSet", who=e.operator, need=e.need, count=len(e.keys)),
    AnchorRecovered: lambda e: texts_log.ANCHOR_RECOVERED.of(len(e.statements), previous=e.previous, key=e.key),
    CheckpointKeySet: lambda e: _say("CheckpointKeySet", key=e.key),
    AuditAlarmRaised: lambda e: _say(
        "AuditAlarmRaised", code=e.code, expected=number(e.expected_size), found=number(e.found_size)
    ),
    AuditAcknowledged: lambda e: _say("AuditAcknowledged", alarm=e.alarm[:12], who=e.operator),
}
"""How each event reads. The architecture tests demand that none is missing."""


def sentence(record: Recorded, names: Mapping[str, str] | None = None) -> str:
    """An event in one line; ids and keys by how they begin, the raw event has them whole.

    Args:
        record: The event.
        names: How people are called, by the ids they have in events.
    """
    said = " ".join(RENDERERS[type(record.event)](record.event).split())
    named = _OPERATOR.sub(lambda found: (names or {}).get(found[0], found[0]), said)
    return _LONG_ID.sub(lambda found: f"{found[1] or found[2]}…", named)


def actor(record: Recorded, names: Mapping[str, str] | None = None) -> str:
    """Who did it, in a word or two."""
    who = record.actor
    match who.kind:
        case "customer":
            return texts_log.CUSTOMER
        case "agent":
            return texts_log.AGENT_OF.format(run=who.run) if who.run else texts_log.AGENT
        case "person":
            return _called(who.operator, names)
        case "person_for_agent":
            return texts_log.FOR_AGENT.format(who=_called(who.operator, names))
        case "system":
            return in_words("part", who.part)


def _called(operator: str | None, names: Mapping[str, str] | None) -> str:
    return texts_log.A_PERSON if not operator else (names or {}).get(operator, operator)
