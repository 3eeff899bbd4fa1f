"""The log in sentences, by the name of each event; a variant of one is named after a point.

Sentences hold ids, codes and amounts, never words of people. It must never import Qt or the core.
"""

from typing import Final

from console.language.plural import Plural

TITLE = "Log of this conversation"
WORDS = "As it stands in the log: what was decided first, everything when you ask for it."
NOTHING_HERE = "Nothing of this kind happened."
KINDS: Final = {"decided": "Decisions", "said": "Messages", "done": "Actions", "all": "Everything"}
SEARCH = "Find in this log…"
RAW = "Raw event"
COPY = "Copy"
COPIED = Plural("1 line copied", "{count} lines copied")
KEYS = "↑ ↓ move · Enter raw event · Ctrl C copy · 1 2 3 4 kind"
CUT = "The newest {shown} of {all} events are shown."
WITH_CODES = "{words}\nIn the log: {codes}"
LINE_SPOKEN = "{number}, {time}, {who}: {what}"

NOTHING = "nothing"
FLAG = "{what} {percent}\u202f%"
MASKED = "{count} {kind} masked"
CUSTOMER = "customer"
AGENT = "agent"
AGENT_OF = "agent {run}"
A_PERSON = "a person"
FOR_AGENT = "{who} for the agent"

RUN_INPUT = Plural("Run {run} was given 1 message", "Run {run} was given {count} messages")
RUN_ANSWERED = Plural("Run {run}: {phase}, 1 point", "Run {run}: {phase}, {count} points")
MODEL_SPOKE = Plural("Model spoke in run {run}; 1 call", "Model spoke in run {run}; {count} calls")
BODIES_ERASED = Plural(
    "1 body erased ({reason}), {kept} kept: {what}", "{count} bodies erased ({reason}), {kept} kept: {what}"
)
ANCHOR_RECOVERED = Plural(
    "Anchor moved from {previous} to {key} by 1 recovery key",
    "Anchor moved from {previous} to {key} by {count} recovery keys",
)

SENTENCES: Final = {
    "ConversationOpened": "Opened on {channel}",
    "MessageReceived": "Message received from the {author}, {size} bytes",
    "TextFlagged": "Flagged at {entrance}, {about}: {what}",
    "MessageEdited": "Message edited by the {author}",
    "MessageEdited.unchanged": "Message edited by the {author}, nothing to read changed",
    "MessageDeleted": "Message deleted by the {author}",
    "InboundContradicted": "The channel told a message again with another {what}; the first telling counts",
    "FactsLearned": "Facts learned from {source}: {what}",
    "ControlChanged": "Control: {to} ({code}). {why}",
    "TransitionRefused": "Refused: {machine} {subject} {wanted} in {now} ({code}). {why}",
    "TurnOpened": "Turn {turn} opened, through event {through}",
    "Triaged": "Triage: {what}; {urgency}, {sentiment}, {language}",
    "TopicsFound": "Triage: about {what}",
    "Routed": "Routed by {rule} to {what}",
    "RoutingOverridden": "{who} overrode the routing: {what}",
    "AgentSteered": "{who} told the agent in private ({steering})",
    "AgentSteered.run": "{who} told {run} in private ({steering})",
    "AssessmentFlagged": "{who} says that something is wrong ({part}): {wrong}, of what stood up to event {seen}",
    "ReviewNoted": "{who} noted something in a review",
    "ReviewNoted.about": "{who} noted something about event {about} in a review",
    "ReviewScored": "{who} scored what stood up to event {seen}: {percent}\u202f%",
    "ReviewFinished": "{who} has reviewed it up to event {seen}",
    "BeliefCorrected": "{who} put right what the agent believes ({name}): {what}",
    "CorrectionEnded": "{who} took correction {name} back",
    "SteeringEnded": "Private instruction {steering} holds no longer ({why})",
    "Escalated": "A person must come in, seen at {at}: {what}",
    "RunOpened": "Run {run} opened: {workflow} version {version}",
    "RunEscalated": "Run {run} went to a person ({code}). {why}",
    "RunContinuedAs": "Run {run} goes on as {successor} ({code})",
    "RunFailed": "Run {run} failed ({code}). {why}",
    "EffectStarted": "Effect {effect} started: {purpose} {tool}, attempt {attempt}",
    "EffectFinished": "Effect {effect} {outcome}, {settled_by}, {milliseconds} ms. {why}",
    "AnswerRejected": "An answer in run {run} did not count ({code})",
    "CallJudged": "Call {tool}: {verdict} ({rules}). {why}",
    "CallAnswered": "Call {call} answered: {outcome}",
    "NoticeGiven": "Run {run} was told: {outcome}",
    "SecondAnswer": "A second answer about {effect}, by {by}: it did not happen",
    "SecondAnswer.happened": "A second answer about {effect}, by {by}: it happened",
    "ReplyDrafted": "Reply {reply} drafted by {by}; findings: {what}",
    "ReplyFlagged": "Words of {by} did not pass ({what}): {became}",
    "ReplyChecksSwitched": "Reply checks of {brand} switched; off now: {what}",
    "ReplyDropped": "Reply {reply} dropped ({code})",
    "ReplySent": "Reply {reply} sent",
    "Proposed": "Proposed: {tool} on {resource}",
    "Proposed.money": "Proposed: {tool} of {amount} on {resource}",
    "AskRaised": "Asked people ({kind}, {code}). {why}",
    "AskClaimed": "{who} is on ask {ask}",
    "AskClaimed.taken": "{who} is on ask {ask}, taken from {other}",
    "AskEscalated": "{who} sent ask {ask} up to {what}",
    "AskedBack": "{who} asked the agent about {proposal}",
    "AskAnswered": "The agent was asked about {proposal}: {outcome} ({code})",
    "ProposalEdited": "{who} changed {what} of {proposal}: now {successor}",
    "ProposalEdited.narrows": "{who} changed {what} of {proposal}, only less: now {successor}",
    "DecisionRefused": "An approval of {proposal} by {who} did not count: {code}",
    "ActionProposed": "{who} proposed {tool} themselves: {proposal}",
    "AskReleased": "{who} gave ask {ask} back",
    "AskAssigned": "{who} gave ask {ask} to everybody",
    "AskAssigned.to": "{who} gave ask {ask} to {other}",
    "AskPutOff": "{who} could not tell yet about ask {ask}: looked at again {at}",
    "AskResolved": "Ask {ask} resolved by {by} ({code}). {why}",
    "Countersigned": "Countersigned: {decision} by {who}, key {key}",
    "Recalled": "{who} recalled the approval of {proposal}",
    "LookAgain": "The customer wrote after {proposal} was shown: look again",
    "LookAgain.other": "Approvals of {proposal} given so far count no more ({code}): look again",
    "ProposalSettled": "Proposal {proposal}: {outcome} by {by} ({code}). {why}",
    "TranscriptHealed": "Run {run} healed as {successor}: {what}",
    "Quarantined": "Quarantined ({cause}, {diagnosis}). {why}",
    "QuarantineLifted": "Quarantine lifted by {who} ({diagnosis}), signed",
    "ErasureOrdered": "{who} ordered and signed an erasure ({reason}): the {scope}",
    "ConversationExported": "Exported through event {through}: {bodies} bodies readable, {erased} erased",
    "TurnForked": "{who} ran the turn from event {position} again in thought; different: {what}; model calls: {calls}",
    "AnswerAwaited": "Effect {effect} is under way elsewhere ({tool}), to be answered later",
    "AnswerArrived": "Effect {effect} was answered by {by}: {outcome}",
    "AnswerArrived.late": "Effect {effect} was answered by {by}: {outcome}, too late",
    "AskBreached": "Clock of ask {ask} ran out: {what}",
    "AskBreached.told": "Clock of ask {ask} ran out: {what}, the customer was told",
    "CustomerSilent": "The customer is silent ({why}): follow-up {count}",
    "AgentPaused": "Agent paused by {who} ({code})",
    "AgentPaused.here": "Agent paused without a key, at the console of this core ({code})",
    "AgentPaused.workflow": "Workflow {workflow} paused by {who} ({code})",
    "AgentPaused.workflow_here": "Workflow {workflow} paused without a key, at the console of this core ({code})",
    "AgentResumed.workflow": "Workflow {workflow} resumed by {who}, signed",
    "LevelSigned": "{workflow} from {was} to {level}: signed by {who}, a second person must",
    "LevelRecalled": "{workflow}: {who} took the first signature back",
    "LevelChanged": "{workflow} from {was} to {level}, signed by {who}",
    "AgentResumed": "Agent resumed by {who}, signed",
    "ReleaseRefused": "The folder of {brand} was not made live: {why}",
    "ToolStateChanged": "{tool} of {system}: {to}, {code}: {why}",
    "ReleaseChecked": "Release {release} of {brand} refused: {why}",
    "ReleaseChecked.passed": "Release {release} of {brand} walked through: {why}",
    "ReleaseActivated": "Release {release} of {brand} activated",
    "InboundRefused": "Refused at {entrance} ({code}), {size} bytes. {why}",
    "IntegrationStateChanged": "{system} {operation}: {to}, {failures} of {requests} failed, {code}",
    "AnchorSet": "Anchor set: {key}",
    "OperatorEnrolled": "Operator {who} enrolled as {role}",
    "OperatorEnrolled.simulated": "Operator {who} enrolled as {role} (simulated)",
    "KeyRevoked": "Key {key} revoked by {who}",
    "KeyStopped": "Key {key} stopped by {who} ({reason})",
    "KeyRotated": "{who} replaced key {key} with {successor}",
    "OperatorInvited": "{who} invited {other} as {role}, until {until}",
    "InvitationAccepted": "Invitation {invitation} accepted with key {key}; to be countersigned",
    "InvitationEnded": "Invitation {invitation} ended ({code})",
    "RecoveryKeysSet": "Recovery keys of the anchor set by {who}: {need} of {count}",
    "CheckpointKeySet": "Checkpoints are signed with {key}",
    "AuditAlarmRaised": "ALARM: another log ({code}): {expected} events expected, {found} found",
    "AuditAcknowledged": "Alarm {alarm} about the log acknowledged by {who}, signed",
}
