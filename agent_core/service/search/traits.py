"""What is known of a conversation as a whole: what search filters by and shows beside each hit. Pure, over its story."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent_core.contract.events import (
    EffectStarted,
    Escalated,
    MessageReceived,
    ModelSpoke,
    Proposed,
    Quarantined,
    Recorded,
    ReplyFlagged,
    ReplySent,
    ReviewFinished,
    ReviewScored,
    TextFlagged,
)
from agent_core.contract.ids import BrandId, StreamId
from agent_core.contract.money import Money
from agent_core.contract.outcomes import ConversationLabel
from agent_core.contract.searching import Handled, Replied
from agent_core.service.projection.rows import customer_name, label_of
from agent_core.service.projection.story import Story
from agent_core.service.search.draw import disputes_in, flags_in, lot_of
from agent_core.service.search.hands import NO_PART_OF_THE_WORK, hands_in

MOST_NAMES: Final = 40
"""Of one kind: tools, flags and the like."""

_ENDS: Final = frozenset(
    {"answered", "asking", "escalated", "failed", "awaiting_approval", "awaiting_external", "withdrawn"}
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a conversation is like, as of one moment."""

    stream: StreamId
    brand: BrandId
    channel: str
    customer_name: str
    state: ConversationLabel
    workflows: tuple[str, ...]
    tools: tuple[str, ...]
    outcomes: tuple[str, ...]
    flags: tuple[str, ...]
    language: str
    replied: Replied
    handled: Handled
    money: Money | None
    score_percent: int | None
    reviewed: bool
    messages: int
    opened_at: datetime
    last_at: datetime
    disputes: tuple[str, ...]
    findings: tuple[str, ...]
    work: int
    looked: int
    lot: int
    """For reviews (`draw`): why it is disputed, what was found in it, the newest event that is work, and as far as whoever
    reviewed it had looked; its lot."""


def traits_of(story: Story, secret: bytes) -> Traits:
    """What a conversation is like now.

    Args:
        story: The conversation.
        secret: The installation's, for its lot.
    """
    state = story.state
    seen = _Seen()
    for record in story.records:
        seen.see(record)
    hands = hands_in(story.records)
    phases = (run.phase for run in state.runs.values() if run.phase in _ENDS)
    work = [record for record in story.records if not isinstance(record.event, NO_PART_OF_THE_WORK)]
    disputes = (disputes_in(record.event) for record in story.records)
    workflows = _names(str(run.workflow) for run in state.runs.values())
    ends = (known.outcome for known in state.proposals.values() if known.outcome is not None)
    return Traits(
        stream=story.stream,
        brand=state.brand,
        channel=state.channel,
        customer_name=customer_name(story),
        state=label_of(state),
        workflows=workflows,
        tools=_names(seen.tools),
        outcomes=_names((*phases, *ends)),
        flags=_names(seen.flags),
        language=state.turn.language,
        replied=hands.replied,
        handled=hands.handled,
        money=max(seen.money, key=lambda money: money.amount_minor, default=None),
        score_percent=seen.score,
        reviewed=seen.reviewed,
        messages=seen.messages,
        opened_at=story.records[0].at,
        last_at=work[-1].at,
        disputes=_names(filter(None, disputes)),
        findings=_names(code for record in story.records for code in flags_in(record)),
        work=work[-1].seq,
        looked=seen.looked,
        lot=lot_of(secret, state.brand, workflows, story.stream, story.records[0].at),
    )


class _Seen:
    """What a walk through the log collects."""

    def __init__(self) -> None:
        self.tools: list[str] = []
        self.flags: list[str] = []
        self.money: list[Money] = []
        self.score: int | None = None
        self.reviewed = False
        self.looked = 0
        self.messages = 0

    def see(self, record: Recorded) -> None:
        match record.event:
            case MessageReceived() as received:
                self.messages += 1
                self.flags.extend(received.flags)
            case ReplySent():
                self.messages += 1
            case ModelSpoke() as spoke:
                self.tools.extend(call.tool for call in spoke.calls)
            case EffectStarted() as started if started.tool is not None:
                self.tools.append(started.tool)
                self.money.extend(() if started.money is None else (started.money,))
            case Proposed() as proposed if proposed.proposal.money is not None:
                self.money.append(proposed.proposal.money)
            case TextFlagged() | ReplyFlagged() | Quarantined():
                self.flags.extend(flags_in(record))
            case Escalated() as escalated:
                self.flags.extend(one.code for one in escalated.fired)
            case ReviewScored() as scored:
                self.score = scored.total_percent
                self.reviewed = True
                self.looked = max(self.looked, scored.seen)
            case ReviewFinished() as finished:
                self.reviewed = True
                self.looked = max(self.looked, finished.seen)
            case _:
                pass


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, bounded; nothing that a list of names could be torn apart by."""
    return tuple(name for name in dict.fromkeys(names) if "\n" not in name)[:MOST_NAMES]
