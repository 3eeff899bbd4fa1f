"""The working memory of one rendering: items so far, and what renderers must know of earlier events."""

from dataclasses import dataclass, field
from datetime import datetime

from agent_core.contract.events import EffectStarted, Recorded
from agent_core.contract.ids import AskId, EffectId, MessageId, ProposalId, RunId
from agent_core.contract.views import MarkItem, MarkKind, MarkTone, MessageItem, TranscriptItem
from agent_core.engine.runtime import BrandAtWork
from agent_core.service.operators import People
from agent_core.service.projection.rows import customer_name
from agent_core.service.projection.story import Story, bounded


@dataclass(slots=True)
class Telling:
    """One story being rendered.

    Attributes:
        items: By id, in order of their first appearance.
        calls: Proposal -> the id of the tool call item it belongs to.
        cited: Facts that each run's newest answer rests on.
    """

    story: Story
    people: People
    brand: BrandAtWork
    items: dict[str, TranscriptItem] = field(default_factory=dict[str, TranscriptItem])
    effects: dict[EffectId, EffectStarted] = field(default_factory=dict[EffectId, EffectStarted])
    workflows: dict[RunId, str] = field(default_factory=dict[RunId, str])
    calls: dict[ProposalId, str] = field(default_factory=dict[ProposalId, str])
    cited: dict[RunId, int] = field(default_factory=dict[RunId, int])
    messages: dict[MessageId, str] = field(default_factory=dict[MessageId, str])
    """A message's own id in its channel -> its item; empty for one that was deleted before it arrived."""
    newest: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """By who spoke: no message of theirs was written later than this."""
    raised: set[AskId] = field(default_factory=set[AskId])

    customer: str = ""
    """How people know the customer, and the agent: taken once, not for each message."""
    agent_name: str = ""

    def __post_init__(self) -> None:
        self.customer = customer_name(self.story)
        self.agent_name = f"{self.brand.release.brand.title} assistant"

    def ordered(self) -> tuple[TranscriptItem, ...]:
        """The items, in the order of the log."""
        return tuple(sorted(self.items.values(), key=_place))


def _place(item: TranscriptItem) -> tuple[int, datetime]:
    """Where an item stands: of messages that share a place, the one written first."""
    return item.seq, (item.occurred_at or item.at) if isinstance(item, MessageItem) else item.at


def put(telling: Telling, item: TranscriptItem) -> None:
    """Adds an item, or replaces the one of the same id."""
    telling.items[item.id] = item
    if isinstance(item, MessageItem) and item.occurred_at is not None:
        telling.newest[item.by] = max(item.occurred_at, telling.newest.get(item.by, item.occurred_at))


def mark(
    telling: Telling, record: Recorded, what: MarkKind, tone: MarkTone, text: str, *, detail: str = ""
) -> None:  # fmt: skip
    """Adds a line between messages; one that says again what the line above has said is left out."""
    above = next(reversed(telling.items.values()), None)
    if isinstance(above, MarkItem) and above.text == text and not detail:
        return
    put(
        telling,
        MarkItem(
            id=f"mark{record.seq}",
            seq=record.seq,
            version=record.seq,
            at=record.at,
            what=what,
            tone=tone,
            text=bounded(text, 600),
            detail=bounded(detail, 2_000),
        ),
    )
