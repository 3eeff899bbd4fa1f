"""A conversation as people read it: Markdown made of events and bodies, the same for whoever makes it (R-N5).

Pure, without a clock and without names of operators, so that a checker makes exactly the same text. What came from outside
stands in fences it cannot leave. It must never interpret an event: what happened is what the log says.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from agent_core.contract.actors import Person, PersonForAgent
from agent_core.contract.bodies import BodyRef
from agent_core.contract.clock import iso
from agent_core.contract.events import (
    AskRaised,
    AskResolved,
    BodiesErased,
    CallAnswered,
    CallJudged,
    ControlChanged,
    ConversationExported,
    ConversationOpened,
    Countersigned,
    EffectFinished,
    EffectStarted,
    ErasureOrdered,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ProposalSettled,
    Proposed,
    Quarantined,
    QuarantineLifted,
    Recorded,
    ReplySent,
    RoutingOverridden,
    RunOpened,
    TurnForked,
)  # fmt: skip
from agent_core.contract.ids import BodyId
from agent_core.contract.money import Money

Texts = Mapping[BodyId, str]

ERASED: Final = "(erased)"
_TICKS: Final = re.compile("`+")
_STRANGE: Final = re.compile(r"[^\S\n]|[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""Control characters and odd blanks; a line feed is none."""


def transcript(core: str, brand: str, conversation: str, records: Iterable[Recorded], texts: Texts) -> str:
    """The transcript.

    Args:
        core: The core's instance.
        brand: Whose conversation.
        conversation: Its id.
        records: Its log, in order.
        texts: Bodies that can still be read, by id.
    """
    lines = [f"# Conversation {conversation}", "", f"Brand {brand}, core {core}. Times are UTC.", ""]
    for record in records:
        words, bodies = _told(record)
        lines += [f"**{record.seq}** · {iso(record.at)} · {_actor(record)} · {words}", ""]
        for ref in bodies:
            lines += [_fenced(texts.get(ref.id)), ""]
    return "\n".join(lines)


def _actor(record: Recorded) -> str:
    actor = record.actor
    if isinstance(actor, Person | PersonForAgent) and actor.operator is not None:
        return f"{actor.kind} {actor.operator}"
    return actor.kind


def _fenced(text: str | None) -> str:
    if text is None:
        return ERASED
    shown = _STRANGE.sub(" ", text)
    fence = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall(shown)), default=0))
    return f"{fence}text\n{shown}\n{fence}"


def _amount(money: Money | None) -> str:
    return "" if money is None else f", {money.amount_minor} minor units of {money.currency}"


_Told = tuple[str, tuple[BodyRef | None, ...]]

_TELLING: Final[Mapping[type[Any], Callable[[Any], _Told]]] = {
    ConversationOpened: lambda e: (f"opened on {e.channel}", (e.thread,)),
    MessageReceived: lambda e: (f"message {e.message} of the {e.author}", (e.subject, e.text)),
    MessageEdited: lambda e: (f"message {e.message} edited by the {e.author}", (e.subject, e.text)),
    MessageDeleted: lambda e: (f"message deleted by the {e.author}", ()),
    ControlChanged: lambda e: (f"control: {e.to} ({e.code}). {e.sentence}", (e.comment,)),
    RunOpened: lambda e: (f"run {e.run}: workflow {e.workflow}, version {e.version}", ()),
    RoutingOverridden: lambda e: (f"routing overridden: {', '.join(e.workflows) or 'nothing'}", (e.comment,)),
    CallJudged: lambda e: (f"call {e.tool}: {e.verdict} ({e.code}). {e.sentence}", ()),
    CallAnswered: lambda e: (f"call {e.tool_use_id}: {e.outcome}", (e.result,)),
    EffectStarted: lambda e: (f"effect {e.effect} started: {e.purpose} {e.tool or ''}{_amount(e.money)}", ()),
    EffectFinished: lambda e: (f"effect {e.effect}: {e.outcome}, known by {e.settled_by}", ()),
    Proposed: lambda e: (
        f"proposed {e.proposal.id}: {e.proposal.tool} on {e.proposal.resource}{_amount(e.proposal.money)}, "
        f"needs {e.proposal.required_people}",
        (e.proposal.card,),
    ),
    Countersigned: lambda e: (f"{e.decision} of {e.proposal} signed as {e.statement}, key {e.key}", (e.comment,)),
    ProposalSettled: lambda e: (f"proposal {e.proposal}: {e.outcome} by {e.by} ({e.code})", ()),
    AskRaised: lambda e: (f"people asked ({e.ask.kind}, {e.ask.code}). {e.ask.sentence}", ()),
    AskResolved: lambda e: (f"ask over by {e.by} ({e.code}). {e.sentence}", (e.comment,)),
    ReplySent: lambda e: (f"reply {e.reply} sent", (e.text,)),
    Quarantined: lambda e: (f"quarantined ({e.diagnosis}). {e.sentence}", ()),
    QuarantineLifted: lambda e: (f"quarantine lifted, signed as {e.statement}", (e.comment,)),
    ErasureOrdered: lambda e: (f"erasure ordered ({e.reason}), signed as {e.statement}", ()),
    BodiesErased: lambda e: (f"erased ({e.reason}): {e.bodies} bodies gone, {e.kept} kept", ()),
    TurnForked: lambda e: (f"{e.operator} ran a turn from event {e.position} again in thought", ()),
    ConversationExported: lambda e: (f"exported through event {e.through}", ()),
}


def _told(record: Recorded) -> tuple[str, tuple[BodyRef, ...]]:
    telling = _TELLING.get(type(record.event))
    if telling is None:
        return record.event.type, ()
    words, bodies = telling(record.event)
    return " ".join(words.split()), tuple(ref for ref in bodies if ref is not None)
