"""One row of the list of conversations, from a story. Text only from cleaned bodies, bounded; no clock is read."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from agent_core.contract.actors import Agent, Person, PersonForAgent
from agent_core.contract.events import (
    EffectFinished,
    EffectStarted,
    MessageEdited,
    MessageReceived,
    Recorded,
    ReplySent,
    TextFlagged,
)
from agent_core.contract.listing import part_of, place_of
from agent_core.contract.money import Money
from agent_core.contract.outcomes import ConversationLabel
from agent_core.contract.views import ConversationRow
from agent_core.conversation.breaches import next_breach
from agent_core.conversation.machines import label
from agent_core.conversation.state import AskState, State
from agent_core.service.operators import People
from agent_core.service.projection.listing import Listed
from agent_core.service.projection.story import ERASED, Story, bounded
from agent_core.service.projection.views import Placed

if TYPE_CHECKING:
    from agent_core.contract.ids import EffectId

SNIPPET: Final = 160
NAME: Final = 80

Spoke = Literal["customer", "agent", "person", "system"]


def open_asks(state: State) -> list[AskState]:
    """Asks with something left to do, most urgent first."""
    waiting = [known for known in state.asks.values() if not known.resolved]
    return sorted(waiting, key=lambda known: (known.ask.priority, known.ask.raised_at))


def label_of(state: State) -> ConversationLabel:
    """One of the nine names (R-A1)."""
    triaging = bool(state.waiting) or (state.turn.turn > 0 and not state.turn.routed)
    return label(state.control, tuple(run.phase for run in state.runs.values()), triaging=triaging)


def customer_name(story: Story) -> str:
    """How people know the customer."""
    name = story.fact("customer.name")
    if isinstance(name, str) and name:
        return bounded(name, NAME)
    thread = story.thread()
    return ERASED if thread is None else bounded(thread.customer, NAME)


def row_of(story: Story, people: People) -> ConversationRow:
    """The row of a conversation."""
    state = story.state
    assert state.conversation is not None
    asks = open_asks(state)
    last, by, text = _last_words(story)
    triaged = state.turn.triaged
    messages = sum(isinstance(record.event, MessageReceived | ReplySent) for record in story.records)
    human = state.control == "human"
    due = [known.ask.expires_at for known in asks if known.ask.expires_at is not None]
    owner = "person" if human else "nobody" if state.control in ("awaiting_human", "quarantined") else "agent"
    return ConversationRow(
        conversation=state.conversation,
        version=state.seq,
        brand=state.brand,
        channel=state.channel,
        customer_name=customer_name(story),
        snippet=bounded(" ".join(text.split()), SNIPPET),
        snippet_by=by,
        label=label_of(state),
        owner=owner,
        owner_name=people.name(state.operator) if human else None,
        intents=tuple(intent.id for intent in triaged.intents) if triaged else (),
        needs_person=bool(asks),
        asks=tuple(dict.fromkeys(known.ask.kind for known in asks)),
        urgency=triaged.urgency if triaged else "normal",
        sentiment=triaged.sentiment if triaged else "neutral",
        language=state.turn.language,
        money=_money(asks),
        tool_failing=_failing(story.records),
        verified=story.fact("customer.authenticated") is True,
        messages=messages,
        last_at=last,
        waiting_since=_waiting_since(state, asks),
        due_at=min(due) if due else None,
        next_breach=min((at for known in asks if (at := next_breach(state, known)) is not None), default=None),
        breached=any(known.missed for known in asks),
        workflows=tuple(dict.fromkeys(run.workflow for run in state.runs.values())),
        owner_by=state.operator if human else None,
        flagged=any(isinstance(record.event, TextFlagged) and record.event.findings for record in story.records),
    )


def placed_row(row: ConversationRow, position: int) -> Placed:
    """The row as it is stored, in its place of the list."""
    key, name = place_of(row)
    return Placed(
        kind="row",
        id=name,
        brand=row.brand,
        bucket=part_of(row),
        sort_key=key,
        version=row.version,
        position=position,
        data=row.model_dump_json(),
        listed=Listed.of(row),
    )


def _last_words(story: Story) -> tuple[datetime, Spoke, str]:
    gone = {message.message for message in story.state.messages if message.gone}
    for record in reversed(story.records):
        event = record.event
        if isinstance(event, MessageReceived | MessageEdited) and event.message not in gone:
            return record.at, "person" if event.author == "person" else "customer", story.text(event.text, 2_000)
        if isinstance(event, ReplySent):
            return record.at, spoke(record), story.text(event.text, 2_000)
    return (story.records[0].at if story.records else datetime(1970, 1, 1, tzinfo=UTC)), "system", ""


def spoke(record: Recorded) -> Spoke:
    """Who spoke with a reply, in the words of the list."""
    if isinstance(record.actor, Person):
        return "person"
    return "agent" if isinstance(record.actor, Agent | PersonForAgent) else "system"


def _money(asks: list[AskState]) -> Money | None:
    at_stake = [known.ask.money for known in asks if known.ask.money is not None]
    return max(at_stake, key=lambda money: money.amount_minor, default=None)


def _waiting_since(state: State, asks: list[AskState]) -> datetime | None:
    if state.control == "closed":
        return None
    if asks:
        return min(known.ask.raised_at for known in asks)
    busy = state.waiting or not state.turn.answered or any(r.phase == "working" for r in state.runs.values())
    words = (message for message in reversed(state.messages) if message.author == "customer" and not message.gone)
    newest = next(words, None)
    return newest.arrived_at if newest is not None and (busy or state.control == "awaiting_human") else None


def _failing(records: tuple[Recorded, ...]) -> bool:
    """Whether the newest outcome of a tool was no success of the system behind it."""
    tools: set[EffectId] = set()
    failing = False
    for record in records:
        event = record.event
        if isinstance(event, EffectStarted) and event.kind in ("read", "write"):
            tools.add(event.effect)
        elif isinstance(event, EffectFinished) and event.effect in tools:
            failing = event.outcome in ("failed", "timed_out", "unknown")
    return failing
