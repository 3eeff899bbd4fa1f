"""Any typed event, with ids from a small pool so that events meet: for properties of folds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from hypothesis import strategies as st

from agent_core.contract.actors import Actor, Agent, Customer, Person, System
from agent_core.contract.asks import Ask
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import (
    ActionProposed,
    AgentSteered,
    AnswerArrived,
    AnswerAwaited,
    AnswerRejected,
    AnyEvent,
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
    BeliefCorrected,
    BodiesErased,
    CallAnswered,
    CallJudged,
    CallNamed,
    ControlChanged,
    ConversationOpened,
    CorrectionEnded,
    Countersigned,
    CustomerSilent,
    DamageCause,
    DecisionRefused,
    EffectFinished,
    EffectStarted,
    ErasureOrdered,
    InboundContradicted,
    LookAgain,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ModelSpoke,
    NoticeGiven,
    ProposalEdited,
    ProposalSettled,
    Proposed,
    Quarantined,
    QuarantineLifted,
    Recalled,
    Recorded,
    ReplyDrafted,
    ReplyDropped,
    ReplySent,
    Routed,
    RouterChoice,
    RoutingOverridden,
    RunAnswered,
    RunContinuedAs,
    RunEscalated,
    RunFailed,
    RunInput,
    RunOpened,
    RunRouted,
    SecondAnswer,
    SteeringEnded,
    TranscriptHealed,
    TurnOpened,
)
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import (
    AskId,
    BodyId,
    BrandId,
    ConversationId,
    EffectId,
    FactId,
    KeyFingerprint,
    MessageId,
    OperatorId,
    ProposalId,
    ReleaseDigest,
    RunId,
    StreamId,
    ToolName,
    WorkflowName,
)
from agent_core.contract.outcomes import (
    AskKind,
    Clock,
    Control,
    EffectOutcome,
    EffectPurpose,
    ProposalOutcome,
    Quiet,
    SettledBy,
    ToolOutcome,
    Verdict,
)
from agent_core.contract.proposals import Proposal
from agent_core.conversation.state import State

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SOON = AT + timedelta(minutes=5)
DIGEST = "ab" * 32
CONVERSATION = ConversationId(StreamId("c_1"))
BODY = BodyRef(id=BodyId("b_1"), digest=DIGEST, size=3, kind="message")
RELEASE = ReleaseDigest(DIGEST)
WORDS: dict[str, Any] = {"code": "some_code", "sentence": "A sentence."}

RUNS = st.sampled_from([RunId("r1"), RunId("r2"), RunId("r3")])
CHANNELS = st.sampled_from(("chat", "mail"))
AUTHORS = st.sampled_from(("customer", "person"))
ANSWERS = st.sampled_from(("answered", "asking"))
ANSWERED = st.sampled_from(("succeeded", "refused", "failed"))
NAMES = st.sampled_from([MessageId("n_1"), MessageId("n_2")])
MAKERS = st.sampled_from(("one_run", "composer", "person", "fixed_text"))
DECISIONS = st.sampled_from(("approve", "deny"))
REFUND = WorkflowName("refund")
EFFECTS = st.sampled_from([EffectId("e1"), EffectId("e2"), EffectId("e3")])
USES = st.sampled_from(["t1", "t2"])
PROPOSALS = st.sampled_from([ProposalId("p1"), ProposalId("p2")])
ASKS = st.sampled_from([AskId("a1"), AskId("a2")])
PEOPLE = st.sampled_from([OperatorId("sue"), OperatorId("leo")])
NUMBERS = st.integers(1, 3)
STEERINGS = st.sampled_from(["s1", "s2"])
NONCES = st.sampled_from(["n1", "n2"])
ACTORS: st.SearchStrategy[Actor] = st.sampled_from(
    [Customer(), Agent(run=RunId("r1")), Person(operator=OperatorId("sue")), System(part="engine")]
)
KINDS: dict[EffectPurpose, str] = {
    "triage": "model", "run": "model", "compose": "model", "tool": "write", "reread": "read", "approved_tool": "write",
    "reply": "reply", "look_up": "read", "prove": "read", "ask_back": "model", "tally": "read",
}  # fmt: skip


def _words(literal: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(literal))


def _proposal(name: str, run: str, people: int, ask: str) -> Proposal:
    return Proposal(
        id=ProposalId(name), conversation=CONVERSATION, brand=BrandId("northwind"), customer_digest=DIGEST,
        run=RunId(run), tool_use_id="t1", tool=ToolName("refund"), resource="order:1", workflow=WorkflowName("refund"),
        workflow_version=1, release=RELEASE, arguments=BODY, evidence_body=BODY, card=BODY, arguments_digest=DIGEST,
        evidence=(), evidence_digest=DIGEST, card_digest=DIGEST, seen_through=1, policy_digest=DIGEST, rules=(),
        code="above_limit", intent_key=DIGEST, idempotency_key=name, nonce="n1", money=None, reversible=False,
        required_people=people, ask=AskId(ask), expires_at=SOON,
    )  # fmt: skip


def _ask(name: str, kind: AskKind, proposal: ProposalId | None, effect: EffectId | None) -> Ask:
    return Ask(
        id=AskId(name), kind=kind, brand=BrandId("northwind"), conversation=CONVERSATION, proposal=proposal,
        effect=effect, priority=1, verbs=("resolve",), roles=("lead",), raised_at=AT, **WORDS,
    )  # fmt: skip


def _started(purpose: EffectPurpose, **more: Any) -> EffectStarted:
    return EffectStarted(kind=KINDS[purpose], purpose=purpose, turn=1, deadline=SOON, tool=ToolName("refund"), **more)  # pyright: ignore[reportArgumentType] - the words of the table


def _spoke(run: RunId, effect: EffectId, uses: list[str]) -> ModelSpoke:
    calls = tuple(CallNamed(tool_use_id=use, tool="refund", arguments=BODY) for use in uses)
    return ModelSpoke(run=run, effect=effect, content=BODY, stop="tool_use" if calls else "end", calls=calls)


def _countersigned(proposal: ProposalId, decision: Any, who: OperatorId, nonce: str) -> Countersigned:
    return Countersigned(
        ask=AskId("a1"), proposal=proposal, decision=decision, operator=who, key=KeyFingerprint(f"key {who}"), nonce=nonce,
        statement=DIGEST, envelope=BODY, seen_through=1, expires_at=SOON, not_before=AT,
    )  # fmt: skip


Builder = Callable[[st.DrawFn], AnyEvent]

BUILDERS: tuple[Builder, ...] = (
    lambda d: ConversationOpened(brand=BrandId("northwind"), channel=d(CHANNELS), thread=BODY),
    lambda d: MessageReceived(
        message=MessageId("m_1"),
        author=d(AUTHORS),
        raw=BODY,
        text=BODY,
        occurred_at=AT,
        name_in_channel=d(st.none() | NAMES),
    ),
    lambda d: MessageEdited(
        message=MessageId("m_2"),
        replaces=None,
        name_in_channel=d(NAMES),
        author=d(AUTHORS),
        raw=BODY,
        text=BODY,
        occurred_at=AT,
        unchanged=d(st.booleans()),
    ),
    lambda d: MessageDeleted(message=None, name_in_channel=d(NAMES), author=d(AUTHORS), raw=BODY, occurred_at=AT),
    lambda _: InboundContradicted(message=MessageId("m_1"), what="content", raw=BODY),
    lambda d: ControlChanged(to=d(_words(Control)), **WORDS),
    lambda d: TurnOpened(turn=d(NUMBERS), through=d(NUMBERS)),
    lambda d: Routed(turn=d(NUMBERS), runs=(RunRouted(run=d(RUNS), workflow=REFUND, new=True),), rule="rule", language="en"),
    lambda d: RoutingOverridden(
        turn=d(NUMBERS),
        operator=d(PEOPLE),
        workflows=(REFUND,),
        withdrawn=tuple(d(st.lists(RUNS, unique=True, max_size=2))),
        queue=d(st.sampled_from((None, "standard"))),
        language="en",
        router=RouterChoice(),
    ),
    lambda d: AgentSteered(steering=d(STEERINGS), operator=d(PEOPLE), note=BODY, run=d(st.none() | RUNS), until=SOON),
    lambda d: BeliefCorrected(
        correction=d(st.sampled_from(["k1", "k2"])),
        operator=d(PEOPLE),
        run=d(RUNS),
        at=1,
        index=0,
        keys=d(st.sampled_from(((), ("order.NW-1.status",)))),
        facts=(FactRef(id=FactId("k1.1"), key="staff.k1"),),
        facts_body=BODY,
        notice=BODY,
    ),
    lambda d: CorrectionEnded(correction=d(st.sampled_from(["k1", "k2"])), operator=d(PEOPLE), notice=BODY),
    lambda d: SteeringEnded(steering=d(STEERINGS), why="expired", notice=BODY),
    lambda d: RunOpened(run=d(RUNS), workflow=REFUND, version=1, release=RELEASE, suffix="a" * 16, turn=1, context=BODY),
    lambda d: RunInput(run=d(RUNS), turn=1, messages=(BODY,)),
    lambda d: RunAnswered(run=d(RUNS), phase=d(ANSWERS), answer=BODY, points=1, question=False),
    lambda d: RunEscalated(run=d(RUNS), **WORDS),
    lambda d: RunFailed(run=d(RUNS), **WORDS),
    lambda d: _started(
        d(_words(EffectPurpose)),
        effect=d(EFFECTS),
        run=d(RUNS),
        tool_use_id=d(USES),
        proposal=d(PROPOSALS),
        reply=d(NUMBERS),
        about=d(st.none() | EFFECTS),
    ),
    lambda d: EffectFinished(
        effect=d(EFFECTS),
        outcome=d(_words(EffectOutcome)),
        settled_by=d(_words(SettledBy)),
        code=d(st.sampled_from((None, "happened", "did_not_happen", "model_too_long"))),
        retry_at=d(st.sampled_from((None, AT, SOON))),
    ),
    lambda d: AnswerRejected(run=d(RUNS), effect=d(EFFECTS), code="broken_json", notice=BODY),
    lambda d: SecondAnswer(effect=d(EFFECTS), happened=d(st.booleans()), agrees=True, by="look_up"),
    lambda d: RunContinuedAs(
        run=d(RUNS), successor=d(RUNS), code="conversation_too_long", suffix="a" * 16, context=BODY, since=d(NUMBERS)
    ),
    lambda d: AskPutOff(ask=d(ASKS), operator=d(PEOPLE), look_at=SOON),
    lambda d: _spoke(d(RUNS), d(EFFECTS), d(st.lists(USES, unique=True, max_size=2))),
    lambda d: CallJudged(
        run=d(RUNS),
        tool_use_id=d(USES),
        tool="refund",
        verdict=d(_words(Verdict)),
        writes=True,
        policy_digest=DIGEST,
        **WORDS,
    ),
    lambda d: CallAnswered(run=d(RUNS), tool_use_id=d(USES), outcome=d(_words(ToolOutcome)), result=BODY),
    lambda d: NoticeGiven(
        run=d(RUNS), tool_use_id=d(USES), proposal=d(st.none() | PROPOSALS), outcome="denied", notice=BODY
    ),
    lambda d: ReplyDrafted(
        reply=d(NUMBERS),
        turn=1,
        epoch=d(st.integers(0, 4)),
        text=BODY,
        covers=tuple(d(st.lists(RUNS, unique=True, max_size=2))),
        made_by=d(MAKERS),
        held=d(st.booleans()),
    ),
    lambda d: ReplyDropped(reply=d(NUMBERS), **WORDS),
    lambda d: ReplySent(reply=d(NUMBERS), effect=d(EFFECTS), text=BODY),
    lambda d: Proposed(proposal=_proposal(d(PROPOSALS), d(RUNS), d(st.integers(1, 2)), d(ASKS))),
    lambda d: AskRaised(ask=_ask(d(ASKS), d(_words(AskKind)), d(st.none() | PROPOSALS), d(st.none() | EFFECTS))),
    lambda d: AnswerAwaited(
        run=d(RUNS),
        effect=d(EFFECTS),
        tool=ToolName("refund"),
        tool_use_id=d(USES),
        ref=BODY,
        key="x_1",
        arguments=BODY,
        answers_by=SOON,
    ),
    lambda d: AnswerArrived(
        run=d(RUNS), effect=d(EFFECTS), by="callback", outcome=d(ANSWERED), late=d(st.booleans()), result=BODY
    ),
    lambda d: AskClaimed(ask=d(ASKS), operator=d(PEOPLE), until=SOON),
    lambda d: AskEscalated(ask=d(ASKS), operator=d(PEOPLE), roles=("lead",), priority=1, comment=BODY),
    lambda d: AskedBack(ask=d(ASKS), proposal=d(PROPOSALS), operator=d(PEOPLE), question=BODY),
    lambda d: AskAnswered(
        ask=d(ASKS), proposal=d(PROPOSALS), run=d(RUNS), outcome="answered", answer=BODY, notice=BODY, **WORDS
    ),
    lambda d: ProposalEdited(
        ask=d(ASKS),
        proposal=d(PROPOSALS),
        successor=d(PROPOSALS),
        operator=d(PEOPLE),
        narrows=d(st.booleans()),
        fields=("amount_minor",),
        statement=DIGEST,
        envelope=BODY,
    ),
    lambda d: DecisionRefused(ask=d(ASKS), proposal=d(PROPOSALS), operator=d(PEOPLE), code="shown_too_short"),
    lambda d: ActionProposed(
        run=d(RUNS),
        ask=d(ASKS),
        proposal=d(PROPOSALS),
        operator=d(PEOPLE),
        tool=ToolName("refund"),
        statement=DIGEST,
        envelope=BODY,
    ),
    lambda d: AskBreached(ask=d(ASKS), what=d(_words(Clock)), due=SOON),
    lambda d: CustomerSilent(why=d(_words(Quiet)), number=1, since=AT),
    lambda d: AskAssigned(ask=d(ASKS), to=d(st.none() | PEOPLE), by=d(PEOPLE)),
    lambda d: AskReleased(ask=d(ASKS), operator=d(PEOPLE)),
    lambda d: AskResolved(ask=d(ASKS), verb=None, by="code", **WORDS),
    lambda d: _countersigned(d(PROPOSALS), d(DECISIONS), d(PEOPLE), d(NONCES)),
    lambda d: Recalled(ask=AskId("a1"), proposal=d(PROPOSALS), operator=d(PEOPLE), statement=DIGEST),
    lambda d: LookAgain(proposal=d(PROPOSALS), seen_through=1, nonce=d(NONCES)),
    lambda d: Quarantined(
        cause=d(_words(DamageCause)), diagnosis="bad:thing", sentence="A sentence.", run=d(st.none() | RUNS)
    ),
    lambda d: QuarantineLifted(
        operator=d(PEOPLE), diagnosis="bad", code="repaired", plan=DIGEST, statement=DIGEST, envelope=BODY, answers=BODY
    ),
    lambda d: ErasureOrdered(operator=d(PEOPLE), scope="customer", reason="law", statement=DIGEST, envelope=BODY),
    lambda d: BodiesErased(whole=d(st.booleans()), reason="brand_rule", kinds=("message_raw",), bodies=1),
    lambda d: TranscriptHealed(run=d(RUNS), successor=d(RUNS), diagnoses=("bad",), found=1, evidence=BODY),
    lambda d: ProposalSettled(proposal=d(PROPOSALS), outcome=d(_words(ProposalOutcome)), by="code", **WORDS),
)


@st.composite
def any_event(draw: st.DrawFn) -> AnyEvent:
    """An event as it might stand anywhere in a log."""
    return draw(st.sampled_from(BUILDERS))(draw)


def recorded(state: State, event: AnyEvent, actor: Actor) -> Recorded:
    """The event as the next record of a log that folds to `state`."""
    return Recorded.model_construct(
        stream=StreamId("c_1"), brand=BrandId("northwind"), seq=state.seq + 1,
        epoch=state.epoch + int(event.MOVES_FENCE), at=AT, actor=actor, event=event, prev=DIGEST, hash=DIGEST, position=0,
    )  # fmt: skip
