"""Corrections of beliefs as people see them, and what they change on the card of what was proposed anew (R-M1, R-C5).

Texts come from the bodies beside the events; an erased one says that it was erased. It must never be folded into a fact.
"""

from dataclasses import dataclass
from typing import Any

from agent_core.contract.correcting import CorrectionShown
from agent_core.contract.events import BeliefCorrected
from agent_core.contract.events.correcting import STATED
from agent_core.contract.views import LabelledText
from agent_core.conversation.state import ProposalState
from agent_core.service.operators import People
from agent_core.service.projection.story import ERASED, Story, bounded


@dataclass(frozen=True, slots=True)
class Stated:
    """What a person stated: about what, what is so, and how they know."""

    about: str
    says: str
    source: str


def is_stated(key: str) -> bool:
    """Whether a fact is what staff stated: shown as a correction, not as something that was read."""
    return key.partition(".")[0] == STATED


def stated(body: Any) -> Stated:
    """What the facts of a correction say."""
    value: Any = body[0].get("value") if isinstance(body, list) and body and isinstance(body[0], dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - a stored body
    if not isinstance(value, dict):
        return Stated(ERASED, ERASED, ERASED)
    found: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType] - a stored body
    return Stated(*(bounded(str(found.get(name, "")), 600) for name in ("about", "says", "source")))


def corrections_of(story: Story, people: People) -> tuple[CorrectionShown, ...]:
    """Every correction of a conversation, oldest first."""
    shown: list[CorrectionShown] = []
    for record in story.records:
        event = record.event
        if not isinstance(event, BeliefCorrected):
            continue
        known = story.state.corrections.get(event.correction)
        found = stated(story.json(event.facts_body))
        shown.append(
            CorrectionShown(
                correction=event.correction,
                operator=event.operator,
                name=people.name(event.operator),
                at=record.at,
                believed_at=event.at,
                index=event.index,
                fact=event.fact,
                statement=found.about,
                right=found.says,
                source=found.source,
                over=known is None or known.over,
            )
        )
    return tuple(shown)


def corrected_changes(story: Story, proposal: ProposalState | None, people: People) -> tuple[LabelledText, ...]:
    """What a person put right since the proposal that this one took the place of: a difference no system shows."""
    old = None if proposal is None or proposal.proposal.supersedes is None else proposal.proposal.supersedes
    names = {known.name for known in story.state.corrections.values() if old in known.lapsing and not known.over}
    return tuple(
        LabelledText(label=bounded(one.statement, 120), value=f"{one.right} ({one.name}: {one.source})", tone="warn")
        for one in (corrections_of(story, people) if names else ())
        if one.correction in names
    )
