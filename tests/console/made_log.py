"""A log as the core would answer it: a refund that was asked for, countersigned and done."""

from datetime import timedelta

from agent_core.contract.actors import Actor, Agent, Customer, Person, System
from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import (
    AnyEvent,
    AskClaimed,
    AskEscalated,
    AskResolved,
    CallAnswered,
    ControlChanged,
    Countersigned,
    CustomerSilent,
    EffectFinished,
    LookAgain,
    MessageDeleted,
    ProposalSettled,
    Quarantined,
    Recorded,
    RunFailed,
    TurnOpened,
)
from agent_core.contract.ids import AskId, BodyId, EffectId, KeyFingerprint, MessageId, OperatorId, ProposalId, RunId
from tests.console import made

_BODY = BodyRef(id=BodyId("b_1"), kind="comment", digest="a" * 64, size=120)
_ASK, _PROPOSAL, _RUN = AskId("a_7"), ProposalId("p_7"), RunId("r1")
_INES = OperatorId("o_ines")


def _events() -> tuple[tuple[Actor, AnyEvent], ...]:
    later = made.NOW + timedelta(minutes=5)
    me, system, agent = Person(operator=made.ME), System(part="engine"), Agent(run=_RUN)
    return (
        (system, TurnOpened(turn=1, through=3)),
        (Customer(), MessageDeleted(message=None, name_in_channel=MessageId("m_2"), raw=_BODY, occurred_at=made.NOW)),
        (agent, CallAnswered(run=_RUN, tool_use_id="tu_1", outcome="succeeded", result=_BODY)),
        (me, AskClaimed(ask=_ASK, operator=made.ME, until=later)),
        (system, LookAgain(proposal=_PROPOSAL, seen_through=9, nonce="n")),
        (me, AskEscalated(ask=_ASK, operator=made.ME, roles=("lead",), priority=1, comment=_BODY)),
        (Person(operator=_INES), AskClaimed(ask=_ASK, operator=_INES, until=later, taken_from=made.ME)),
        (
            me,
            Countersigned(
                ask=_ASK, proposal=_PROPOSAL, decision="approve", operator=made.ME, key=KeyFingerprint(made.KEY), nonce="n",
                statement="b" * 64, envelope=_BODY, seen_through=9, expires_at=later, not_before=made.NOW,
            ),
        ),
        (system, EffectFinished(effect=EffectId("e_1"), outcome="succeeded", settled_by="performed", duration_ms=1_840)),
        (system, ProposalSettled(proposal=_PROPOSAL, outcome="executed", by="person", code="approved", sentence="Done.")),
        (system, AskResolved(ask=_ASK, verb="approve", by="person", code="approved", sentence="Approved by Mira Duarte.")),
        (system, CustomerSilent(why="asked", number=1, since=made.NOW)),
        (system, RunFailed(run=_RUN, code="model_refused", sentence="The model gave no answer that counts.")),
        (system, Quarantined(cause="provider", diagnosis="tool_use_without_result", sentence="The provider refuses it.")),
        (system, ControlChanged(to="quarantined", code="poisoned", sentence="Nothing is sent until it is repaired.")),
    )  # fmt: skip


def records(times: int = 1) -> tuple[Recorded, ...]:
    """The log, repeated as often as wanted."""
    whole = _events() * times
    return tuple(
        Recorded(
            stream=made.conversation(1), brand=made.BRAND, seq=seq, epoch=0,
            at=made.NOW - timedelta(minutes=len(whole) - seq), actor=who, event=event, prev="0" * 64, hash=f"{seq:064x}",
        )
        for seq, (who, event) in enumerate(whole, start=1)
    )  # fmt: skip
